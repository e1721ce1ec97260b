"""Up to when what sources have said is complete, each for itself and several together.

A watermark w says: all that happened at or before w has been told. Nothing here knows a unit; instants and bounds are
whole numbers in the same one, microseconds wherever they come from frames.
"""

from collections.abc import Iterable
from dataclasses import dataclass


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
