"""Orders, answers, despatch and receipt advices, invoices: one reader for all, told by tables what each one is.

A message whose lines belong to several orders gives one event per order with its lines, so that each line is linked to
its own order only (DECISIONS 1.3).
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from collectors.edifact import codes, packing
from collectors.edifact.document import Line
from collectors.edifact.draft import Draft, Key, Reader, Unfit
from collectors.edifact.lines import Row, beside, row
from collectors.edifact.syntax import Segment
from collectors.edifact.times import day_end, iso
from collectors.reading import EARLIEST, LATEST_PROMISE


def read(reader: Reader) -> list[Draft]:
    """The events of a message. Raises Unfit where the message as a whole cannot be taken."""
    what, flags = _does(reader)
    types = _types(reader)
    what = "change" if what == "hold" and what not in types else what
    if what not in types:
        head = reader.document.first("BGM") or reader.document.letter.head
        raise Unfit("no_event", f"{reader.document.letter.type} that says {what!r} is no event here.", head)
    common = _common(reader, types[what], flags)
    orders = _orders(reader)
    if not any(common.keys) and not any(keys for keys, _ in orders):
        raise Unfit("no_key", f"The {reader.document.letter.type} names no number of a document.", common.segment)
    reader.spend(len(orders) * (len(common.keys) + len(common.attrs.get("parties", ()))))
    made = []
    for keys, lines in orders:
        event = _event(reader, common, keys, lines)
        made += [event, *_besides(reader, event, types, lines)]
    return made


def _types(reader: Reader) -> dict[str, str]:
    terms, message = reader.terms, reader.document.letter.type
    found = codes.EVENTS.get((message, terms.side, terms.sent))
    if found is None:
        direction = "to" if terms.sent else "from"
        raise Unfit("no_event", f"{message} {direction} a {terms.side} is no event here.", reader.document.letter.head)
    return found


def _does(reader: Reader) -> tuple[str, list[str]]:
    """What the message does, by its function or its document's name, and what is odd about that."""
    document, function = reader.document, reader.document.function
    if document.letter.type == "INVOIC":
        return _bills(reader)
    if document.letter.type == "ORDRSP":
        return _answers(reader)
    return codes.FUNCTIONS.get(function, "new"), ["duplicate"] if function == "7" else []


def _bills(reader: Reader) -> tuple[str, list[str]]:
    """An invoice or a credit by the document's name; one that we got is told by the invoice's event (`_turned`)."""
    function = reader.document.function
    if codes.FUNCTIONS.get(function) == "cancel":
        return "cancel", []
    if reader.document.kind in codes.NO_INVOICES:
        return "pro forma", []
    flags = ["duplicate"] if function == "7" else []
    return "credit" if _gives_back(reader) and reader.terms.sent else "invoice", flags


def _answers(reader: Reader) -> tuple[str, list[str]]:
    """An answer by its code; where that says nothing, it is refused when every line is."""
    told = codes.ANSWERS.get(reader.document.function)
    if told:
        return told, []
    lines = reader.document.lines
    refused = lines and all(line.head.text(2) in codes.GONE["ORDRSP"] for line in lines)
    return "reject" if refused else "accept", ["function_unclear"]


def _common(reader: Reader, kind: str, flags: list[str]) -> Draft:
    """What all events of the message have: type, time, keys, fields."""
    document = reader.document
    message = document.letter.type
    draft = Draft(document.letter.head, kind, reader.happened(codes.HAPPENED.get(message, ())), flags=flags)
    bgm = document.first("BGM")
    draft.keys = _own(reader, bgm) if bgm else []
    draft.keys += reader.references(document.head.get("RFF", []))
    draft.fields = _fields(reader, message)
    draft.attrs = _attributes(reader, message)
    draft.keys += reader.packages(document.head.get("GIN", []))
    _dated(reader, draft, message)
    _checked(reader, draft)
    return draft


def _own(reader: Reader, bgm: Segment) -> list[Key]:
    """The document's own number as a key; an order change that names no order is about the order of its number."""
    document, terms = reader.document, reader.terms
    kind = terms.own(document.letter.type)
    if kind == "inv" and _gives_back(reader) and terms.sent:
        kind = "cm"
    reader.is_invoice = kind == "inv"
    if document.letter.type in ("ORDCHG", "ORDRSP") and not kind:
        named = [
            *reader.references(document.head.get("RFF", [])),
            *(key for line in document.lines for key in reader.named(line)),
        ]
        if not any(key[0] in codes.ORDER_KEYS for key in named):
            kind = terms.own("ORDERS")
    return reader.key(kind, document.number, bgm)


