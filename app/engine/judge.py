"""When each order goes wrong: Dues from the rules, which say when and never ask what time it is."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from app.contracts import CLOCK, Clocks, Kind, Moments, Reading
from app.engine.budgets import Budgets
from app.engine.watch import Watch
from app.store.work import Work
from rules.findings import Findings

_TEXT = pl.String
_STEP = ("step", "occurred_at", "source_rank", "event_id", "arrived_at", "promised_at", "hold_id", "stage_rank")
NO_BUDGETS, NO_WATCH = Budgets(), Watch()
_NAMES = {"rule": _TEXT, "rule_version": _TEXT, "code": _TEXT}


class Judge:
    """The rules in force, with the kinds that read them and the calendars they count on; and the rules over findings."""

    def __init__(
        self, rules: tuple[Any, ...], kinds: Mapping[str, Kind], clocks: Clocks, findings: Findings | None = None,
        budgets: Budgets = NO_BUDGETS, watch: Watch = NO_WATCH,
    ) -> None:  # fmt: skip
        self._rules, self._kinds, self._clocks = rules, kinds, clocks
        self.findings = findings or Findings()
        self.budgets, self.watch = budgets, watch
        read = sorted({(rule.over, event) for rule in rules for event in rule.reads})
        self._what: dict[Reading, int] = {
            (*reading, apart): 2 * n + apart for n, reading in enumerate(read) for apart in (False, True)
        }
        self._starting = sorted({event for rule in rules for event in rule.start})

    def read_by(self, work: Work) -> None:
        """Tell the store which event types any rule reads, which start a clock, and whose step each rule awaits."""
        read = [(over, event, number) for (over, event, apart), number in self._what.items() if not apart]
        what = {"over": _TEXT, "type": _TEXT, "what": pl.UInt16}
        acting = [(rule.id, rule.acting_role) for rule in self._rules]
        work.hold("rule_role", pl.DataFrame(acting, schema={"rule": _TEXT, "role": _TEXT}, orient="row"))
        work.hold("rule_type", pl.DataFrame(read, schema=what, orient="row"))
        names = [(rule.id, rule.rule_version, rule.code) for rule in self._rules]
        work.hold("rule_name", pl.DataFrame(names, schema=_NAMES, orient="row"))
        work.hold("rule_start", pl.DataFrame({"type": self._starting}, schema={"type": _TEXT}))

    def judge(self, work: Work, unrated: frozenset[str] = frozenset()) -> None:
        """Make the Dues of the orders in `touched` anew; rules in `unrated` have no feed and give none."""
        work.run("judge/moment")
        moments = self._moments(work)
        rated = [rule for rule in self._rules if rule.id not in unrated]
        found = [self._clocks_of(kind, moments, rated) for kind in sorted({rule.kind for rule in rated})]
        work.hold("clock", pl.concat(found) if found else pl.DataFrame(schema=CLOCK | {"rule": _TEXT}))
        work.run("judge/due")

    def _clocks_of(self, kind: str, moments: Moments, rated: list[Any]) -> pl.DataFrame:
        """What the rules of one kind say, each clock under the id of its rule."""
        rules = [rule for rule in rated if rule.kind == kind]
        ids = pl.lit(pl.Series([rule.id for rule in rules]))
        return self._kinds[kind](moments, rules, self._clocks).with_columns(rule=ids.gather("rule"))

    def _moments(self, work: Work) -> Moments:
        """The moments that the store has found, with the steps numbered in their order."""
        steps = work.ask(f"select {', '.join(_STEP)} from step").sort("occurred_at", "source_rank", "event_id")
        place = steps["step"].arg_sort().cast(pl.UInt32)
        concerns = work.ask("from concern").with_columns(pl.lit(place).gather("step").alias("step"))
        labels = work.ask("judge/label").with_columns(pl.lit(place).gather("step").alias("step"))
        return Moments(steps, concerns, labels, self._what)
