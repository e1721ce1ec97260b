"""Orders and what is said of them: 850 and 860 from the buyer, 855 and 865 from the seller."""

from collections.abc import Iterator
from typing import Any

from collectors.x12 import codes
from collectors.x12.document import Document, Draft, Line, at
from collectors.x12.segments import Segment
from collectors.x12.sets.parts import concerned, counted, groups, kept, revision, several, written

#: Purpose -> event, for an order that a customer sends and for one that goes to a supplier.
_PLACED = {"customer": "order.captured", "supplier": "purchase_order.sent"}
_CHANGED = {"customer": "order.changed", "supplier": "purchase_order.changed"}
_CANCELLED = {"customer": "order.cancel_requested", "supplier": "purchase_order.cancelled"}


def order(doc: Document) -> Iterator[Draft]:
    """850: an order, its replacement or its cancellation."""
    head, kind = doc.first("BEG"), _kind(doc)
    purpose = doc.code(head, 1)
    lines = [doc.line(one) for one in doc.every("PO1")]
    cancelled, replaced = purpose == codes.CANCEL, purpose == codes.REPLACE
    types = _CANCELLED if cancelled else _CHANGED if replaced else _PLACED
    known = purpose in (*codes.ORIGINAL, codes.CANCEL, codes.REPLACE)
    flags = ["duplicate"] * (purpose == codes.DUPLICATE) + ["mapping_unknown"] * (not known) + counted(doc, len(lines))
    # BEG05 is the day of the order, also where this is its cancellation.
    placed = doc.when((doc.dated_segment("004", "097", tag="DTM"), 2, 3, 4), (head, 5, 0, 0))
    when = doc.made() if cancelled or replaced else placed
    more: dict[str, Any] = {"kind": "drop_ship"} if kind == "supplier" and at(head, 2) == "DS" else {}
    more |= {"replaces": True} if replaced else {}
    yield Draft(
        types[kind], when, [*doc.named(), *_release(doc, head)], [] if cancelled else several(lines),
        concerned(doc, status=doc.code(head, 2) or None, currency=at(doc.first("CUR"), 2) or None, amount=_total(doc)),
        _asked(doc, kind, order_type=at(head, 2), release=at(head, 4), stores=_stores(doc), **more), flags,
    )  # fmt: skip


def change(doc: Document) -> Iterator[Draft]:
    """860: the buyer changes an order, or cancels it."""
    head, kind = doc.first("BCH"), _kind(doc)
    purpose = doc.code(head, 1)
    types = _CANCELLED if purpose == codes.CANCEL else _CHANGED
    lines, unknown = _changes(doc)
    known = purpose in (*codes.CHANGE, codes.CANCEL, codes.REPLACE)
    yield Draft(
        types[kind], doc.when((head, 11, 0, 0), (head, 10, 0, 0)), doc.named(), [] if types is _CANCELLED else several(lines),
        concerned(doc, status=purpose or None, revision=revision(at(head, 5))),
        _asked(doc, kind, release=at(head, 4)), ["mapping_unknown"] * (unknown or not known),
    )  # fmt: skip


def acknowledgement(doc: Document) -> Iterator[Draft]:
    """855 and 865: the seller's answer. The header decides only where no line says more."""
    head = doc.first("BAK", "BCA")
    loops = groups(doc.segments, "PO1", "POC")
    answers = [_answer(doc, loop) for loop in loops]
    said = doc.code(head, 2)
    outcome, states = codes.ACKNOWLEDGED.get(said, ""), [state for _, found, _ in answers for state in found]
    refused = (bool(states) and set(states) <= {"rejected", "deleted"}) or (not states and outcome == "rejected")
    lines = [line for one, _, _ in answers for line in one]
    moment = max((due for _, _, due in answers if due is not None), default=_promised(doc, _head(doc)))
    revised, when = (None, doc.when((head, 9, 0, 0))) if head[0] == "BAK" else (revision(at(head, 5)), doc.made())
    fields = concerned(doc, status=said or None, promised_at=moment, revision=revised)
    confirmed = written(moment) if moment is not None else ""
    attrs = kept(
        doc, _head(doc), **_numbers(head), answer=outcome, line_status=_statuses(lines, answers), confirmed_at=confirmed
    )
    flags = ["mapping_unknown"] * (not outcome or "" in states) + counted(doc, len(loops))
    yield Draft(_answered(doc, refused), when, doc.named(), several(lines), fields, attrs, flags)


