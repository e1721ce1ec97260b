"""Orders, answers, despatch and receipt advices, invoices: one reader for all, told by tables what each one is.

A message whose lines belong to several orders gives one event per order with its lines, so that each line is linked to
its own order only (DECISIONS 1.3).
"""

from decimal import Decimal
from typing import Any

from collectors.edifact import codes, packing
from collectors.edifact.document import Line
from collectors.edifact.draft import Draft, Key, Reader, Unfit
from collectors.edifact.syntax import Segment
from collectors.edifact.times import iso

LineRow = tuple[str | None, ...]
#: Keys that the events of one message may name together.
MOST_KEYS = 100_000


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
    if len(orders) * (len(common.keys) + len(common.attrs.get("parties", ()))) > MOST_KEYS:
        raise Unfit(
            "too_many_keys", f"{len(common.keys):,} numbers for each of {len(orders):,} orders.", common.segment
        )
    made = [_event(reader, common, keys, lines) for keys, lines in orders]
    return [*made, *_besides(reader, common, types)]


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
    function = reader.document.function
    if codes.FUNCTIONS.get(function) == "cancel":
        return "cancel", []
    credit = reader.document.kind in codes.CREDITS and reader.terms.sent
    return "credit" if credit else "invoice", ["duplicate"] if function == "7" else []


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
    if kind == "inv" and document.kind in codes.CREDITS:
        kind = "cm" if terms.sent else kind
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
        "customer": terms.ours("customer", buyer) if terms.side == "customer" else None,
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
    return found


def _dated(reader: Reader, draft: Draft, message: str) -> None:
    """By when. Without a date of the document, the latest of its lines, because it is complete only then."""
    name, qualifiers = codes.DATES.get(message, ("", ()))
    found = (reader.date(qualifiers) or _latest(reader, qualifiers)) if name else None
    if found and name == "promised_at":
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
    """The lines of an event, and what they say beside."""
    rows: list[LineRow] = []
    told = {}
    for line in lines:
        if row := _row(reader, line):
            rows.append(row)
            if beside := _beside(reader, line):
                told[row[0] or row[1] or str(len(rows))] = beside
    draft.lines = rows or None
    if told:
        draft.attrs["lines"] = told


def _row(reader: Reader, line: Line) -> LineRow | None:
    """(line, sku, qty, uom, price); a line whose numbers cannot be read is refused alone."""
    message = reader.document.letter.type
    try:
        qty, uom = _quantity(reader, line, codes.QUANTITIES.get(message, ()))
        price = reader.document.pick(line.segments.get("PRI", ()), codes.PRICES)
        cost = reader.number(price.text(1, 1), price) if price else None
    except Unfit as fault:
        reader.unfit(fault)
        return None
    if line.head.text(2) in codes.GONE.get(message, ()):
        qty = "0"
    return order_line(reader, line), reader.text(sku(reader, line)), qty, uom, cost


def _quantity(reader: Reader, line: Line, qualifiers: tuple[str, ...]) -> tuple[str | None, str | None]:
    """The sum of the quantities of the first qualifier that there is, and its unit."""
    found = reader.document.pick(line.segments.get("QTY", ()), qualifiers)
    if found is None:
        return None, None
    same = [qty for qty in line.segments["QTY"] if qty.code == found.text(1)]
    numbers = [number for qty in same if (number := reader.number(qty.text(1, 1), qty)) is not None]
    for qty in same:
        reader.document.use(qty)
    unit = found.text(1, 2)
    total = numbers[0] if len(numbers) == 1 else format(sum(map(Decimal, numbers)), "f") if numbers else None
    return total, reader.terms.ours("uom", unit) if unit else None


def order_line(reader: Reader, line: Line) -> str | None:
    """The number of the line in its order: where the line names it (RFF+ON:order:line, RFF+LI), else its own."""
    for rff in line.segments.get("RFF", ()):
        if rff.code == "LI" or reader.terms.kind(rff.code) in codes.ORDER_KEYS:
            found = rff.text(1, 2) or (rff.text(1, 1) if rff.code == "LI" else "")
            if found:
                return reader.text(found)
    return reader.text(line.number)


