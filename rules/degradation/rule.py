"""Rules of kind `interface`: when an interface gets worse, by hard limits and against its own past."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

import polars as pl
from pydantic import BeforeValidator, Field, field_validator, model_validator

from app import stories
from app.calendar.zones import Zone
from app.errors import WrongUse
from app.model.event import INSTANT
from app.model.interfaces import partner_of
from app.settings import Severity
from rules.degradation.limits import Limit
from rules.lengths import Duration, span
from rules.rule import Rule, Shown, Strict

#: What an interface did in a window: its key, its side, and when it was first heard of. Durations in ms, lag in seconds, and
#: so the age of the oldest dead letter of its source at the end of the window.
WINDOW: dict[str, Any] = {
    "key": pl.String, "side": pl.String, "at": INSTANT, "first_at": INSTANT, "attempts": pl.Int64, "errors": pl.Int64,
    "retries": pl.Int64, "limited": pl.Int64, "p50": pl.Float64, "p95": pl.Float64, "lag": pl.Float64, "dead_letter": pl.Float64,
}  # fmt: skip
LENGTH = timedelta(minutes=15)
Measure = Literal["error_share", "retry_share", "limited_share", "p50", "p95", "lag", "dead_letter"]
_TIMES = {"p50": 1_000.0, "p95": 1_000.0, "lag": 1.0, "dead_letter": 1.0}
_COUNTS = ("attempts", "errors", "retries", "limited")
_WINDOWS = r"^[1-9]\d? windows?$"
_BASELINE = "x baseline"
#: What an override may change.
_OTHERWISE = ("min_count", "limits", "severity", "owner")


def _listed(said: Any) -> Any:
    return [said] if isinstance(said, str | dict) else said


def _value(measure: str, text: str) -> float:
    """A limit as the measure counts: a share, milliseconds or seconds; raises ValueError for anything else."""
    if measure in _TIMES:
        return span(text).seconds * _TIMES[measure]
    if not text.endswith("%"):
        raise ValueError(f"{text!r} is not a share such as 2%")
    share = float(text[:-1]) / 100
    if not 0 < share < 1:
        raise ValueError(f"{text!r} is not between 0% and 100%")
    return share


class Bound(Strict):
    """A measure above this is too much: a share, a duration, or so many times what is usual at that hour."""

    measure: Measure
    above: str = Field(description="`2%`, `5m`, or `2x baseline`.")
    clear: str = Field("", description="Below this it is over, where that is less than `above`.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        made = self.limit
        if made.times and self.measure not in ("p50", "p95"):
            raise ValueError(f"{self.measure} is not compared with a baseline here; `shift` does that")
        if made.clear is not None and made.clear > made.above:
            raise ValueError("`clear` lies above `above`")
        return self

    @property
    def limit(self) -> Limit:
        """As the detector knows it."""
        times = self.above.endswith(_BASELINE)
        above, clear = (self._number(text, times) for text in (self.above, self.clear))
        assert above is not None
        return Limit(self.measure, above, clear, times)

    def _number(self, text: str, times: bool) -> float | None:
        if not text:
            return None
        number = float(text.removesuffix(_BASELINE)) if times else _value(self.measure, text)
        if number <= 0:
            raise ValueError(f"{text!r} is not above nothing")
        return number


class Shift(Strict):
    """A measure that moves away from what is usual: the sum of deviations beyond `slack` that exceeds `threshold`."""

    measure: Literal["log_latency", "logit_errors"]
    method: Literal["cusum"] = "cusum"
    slack: float = Field(0.5, gt=0, le=2, description="Spreads that a window may be off at no cost.")
    threshold: float = Field(5, gt=0, le=50)
    baseline: Literal["hour_of_week"] = Field(
        "hour_of_week", description="Of the hour of the day until four weeks are known."
    )
    learn: Duration = Field("34h", description="Before that nothing is usual, and nothing is said.")

    @field_validator("learn")
    @classmethod
    def _long(cls, text: str) -> str:
        if "working" in text or span(text).seconds < 34 * 3_600:
            raise ValueError(f"{text!r} is less than 34h, a fifth of a week")
        return text


def _repeats(words: Sequence[str]) -> bool:
    return len(set(words)) < len(words)


class Elsewhere(Strict):
    """Other values for interfaces that match all of `when`; the first match wins for each field by itself."""

    when: dict[Literal["partner", "source", "interface", "side"], str | tuple[str, ...]] = Field(
        min_length=1, description="`source` is the system that tells of it, `side` its part: server, client, queue."
    )
    min_count: int | None = Field(None, ge=1)
    limits: tuple[Bound, ...] = Field((), description="In the place of all limits of the rule.")
    severity: Severity | Literal[""] = ""
    owner: str = ""


class Spell(Shown):
    """Windows as they come in, and whether the interface is degrading at `now`: breached is yes, met is no.

    One line each: from when (`then` goes on where the line above ended), how long, and what each window held:
    `attempts= errors= retries= limited=` counts, `p50= p95=` in milliseconds, `lag= dead_letter=` in seconds.
    """

    state: Literal["met", "breached"]
    windows: str
    side: Literal["calls", "queue"] = "calls"
    source: str = Field("", description="Whose interface it is, where an override asks for it.")
    interface: str = ""

    @field_validator("windows")
    @classmethod
    def _readable(cls, text: str) -> str:
        told(text)
        return text


class Degrading(Rule):
    """One rule of kind `interface`."""

    kind: Literal["interface"] = "interface"
    over: Annotated[tuple[Literal["interface", "partner"], ...], BeforeValidator(_listed)] = ("interface", "partner")
    window: Literal["15m"] = Field("15m", description="Measures are kept by a quarter of an hour.")
    min_count: int = Field(30, ge=1, description="A window of fewer attempts says nothing.")
    limits: tuple[Bound, ...] = ()
    shift: Annotated[tuple[Shift, ...], BeforeValidator(_listed)] = ()
    lasting: str = Field(
        "1 window", alias="for", pattern=_WINDOWS, description="It must hold for so long, as `2 windows`."
    )
    keep: str = Field("1 window", pattern=_WINDOWS, description="It must be clear for so long.")
    severity: Severity = "medium"
    zone: str = Field("UTC", description="On whose clock an hour is the hour of the day.")
    override: tuple[Elsewhere, ...] = ()
    examples: tuple[Spell, ...] = ()

    @field_validator("zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            return Zone.named(name).name
        except WrongUse as fault:
            raise ValueError(fault.detail) from None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.limits and not self.shift:
            raise ValueError("give `limits` or `shift`")
        limits = [one.measure for one in self.limits]
        others = [[bound.measure for bound in one.limits] for one in self.override]
        shifts = [one.measure for one in self.shift]
        if _repeats(shifts):
            raise ValueError("a measure stands twice under `shift`")
        if any(_repeats(measures) for measures in (limits, *others)):
            raise ValueError("a measure stands twice under `limits`")
        return self

    def at(self, source: str, interface: str, side: str) -> Self:
        """The rule as it holds for one interface."""
        said = {"partner": partner_of(source, interface) or "", "source": source, "interface": interface, "side": side}
        changed: dict[str, Any] = {}
        for other in reversed(self.override):
            if all(said[label] in ([one] if isinstance(one, str) else one) for label, one in other.when.items()):
                changed |= {name: value for name in _OTHERWISE if (value := getattr(other, name))}
        return self.model_copy(update=changed) if changed else self

    @property
    def moves(self) -> dict[str, Any]:
        """All that moves a verdict; here `keep` does."""
        return super().moves | {"keep": self.keep}

    @property
    def held(self) -> timedelta:
        """How long after the first window that holds the last one that must hold begins."""
        return LENGTH * (int(self.lasting.split()[0]) - 1)

    @property
    def kept(self) -> timedelta:
        """The same for windows that are clear."""
        return LENGTH * (int(self.keep.split()[0]) - 1)


def told(text: str) -> pl.DataFrame:
    """The windows of an example (columns WINDOW); raises ValueError with the line that cannot be read."""
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            rows += _windows(line.split("#")[0].split(), rows[-1]["at"] + LENGTH if rows else None)
        except ValueError as fault:
            raise ValueError(f"line {number}: {fault}") from None
    made = pl.DataFrame(rows, schema={name: kind for name, kind in WINDOW.items() if name in (*_GIVEN, "at")})
    given = made.with_columns(key=pl.lit("interface"), side=pl.lit("calls"), first_at=pl.col("at").min())
    return given.select(pl.col(name).cast(kind) for name, kind in WINDOW.items())


_GIVEN = (*_COUNTS, *_TIMES)


def _windows(words: list[str], above: datetime | None) -> list[dict[str, Any]]:
    if not words:
        return []
    if words[0] == "then" and above:
        at, said = above, words[1:]
    else:
        at, said = stories.instant(" ".join(words[:2])), words[2:]
    if not said or "=" in said[0]:
        raise ValueError("a line is a time or `then`, how long, and what each window held")
    held = dict(_count(word) for word in said[1:])
    return [held | {"at": at + n * LENGTH} for n in range(stories.step(said[0]) // LENGTH)]


def _count(word: str) -> tuple[str, float]:
    name, _, number = word.partition("=")
    if name not in _GIVEN:
        raise ValueError(f"{word!r} is none of {' '.join(f'{one}=' for one in _GIVEN)}")
    return name, int(number) if name in _COUNTS else float(number)
