"""Carriers: 204 tenders a load, 990 answers, 214 reports, 210 bills; 753 and 754 ask for and give a routing."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from collectors.x12 import codes
from collectors.x12.document import NONE, Document, Draft, Key, at
from collectors.x12.segments import Segment
from collectors.x12.sets.parts import concerned, groups, kept, written
from collectors.x12.times import Instant

#: An exception beside a step stands this many microseconds behind it.
_BEHIND = 1_000_000


def tender(doc: Document) -> Iterator[Draft]:
    """204: a load is offered, or the offer withdrawn, which is no event of the trade and moves nothing."""
    purpose = doc.code(doc.first("B2A"), 1)
    known = purpose in ("00", "", codes.CANCEL, "04", codes.REPLACE, "06")
    stops = [_stop(doc, loop) for loop in groups(doc.segments, "S5")]
    answer_by = doc.dated_segment("64", tag="G62")
    due = doc.due(at(answer_by, 2), at(answer_by, 4), at(answer_by, 5))
    attrs = kept(doc, stops=stops, respond_by=written(due) if due is not None else "")
    kind = "load.withdrawn" if purpose == codes.CANCEL else "load.tendered"
    yield Draft(
        kind,
        doc.made(),
        doc.named(),
        [],
        concerned(doc, status=purpose or None),
        attrs,
        ["mapping_unknown"] * (not known),
    )


def _stop(doc: Document, loop: list[Segment]) -> dict[str, Any]:
    place = next((one for one in loop if one[0] == "N4"), NONE)
    said = {"number": at(loop[0], 1), "reason": at(loop[0], 2), "city": at(place, 1), "state": at(place, 2)}
    return {**said, **{name: written(moment) for name, moment in doc.dates(loop).items()}}


def answer(doc: Document) -> Iterator[Draft]:
    """990: the carrier takes the load or declines it."""
    head = doc.first("B1")
    said = doc.code(head, 4)
    kind = codes.TENDER_ANSWER.get(said, "load.answered")
    fields = concerned(doc, status=said or None, reason=at(doc.first("K1"), 1) or None)
    yield Draft(
        kind,
        doc.when((head, 3, 0, 0)),
        doc.named(),
        [],
        fields,
        kept(doc),
        ["mapping_unknown"] * (said not in codes.TENDER_ANSWER),
    )


def status(doc: Document) -> Iterator[Draft]:
    """214: one event per AT7, at its place; a reason that is somebody's fault is an exception beside it."""
    top = doc.segments[: next((n for n, one in enumerate(doc.segments) if one[0] in ("LX", "AT7")), len(doc.segments))]
    loops = groups(doc.segments, "LX") or [doc.segments[len(top) :]]
    doc.bounded(len(loops) * len(top))
    for loop in loops:
        reports = groups(loop, "AT7")
        doc.bounded(len(reports) * len(loop))
        keys = doc.named([*top, *(one for one in loop if one[0] != "AT7")])
        done = any(codes.CARRIER_STATUS.get(doc.code(at7, 1)) == "shipment.delivered" for at7, *_ in reports)
        for at7, *rest in reports:
            place = next((one for one in rest if one[0] == "MS1"), NONE)
            told = _reported(doc, keys, at7, place)
            yield from _overcome(told) if done else told


def _overcome(told: Iterator[Draft]) -> Iterator[Draft]:
    """Without the exceptions beside the steps of what was delivered in the end."""
    return (one for one in told if one.type != "shipment.exception" or "step" not in one.attrs)


