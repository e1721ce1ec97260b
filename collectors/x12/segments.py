"""Cuts X12 text into interchanges and segments, whatever its delimiters and however it is laid out.

Every ISA names its own delimiters. By the standard an ISA is 106 characters long, in the field it is often squeezed, so
it is read by its sixteen elements: what stands between the last of them and the next segment is the component
separator and the segment terminator. Line ends and indentation around segments are no part of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: Segments of one interchange; an honest one has over 16 characters a segment, so 64 MiB hold no more.
MAX_SEGMENTS = 4_000_000
#: Elements of one segment.
MAX_ELEMENTS = 1_000
#: Around segments: blanks, line ends, and what old systems pad files with.
BLANK = " \t\r\n\0\x1a\ufeff"
Segment = list[str]

_ISA = re.compile(r"ISA(?<![A-Za-z0-9]ISA)(?=[^A-Za-z0-9\s])")
_ISA_LENGTH, _ISA_SEARCHED, _ISA_ELEMENTS = 106, 1_000, 17
#: What may follow an ISA, before its first separator.
_FOLLOWING = re.compile(r"(?<![A-Za-z0-9])(?:GS|ST|TA1|IEA|ISB)$")
_LINE_END = re.compile(r"[\r\n]")
_LONG = 4_096


@dataclass(frozen=True, slots=True)
class Delimiters:
    """What separates elements, components, repetitions and segments; "" where an interchange has none."""

    element: str
    component: str
    repetition: str
    segment: str


@dataclass(frozen=True, slots=True)
class Interchange:
    """One ISA with the segments that follow it, each as trimmed text; `at` is where it begins in the text.

    `mended` counts segments that ended with a line break where their terminator was missing; `torn`: the last has no end.
    """

    at: int
    isa: Segment
    delimiters: Delimiters
    segments: list[str]
    mended: int = 0
    torn: bool = False

    def elements(self, segment: str) -> Segment:
        """A segment as its elements, trimmed; the first is its tag."""
        found = segment.split(self.delimiters.element, MAX_ELEMENTS)
        return [one.strip() for one in found] if " " in segment or "\t" in segment or not segment.isascii() else found

    def head(self) -> str:
        """The ISA without its terminator."""
        return self.delimiters.element.join((*self.isa[:-1], self.delimiters.component))


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with an envelope: a reason code, what a person should know, and the text it is about.

    `again` names what has to come again until it is mended.
    """

    reason: str
    detail: str
    excerpt: str = ""
    again: tuple[str, ...] = ()


