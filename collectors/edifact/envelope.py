"""From bytes to messages: finds the interchanges, checks counts and control references, and loses none for another.

What was cut off is refused and names what has to come again.

Places are counted in segments over all that was sent, from 0; a person reads them as `segment 12`, counted from 1.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from app.model.event import Rejection
from collectors.again import Brought, document
from collectors.edifact import charset
from collectors.edifact.blocks import Part, part_of
from collectors.edifact.syntax import DEFAULT, LINES, Segment, Service, is_released, segment_end, segments, service
from collectors.reading import KEY_LIMIT, TEXT_LIMIT, WHOLE, excerpt, whole

_BLANK = b" \t\r\n"
_SIGN = re.compile(rb"[^ \t\r\n]")
#: Where an interchange may begin: UNA with six separators and UNB, or UNB and a separator.
_HEAD = re.compile(rb"UN(?:A[^A-Za-z0-9]{6}[ \t\r\n]*UNB|B)[^A-Za-z0-9 ]")
#: Messages and refusals of one body that are told one by one.
MOST_MESSAGES, MOST_REFUSED = 100_000, 10_000
#: What other standards begin with, and what a person should know.
_STRANGERS = {
    b"STX=": ("not_edifact", "This is TRADACOMS, not EDIFACT."),
    b"ISA": ("not_edifact", "This is X12, not EDIFACT."),
    b"UIB": ("not_edifact", "This is interactive EDIFACT (UIB); only batch interchanges are read."),
    b"UNA": (
        "not_edifact",
        "No interchange begins here: UNA names separators that cannot be told apart, or no UNB follows.",
    ),
    b"UNH": ("no_envelope", "The message stands without its interchange: UNB is missing."),
    b"UNG": ("no_envelope", "The group stands without its interchange: UNB is missing."),
}


@dataclass(slots=True)
class Interchange:
    """What a UNB says: ids of both sides as sent, the control reference, when it was prepared, whether it is a test."""

    sender: str
    receiver: str
    ref: str
    prepared: tuple[str, str]
    test: bool
    flags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Letter:
    """One message with its envelope. `segments` begins with UNH and is without UNT; `flags` tells what did not add up."""

    interchange: Interchange
    group: str
    segments: list[Segment]
    ref: str = ""
    type: str = ""
    release: str = ""
    association: str = ""
    flags: list[str] = field(default_factory=list)

    @property
    def head(self) -> Segment:
        """Its UNH."""
        return self.segments[0]

    @property
    def name(self) -> str:
        """By what it is known when it comes again: its BGM, or what stands in its place; "" where that names nothing."""
        first = self.segments[1] if len(self.segments) > 1 else None
        if first is None or (first.tag == "BGM" and not first.text(2)):
            return ""
        return document(self.type, self.interchange.sender, "+".join(":".join(parts) for parts in first.parts))


def _letter(interchange: Interchange, group: str, unh: Segment) -> Letter:
    """A message that begins: its reference, kind (ORDERS), directory (D.96A) and subset (EAN008)."""
    release = f"{unh.text(2, 1)}.{unh.text(2, 2)}".upper()
    return Letter(interchange, group, [unh], unh.code, unh.text(2).upper(), release, unh.text(2, 4).upper())


@dataclass(slots=True)
class Post:
    """What was refused of a body so far, what of it came whole, and how many segments there were."""

    refused: dict[int, Rejection] = field(default_factory=dict)
    whole: list[str] = field(default_factory=list)
    faults: int = 0
    left: int = 0
    messages: int = 0
    count: int = 0

    def refuse(
        self, place: int, reason: str, detail: str, shown: str = "", native_id: str = "", again: tuple[str, ...] = ()
    ) -> None:
        """Keep a refusal with the place where it stood."""
        self.keep(place, reason, f"segment {place + 1}: {detail}", shown, native_id, again)

    def keep(
        self, place: int, reason: str, detail: str, shown: str = "", native_id: str = "", again: tuple[str, ...] = ()
    ) -> None:
        """Keep a refusal, one per place; after MOST_REFUSED they are only counted."""
        self.faults += 1
        known = self.refused.get(place)
        if known is not None:
            self.refused[place] = replace(known, detail=f"{known.detail} {detail}"[:TEXT_LIMIT])
        elif len(self.refused) < MOST_REFUSED:
            self.refused[place] = Rejection(place, reason, detail, native_id[:KEY_LIMIT], excerpt(shown), again=again)
        else:
            self.left += 1

    def told(self) -> tuple[Rejection, ...]:
        """All refusals in their order, and one that says how many more there were."""
        last = [Rejection(self.count + 1, "too_many_faults", f"{self.left:,} more were refused.")] if self.left else []
        return (*sorted(self.refused.values(), key=lambda one: one.item), *last)


def letters(body: bytes, post: Post) -> Iterator[Letter]:
    """The messages of a body one by one; what is refused is put to `post`. Never raises for what stands in it."""
    text, marked = charset.unmarked(body)
    part, text = part_of(text)
    if not text.strip(_BLANK):
        post.refused[WHOLE] = whole("empty", "The message has no content.", body)
        return
    found = False
    for raw, spoken in cut(text):
        found = found or spoken is not None
        if spoken is None:
            _stray(post, raw)
        else:
            yield from _Reader(post, spoken, part).read(raw, marked)
        if post.messages > MOST_MESSAGES:
            post.refuse(post.count, "too_many_messages", f"Over {MOST_MESSAGES:,} messages; the rest is not read.")
            return
    if not found:
        one = post.refused[0]
        post.refused = {WHOLE: whole(one.reason, one.detail, body)}


def _stray(post: Post, raw: bytes) -> None:
    """What stands outside of every interchange."""
    said = next((why for start, why in _STRANGERS.items() if raw.startswith(start)), None)
    reason, detail = said or ("not_edifact", "No interchange begins here: neither UNA nor UNB.")
    post.keep(post.count, reason, detail, raw[:300].decode("utf-8", "replace"))
    post.count += 1


def cut(text: bytes) -> Iterator[tuple[bytes, Service | None]]:
    """The interchanges of a text with their separators, UNA taken off and line ends out; None for what is none."""
    before, at = DEFAULT, _bare(text, 0)
    while at < len(text):
        spoken, start = _spoken(text, at, before)
        if spoken is None:
            end = _next(text, at + 3)
            yield text[at:end], None
        else:
            end, before = _end(text, start, spoken), spoken
            yield text[start:end].translate(None, b"\r" if spoken.terminator == "\n" else b"\r\n"), spoken
        at = _bare(text, end)


def _bare(text: bytes, at: int) -> int:
    """The place of the next sign that is no blank."""
    found = _SIGN.search(text, at)
    return found.start() if found else len(text)


def _next(text: bytes, start: int) -> int:
    found = _HEAD.search(text, start)
    return found.start() if found else len(text)


def _spoken(text: bytes, at: int, before: Service) -> tuple[Service | None, int]:
    """(the separators of the interchange that begins there or None, where its UNB stands)."""
    if text.startswith(b"UNA", at):
        start = _bare(text, at + 9)
        return (service(text[at + 3 : at + 9].decode("latin-1")) if text.startswith(b"UNB", start) else None), start
    if not text.startswith(b"UNB", at):
        return None, at
    if before not in (DEFAULT, LINES) and text[at + 3 : at + 4] == before.element.encode("latin-1"):
        return before, at
    head = text[at : at + 4096]
    return (LINES if b"'" not in head and b"\n" in head else DEFAULT), at


@lru_cache(maxsize=64)
def _border(terminator: str) -> re.Pattern[bytes]:
    blank = b" \t\r" if terminator in "\r\n" else _BLANK
    return re.compile(re.escape(terminator.encode("latin-1")) + b"[" + blank + b"]*(UN[ABZ])")


def _end(text: bytes, start: int, spoken: Service) -> int:
    """Where the interchange ends that begins at `start`: behind its UNZ, else before the next, else with the text."""
    for found in _border(spoken.terminator).finditer(text, start):
        if not is_released(text, found.start(), spoken.release):
            return segment_end(text, found.end(), spoken) if found[1] == b"UNZ" else found.start(1)
    return len(text)


class _Reader:
    """Reads one interchange: what is open (group, message) and what has been counted so far."""

    def __init__(self, post: Post, spoken: Service, part: Part) -> None:
        self.post, self.spoken, self.part = post, spoken, part
        self.interchange = Interchange("", "", "", ("", ""), False)
        self.letter: Letter | None = None
        self.whole: Letter | None = None
        self.group: Segment | None = None
        self.messages, self.groups, self.in_group, self.resumed = part.messages, part.groups, 0, part.in_group
        self.closed = False
        self.brought = Brought()
        self.stray = -2
        self.seen: set[str] = set()

    def read(self, raw: bytes, marked: str) -> Iterator[Letter]:
        """The messages of the interchange, each as it is closed."""
        post = self.post
        identifier = raw[4:8].decode("latin-1").upper()
        text, fits = charset.decoded(raw, identifier, marked)
        self.interchange.flags = [] if fits else ["charset_mismatch"]
        first = post.count
        steps = {
            "UNB": self._head, "UNG": self._group, "UNH": self._open, "UNT": self._close, "UNE": self._ungroup, "UNZ": self._tail,
        }  # fmt: skip
        for segment in segments(text, self.spoken, first):
            post.count = segment.place + 1
            step = steps.get(segment.tag)
            if step is not None:
                step(segment)
                if self.whole is not None:
                    yield self.whole
                    self.whole = None
                    if post.messages > MOST_MESSAGES:
                        return
            elif self.letter is not None:
                self.letter.segments.append(segment)
            else:
                self._stray(segment)
        if self.letter is not None and text.endswith(self.letter.segments[-1].raw):  # torn: nobody knows its end
            self.letter.segments = self.letter.segments[:-1] or self.letter.segments
        self._finish()

    def _stray(self, segment: Segment) -> None:
        """A segment outside of every message; of several in a row the first is told."""
        if segment.place != self.stray + 1:
            said = f"{segment.tag[:10]} stands outside of every message."
            self.post.refuse(segment.place, "stray_segment", said, segment.shown())
        self.stray = segment.place

    def _head(self, unb: Segment) -> None:
        one = self.interchange
        one.sender, one.receiver, one.ref = unb.text(2), unb.text(3), unb.text(5)
        one.prepared, one.test = (unb.text(4), unb.text(4, 1)), unb.text(11) == "1"
        if not (one.sender and one.ref):
            one.flags.append("envelope_incomplete")

    def _group(self, ung: Segment) -> None:
        self._truncated()
        self.group, self.in_group, self.resumed = ung, self.resumed, 0
        self.groups += 1

    def _open(self, unh: Segment) -> None:
        self._truncated()
        self.messages += 1
        self.post.messages += 1
        self.in_group += 1
        self.letter = _letter(self.interchange, self.group.text(5) if self.group else "", unh)

    def _close(self, unt: Segment) -> None:
        letter, self.letter = self.letter, None
        if letter is None:
            self._stray(unt)
            return
        if unt.text(1).lstrip("0") != str(len(letter.segments) + 1):
            letter.flags.append("segment_count_mismatch")
        if unt.text(2) != letter.ref:
            letter.flags.append("reference_mismatch")
        self.brought.add(letter.name, not letter.flags)
        if letter.ref in self.seen:
            letter.flags.append("reference_repeated")
        self.seen.add(letter.ref)
        self.whole = letter

    def _ungroup(self, une: Segment) -> None:
        self._truncated()
        if self.group is None:
            self.post.refuse(une.place, "stray_segment", "UNE stands outside of every group.", une.shown())
            return
        self._counted(une, self.in_group, "messages in the group")
        self._referred(une, self.group.text(5))
        self.group = None

    def _tail(self, unz: Segment) -> None:
        self._truncated()
        self.closed = True
        count, what = (self.groups, "groups") if self.groups else (self.messages, "messages")
        self._counted(unz, count, what)
        self._referred(unz, self.interchange.ref)

    def _counted(self, tail: Segment, count: int, what: str) -> None:
        if tail.text(1).lstrip("0") != str(count or ""):
            self.brought.sound = False
            said = f"{tail.tag} says {tail.text(1)[:20] or 'no number of'} {what}, there are {count}."
            self.post.refuse(tail.place, "count_mismatch", said, tail.shown(), self.interchange.ref)

    def _referred(self, tail: Segment, ref: str) -> None:
        if tail.text(2) != ref:
            self.brought.sound = False
            said = f"{tail.tag} has the reference {tail.text(2)[:35]!r}, its header {ref[:35]!r}."
            self.post.refuse(tail.place, "reference_mismatch", said, tail.shown(), self.interchange.ref)

    def _truncated(self) -> None:
        """A message that was never closed is not whole: it is refused, the others stand."""
        letter, self.letter = self.letter, None
        if letter is not None:
            said = f"The {letter.type[:6]} message {letter.ref[:35]!r} has no end: UNT is missing."
            self.brought.add(letter.name, False)
            self.post.refuse(letter.head.place, "truncated", said, letter.head.shown(), letter.ref, (letter.name,))

    def _finish(self) -> None:
        self._truncated()
        if not (self.closed or self.part.goes_on):
            said = f"The interchange {self.interchange.ref[:35]!r} has no end: UNZ is missing."
            again = self.brought.unended()
            self.post.refuse(max(self.post.count - 1, 0), "truncated", said, "", self.interchange.ref, again)
            self.brought.sound = False
        if not self.interchange.test:
            self.post.whole += self.brought.told()