def items(line: Line) -> dict[str, str]:
    """All item numbers of a line, by qualifier (LIN C212, PIA)."""
    found = {line.head.text(3, 1): line.head.text(3)} if line.head.text(3) else {}
    for pia in line.segments.get("PIA", ()):
        for element in range(2, len(pia.parts)):
            if value := pia.text(element):
                found.setdefault(pia.text(element, 1), value)
    return found


def sku(reader: Reader, line: Line) -> str:
    """The item number that is ours, else the nearest to it that there is."""
    found = items(line)
    chosen = next(
        (found[one] for one in codes.ITEMS[reader.terms.side] if one in found), next(iter(found.values()), "")
    )
    return reader.terms.ours("sku", chosen) or ""


def _beside(reader: Reader, line: Line) -> dict[str, Any]:
    """What else a line says: its other item numbers and quantities, its action, its discrepancy."""
    found: dict[str, Any] = {}
    numbers = items(line)
    if len(numbers) > 1:
        found["items"] = numbers
    quantities = line.segments.get("QTY", [])
    taken = reader.document.pick(quantities, codes.QUANTITIES.get(reader.document.letter.type, ()))
    for qty in quantities if len(quantities) > 1 else ():
        name = codes.BESIDE.get(qty.code)
        if name and (taken is None or qty.code != taken.code):
            reader.document.use(qty)
            found[name] = qty.text(1, 1)
    if action := line.head.text(2):
        found["action"] = action
    if qvr := reader.document.pick(line.segments.get("QVR", ()), ("", *_qualifiers(line, "QVR"))):
        told = {"qty": qvr.code, "code": qvr.text(2), "reason": qvr.text(3)}
        found["discrepancy"] = {name: value for name, value in told.items() if value}
    return found


def _qualifiers(line: Line, tag: str) -> list[str]:
    return [one.code for one in line.segments.get(tag, ())]


def _besides(reader: Reader, common: Draft, types: dict[str, str]) -> list[Draft]:
    """Events beside the main one: what is short (ORDRSP to a customer), what differs (RECADV)."""
    made = []
    for what, pick in (("short", _short), ("differs", _differing)):
        rows, at = ([], None) if what not in types else pick(reader)
        if rows and at is not None:
            keys = list(
                dict.fromkeys([*common.keys, *(key for line in reader.document.lines for key in reader.named(line))])
            )
            made.append(
                Draft(
                    at, types[what], common.at, keys, rows, dict(common.fields), dict(common.attrs), list(common.flags)
                )
            )
    return made


def _short(reader: Reader) -> tuple[list[LineRow], Segment | None]:
    """Lines with a quantity on backorder (QTY+83)."""
    return _lines_of(reader, ("83",), lambda line: True)


def _differing(reader: Reader) -> tuple[list[LineRow], Segment | None]:
    """Lines of which something was refused or missing: what came in good order stands on them."""
    return _lines_of(reader, codes.QUANTITIES["RECADV"], _differs)


def _differs(line: Line) -> bool:
    told = {qty.code: qty.text(1, 1) for qty in line.segments.get("QTY", ())}
    return (
        bool(line.segments.get("QVR")) or "195" in told or ("12" in told and told.get("48", told["12"]) != told["12"])
    )


def _lines_of(reader: Reader, qualifiers: tuple[str, ...], wanted: Any) -> tuple[list[LineRow], Segment | None]:
    rows: list[LineRow] = []
    at: Segment | None = None
    for line in reader.document.lines:
        found = reader.document.pick(line.segments.get("QTY", ()), qualifiers) if wanted(line) else None
        if found is None:
            continue
        try:
            qty, uom = _quantity(reader, line, qualifiers)
        except Unfit:
            continue
        at = at or found
        rows.append((order_line(reader, line), reader.text(sku(reader, line)), qty, uom, None))
    return rows, at
