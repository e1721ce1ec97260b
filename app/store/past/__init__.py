"""Another time: which one is asked about, what an answer holds, and who can give it.

`as_of` is business time: what stood then, as far as is known today. `known_at` is arrival: what was known then.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from app.store.reader import Reader

Row = dict[str, Any]
_EVER = datetime(9999, 1, 1)


@dataclass(frozen=True, slots=True)
class Times:
    """The time asked about, naive UTC; at least one of the two."""

    as_of: datetime | None = None
    known_at: datetime | None = None

    @property
    def now(self) -> datetime:
        """The instant at which the past is looked at."""
        return self.as_of or self.known_at or _EVER

    @property
    def known(self) -> datetime:
        """What arrived later counts as unknown."""
        return self.known_at or _EVER

    @property
    def told(self) -> datetime:
        """What people did later is not shown."""
        return min(self.now, self.known)


@dataclass(frozen=True, slots=True)
class PastOrder:
    """One order at another time. `ids` are the orders of today to which it belongs, for what people did about it."""

    order: Row
    timeline: list[Row]
    links: list[Row]
    traces: list[Row]
    times: Times
    ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Making:
    """A whole past that is still being made: how many of its events have been taken."""

    done: int
    total: int


class Pasts(Protocol):
    """Answers for another time. Blocking: call it in a worker thread."""

    def order(self, key: str, times: Times) -> PastOrder:
        """One order by any key of today; raises NotFound when nothing of it was there yet, or Ambiguous."""
        ...

    def whole(self, times: Times) -> "Reader | Making":
        """All questions at that time, or how far it has come."""
        ...

    def close(self) -> None:
        """Stop what is being made and let everything go."""
        ...
