"""What we ask of a warehouse and what it answers: 940, 943, 944, 945."""

from collections.abc import Iterator
from decimal import Decimal

from collectors.x12 import codes
from collectors.x12.document import Document, Draft, Key, Line, Unfit, at
from collectors.x12.segments import Segment
from collectors.x12.sets.parts import concerned, kept, revision, several, totalled
from collectors.x12.times import Instant

_RETURN = "rma"


def request(doc: Document) -> Iterator[Draft]:
    """940: an order to ship, its change or its cancellation. A simulation is refused, for it asks for nothing."""
    head = doc.first("W05")
    status = doc.code(head, 1)
    if status == codes.SIMULATION:
        raise Unfit("simulation", "W0501 is X: a simulation, not an order.")
    kind = codes.WAREHOUSE_ORDER.get(status, "")
    dates = doc.dates()
    flags = ["mapping_unknown"] * (not kind) + ["resubmitted"] * (status == codes.RESUBMISSION)
    lines = [_numbered(doc, loop) for loop in _loops(doc, "W01")]
    yield Draft(
        kind or "fulfillment.requested", doc.made(), doc.named(), several(lines),
        concerned(doc, status=status or None, revision=revision(doc.referred("revision")), promised_at=dates.get("ship_by")),
        kept(doc, service=at(doc.first("W66"), 5), master=at(head, 5)), flags + totalled(doc, doc.first("W76"), lines),
    )  # fmt: skip


def notice(doc: Document) -> Iterator[Draft]:
    """943: goods are on their way to the warehouse."""
    head = doc.first("W06")
    lines = [_numbered(doc, loop) for loop in _loops(doc, "W04")]
    when = doc.when((doc.dated_segment("11", tag="G62"), 2, 4, 5), (head, 3, 0, 0))
    yield Draft(
        "asn.sent",
        when,
        doc.named(),
        several(lines),
        concerned(doc, status=at(head, 1) or None),
        kept(doc),
        totalled(doc, doc.first("W03"), lines),
    )


def receipt(doc: Document) -> Iterator[Draft]:
    """944: what came in, and where it differs from what was announced; a return where the order is one."""
    head = doc.first("W17")
    marked = doc.referred(_RETURN)
    back = bool(marked) or at(head, 4).startswith(doc.side.partner.returns or ("\0",))
    when = doc.when((doc.dated_segment("09", "50", tag="G62"), 2, 4, 5), (head, 2, 0, 0))
    keys = [key for key in doc.named() if not (back and key[:2] == ("po", at(head, 4)))]
    keys += [doc.key(_RETURN, at(head, 4))] if back and not marked else []
    loops = _loops(doc, "W07")
    lines = several(_numbered(doc, loop) for loop in loops)
    fields, attrs = concerned(doc, status=at(head, 1) or None), kept(doc, lots=_lots(loops, 8))
    flags = totalled(doc, doc.first("W14"), lines)
    yield Draft("return.received" if back else "receipt.counted", when, keys, lines, fields, attrs, flags)
    yield from (_inspection if back else _discrepancy)(doc, loops, when, keys)


def shipment(doc: Document) -> Iterator[Draft]:
    """945: what left the warehouse, and what was short. Quantities win over codes."""
    loops = _loops(doc, "W12")
    head = doc.first("W06")
    left_at = (doc.dated_segment("11", tag="G62"), 2, 4, 5), (doc.dated_segment("011", tag="DTM"), 2, 3, 4)
    when = doc.when(*left_at, (head, 3, 0, 0))
    rows = [_shipped(doc, loop) for loop in loops]
    left = several(line for line, _, _ in rows if Decimal(line[2] or "0") > 0)
    meanings = {codes.SHIPPED.get(status, "") for _, _, status in rows if status}
    yield from _shorted(doc, rows, when)
    if left or not rows:
        attrs = kept(doc, reporting=at(head, 1), service=at(doc.first("W27"), 3), lots=_lots(loops, 9))
        yield Draft(
            "shipment.dispatched",
            when,
            doc.named(),
            left,
            _of(doc, rows),
            attrs,
            ["mapping_unknown"] * ("" in meanings) + totalled(doc, doc.first("W03"), left),
        )
    elif meanings == {"cancelled"}:
        yield Draft("fulfillment.cancelled", when, doc.named(), [], _of(doc, rows), kept(doc))


def _of(doc: Document, rows: list[tuple[Line, str | None, str]]) -> dict[str, object]:
    status = " ".join(sorted({status for _, _, status in rows if status})) or None
    return concerned(doc, status=status, revision=revision(doc.referred("revision")))


