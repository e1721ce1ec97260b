"""IFTSTA: what a carrier reports of consignments, one event per status; the code list depends on the directory."""

from collectors.edifact import codes
from collectors.edifact.draft import Draft, Key, Reader, Unfit
from collectors.edifact.syntax import Segment
from collectors.edifact.times import Moment
from collectors.edifact.trade import MOST_KEYS, carrier


def read(reader: Reader) -> list[Draft]:
    """The events of all statuses; one that is not known is refused alone. Raises Unfit where nothing can be taken."""
    head, consignments = _consignments(reader.document.letter.segments[1:])
    common = reader.references([one for one in head if one.tag == "RFF"])
    line = _list(reader)
    made: list[Draft] = []
    left = MOST_KEYS
    for opening, statuses in consignments:
        own = [*common, *_names(reader, opening)]
        left -= len(own) * len(statuses)
        if left < 0:
            place = (opening or statuses[0])[0]
            raise Unfit("too_many_keys", f"{len(own):,} numbers for each of {len(statuses):,} statuses.", place)
        made += _events(reader, line, own, opening, statuses)
    return made


def _events(
    reader: Reader, line: dict[str, str], own: list[Key], opening: list[Segment], statuses: list[list[Segment]]
) -> list[Draft]:
    """The events of one consignment; a status that cannot be read is refused alone."""
    made = []
    for status in statuses:
        try:
            made.append(_event(reader, line, own, opening, status))
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


def _event(
    reader: Reader, line: dict[str, str], own: list[Key], opening: list[Segment], status: list[Segment]
) -> Draft:
    """The event of one status. Raises Unfit for a status that no list knows."""
    sts = status[0]
    code, reason = sts.text(2), sts.text(3)
    kind = line.get(code, "") if sts.code in codes.CARRIAGE else ""
    if not kind:
        raise Unfit("unknown_status", f"The status {code[:10]!r} (of type {sts.code[:10]!r}) is in no list.", sts)
    keys = list(dict.fromkeys([*own, *_names(reader, status)]))
    if not keys:
        raise Unfit("no_key", "The status names no consignment, reference or package.", sts)
    reader.document.use(sts)
    draft = Draft(sts, kind, _time(reader, (status, opening)), keys)
    place = reader.document.pick([one for one in (*status, *opening) if one.tag == "LOC"], _qualifiers(status, opening))
    draft.fields = {
        "partner": reader.terms.code or None, "carrier": carrier(reader) or reader.terms.code or None,
        "location": reader.terms.ours("location", place.text(2)) if place else None,
        "status": reader.text(code), "reason": reader.text(reason or sts.text(3, 3)),
    }  # fmt: skip
    if kind == "shipment.exception":
        draft.attrs["class"] = codes.CLASSES.get(code, "")
    return draft


def _qualifiers(*parts: list[Segment]) -> list[str]:
    return [one.code for part in parts for one in part if one.tag == "LOC"]


def _time(reader: Reader, parts: tuple[list[Segment], ...]) -> Moment:
    """When it happened: a date of the status, else of the consignment, else of the message."""
    for part in parts:
        found = reader.document.pick([one for one in part if one.tag == "DTM"], codes.HAPPENED["IFTSTA"])
        if found and (made := reader.moment(found)):
            return reader.refined(made)
    return reader.happened(())
