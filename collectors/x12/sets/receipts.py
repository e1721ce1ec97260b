"""997, 999 and TA1: what a receiver says of the text of our messages. Never that an order was accepted or will ship.

They name no order, only control numbers: each event mentions `msg` as the acknowledged transaction did.
"""

from collections.abc import Iterator
from typing import Any

from collectors.x12.codes import NOT_TAKEN, TAKEN
from collectors.x12.document import Document, Draft, at
from collectors.x12.segments import Segment
from collectors.x12.sets.parts import concerned, groups
from collectors.x12.times import Instant

_ERRORS = 50


def functional(doc: Document) -> Iterator[Draft]:
    """997 and 999: one event per AK2; one for the group where not every transaction of it is named."""
    group = doc.first("AK1")
    functional_id, number = at(group, 1), at(group, 2)
    answers = groups([one for one in doc.segments if one[0] != "AK9"], "AK2")
    when = doc.made()
    for loop in answers:
        said = next((one for one in loop if one[0] in ("AK5", "IK5")), [])
        text = ":".join((functional_id, number, at(loop[0], 1), at(loop[0], 2)))
        yield _word(doc, text, doc.code(said, 1), said, {"errors": _errors(loop), "set": at(loop[0], 1)}, when)
    total = doc.first("AK9")
    counts = {"included": at(total, 2), "received": at(total, 3), "accepted": at(total, 4)}
    code = doc.code(total, 1) if total else ""
    if total and (not answers or counts["included"] != str(len(answers))):
        # Its error codes begin at the fifth element, those of AK5 at the second.
        yield _word(doc, f"{functional_id}:{number}", code, total[3:], counts, when)


def interchange(doc: Document) -> Iterator[Draft]:
    """TA1: the interchange as a whole."""
    word = doc.segments[0]
    reason = at(word, 5)
    fields = concerned(doc, status=at(word, 4) or None, reason=None if reason in ("", "000") else reason)
    key = ("msg", f"ISA:{at(word, 1)}", at(doc.isa, 8) or None)
    yield Draft(_event(at(word, 4)), doc.made(), [key], [], fields, {}, _flags(at(word, 4)))


def _word(doc: Document, text: str, code: str, said: Segment, attrs: dict[str, Any], when: Instant) -> Draft:
    """What is said of one transaction or group; `said` has its error codes from the second element on."""
    reasons = " ".join(filter(None, (at(said, place) for place in range(2, 7)))) or None
    key = doc.key("msg", text)[:2]
    fields = concerned(doc, status=code or None, reason=reasons)
    kept = {name: value for name, value in attrs.items() if value}
    return Draft(_event(code), when, [(*key, at(doc.group, 3) or None)], [], fields, kept, _flags(code))


def _event(code: str) -> str:
    return "message.rejected" if code in NOT_TAKEN else "message.acknowledged"


def _flags(code: str) -> list[str]:
    return [] if code in (*NOT_TAKEN, *TAKEN) else ["mapping_unknown"]


def _errors(loop: list[Segment]) -> list[str]:
    """The segments and elements that were found wrong, as `REF 3: 8` and `1: 7 BM`."""
    found = []
    for one in loop:
        if one[0] in ("AK3", "IK3"):
            found.append(f"{at(one, 1)} {at(one, 2)}: {at(one, 4)}".rstrip(": "))
        elif one[0] in ("AK4", "IK4"):
            found.append(f"{at(one, 1)}: {at(one, 3)} {at(one, 4)}".rstrip())
    return found[:_ERRORS]
