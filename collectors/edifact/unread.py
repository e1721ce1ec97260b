"""What a message carried that looks like a number, quantity, date or status and became nothing: by what reading left."""

from app.errors import WrongUse
from app.model.event import Message
from app.settings import Source
from collectors.edifact.codes import NO_KEYS
from collectors.edifact.config import load
from collectors.edifact.draft import Reader
from collectors.edifact.envelope import Post, letters
from collectors.edifact.syntax import Segment
from collectors.edifact.translate import drafts, reader_of

#: Segments that carry keys, quantities, dates, statuses or amounts → what they are to a person.
_TOLD = {
    "RFF": ("reference", "no key type"), "DTM": ("date", "not read"), "QTY": ("quantity", "not read"),
    "QVR": ("difference", "not read"), "GIN": ("identity", "no key type"), "GIR": ("identity", "no key type"),
    "STS": ("status", "no event"), "CNI": ("consignment", "no key type"), "DOC": ("document", "no key type"),
    "MOA": ("amount", "not read"),
}  # fmt: skip
#: Lines for one message at most.
_MOST = 1_000


def unread(message: Message, source: Source) -> list[str]:
    """One line per segment that was left, in their order; nothing for a body or mapping that cannot be read at all."""
    try:
        agreements = load(source)
    except WrongUse:
        return []
    lines: list[str] = []
    post = Post()
    for letter in letters(message.body, post):
        reader = reader_of(letter, agreements, source, message.source, post)
        drafts(reader)
        lines += _left(reader)
        if len(lines) >= _MOST:
            break
    return lines[:_MOST]


def _left(reader: Reader) -> list[str]:
    letter, used = reader.document.letter, reader.document.used
    left = [one for one in letter.segments if one.tag in _TOLD and one.place not in used]
    return [_line(one) for one in left if not (one.tag == "RFF" and one.code in NO_KEYS)]


def _line(segment: Segment) -> str:
    """As `RFF+ZZZ reference 4711: no key type`."""
    what, why = _TOLD[segment.tag]
    plain = segment.tag in ("GIN", "GIR", "CNI", "STS", "DOC")
    value = segment.text(2) if plain else segment.text(1, 1)
    return f"{segment.tag}+{segment.code[:10]} {what} {value[:80]}: {why}"
