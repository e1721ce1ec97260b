"""Rules of kind `slo`: what share of the Dues of another rule must be met, and when its budget burns too fast."""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

import polars as pl
from pydantic import BeforeValidator, Field, field_validator, model_validator

from app import stories
from app.calendar.zones import Zone
from app.errors import WrongUse
from app.model.event import INSTANT
from app.settings import Severity
from rules.lengths import Duration, span
from rules.objective.burn import Window, factor, in_reach, short_of
from rules.objective.exact import exact
from rules.objective.periods import Unit
from rules.rule import Folds, Percent, Rule, Shown, State, Strict

#: Verdicts as kind `slo` counts them: `n` Dues of a partner that were in this state from `at` on.
DECIDED: dict[str, Any] = {"partner": pl.String, "at": INSTANT, "state": pl.String, "n": pl.Int64}
#: Days by which factors are computed for calendar periods.
_NOMINAL = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
_DAY, _TWELVE_MINUTES = 86_400, 720


def _several(said: Any) -> Any:
    return [said] if isinstance(said, str) else said


class Counted(Strict):
    """Dues of a rule in some states."""

    due: str = Field(
        pattern=r"^[A-Z]\d{2}[a-z]?$",
        description="The rule whose Dues are counted; or S16, S19: what is counted once a day.",
    )
    state: Annotated[tuple[Literal["met", "breached"], ...], BeforeValidator(_several)] = Field(min_length=1)


class Period(Strict):
    """The period of the budget: the last so many days, or the calendar period of a zone."""

    rolling: Duration = ""
    calendar: Unit | Literal[""] = ""
    zone: str = Field("UTC", description="Whose days, for `calendar`.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.rolling) == bool(self.calendar):
            raise ValueError("give either `rolling` or `calendar`")
        if "working" in self.rolling:
            raise ValueError("a period is elapsed time, not working days")
        return self

    @field_validator("zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            return Zone.named(name).name
        except WrongUse as fault:
            raise ValueError(fault.detail) from None

    @property
    def seconds(self) -> int:
        """Its length; a calendar period counts with its usual number of days."""
        return span(self.rolling).seconds if self.rolling else _NOMINAL[self.calendar] * _DAY


class Burn(Strict):
    """An alert: so much of the budget gone within the long window, and still burning in a twelfth of it."""

    budget: Percent
    long: Duration
    severity: Severity

    @field_validator("long")
    @classmethod
    def _whole(cls, text: str) -> str:
        if "working" in text or span(text).seconds % _TWELVE_MINUTES:
            raise ValueError(f"{text!r} must be a multiple of 12 minutes, so that its twelfth is whole minutes")
        return text


class Tally(Shown):
    """Verdicts as they come in, and whether the budget of the partner burns at `now`: breached is yes, met is no.

    One line each: a time (`+2h` after the line above), a partner, and how many were `met=` and `breached=` by then.
    """

    state: Literal["met", "breached"]
    dues: str
    partner: str

    @field_validator("dues")
    @classmethod
    def _readable(cls, text: str) -> str:
        decided(text)
        return text


class Objective(Rule):
    """One rule of kind `slo`."""

    kind: Literal["slo"] = "slo"
    owner: str = Field(min_length=1, description="Team or person; `partner` is the one that answers for the partner.")
    good: Counted
    total: Counted = Field(description="What is counted at all; void and running Dues never are.")
    by: Annotated[tuple[Literal["partner"], ...], BeforeValidator(_several)] = ("partner",)
    objective: Percent = Field(min_length=2, description="The share of `total` that must be `good`.")
    window: Period
    min_total: int = Field(30, ge=1, description="Fewer verdicts in the long window say nothing.")
    burn: tuple[Burn, ...] = Field(min_length=1)
    folds: Folds | None = Field(None, description="What stands under it while the budget of a partner burns.")
    examples: tuple[Tally, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.good.due != self.total.due or not set(self.good.state) < set(self.total.state):
            raise ValueError("`good` must be a part of `total`: some of its states, of the same rule")
        if any(span(burn.long).seconds > self.window.seconds for burn in self.burn):
            raise ValueError("a long window may not be longer than the period")
        if not self.windows:
            raise ValueError("; ".join(self.notices))
        return self

    @property
    def aim(self) -> Fraction:
        """The objective as a fraction."""
        return exact(self.objective)

    @property
    def windows(self) -> tuple[Window, ...]:
        """The alerts that this objective can reach."""
        return in_reach(self._declared(), self.aim)[0]

    @property
    def notices(self) -> tuple[str, ...]:
        """A sentence for each alert that is left out because it is out of reach."""
        return in_reach(self._declared(), self.aim)[1]

    def _declared(self) -> Iterable[Window]:
        for burn in self.burn:
            long = span(burn.long).seconds
            times = factor(self.window.seconds, exact(burn.budget), long)
            yield Window(f"{burn.budget} in {burn.long}", long, short_of(long), times, burn.severity)


def decided(text: str) -> pl.DataFrame:
    """The verdicts of an example (columns DECIDED); raises ValueError with the line that cannot be read."""
    rows: list[tuple[str, datetime, State, int]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            rows += _verdicts(line.split("#")[0].split(), rows[-1][1] if rows else None)
        except ValueError as fault:
            raise ValueError(f"line {number}: {fault}") from None
    return pl.DataFrame(rows, schema=DECIDED, orient="row")


def _verdicts(words: list[str], above: datetime | None) -> list[tuple[str, datetime, State, int]]:
    if not words:
        return []
    if words[0].startswith("+") and above:
        at, said = above + stories.step(words[0]), words[1:]
    else:
        at, said = stories.instant(" ".join(words[:2])), words[2:]
    if len(said) < 2 or "=" in said[0]:
        raise ValueError("a line is a time, a partner, then met= or breached=")
    return [(said[0], at, *_count(word)) for word in said[1:]]


def _count(word: str) -> tuple[State, int]:
    name, _, number = word.partition("=")
    if name not in ("met", "breached") or not number.isdecimal():
        raise ValueError(f"{word!r} is neither met= nor breached= with a whole number")
    return ("met" if name == "met" else "breached"), int(number)
