"""Bills, credits, payments and returns: 810, 812, 820, 180."""

from collections.abc import Iterator
from typing import Any

from collectors.x12.document import Document, Draft, at
from collectors.x12.segments import Segment
from collectors.x12.sets.parts import concerned, counted, groups, kept, several

_CREDIT = ("CR", "CN", "CD")


def invoice(doc: Document) -> Iterator[Draft]:
    """810: our invoice or credit memo when we sent it, else the supplier's."""
    head = doc.first("BIG")
    kind = doc.code(head, 7)
    credit = kind in _CREDIT
    loops = doc.every("IT1")
    issuer = None if doc.side.sent else doc.side.code or doc.side.source
    keys = [_issued(key, issuer, credit and doc.side.sent) for key in doc.named()]
    event = ("credit.issued" if credit else "invoice.posted") if doc.side.sent else "supplier_invoice.received"
    amount = doc.implied(doc.first("TDS"), 1)
    fields = concerned(doc, amount=amount, currency=at(doc.first("CUR"), 2) or None, status=kind or None)
    attrs = kept(doc, ordered_on=at(head, 3), release=at(head, 5))
    lines = several(doc.line(one) for one in loops)
    yield Draft(event, doc.when((head, 1, 0, 0)), keys, lines, fields, attrs, counted(doc, len(loops)))


def _issued(key: tuple[str, str, str | None], issuer: str | None, credit: bool) -> tuple[str, str, str | None]:
    """The number of an invoice is its sender's; that of a credit memo is one."""
    kind, value, told = key
    return ("cm" if credit else "inv", value, told or issuer) if kind == "inv" else key


def credit(doc: Document) -> Iterator[Draft]:
    """812: we credit a customer, or the customer claims a deduction. A debit of ours is a negative credit, marked."""
    head = doc.first("BCD")
    amount, debit = doc.implied(head, 4), at(head, 5) == "D"
    keys = doc.named()
    reasons = " ".join(sorted({doc.code(one, 1) for one in doc.every("CDD") if at(one, 1)})) or None
    number = at(head, 2)
    if doc.side.sent and number:
        keys.append(doc.key("cm", number))
    if doc.side.sent and debit and amount and not amount.startswith("-"):
        amount = f"-{amount}"
    fields = concerned(
        doc, amount=amount, currency=at(doc.first("CUR"), 2) or None, reason=reasons, status=at(head, 5) or None
    )
    event = "credit.issued" if doc.side.sent else "invoice.disputed"
    attrs = kept(doc, claim="" if doc.side.sent else number, invoice_date=at(head, 6))
    yield Draft(
        event, doc.when((head, 1, 0, 0)), keys, [], fields, attrs, ["mapping_unknown"] * (doc.side.sent and debit)
    )


def payment(doc: Document) -> Iterator[Draft]:
    """820: a payment, and each invoice that it is for. BPR02 and the RMR amounts write their point."""
    head, currency = doc.first("BPR"), at(doc.first("CUR"), 2) or None
    when, trace = doc.when((head, 16, 0, 0)), at(doc.first("TRN"), 2)
    head_attrs: dict[str, Any] = {"payment_trace": trace, "method": at(head, 4), "effective_on": at(head, 16)}
    total = doc.number(head, 2, "bad_amount")
    yield Draft(
        "payment.received", when, [], [], concerned(doc, amount=total, currency=currency), kept(doc, [], **head_attrs)
    )
    for loop in groups(doc.segments, "RMR"):
        yield _applied(doc, loop, when, currency, trace)


def _applied(doc: Document, loop: list[Segment], when: Any, currency: str | None, trace: str) -> Draft:
    """What a payment settles of one invoice."""
    head = loop[0]
    paid, owed, discount = (doc.number(head, place, "bad_amount") for place in (4, 5, 6))
    kinds = {"IV": "inv", "CM": "cm", "PO": "cpo"}
    kind = kinds.get(at(head, 1), "")
    own = [doc.key(kind, at(head, 2))] if kind and at(head, 2) else []
    adjusted = [
        {"amount": doc.number(one, 1, "bad_amount"), "reason": at(one, 2), "reference": at(one, 4)}
        for one in loop
        if one[0] == "ADX"
    ]
    attrs = kept(doc, loop, payment_trace=trace, invoiced=owed, discount=discount, adjustments=adjusted)
    fields = concerned(doc, amount=paid, currency=currency)
    keys = [*own, *(key for key in doc.named(loop) if key not in own)]
    return Draft("payment.applied", when, keys, [], fields, attrs, ["mapping_unknown"] * (not kind))


def goods_return(doc: Document) -> Iterator[Draft]:
    """180: a customer asks to send goods back, or we answer. Which answer RDR03 gives is the mapping's to say."""
    head = doc.first("BGN")
    responses = {doc.code(one, 3) for one in doc.every("RDR") if at(one, 3)}
    event = (
        "return.requested"
        if not doc.side.sent
        else "return.rejected"
        if responses == {"rejected"}
        else "return.authorized"
    )
    reasons = " ".join(sorted({doc.code(one, 2) for one in doc.every("RDR") if at(one, 2)})) or None
    lines = several(doc.line(one) for one in doc.every("BLI"))
    fields = concerned(doc, status=at(head, 1) or None, reason=reasons)
    attrs = kept(doc, reference=at(head, 2), disposition=at(doc.first("RDR"), 1))
    unknown = bool(responses - {"rejected", "authorized"}) and doc.side.sent
    yield Draft(event, doc.when((head, 3, 4, 5)), doc.named(), lines, fields, attrs, ["mapping_unknown"] * unknown)