def _fields(reader: Reader, message: str) -> dict[str, Any]:
    terms, document = reader.terms, reader.document
    buyer, place = reader.party(codes.BUYERS), reader.party(codes.PLACES.get(message, ()))
    amount, currency = _total(reader)
    fields: dict[str, Any] = {
        "partner": terms.code or None,
        "customer": terms.customer(buyer),
        "channel": "edi" if message == "ORDERS" and terms.side == "customer" else None,
        "location": terms.ours("location", place) if place else None,
        "carrier": carrier(reader),
        "amount": amount,
        "currency": currency,
        "status": reader.text(document.function) if message == "ORDRSP" else None,
    }
    if message == "ORDCHG" and codes.FUNCTIONS.get(document.function) == "hold":
        fields["hold_kind"] = "customer"
    return fields


def carrier(reader: Reader) -> str | None:
    """The carrier of the main leg (TDT): its code, else its name."""
    tdt = reader.document.chosen("TDT", ("20", "30", "1", "10"))
    if tdt is None:
        return None
    named = tdt.text(5) or tdt.text(5, 3)
    return reader.terms.ours("carrier", named) if named else None


def _total(reader: Reader) -> tuple[str | None, str | None]:
    """(total, currency) of the document."""
    moa, cux = reader.document.chosen("MOA", codes.TOTALS), reader.document.first("CUX")
    currency = (moa.text(1, 2) if moa else "") or (cux.text(1, 1) if cux else "")
    amount = reader.number(moa.text(1, 1), moa) if moa else None
    return amount, currency[:3].upper() or None


def _attributes(reader: Reader, message: str) -> dict[str, Any]:
    """What has no column: parties, packages, reasons."""
    document = reader.document
    found: dict[str, Any] = {"document": document.number, "kind_code": document.kind, "function": document.function}
    parties = {nad.code: nad.text(2) for nad in document.head.get("NAD", ()) if nad.text(2)}
    if reader.terms.side == "customer":
        found |= {
            codes.PARTIES[one]: reader.terms.ours("customer", parties[one]) for one in codes.PARTIES if one in parties
        }
    if parties:
        found["parties"] = parties
    for name, qualifiers in codes.PARTS.items():
        found[name] = _part(reader, qualifiers)
    return found


def _part(reader: Reader, qualifiers: tuple[str, ...]) -> str:
    """An amount that stands there once, "" where there is none or where several would have to be added."""
    for qualifier in qualifiers:
        amounts = [moa for moa in reader.document.head.get("MOA", ()) if moa.code == qualifier]
        if len(amounts) == 1:
            reader.document.use(amounts[0])
            return amounts[0].text(1, 1)
    return ""


def _dated(reader: Reader, draft: Draft, message: str) -> None:
    """By when. Without a date of the document, the latest of its lines, because it is complete only then."""
    name, qualifiers = codes.DATES.get(message, ("", ()))
    said = (reader.date(qualifiers) or _latest(reader, qualifiers)) if name else None
    found = day_end(said, reader.terms.zone) if said else None
    if found and not EARLIEST <= found.at <= LATEST_PROMISE:
        reader.refuse("time_out_of_range", f"The date {name} lies before 1990 or after 2199.", draft.segment)
    elif found and name == "promised_at":
        draft.fields[name] = found.at
    elif found:
        name = "need_by" if name == "requested_at" and reader.terms.side == "supplier" else name
        draft.attrs[name] = iso(found.at)


def _latest(reader: Reader, names: tuple[str, ...]) -> Any:
    dates = [made for line in reader.document.lines if (made := reader.date(names, line))]
    return max(dates, key=lambda one: one.at, default=None)


def _checked(reader: Reader, draft: Draft) -> None:
    """The count of lines that the message itself gives (CNT+2)."""
    cnt = reader.document.chosen("CNT", ("2",))
    if cnt and cnt.text(1, 1) != str(len(reader.document.lines)):
        draft.flags.append("line_count_mismatch")