def _reported(doc: Document, keys: list[Key], at7: Segment, place: Segment) -> Iterator[Draft]:
    """What one AT7 says: a step and perhaps what is wrong beside it, an arrival to come, or an appointment."""
    code, reason = doc.code(at7, 1), doc.code(at7, 2)
    spot: dict[str, Any] = {"place": ", ".join(filter(None, (at(place, n) for n in (1, 2, 3))))}
    kind = codes.CARRIER_STATUS.get(code, "carrier.status")
    if not code:
        yield from [_appointment(doc, keys, at7, spot)] if at(at7, 3) else []
        return
    fields = concerned(doc, status=code, reason=None if reason in codes.NORMAL else reason)
    if kind == "shipment.eta_changed":
        due = doc.due(at(at7, 5), at(at7, 6), at(at7, 7))
        attrs = kept(doc, **spot, eta=written(due) if due is not None else "")
        yield Draft(kind, doc.made(), keys, [], {**fields, "promised_at": due}, attrs)
        return
    when = _moment(doc, at7, place)
    attrs = kept(doc, **spot, exception=codes.EXCEPTION_CLASS.get(code, ""))
    yield Draft(kind, when, keys, [], fields, attrs, ["mapping_unknown"] * (kind == "carrier.status"))
    if reason not in codes.NORMAL and kind not in ("shipment.exception", "shipment.delivered", "carrier.status"):
        attrs = kept(doc, **spot, step=code, exception=codes.FAULT.get(reason, ""))
        flags = ["mapping_unknown"] * (reason not in codes.FAULT)
        yield Draft("shipment.exception", replace(when, at=when.at + _BEHIND), keys, [], fields, attrs, flags)


def _moment(doc: Document, at7: Segment, place: Segment) -> Instant:
    """By its time code, else on the clock of the place where that is known, else on the partner's."""
    zone = "" if at(at7, 7).upper() in codes.TIME_CODES else doc.state_zone(place)
    return doc.dated(at(at7, 5), at(at7, 6), at(at7, 7), zone) or replace(doc.made(), assumed=True)


def _appointment(doc: Document, keys: list[Key], at7: Segment, spot: dict[str, Any]) -> Draft:
    """A pickup or delivery that was arranged: the message says it, the date is what was arranged."""
    code = doc.code(at7, 3)
    due = doc.due(at(at7, 5), at(at7, 6), at(at7, 7))
    arranged: dict[str, Any] = {"appointment_at": written(due)} if due is not None else {}
    attrs = kept(doc, **spot, appointment=codes.APPOINTMENT.get(code, ""), **arranged)
    flags = ["mapping_unknown"] * (code not in codes.APPOINTMENT)
    return Draft(
        "appointment.set",
        doc.made(),
        keys,
        [],
        concerned(doc, status=code, reason=doc.code(at7, 4) or None),
        attrs,
        flags,
    )


def freight_bill(doc: Document) -> Iterator[Draft]:
    """210: the carrier's invoice. Its number is no invoice of an order, so it is kept beside the event."""
    head = doc.first("B3")
    currency = at(doc.first("C3"), 1) or None
    fields = concerned(doc, amount=doc.implied(head, 7), currency=currency, status=doc.code(head, 8) or None)
    due = doc.due(at(head, 9))
    attrs = kept(doc, freight_invoice=at(head, 2), delivered_on=written(due) if due is not None else "")
    yield Draft("freight_invoice.received", doc.when((head, 6, 0, 0)), doc.named(), [], fields, attrs)


def routing_request(doc: Document) -> Iterator[Draft]:
    """753: goods are ready and need a routing."""
    head = doc.first("BGN")
    yield Draft(
        "routing.requested",
        doc.when((head, 3, 4, 5)),
        doc.named(),
        [],
        concerned(doc),
        kept(doc, reference=at(head, 2)),
    )


def routing(doc: Document) -> Iterator[Draft]:
    """754: the routing. Which reference is its number differs by retailer: the mapping says it."""
    head = doc.first("BGN")
    numbers = {at(one, 2): at(one, 1) for one in doc.every("L11") if at(one, 1)}
    attrs = kept(doc, reference=at(head, 2), numbers=numbers)
    yield Draft("routing.received", doc.when((head, 3, 4, 5)), doc.named(), [], concerned(doc), attrs)
