"""New events, and of what sorts they are: who looks for something that none of them speaks of need not look at all."""

from dataclasses import dataclass
from typing import Self

import polars as pl

from app.store.work import Work


@dataclass(frozen=True, slots=True)
class News:
    """The numbers of events (one column, seq), from `first` to `last`; `words` are their types, and `id_reused`."""

    seqs: pl.DataFrame
    first: int
    last: int
    words: frozenset[str]

    @classmethod
    def of(cls, work: Work, seqs: pl.DataFrame) -> Self:
        """What is new of these events, between which no others lie."""
        if seqs.is_empty():
            return cls(seqs, 0, 0, frozenset())
        first, last = int(seqs["seq"][0]), int(seqs["seq"][-1])
        return cls(seqs, first, last, frozenset(work.ask("correlate/words", first=first, last=last)["word"]))

    def speaks(self, *words: str) -> bool:
        """Is any of these words among them? One that ends with a dot stands for all that begin with it."""
        return any(word in self.words or (word[-1] == "." and self._begun(word)) for word in words)

    def _begun(self, stem: str) -> bool:
        return any(word.startswith(stem) for word in self.words)
