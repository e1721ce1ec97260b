"""IFTSTA: what a carrier reports of consignments, one event per status; the code list depends on the directory."""

from dataclasses import dataclass

from collectors.edifact import codes
from collectors.edifact.draft import Draft, Key, Reader, Unfit
from collectors.edifact.syntax import Segment
from collectors.edifact.times import Moment, iso
from collectors.edifact.trade import carrier


@dataclass(frozen=True, slots=True)
class _Common:
    """What holds for the whole message: the code list, the carrier, and when, where a status does not say it."""

    statuses: dict[str, str]
    carrier: str | None
    at: Moment | None


def read(reader: Reader) -> list[Draft]:
    """The events of all statuses; one that is not known is refused alone. Raises Unfit where nothing can be taken."""
    head, consignments = _consignments(reader.document.letter.segments[1:])
    keys = reader.references([one for one in head if one.tag == "RFF"])
    common = _Common(_list(reader), carrier(reader) or reader.terms.code or None, _dated(reader))
    made: list[Draft] = []
    for opening, statuses in consignments:
        own = [*keys, *_names(reader, opening)]
        reader.spend((len(own) + len(opening)) * len(statuses))
        made += _events(reader, common, own, opening, statuses)
    return made


def _dated(reader: Reader) -> Moment | None:
    """The date of the message, None where it has none; then each status must have its own."""
    try:
        return reader.happened(())
    except Unfit:
        return None


def _events(
    reader: Reader, common: _Common, own: list[Key], opening: list[Segment], statuses: list[list[Segment]]
) -> list[Draft]:
    """The events of one consignment; a status that cannot be read is refused alone."""
    made = []
    for status in statuses:
        try:
            made.append(_event(reader, common, own, opening, status))
        except Unfit as fault:
            reader.unfit(fault)
    return made


def _list(reader: Reader) -> dict[str, str]:
    letter = reader.document.letter
    return {**codes.STATUSES[codes.list_of(letter.association, letter.release)], **reader.terms.partner.statuses}


def _consignments(segments: list[Segment]) -> tuple[list[Segment], list[tuple[list[Segment], list[list[Segment]]]]]:
    """(the head, per consignment what stands before its first status and each status with what follows it)."""
    head: list[Segment] = []
    found: list[tuple[list[Segment], list[list[Segment]]]] = []
    for segment in segments:
        if segment.tag == "CNI" or (segment.tag == "STS" and not found):
            found.append(([segment] if segment.tag == "CNI" else [], []))
        if segment.tag == "STS":
            found[-1][1].append([segment])
        elif segment.tag != "CNI":
            (head if not found else found[-1][1][-1] if found[-1][1] else found[-1][0]).append(segment)
    return head, found


def _names(reader: Reader, segments: list[Segment]) -> list[Key]:
    """The keys among some segments: consignment number, references, SSCCs."""
    found: list[Key] = []
    for segment in segments:
        if segment.tag == "CNI":
            reader.document.use(segment)
            found += reader.key(reader.terms.kind("CNI"), segment.text(2), segment)
        elif segment.tag == "RFF":
            found += reader.references([segment])
        elif segment.tag == "GIN":
            found += reader.packages([segment])
    return found


def _event(reader: Reader, common: _Common, own: list[Key], opening: list[Segment], status: list[Segment]) -> Draft:
    """The event of one status. Raises Unfit for a status that no list knows."""
    sts = status[0]
    code, reason = sts.text(2), sts.text(3)
    kind = common.statuses.get(code, "") if sts.code in codes.CARRIAGE else ""
    if not kind:
        raise Unfit("unknown_status", f"The status {code[:10]!r} (of type {sts.code[:10]!r}) is in no list.", sts)
    keys = list(dict.fromkeys([*own, *_names(reader, status)]))
    if not keys:
        raise Unfit("no_key", "The status names no consignment, reference or package.", sts)
    at = _said(reader, codes.HAPPENED["IFTSTA"], (status, opening))
    happened = reader.refined(at) if at else common.at
    if happened is None:
        raise Unfit("missing_time", "Neither the status nor the message nor its interchange says when.", sts)
    reader.document.use(sts)
    place = next((one.text(2) for one in (*status, *opening) if one.tag == "LOC"), "")
    fields = {
        "partner": reader.terms.code or None, "carrier": common.carrier,
        "location": reader.terms.ours("location", place) if place else None,
        "status": reader.text(code), "reason": reader.text(reason or sts.text(3, 3)),
    }  # fmt: skip
    eta = _said(reader, codes.EXPECTED, (status, opening))
    attrs = {
        "class": codes.CLASSES.get(code, "") if kind == "shipment.exception" else "",
        "eta": iso(eta.at) if eta else "",
    }
    return Draft(sts, kind, happened, keys, None, fields, attrs)


def _said(reader: Reader, qualifiers: tuple[str, ...], parts: tuple[list[Segment], ...]) -> Moment | None:
    """A date of the status, else of the consignment."""
    for part in parts:
        found = reader.document.pick([one for one in part if one.tag == "DTM"], qualifiers)
        if found and (made := reader.moment(found)):
            return made
    return None
