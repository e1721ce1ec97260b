"""Derives everything again from the stored events, or only compares: the same steps as live, from the first event.

What was said to people (cases, and the memory of what was said) is left alone; at the end the difference between
what should stand and what was said becomes intents, as after any tick.
"""

from collections.abc import Callable

import polars as pl

from app.engine.tick import Done, Ticker
from app.store.work import Work

Progress = Callable[[Done], None]


class _Undone(Exception):
    """Leaves a transaction without keeping it."""


def rebuild(work: Work, ticker: Ticker, progress: Progress = lambda done: None) -> int:
    """Replace links, orders and Dues; how many intents came of it. Readers see the old until the new is whole."""
    with work.transaction():
        _derive(work, ticker, progress)
        return ticker.speak_of_all()


def verify(work: Work, ticker: Ticker, progress: Progress = lambda done: None) -> pl.DataFrame:
    """What a rebuild would change: part, name, stands, rebuilt. Nothing is kept."""
    found = pl.DataFrame()
    try:
        with work.transaction():
            stands = _picture(work)
            _derive(work, ticker, progress)
            found = _differences(stands, _picture(work))
            raise _Undone
    except _Undone:
        return found


def _derive(work: Work, ticker: Ticker, progress: Progress) -> None:
    work.run("judge/clear")
    while (done := ticker.step(speaking=False)).events:
        progress(done)


def _picture(work: Work) -> pl.DataFrame:
    work.run("judge/compare")
    return work.ask("from picture")


def _differences(stands: pl.DataFrame, rebuilt: pl.DataFrame) -> pl.DataFrame:
    both = stands.join(rebuilt, on=["part", "name", "says"], how="anti").select("part", "name", stands="says")
    new = rebuilt.join(stands, on=["part", "name", "says"], how="anti").select("part", "name", rebuilt="says")
    return both.join(new, on=["part", "name"], how="full", coalesce=True).sort("part", "name")
