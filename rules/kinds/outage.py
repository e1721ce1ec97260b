"""Kind `outage`: a partner cannot be reached, and what that explains folds under the one case that says so.

Any of these says so, each from its own moment on: 1. A circuit is open: an outage was told of and its end was not.
2. The partner's source is silent for so many times what silence is allowed. 3. So many of its cases fell due within so
long, are open, and are at least that share of all that fell due then. Nothing here asks what time it is.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

import polars as pl
from pydantic import BeforeValidator, Field, model_validator

from app.contracts import Clocks
from app.model.event import INSTANT
from app.settings import Severity
from rules.lengths import Duration, span
from rules.rule import Folds, Percent, Rule, Shown, Strict

#: What was told of circuits and outages: whether it began or ended, in the order of (at, event_id).
WORD: dict[str, Any] = {
    "partner": pl.String, "source": pl.String, "down": pl.Boolean, "at": INSTANT, "event_id": pl.UInt64,
    "reason": pl.String,
}  # fmt: skip
#: A partner's source: since when nothing came of it, how long that may be, and in which hours it sends.
QUIET: dict[str, Any] = {
    "partner": pl.String, "since": INSTANT, "allowed": pl.Duration("us"), "calendar": pl.String,
}  # fmt: skip
#: Dues of a code that fell due: whether the case is still open.
FELL: dict[str, Any] = {"partner": pl.String, "code": pl.String, "due_at": INSTANT, "open": pl.Boolean}
#: What is found: `began_at` when it began, `due_at` from when it counts as an outage.
DOWN: dict[str, Any] = {
    "partner": pl.String, "cause": pl.String, "source": pl.String, "began_at": INSTANT, "due_at": INSTANT,
}  # fmt: skip


class Circuit(Strict):
    """An outage was told of, and not its end."""

    circuit: Literal["open"]


class Silent(Strict):
    """Silence of the partner's own source, for so many times what is allowed."""

    source: Literal["silent"]
    times: int = Field(ge=1)


class Burst(Strict):
    """Open cases of these codes that fell due within so long, and their share of all that fell due then."""

    cases: Annotated[tuple[str, ...], BeforeValidator(lambda said: [said] if isinstance(said, str) else said)]
    at_least: int = Field(ge=2)
    within: Duration
    share: Percent


class Told(Shown):
    """An example: words of circuits and what was heard in a story, cases that fell due as a tally, and the partner."""

    partner: str
    story: str = ""
    silent_after: Duration = Field("", description="How long its source may be silent.")
    fell: str = Field("", description="Lines of: time, partner, code, open=N, other=N.")


class Outage(Rule):
    """One rule of kind `outage`."""

    kind: Literal["outage"]
    over: Literal["partner"]
    any: tuple[Circuit | Silent | Burst, ...] = Field(min_length=1)
    keep: Duration = Field("15m", description="What it folds stays folded for so long after its end.")
    folds: Folds
    severity: Severity = "critical"
    examples: tuple[Told, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.code in self.folds.codes:
            raise ValueError("an outage does not fold under itself")
        return self


@dataclass(frozen=True, slots=True)
class Signs:
    """What an outage is told by: `words` (columns WORD), `quiet` (QUIET), `fell` (FELL)."""

    words: pl.DataFrame
    quiet: pl.DataFrame
    fell: pl.DataFrame


def outages(signs: Signs, rule: Outage, clocks: Clocks) -> pl.DataFrame:
    """Who is out (columns DOWN), by partner and cause."""
    found = [pl.DataFrame(schema=DOWN)]
    for one in rule.any:
        if isinstance(one, Circuit):
            found.append(circuits(signs.words))
        elif isinstance(one, Silent):
            found.append(silences(signs.quiet, one, clocks))
        else:
            found.append(bursts(signs.fell, one))
    return pl.concat(found).sort("partner", "cause")


def circuits(words: pl.DataFrame) -> pl.DataFrame:
    """Outages that were told of and not ended since: from the first word after the last end."""
    told = words.sort("partner", "at", "event_id").with_columns(place=pl.int_range(pl.len()).over("partner"))
    ended = told.filter(~pl.col("down")).group_by("partner").agg(ended=pl.col("place").max())
    after = told.join(ended, on="partner", how="left").filter("down", pl.col("place") > pl.col("ended").fill_null(-1))
    first = (
        after.sort("partner", "place")
        .group_by("partner", maintain_order=True)
        .agg(
            cause=pl.col("reason").drop_nulls().first(), source=pl.col("source").first(), began_at=pl.col("at").first()
        )
    )
    return _shaped(first.with_columns(pl.col("cause").fill_null("unreachable"), due_at="began_at"))


def silences(quiet: pl.DataFrame, said: Silent, clocks: Clocks) -> pl.DataFrame:
    """Partners whose source is silent for longer than so many times what is allowed."""
    found = quiet.filter(pl.col("allowed").is_not_null(), pl.col("since").is_not_null())
    seconds = found["allowed"].dt.total_microseconds() * said.times / 1e6
    due = clocks.add(found["since"], seconds, found["calendar"])
    return _shaped(found.with_columns(cause=pl.lit("silent"), source="partner", began_at="since", due_at=due))


def bursts(fell: pl.DataFrame, said: Burst) -> pl.DataFrame:
    """The first moment at which so many open cases had fallen due within so long, and enough of all that fell due."""
    within, share = timedelta(seconds=span(said.within).seconds), float(said.share.rstrip("%")) / 100
    told = fell.filter(pl.col("code").is_in(said.cases)).sort("partner", "due_at")
    if told.is_empty():
        return pl.DataFrame(schema=DOWN)
    counted = told.rolling("due_at", period=within, closed="both", group_by="partner").agg(
        n=pl.col("open").sum(), every=pl.len(), began_at=pl.col("due_at").filter("open").min()
    )
    many = counted.filter(pl.col("n") >= said.at_least, pl.col("n") >= pl.col("every") * share)
    first = many.sort("partner", "due_at").unique("partner", keep="first", maintain_order=True)
    return _shaped(first.with_columns(cause=pl.lit("cases"), source="partner"))


def _shaped(found: pl.DataFrame) -> pl.DataFrame:
    return found.select(pl.col(name).cast(kind) for name, kind in DOWN.items())