def _orders(reader: Reader) -> list[tuple[list[Key], list[Line]]]:
    """The lines by the order that they name; those that name none stay with the document's own."""
    groups: dict[tuple[Key, ...], list[Line]] = {}
    for line in reader.document.lines:
        named = tuple(key for key in reader.named(line) if key[0] in codes.ORDER_KEYS)
        groups.setdefault(named, []).append(line)
    return [(list(keys), lines) for keys, lines in groups.items()] or [([], [])]


def _event(reader: Reader, common: Draft, named: list[Key], lines: list[Line]) -> Draft:
    """The event of the lines of one order, or of the whole document."""
    kinds = {kind for kind, _, _ in named}
    own = [key for key in common.keys if key[0] not in kinds or key[0] not in codes.ORDER_KEYS]
    packages = packing.around(reader.document, lines)
    keys = [*own, *named, *(key for line in lines for key in reader.named(line)), *packing.keys(reader, packages)]
    segment = lines[0].head if named else common.segment
    draft = Draft(
        segment,
        common.type,
        common.at,
        list(dict.fromkeys(keys)),
        None,
        dict(common.fields),
        dict(common.attrs),
        list(common.flags),
    )
    if packages:
        draft.attrs["packages"] = packing.shown(packages, lines)
    _fill(reader, draft, lines)
    return draft


def _fill(reader: Reader, draft: Draft, lines: list[Line]) -> None:
    """The lines of an event, and what they say beside; a line that is refused leaves its mark."""
    rows: list[Row] = []
    told = {}
    for line in lines:
        made = row(reader, line, codes.QUANTITIES.get(reader.document.letter.type, ()))
        if made is None:
            draft.flags.append("line_refused")
            continue
        rows.append(made)
        if more := beside(reader, line):
            told[made[0] or made[1] or str(len(rows))] = more
    draft.lines = rows or None
    if told:
        draft.attrs["lines"] = told
    if reader.cited:
        draft.attrs["cites"] = list(dict.fromkeys(reader.cited))[:1000]
    if _gives_back(reader) and not reader.terms.sent:
        _turned(draft)


def _gives_back(reader: Reader) -> bool:
    """Whether it is a credit."""
    return reader.document.letter.type == "INVOIC" and reader.document.kind in codes.CREDITS


def _turned(draft: Draft) -> None:
    """A credit that we got takes back what was invoiced: its quantities and its total count below nothing."""
    draft.fields["amount"] = _negative(draft.fields["amount"])
    draft.lines = [
        (line, item, _negative(qty), uom, price) for line, item, qty, uom, price in draft.lines or []
    ] or None


def _negative(number: str | None) -> str | None:
    return f"-{number}" if number and not number.startswith("-") and Decimal(number) else number


def _besides(reader: Reader, event: Draft, types: dict[str, str], lines: list[Line]) -> list[Draft]:
    """Events beside that of an order: what is short (ORDRSP to a customer), what differs (RECADV)."""
    made = []
    for what, (qualifiers, wanted) in _BESIDES.items():
        chosen = [line for line in lines if wanted(line)] if what in types else []
        found = [
            (line, qty) for line in chosen if (qty := reader.document.pick(line.segments.get("QTY", ()), qualifiers))
        ]
        rows = [made_of for line, _ in found if (made_of := row(reader, line, qualifiers))]
        if rows:
            made.append(replace(event, segment=found[0][1], type=types[what], lines=rows, fields=dict(event.fields)))
            made[-1].fields["reason"] = next(
                (qvr.text(2) for line, _ in found for qvr in line.segments.get("QVR", ())), None
            )
    return made


def _differs(line: Line) -> bool:
    """Whether something of a line was refused, or came otherwise than it was sent."""
    told = {qty.code: qty.text(1, 1) for qty in line.segments.get("QTY", ())}
    refused = "195" in told or bool(line.segments.get("QVR"))
    return refused or told.get("12", told.get("48")) != told.get("48", told.get("12"))


#: Kind of event beside the main one → (the quantity of its lines, which lines).
_BESIDES: dict[str, tuple[tuple[str, ...], Callable[[Line], bool]]] = {
    "short": (("83",), lambda line: True),
    "differs": (codes.QUANTITIES["RECADV"], _differs),
}