def _numbers(head: Segment) -> dict[str, Any]:
    """What the head of an answer says beside its keys; BAK and BCA differ in where the order's release and day stand."""
    release, ordered = (5, 4) if head[0] == "BAK" else (4, 6)
    said = {"purpose": 1, "release": release, "ordered_on": ordered, "seller_order": 8}
    return {name: at(head, place) for name, place in said.items()}


def _kind(doc: Document) -> str:
    return "supplier" if doc.side.party == "supplier" else "customer"


def _answered(doc: Document, refused: bool) -> str:
    """The event of an answer: a supplier's of our purchase order, ours of a customer's order."""
    if _kind(doc) == "supplier":
        return "purchase_order.rejected" if refused else "purchase_order.acknowledged"
    return "order.rejected" if refused else "order.acknowledged"


def _release(doc: Document, head: Segment) -> list[tuple[str, str, str | None]]:
    """A release on a blanket order is an order of its own: `PO/RELEASE`."""
    kinds = [kind for place, kind in doc.side.keys.get("BEG", ()) if place == 3]
    return [doc.key(kind, f"{at(head, 3)}/{at(head, 4)}") for kind in kinds if at(head, 3) and at(head, 4)]


def _total(doc: Document) -> str | None:
    amounts = (one for one in doc.every("AMT") if at(one, 1) in ("TT", "GV"))
    return next((doc.number(one, 2, "bad_amount") for one in amounts), None)


def _stores(doc: Document) -> dict[str, dict[str, str]]:
    """Quantities per store of each line (SDQ)."""
    found: dict[str, dict[str, str]] = {}
    for loop in groups(doc.segments, "PO1"):
        for one in (one for one in loop if one[0] == "SDQ"):
            stores = {at(one, n): doc.number(one, n + 1) or "" for n in range(3, len(one) - 1, 2) if at(one, n)}
            found.setdefault(at(loop[0], 1) or doc.sku(loop[0]), {}).update(stores)
    return found


def _asked(doc: Document, party: str, /, **more: Any) -> dict[str, Any]:
    """What the buyer asks for; a purchase order's requested date is when we need it."""
    found = kept(doc, **more)
    wanted = found.get("requested_at") or found.get("delivery_at")
    return {**found, "need_by": wanted} if wanted and party == "supplier" else found


def _changes(doc: Document) -> tuple[list[Line], bool]:
    """(the lines that change, a quantity of 0 for those that go; whether a change code is not known)."""
    lines, unknown = [], False
    for one in doc.every("POC"):
        meant = codes.LINE_CHANGE.get(doc.code(one, 2), "")
        unknown |= not meant
        if meant != "same":
            lines.append(doc.line(one, qty="0") if meant == "gone" else doc.line(one))
    return lines, unknown


def _answer(doc: Document, loop: list[Segment]) -> tuple[list[Line], list[str], int | None]:
    """(what is confirmed of a line, its states, when it is promised). A line without an ACK is as it was ordered."""
    acks = [one for one in loop if one[0] == "ACK"]
    states = [codes.LINE_STATUS.get(doc.code(one, 1), "") for one in acks]
    dues = [doc.due(at(one, 5)) for one in acks if at(one, 4) in ("067", "068", "017", "010", "")]
    known = [due for due in (*dues, _promised(doc, loop)) if due is not None]
    if not acks:
        return [doc.line(loop[0])], [], max(known, default=None)
    lines = [_confirmed(doc, loop[0], one, state) for one, state in zip(acks, states, strict=True)]
    return lines, states, max(known, default=None)


def _confirmed(doc: Document, line: Segment, ack: Segment, state: str) -> Line:
    qty = doc.number(ack, 2)
    if state and state not in codes.CONFIRMING:
        return doc.line(line, qty="0")
    number, sku, own, uom, price = doc.line(line)
    return number, sku, qty if qty is not None else own, at(ack, 3) or uom, price


def _promised(doc: Document, segments: list[Segment]) -> int | None:
    """When the seller will deliver, else ship."""
    found = doc.dates(segments)
    return next((found[name] for name in ("delivery_at", "ship_at", "ship_by") if name in found), None)


def _head(doc: Document) -> list[Segment]:
    """The segments before the first line."""
    end = next((n for n, one in enumerate(doc.segments) if one[0] in ("PO1", "POC")), len(doc.segments))
    return doc.segments[:end]


def _statuses(lines: list[Line], answers: list[tuple[list[Line], list[str], int | None]]) -> dict[str, str]:
    """State by line, for lines that are not simply accepted."""
    named = (
        (line[0] or line[1] or "", state)
        for found, states, _ in answers
        for line, state in zip(found, states, strict=False)
    )
    return {name: state or "unknown" for name, state in named if state != "accepted"}