def decoded(body: bytes) -> str:
    """The text of a message: UTF-8, else the Windows code page in which older systems write."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def interchanges(text: str) -> Iterator[Interchange | Fault]:
    """The interchanges of a text in order, and a fault for whatever is none."""
    at = begins(text, 0)
    if before := text[: len(text) if at < 0 else at].strip(BLANK):
        reason = "no_interchange" if at < 0 else "stray_text"
        yield Fault(reason, f"{len(before):,} characters stand before any ISA segment.", before[:300])
    while at >= 0:
        try:
            isa, delimiters, start = header(text, at)
        except ValueError as fault:
            at, bad = begins(text, at + 3), text[at : at + 300]
            yield Fault("bad_envelope", f"The ISA segment cannot be read: {fault}", bad)
            continue
        end = begins(text, start, delimiters.segment)
        yield _read(at, isa, delimiters, text[start : len(text) if end < 0 else end])
        at = end


def begins(text: str, start: int, terminator: str = "") -> int:
    """Where the next ISA begins: where a segment may begin, or after a blank if it reads as one. -1 for none."""
    for found in _ISA.finditer(text, start):
        at = found.start()
        before = _before(text, start, at)
        if not terminator or before in ("", terminator) or (text[at - 1] in BLANK and is_header(text, at)):
            return at
    return -1


def _before(text: str, start: int, at: int) -> str:
    """The last character before `at` that is no blank; "" for none since `start`."""
    for place in range(at - 1, max(start, at - _LONG) - 1, -1):
        if text[place] not in BLANK:
            return text[place]
    return ""


def is_header(text: str, at: int) -> bool:
    """Whether a readable ISA segment begins there."""
    try:
        header(text, at)
    except ValueError:
        return False
    return True


def header(text: str, at: int) -> tuple[Segment, Delimiters, int]:
    """(elements of the ISA that begins at `at`, its delimiters, where it ends). Raises ValueError saying what is wrong."""
    element = text[at + 3 : at + 4]
    isa = text[at : at + _ISA_SEARCHED].split(element, _ISA_ELEMENTS)
    following = _FOLLOWING.search(isa[-2][-4:]) if len(isa) > _ISA_ELEMENTS else None
    if following:
        isa[-2:] = [isa[-2][: -len(following[0])]]
    elif len(isa) != _ISA_ELEMENTS or len(text) > at + _ISA_LENGTH:
        count = next((n for n, one in enumerate(isa) if _FOLLOWING.search(one[-4:])), len(isa) - 1)
        raise ValueError(f"it has {count} elements, not {_ISA_ELEMENTS - 1}.")
    end = at + len(element.join(isa))
    isa = [part.strip(BLANK).strip() for part in isa]
    component, segment = _ends(text, text[at:end].rsplit(element, 1)[1], end)
    if not segment or segment.isalnum() or segment in (element, " "):
        raise ValueError("no segment terminator can be told.")
    # Before version 00402 the eleventh element is a standards code; later it is the repetition separator.
    repetition = isa[11] if len(isa[11]) == 1 and not isa[11].isalnum() else ""
    return isa, Delimiters(element, component, repetition, segment), end


def _ends(text: str, tail: str, end: int) -> tuple[str, str]:
    """(component separator, segment terminator) from what follows the last separator of an ISA."""
    marks = tail.strip(BLANK)
    line_end = "\n" if "\n" in tail else "\r" if "\r" in tail else ""
    if len(marks) > 3:
        raise ValueError(f"{marks[:20]!r} stands where its two last delimiters belong.")
    if len(marks) > 1:
        return marks[0], marks[-1]
    # One mark before a line end separates components and lines end segments, unless the next line ends with it too.
    broken = _LINE_END.search(text, end, end + _ISA_SEARCHED)
    closing = text[end : broken.start() if broken else end].rstrip(" \t")[-1:]
    if not marks:
        return "", closing if closing and not closing.isalnum() else line_end
    return ("", marks) if closing == marks or not line_end else (marks, line_end)


def _read(at: int, isa: Segment, delimiters: Delimiters, text: str) -> Interchange | Fault:
    if text.count(delimiters.segment) > MAX_SEGMENTS:
        return Fault("too_large", f"The interchange has more than {MAX_SEGMENTS:,} segments.", text[:300])
    trimmed = [segment.strip(BLANK) for segment in text.split(delimiters.segment)]
    segments = [segment for segment in trimmed if segment]
    whole = _whole(segments, text, delimiters) if _LINE_END.search(text) else segments
    return Interchange(at, isa, delimiters, whole, len(whole) - len(segments), bool(trimmed[-1]))


def _whole(segments: list[str], text: str, delimiters: Delimiters) -> list[str]:
    """The segments without line breaks inside.

    Where lines end with segments, a line break before the tag of another segment is a terminator that is missing; in
    a file that is merely wrapped it is nothing.
    """
    end = re.escape(delimiters.segment)
    lined = 10 * len(re.findall(rf"{end}[ \t]*\r?\n", text)) > 9 * len(segments)
    next_tag = re.compile(rf"[\r\n][ \t]*(?=[A-Z][A-Z0-9]{{1,2}}{re.escape(delimiters.element)})") if lined else None
    found = []
    for segment in segments:
        if "\n" not in segment and "\r" not in segment:
            found.append(segment)
            continue
        parts = next_tag.split(segment) if next_tag else [segment]
        found += [_LINE_END.sub("", part).strip(BLANK) for part in parts]
    return found
