"""What an IDoc says in terms of the trade, by the table that it is read by."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from collectors import document, reading
from collectors.document import Instant, Told, instant, signed
from collectors.idoc import segments
from collectors.idoc.config import CONSTANT, PARTNER, Event, Key, Lines, Read, Table, Time
from collectors.idoc.segments import Idoc, Segments, plain
from collectors.markup import Element
from collectors.reading import due

#: Fields that hold a number of the master data, which SAP fills up with zeros.
_PADDED = ("customer", "carrier", "partner")


@dataclass(frozen=True, slots=True)
class How:
    """How IDocs are read: the table, the zone of times, and when they arrived (microseconds)."""

    table: Table
    zone: str
    received: int


_TECHNICAL = {"out": "message.sent", "in": "message.received"}


def told(idoc: Idoc, how: How) -> Iterator[Told]:
    """The transmission itself, and what it says. Raises Unread."""
    if idoc.message == "STATUS":
        return
    fitting = fits(idoc, how.table)
    events = [made for event in fitting for made in _business(idoc, event, how)]
    keys = [key for made in events for key in made.keys]
    if idoc.direction:
        yield _technical(idoc, _TECHNICAL[idoc.direction], keys, how)
    if not fitting:
        unknown = _technical(idoc, f"idoc.{_word(idoc.message)}", [], how)
        yield replace(unknown, native_id=f"{idoc.native_id}:said", flags=["mapping_unknown"])
    yield from events


def fits(idoc: Idoc, table: Table) -> list[Event]:
    """The entries of the table that hold for an IDoc: for each name the first."""
    found: dict[str, Event] = {}
    for event in table.events:
        if event.name not in found and _fits(event, idoc):
            found[event.name] = event
    return list(found.values())


def _fits(event: Event, idoc: Idoc) -> bool:
    if idoc.message not in event.messages or event.direction not in ("", idoc.direction):
        return False
    if event.unless and idoc.segments.first(event.unless):
        return False
    return not event.when or idoc.segments.first(event.when) != ""


def _word(text: str) -> str:
    return re.sub("[^a-z0-9_]+", "_", text.lower())[:40] or "unknown"


def _technical(idoc: Idoc, kind: str, keys: list[document.Key], how: How) -> Told:
    """The transmission: what was sent or received, by its number."""
    made = Told(f"{idoc.native_id}:message", kind, _created(idoc, how))
    made.keys = [("msg", idoc.number, None), *keys]
    made.fields = {"partner": how.table.partners.get(idoc.partner, idoc.partner), "status": idoc.control.said("STATUS")}
    names = ("IDOCTYP", "MESTYP", "MESCOD", "MESFCT", "REFINT", "REFMES", "ARCKEY", "SERIAL")
    made.attrs = {"idoc": {name: value for name in names if (value := idoc.control.said(name)[:200])}}
    return made


def _business(idoc: Idoc, event: Event, how: How) -> Iterator[Told]:
    """The event of an entry; one for each order where the lines are of several."""
    read = how.table.reads[event.reads]
    whole = Told(f"{idoc.native_id}:{event.name}", event.type, _time(idoc, read.time, how))
    whole.keys = [("msg", idoc.number, None), *(key for one in read.keys for key in _keys(idoc.segments, one))]
    whole.fields = {name: _field(idoc, name, place, how.table) for name, place in read.fields.items()}
    whole.fields["promised_at"] = _promise(idoc.segments, read, how.zone)
    whole.attrs = {name: value for name, place in read.keep.items() if (value := idoc.segments.first(place))}
    groups = _lines(idoc.segments, read.lines) if read.lines else {}
    if not groups:
        yield whole
    for key, lines in groups.items():
        own: list[document.Key] = (
            [(read.lines.document.key, key, None)] if key and read.lines and read.lines.document else []
        )
        named = f"{whole.native_id}:{key}" if len(groups) > 1 else whole.native_id
        yield replace(
            whole,
            native_id=named,
            keys=whole.keys + own,
            lines=lines,
            fields=dict(whole.fields),
            attrs=dict(whole.attrs),
        )


def _keys(found: Segments, key: Key) -> Iterator[document.Key]:
    values = list(found.values(key.at)) or (list(found.values(key.instead)) if key.instead else [])
    for value in values:
        fitting = not key.shape or re.fullmatch(key.shape, value[: reading.KEY_LIMIT + 1])
        if kind := key.key if fitting else key.otherwise:
            yield kind, value, None


def _field(idoc: Idoc, name: str, place: str, table: Table) -> str:
    if place.startswith(CONSTANT):
        return place.removeprefix(CONSTANT).strip()
    if place == PARTNER:
        return table.partners.get(idoc.partner, idoc.partner)
    value = idoc.segments.first(place)
    return plain(value) if name in _PADDED else signed(value)


def _created(idoc: Idoc, how: How) -> Instant:
    """When the IDoc was made; its arrival where it does not say, as those that no SAP system made."""
    return instant(idoc.created, how.zone, "CREDAT") if idoc.created else Instant(how.received, "received")


def _time(idoc: Idoc, time: Time | None, how: How) -> Instant:
    """The business time where both date and time of day are told, else when the IDoc was made.

    A date without a time of day, where the table lets it count, is that of the IDoc when it is of the same day; of
    another day it begins at midnight. Both are assumed.
    """
    created = _created(idoc, how)
    date, hour = (idoc.segments.first(time.date), idoc.segments.first(time.time)) if time else ("", "")
    written = segments.moment(date, hour)
    if not written or not time or not (hour.strip("0") or time.alone):
        return created
    if hour.strip("0"):
        return instant(written, how.zone, "date and time")
    found = created if date == idoc.control.said("CREDAT") else instant(written, how.zone, "date")
    return replace(found, basis="assumed")


def _promise(found: Segments, read: Read, zone: str) -> int | None:
    dates = [date for date in found.values(read.promised) if segments.moment(date, "")] if read.promised else []
    return max(instant(due(date), zone, read.promised).at for date in dates) if dates else None


def _lines(found: Segments, read: Lines) -> dict[str, list[document.Line]]:
    """The lines, by the order that each is of."""
    groups: dict[str, list[document.Line]] = defaultdict(list)
    for element in found.named.get(read.segment, ()):
        within = Segments(element)
        order = within.first(read.document.at, read.document.instead) if read.document else ""
        groups[plain(order)].append(_line(within, read))
    return groups


def _line(within: Segments, read: Lines) -> document.Line:
    number, sku = plain(within.first(*read.line)), plain(within.first(*read.sku))
    qty = "0" if read.gone and within.first(read.gone) else signed(within.first(*read.qty))
    return number or None, sku or None, qty or None, within.first(*read.uom) or None, _price(within, read)


def _price(within: Segments, read: Lines) -> str | None:
    """The price of one unit; as it stands where it or the units it is for are no numbers, or do not divide evenly."""
    price, per = signed(within.first(*read.price)), within.first(*read.per)
    units, one = reading.plain(per or "1"), reading.plain(price) if price else None
    if not units or not one or not Decimal(units):
        return price or None
    return reading.plain(str(Decimal(one) / Decimal(units))) or format(Decimal(one) / Decimal(units), ".6f")


def status(record: Element, idoc: Idoc, how: How, keys: Sequence[document.Key] = ()) -> Told:
    """A record of status as an event of the message it is about. Raises Unread.

    One that stands in the very IDoc it is about names what that says, which are `keys`; another names the message only.
    """
    code, number = record.said("STATUS"), plain(record.said("DOCNUM")) or idoc.number
    when = segments.moment(
        record.said("LOGDAT") or record.said("CREDAT"), record.said("LOGTIM") or record.said("CRETIM")
    )
    kind = how.table.statuses.get(code)
    made = Told(f"{number}:{code}:{when}", kind or "idoc.status", instant(when, how.zone, "LOGDAT"))
    made.keys = [("msg", number, None), *(keys if number == idoc.number else ())]
    made.fields = {
        "partner": how.table.partners.get(idoc.partner, idoc.partner),
        "status": code,
        "reason": record.said("STATXT") or f"{record.said('STAMID')} {record.said('STAMNO')}".strip(),
    }
    made.flags = [] if kind is not None else ["mapping_unknown"]
    return made
