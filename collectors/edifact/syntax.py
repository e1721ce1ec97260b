"""Separators and segments of EDIFACT (ISO 9735), because no library checks counts, reads groups and bears hostile text.

Values stay as they were sent until they are asked for: a segment of which nothing is read costs one split.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

_BLANK = " \t"


@dataclass(frozen=True)
class Service:
    """The separators in force: component, element, decimal mark, release, segment end. No release: a blank."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    terminator: str = "'"

    @cached_property
    def released(self) -> re.Pattern[str] | None:
        """What a release character takes its meaning from; None where there is none."""
        return re.compile(re.escape(self.release) + "(.)", re.DOTALL) if self.release != " " else None

    def split(self, text: str, separator: str) -> list[str]:
        """The parts between separators that no release character stands before, still as they were sent."""
        parts = text.split(separator)
        if self.release == " " or self.release + separator not in text:
            return parts
        made: list[str] = []
        held: list[str] = []
        for part in parts:
            held.append(part)
            if not (len(part) - len(part.rstrip(self.release))) % 2:
                made.append(separator.join(held))
                held = []
        return [*made, separator.join(held)] if held else made

    def plain(self, text: str) -> str:
        """A value without its release characters."""
        return self.released.sub(r"\1", text) if self.released and self.release in text else text

    def written(self, value: str) -> str:
        """A value as it has to be sent: the opposite of `plain`. Needs a release character."""
        special = {self.component, self.element, self.release, self.terminator}
        return "".join(self.release + sign if sign in special else sign for sign in value)


DEFAULT = Service()
#: The same for senders who end segments with the end of the line and nothing else.
LINES = Service(terminator="\n")


@lru_cache(maxsize=64)
def service(una: str) -> Service | None:
    """The separators that the six characters of a UNA name; None where they cannot be told apart."""
    if len(una) != 6:
        return None
    component, element, decimal, release, _, terminator = list(una)
    terminator = "\n" if terminator == "\r" else terminator
    told = [component, element, terminator, *([] if release == " " else [release])]
    if len(set(told)) < len(told) or any(sign.isalnum() or sign in _BLANK or not sign.isascii() for sign in told):
        return None
    return Service(component, element, decimal, release, terminator)


def is_released(body: bytes, at: int, release: str) -> bool:
    """Whether the sign at that place has lost its meaning: an odd number of release characters stands before it."""
    if release == " ":
        return False
    sign, start = ord(release), at
    while start > 0 and body[start - 1] == sign:
        start -= 1
    return (at - start) % 2 == 1


def segment_end(body: bytes, start: int, service: Service) -> int:
    """The place behind the next terminator that stands for itself; the end of the body where there is none."""
    terminator = service.terminator.encode("latin-1")
    found = body.find(terminator, start)
    while found >= 0 and is_released(body, found, service.release):
        found = body.find(terminator, found + 1)
    return found + 1 if found >= 0 else len(body)


class Segment:
    """One segment: the components of all its elements (the tag is the first), its first value, its place in what was sent.

    Blanks around values are cut off; release characters are gone.
    """

    __slots__ = ("code", "parts", "place", "raw", "tag")

    def __init__(self, raw: str, place: int, service: Service) -> None:
        self.raw, self.place = raw, place
        self.parts = _parts(raw, service)
        self.tag = self.parts[0][0]
        self.code = self.parts[1][0] if len(self.parts) > 1 else ""

    def text(self, element: int, component: int = 0) -> str:
        """A value, "" where there is none."""
        try:
            return self.parts[element][component]
        except IndexError:
            return ""

    def shown(self) -> str:
        """The segment for a person: its beginning, as sent."""
        return self.raw[:120]


def _parts(raw: str, service: Service) -> list[list[str]]:
    if service.release in raw:
        made = [
            [service.plain(part) for part in service.split(one, service.component)]
            for one in service.split(raw, service.element)
        ]
    else:
        made = [one.split(service.component) for one in raw.split(service.element)]
    return [[part.strip() for part in parts] for parts in made] if " " in raw else made


def segments(text: str, service: Service, first: int = 0) -> Iterator[Segment]:
    """The segments of a text; a last one without its terminator is given too. Line ends must be gone already."""
    place = first
    for raw in service.split(text, service.terminator):
        if bare := raw.lstrip(_BLANK):
            yield Segment(bare, place, service)
            place += 1
