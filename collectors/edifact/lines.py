"""One line of a message as an event has it: its number in the order, our item number, quantity, unit and price."""

from decimal import Decimal
from typing import Any

from collectors.edifact import codes
from collectors.edifact.document import SCHEDULED, Line
from collectors.edifact.draft import Reader, Unfit
from collectors.reading import plain

#: (line, sku, qty, uom, price)
Row = tuple[str | None, ...]


def row(reader: Reader, line: Line, qualifiers: tuple[str, ...]) -> Row | None:
    """(line, sku, qty, uom, price); a line whose numbers cannot be read is refused alone."""
    try:
        qty, uom = _quantity(reader, line, qualifiers)
        cost = _price(reader, line)
    except Unfit as fault:
        reader.unfit(fault)
        return None
    if line.head.text(2) in codes.GONE.get(reader.document.letter.type, ()):
        qty = "0"
    return order_line(reader, line), reader.text(sku(reader, line)), qty, uom, cost


def _price(reader: Reader, line: Line) -> str | None:
    """The price of one unit; a price for a hundred (PRI 5284) is divided, where that gives six decimals at most."""
    pri = reader.document.pick(line.segments.get("PRI", ()), codes.PRICES)
    price = reader.number(pri.text(1, 1), pri) if pri else None
    basis = reader.number(pri.text(1, 4), pri) if pri and price else None
    if not price or not basis or Decimal(basis) in (0, 1):
        return price
    return plain(format((Decimal(price) / Decimal(basis)).quantize(Decimal("0.000001")).normalize(), "f"))


def _quantity(reader: Reader, line: Line, qualifiers: tuple[str, ...]) -> tuple[str | None, str | None]:
    """The sum of the quantities of the first qualifier that there is, and its unit; without any, those of the schedule."""
    quantities = line.segments.get("QTY") or line.segments.get(SCHEDULED + "QTY", [])
    found = reader.document.pick(quantities, qualifiers)
    if found is None:
        return None, None
    same = [qty for qty in quantities if qty.code == found.code]
    numbers = [number for qty in same if (number := reader.number(qty.text(1, 1), qty)) is not None]
    for qty in same:
        reader.document.use(qty)
    unit = found.text(1, 2)
    total = numbers[0] if len(numbers) == 1 else plain(format(sum(map(Decimal, numbers)), "f")) if numbers else None
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


def beside(reader: Reader, line: Line) -> dict[str, Any]:
    """What else a line says: its other item numbers and quantities, its action, its discrepancy."""
    found: dict[str, Any] = {}
    numbers = items(line)
    if len(numbers) > 1:
        found["items"] = numbers
    quantities = line.segments.get("QTY", [])
    taken = reader.document.pick(quantities, codes.QUANTITIES.get(reader.document.letter.type, ()))
    for qty in quantities if taken is None or len(quantities) > 1 else ():
        name = codes.BESIDE.get(qty.code)
        if name and (taken is None or qty.code != taken.code):
            reader.document.use(qty)
            found[name] = qty.text(1, 1)
    if action := line.head.text(2):
        found["action"] = action
    if amount := reader.document.pick(line.segments.get("MOA", ()), ("203",)):
        found["amount"] = amount.text(1, 1)
    for qvr in line.segments.get("QVR", [])[:1]:
        reader.document.use(qvr)
        told = {"qty": qvr.code, "code": qvr.text(2), "reason": qvr.text(3)}
        found["discrepancy"] = {name: value for name, value in told.items() if value}
    return found
