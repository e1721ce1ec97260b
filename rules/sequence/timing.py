"""The temporal profile: how long it takes from one activity to a later one, and the pairs for which it took otherwise."""

import polars as pl


def pairs(events: pl.DataFrame, a: str, b: str) -> pl.DataFrame:
    """Every a with every later b of the same subject: `subject`, `began`, `ended`, `seconds`.

    `events`: subject, activity, at, and `place`, their order within a subject.
    """
    some = events.select("subject", "activity", "at", "place")
    starts = some.filter(pl.col("activity") == a).select("subject", began="at", first="place")
    ends = some.filter(pl.col("activity") == b).select("subject", ended="at", last="place")
    both = starts.join(ends, on="subject").filter(pl.col("last") > pl.col("first"))
    took = (pl.col("ended") - pl.col("began")).dt.total_microseconds() / 1e6
    return both.sort("subject", "first", "last").select("subject", "began", "ended", seconds=took)


def profile(paired: pl.DataFrame) -> tuple[float, float] | None:
    """Mean and sample deviation of the seconds, 0 for a single pair; None without any."""
    if paired.is_empty():
        return None
    mean, spread = paired.select(pl.col("seconds").mean(), std=pl.col("seconds").std()).row(0)
    return float(mean), float(spread or 0.0)


def deviating(paired: pl.DataFrame, usual: tuple[float, float], zeta: float) -> pl.DataFrame:
    """The pairs that lie more than zeta deviations from the mean."""
    mean, spread = usual
    return paired.filter((pl.col("seconds") - mean).abs() > zeta * spread)
