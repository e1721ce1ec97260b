"""Up to when what sources have said is complete, each for itself and several together.

A watermark w says: all that happened at or before w has been told. The arithmetic knows no unit; instants and bounds
are whole numbers in the same one. `complete_until` and `together` do it with instants, in microseconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

_EPOCH, _MICRO = datetime(1970, 1, 1), timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one source: its watermark (None: it never reported), and whether nothing is expected of it."""

    watermark: int | None = None
    idle: bool = False


def watermark(newest: int | None, bound: int) -> int | None:
    """The watermark of a source whose newest event is given and which may be late by up to `bound`."""
    return None if newest is None else newest - bound - 1


def combined(sources: Iterable[Told], before: int | None = None) -> int | None:
    """The watermark of several sources together, which never falls behind what it was `before`.

    Those of which nothing is expected are left out; one that never reported holds all back. When nothing is expected
    of any, the one that told most counts.
    """
    every = tuple(sources)
    active = [one.watermark for one in every if not one.idle]
    marks = [mark for mark in active or [one.watermark for one in every] if mark is not None]
    if not marks or (active and len(marks) < len(active)):
        return before
    found = min(marks) if active else max(marks)
    return found if before is None else max(found, before)


def is_idle(silence: int, allowed: int) -> bool:
    """Whether a source has been silent for longer than allowed; raises ValueError where nothing would be allowed."""
    if allowed <= 0:
        raise ValueError("a source must be allowed some silence")
    return silence > allowed


def complete_until(newest_at: datetime | None, arrived_at: datetime | None, late: timedelta) -> datetime | None:
    """The watermark of a source: of its newest event, or the end of its last complete file, and of when that arrived.

    It never passes the arrival less the lateness, however far ahead the sender's clock is. Naive UTC.
    """
    if newest_at is None or arrived_at is None:
        return None
    return _instant(watermark(_number(min(newest_at, arrived_at)), late // _MICRO))


def together(sources: Iterable[tuple[datetime | None, bool]], before: datetime | None = None) -> datetime | None:
    """The watermark of several sources, each with its own and whether nothing is expected of it."""
    told = (Told(_number(mark) if mark else None, idle) for mark, idle in sources)
    return _instant(combined(told, _number(before) if before else None))


def silent(silence: timedelta, allowed: timedelta) -> bool:
    """`is_idle` of durations."""
    return is_idle(silence // _MICRO, allowed // _MICRO)


def _number(at: datetime) -> int:
    return (at - _EPOCH) // _MICRO


def _instant(number: int | None) -> datetime | None:
    return None if number is None else _EPOCH + number * _MICRO