def _shipped(doc: Document, loop: list[Segment]) -> tuple[Line, str | None, str]:
    """(the line as shipped, what of it is missing, its status) of a W12."""
    item = _item(loop, "W12")
    line = _numbered(doc, loop)
    ordered, less = doc.number(item, 2), doc.number(item, 4)
    missing = Decimal(ordered) - Decimal(line[2] or "0") if ordered else Decimal(less or "0")
    return line, format(missing, "f") if missing > 0 else None, doc.code(item, 1)


def _shorted(doc: Document, rows: list[tuple[Line, str | None, str]], when: Instant) -> Iterator[Draft]:
    """What was asked for and did not leave, and whether the rest will come: CP, IC and DE say that it will not."""
    short = [((line[0], line[1], missing, line[3], line[4]), status) for line, missing, status in rows if missing]
    if not several(line for line, _ in short):
        return
    reasons = " ".join(sorted({status for _, status in short if status})) or None
    gone = [line[0] or line[1] for line, status in short if codes.SHIPPED.get(status) == "cancelled"]
    late = [line[0] or line[1] for line, status in short if status in ("BP", "BK")]
    yield Draft(
        "pick.shorted", when, doc.named(), several(line for line, _ in short), concerned(doc, reason=reasons, status=reasons),
        kept(doc, cancelled_lines=gone, backordered_lines=late),
    )  # fmt: skip


def _discrepancy(doc: Document, loops: list[list[Segment]], when: Instant, keys: list[Key]) -> Iterator[Draft]:
    """Goods in a condition other than good, or a difference in the total."""
    odd = [(line, word) for line, word in _conditions(doc, loops) if word != "good"]
    total = doc.first("W14")
    received, difference = doc.number(total, 1), doc.number(total, 3)
    if not odd and Decimal(difference or "0") == 0:
        return
    words = ", ".join(sorted({word for _, word in odd}))
    attrs = kept(doc, received=received, difference=difference)
    flags = ["mapping_unknown"] * ("unknown" in words)
    fields = concerned(doc, reason=words or "total")
    yield Draft("receipt.discrepancy", when, keys, several(line for line, _ in odd), fields, attrs, flags)


def _inspection(doc: Document, loops: list[list[Segment]], when: Instant, keys: list[Key]) -> Iterator[Draft]:
    """The condition of goods that came back."""
    if found := _conditions(doc, loops):
        words = ", ".join(sorted({word for _, word in found}))
        flags = ["mapping_unknown"] * ("unknown" in words)
        lines = several(line for line, _ in found)
        yield Draft("return.inspected", when, keys, lines, concerned(doc, status=words), kept(doc), flags)


def _conditions(doc: Document, loops: list[list[Segment]]) -> list[tuple[Line, str]]:
    """(how many of which product, in which condition) of each W13."""
    return [
        (doc.line(_item(loop, "W07"), qty=doc.number(one, 1)), _condition(doc, one))
        for loop in loops
        for one in loop
        if one[0] == "W13"
    ]


def _condition(doc: Document, segment: Segment) -> str:
    return codes.CONDITION.get(doc.code(segment, 3), "unknown")


def _loops(doc: Document, item: str) -> list[list[Segment]]:
    """One loop per item segment, with the LX before it and what stands between them."""
    found: list[list[Segment]] = []
    begun: list[Segment] = []
    for one in doc.segments:
        if one[0] == "LX":
            begun = [one]
        elif one[0] == item:
            found.append([*begun, one])
            begun = begun[:1]
        elif len(begun) and (not found or found[-1][0] is not begun[0]):
            begun.append(one)
        elif found:
            found[-1].append(one)
    return found


def _item(loop: list[Segment], tag: str) -> Segment:
    return next(one for one in loop if one[0] == tag)


def _numbered(doc: Document, loop: list[Segment]) -> Line:
    """The line of a loop. LX only counts loops, so it is the line of the order where the mapping says so."""
    item = next(one for one in loop if one[0] in ("W01", "W04", "W07", "W12"))
    own = doc.referred("line", loop)
    counter = at(loop[0], 1) if loop[0][0] == "LX" and doc.side.partner.numbered else ""
    return doc.line(item, line=own or counter)


def _lots(loops: list[list[Segment]], place: int) -> list[str]:
    return sorted({lot for loop in loops for one in loop if one[0] in ("W07", "W12") and (lot := at(one, place))})
