"""By what a document is known when it comes again: by what its sender says where it begins, never by numbers of envelopes.

Who sends a cut interchange again may number it anew or not, and may send all of it or only the document that was cut. So
a document is named by its kind, its sender and its first words. Where no document was cut but the end of the envelope is
missing, nobody knows what stood there: then the documents have to come again in an envelope that has its end.
"""

from dataclasses import dataclass, field

from collectors.reading import TEXT_LIMIT


def document(kind: str, sender: str, words: str) -> str:
    """The name of a document."""
    return f"{kind} {sender}: {words}"[:TEXT_LIMIT]


def enclosed(name: str) -> str:
    """The name of a document together with the envelope in which it lies."""
    return f"{name} in its envelope" if name else ""


@dataclass(slots=True)
class Brought:
    """What an interchange has brought so far: `cut` lacks its end, "" where too little is left to name it.

    `sound`: nothing is wrong with the envelope itself.
    """

    whole: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    sound: bool = True

    def add(self, name: str, whole: bool) -> None:
        """One more document."""
        if not whole:
            self.cut.append(name)
        elif name:
            self.whole.append(name)

    def every(self) -> tuple[str, ...]:
        """What has to come again where something is missing in the midst: all of it, in its envelope."""
        return tuple(map(enclosed, (*self.whole, *self.cut)))

    def unended(self) -> tuple[str, ...]:
        """What has to come again where the end of the envelope is missing: what was cut off, else all of it."""
        return tuple(self.cut) or self.every()

    def told(self) -> list[str]:
        """What has come whole."""
        return self.whole + [enclosed(one) for one in self.whole] if self.sound and not self.cut else self.whole
