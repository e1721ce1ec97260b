"""When each order goes wrong: Dues from the rules, which say when and never ask what time it is.


A rule may be there in several versions. The one that was in force when a clock began counts for all of it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from app import clock
from app.contracts import CLOCK, Clocks, Kind, Moments, Reading
from app.engine.budgets import Budgets
from app.engine.forecast import Forecast
from app.engine.watch import Watch
from app.model.event import INSTANT
from app.store.work import Work
from rules.findings import Findings

_TEXT = pl.String
_STEP = (
    "step", "occurred_at", "source_rank", "event_id", "arrived_at", "promised_at", "revision", "hold_id", "hold",
    "message", "stage_rank",
)  # fmt: skip
NO_BUDGETS, NO_WATCH = Budgets(), Watch()
_VERSION = {"rule": _TEXT, "rule_version": _TEXT}
_NAMES = {"place": pl.UInt16, **_VERSION, "code": _TEXT}
_SPANS: dict[str, Any] = {"place": pl.UInt16, "id": _TEXT, "since": INSTANT, "until": INSTANT}


class Judge:
    """The rules in force, with the kinds that read them and the calendars they count on; and the rules over findings.

    `since` says of each rule from which start on it counts (None: always); versions of one rule stand oldest first.
    """

    def __init__(
        self, rules: Sequence[Any], kinds: Mapping[str, Kind], clocks: Clocks, findings: Findings | None = None,
        budgets: Budgets = NO_BUDGETS, watch: Watch = NO_WATCH, since: Sequence[datetime | None] = (),
    ) -> None:  # fmt: skip
        self._rules, self._kinds, self._clocks = tuple(rules), kinds, clocks
        self._spans = _spans(rules, since or (None,) * len(rules))
        self.findings = findings or Findings()
        self.budgets, self.watch = budgets, watch
        self.forecast = Forecast(self._rules, clocks)
        read = sorted({(rule.over, event) for rule in rules for event in rule.reads})
        self._what: dict[Reading, int] = {
            (*reading, apart): 2 * n + apart for n, reading in enumerate(read) for apart in (False, True)
        }
        again = {event for rule in rules for event in rule.reads if event == getattr(rule.restart, "event", "")}
        self._starting = sorted({event for rule in rules for event in rule.start} | again)
        self._labels = ", ".join(dict.fromkeys(["step", *(label for rule in rules for label in rule.labels)]))

    def read_by(self, work: Work) -> None:
        """Tell the store which event types any rule reads, which start a clock, and whose step each rule awaits."""
        read = [(over, event, number) for (over, event, apart), number in self._what.items() if not apart]
        what = {"over": _TEXT, "type": _TEXT, "what": pl.UInt16}
        acting = [(rule.id, rule.rule_version, rule.acting_role) for rule in self._rules]
        work.hold("rule_role", pl.DataFrame(acting, schema={**_VERSION, "role": _TEXT}, orient="row").unique())
        work.hold("rule_type", pl.DataFrame(read, schema=what, orient="row"))
        told = [(rule.id, rule.rule_version, *rule.value_band.split(" ")) for rule in self._rules if rule.value_band]
        band = pl.DataFrame(told, schema={**_VERSION, "amount": _TEXT, "currency": _TEXT}, orient="row").unique()
        work.hold("rule_band", band.with_columns(pl.col("amount").cast(pl.Decimal(18, 6))))
        names = [(place, rule.id, rule.rule_version, rule.code) for place, rule in enumerate(self._rules)]
        work.hold("rule_name", pl.DataFrame(names, schema=_NAMES, orient="row"))
        work.hold("rule_start", pl.DataFrame({"type": self._starting}, schema={"type": _TEXT}))

    def judge(self, work: Work, unrated: frozenset[str], now: datetime) -> None:
        """Make the Dues of the orders in `touched` and of purchase orders in `also_touched` anew, up to `now`.

        Rules in `unrated` have no feed and give none.
        """
        work.run("judge/moment")
        if work.count("folded_purchase_order") and work.count("also_touched"):
            work.run("judge/purchase", now=now, frozen=clock.frozen() is not None)
        moments = self._moments(work)
        rated = [(place, rule) for place, rule in enumerate(self._rules) if rule.id not in unrated]
        found = [self._clocks_of(kind, moments, rated) for kind in sorted({rule.kind for _, rule in rated})]
        clocks = pl.concat(found) if found else pl.DataFrame(schema=CLOCK)
        work.hold("clock", clocks if self._spans is None else in_force(clocks, moments.steps, self._spans))
        work.run("judge/due")

    def _clocks_of(self, kind: str, moments: Moments, rated: list[tuple[int, Any]]) -> pl.DataFrame:
        """What the rules of one kind say, each clock under the place of its rule among all."""
        mine = [(place, rule) for place, rule in rated if rule.kind == kind]
        places = pl.lit(pl.Series([place for place, _ in mine], dtype=pl.UInt16))
        found = self._kinds[kind](moments, [rule for _, rule in mine], self._clocks)
        return found.with_columns(rule=places.gather("rule"))

    def _moments(self, work: Work) -> Moments:
        """The moments that the store has found, with the steps numbered in their order."""
        steps = work.ask(f"select {', '.join(_STEP)} from step").sort("occurred_at", "source_rank", "event_id")
        numbers = 1 + work.number("select max(step) from step")
        in_order = pl.int_range(len(steps), dtype=pl.UInt32, eager=True)
        place = pl.repeat(0, numbers, dtype=pl.UInt32, eager=True).scatter(steps["step"], in_order)
        concerns = work.ask("from concern").with_columns(pl.lit(place).gather("step").alias("step"))
        labels = work.ask(f"select {self._labels} from label").with_columns(pl.lit(place).gather("step").alias("step"))
        return Moments(steps, concerns, labels, self._what)


def in_force(clocks: pl.DataFrame, steps: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """The clocks (columns CLOCK) that began under the version that gave them; who has begun does not begin again.

    `spans` says per place of a rule its id and the starts [since, until) for which it counts, null for always.
    """
    starts = steps.select(start_event="event_id", begun="occurred_at").unique("start_event")
    told = clocks.join(starts, on="start_event", how="left").join(spans, left_on="rule", right_on="place")
    begun = pl.coalesce("begun", "started_at")
    counts = (begun >= pl.col("since")).fill_null(True) & (begun < pl.col("until")).fill_null(True)
    first = told.filter(counts).sort("rule").unique(["id", "occurrence", "subject"], keep="first", maintain_order=True)
    return first.select(*CLOCK)


def _spans(rules: Sequence[Any], since: Sequence[datetime | None]) -> pl.DataFrame | None:
    """For which starts each rule counts; none where each counts for all."""
    if not any(since):
        return None
    told = [(place, rule.id, at) for place, (rule, at) in enumerate(zip(rules, since, strict=True))]
    after = [next((at for n, id, at in told[place + 1 :] if id == rule.id), None) for place, rule in enumerate(rules)]
    rows = [(*row, until) for row, until in zip(told, after, strict=True)]
    return pl.DataFrame(rows, schema=_SPANS, orient="row")
