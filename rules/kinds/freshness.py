"""Kind `freshness`: until when what was heard last stands for the present.

1. By elapsed or working time: what was heard last, and the time allowed, which may be so many times what is usual.
2. By a timetable (clock W): the first delivery that has not come whole, and the time allowed.
3. What is allowed depends on how it is sent, by whom and by which source: the first override that matches.
4. Where nothing is usual and nothing was agreed, nothing is ever stale. Nothing here asks what time it is.
"""

from typing import Annotated, Any, Literal, Self

import polars as pl
from pydantic import BeforeValidator, Field, model_validator

from app import stories
from app.contracts import Clocks
from app.model.event import INSTANT
from app.settings import Severity
from rules.lengths import Duration, span
from rules.rule import Rule, Shown, Strict

#: What a rule reads, one row per subject: its labels, the calendar in whose hours it sends ("" for always), when it was
#: heard last, what is usual there (null: not known), and the first delivery of its timetable that has not come whole.
HEARD: dict[str, Any] = {
    "subject": pl.String, "source": pl.String, "partner": pl.String, "transport": pl.String, "calendar": pl.String,
    "heard_at": INSTANT, "usual": pl.Duration("us"), "next_at": INSTANT,
}  # fmt: skip
#: How a source sends: at once, through a queue, or in files.
Transport = Literal["api", "queue", "file"]
#: How the program reads what refreshes.
_READ: dict[str, dict[str, Any]] = {
    "anything": {"over": "source", "by": "received", "whole": False, "clock": "B"},
    "file": {"over": "source", "by": "received", "whole": True, "clock": "W"},
    "inventory.snapshot": {"over": "stock", "by": "as_of", "whole": True, "clock": "B"},
}


class Other(Strict):
    """Another allowance for what matches all of `when`."""

    when: dict[Literal["source", "partner", "transport"], str | tuple[str, ...]] = Field(min_length=1)
    allow: Duration


class Silence(Shown):
    """An example: who was heard, in a story, what is usual of it or when it delivers, and how it stands at `now`."""

    story: str
    subject: str
    usual: Duration = ""
    files: Annotated[tuple[str, ...], BeforeValidator(lambda said: (said,) if isinstance(said, str) else said)] = ()
    transport: Transport = "api"
    due: str = ""

    @model_validator(mode="after")
    def _readable(self) -> Self:
        for text in (*self.files, *([self.due] if self.due else [])):
            stories.instant(text)
        return self


class Freshness(Rule):
    """One rule of kind `freshness`."""

    kind: Literal["freshness"]
    over: Literal["source", "stock"] = Field(description="Every source, or what a source says of the stock of a place.")
    of: Literal["anything", "file", "inventory.snapshot"] = Field(description="What refreshes it.")
    by: Literal["received", "as_of"] = Field("received", description="By arrival, or by the moment that it speaks of.")
    whole: bool = Field(False, description="What came incomplete does not refresh.")
    clock: Literal["B", "W"] = Field("B", description="B in the hours of the sender's calendar, W by its timetable.")
    allow: Duration = Field(description="How long at least.")
    times: int = Field(0, ge=0, description="Or so many times what is usual at that hour, if that is longer.")
    severity: Severity = "high"
    override: tuple[Other, ...] = ()
    examples: tuple[Silence, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.allow:
            raise ValueError("`allow` says how long at least")
        if odd := [name for name, value in _READ[self.of].items() if getattr(self, name) != value]:
            value = str(_READ[self.of][odd[0]])
            raise ValueError(
                f"`of: {self.of}` is read with `{odd[0]}: {value.lower() if odd[0] == 'whole' else value}`"
            )
        if self.times and (self.clock == "W" or self.over == "stock"):
            raise ValueError("`times` goes with a source on the clock B, of which something is usual")
        return self


def stale(heard: pl.DataFrame, rule: Freshness, clocks: Clocks) -> pl.DataFrame:
    """What was heard (columns HEARD) with `allowed`, `since` and `due_at`: from the next instant on it is stale."""
    allow = pl.lit(_micros(rule.allow), pl.Int64)
    for other in reversed(rule.override):
        matches = pl.all_horizontal(
            pl.col(label).is_in([said] if isinstance(said, str) else list(said)).fill_null(False)
            for label, said in other.when.items()
        )
        allow = pl.when(matches).then(_micros(other.allow)).otherwise(allow)
    told = heard.with_columns(allowed=allow.cast(pl.Duration("us")))
    if rule.clock == "W":
        return told.with_columns(since="next_at", due_at=pl.col("next_at") + pl.col("allowed"))
    if rule.times:
        usual = pl.max_horizontal("allowed", pl.col("usual") * rule.times)
        told = told.with_columns(allowed=pl.when(pl.col("usual").is_not_null()).then(usual))
    due = clocks.add(told["heard_at"], told["allowed"].dt.total_seconds(), told["calendar"])
    return told.with_columns(since="heard_at", due_at=due)


def _micros(text: str) -> int:
    return span(text).seconds * 1_000_000
