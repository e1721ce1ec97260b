"""When each order goes wrong: Dues from the rules, which say when and never ask what time it is."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from app.contracts import DUE, Clocks, Kind
from app.store.work import Work


class Judge:
    """The rules in force, with the kinds that read them and the calendars they count on."""

    def __init__(self, rules: tuple[Any, ...], kinds: Mapping[str, Kind], clocks: Clocks) -> None:
        self._rules, self._kinds, self._clocks = rules, kinds, clocks

    def read_by(self, work: Work) -> None:
        """Tell the store which event types any rule reads, and whose step each awaits."""
        read = sorted({(rule.over, event) for rule in self._rules for event in rule.reads})
        acting = [(rule.id, rule.acting_role) for rule in self._rules]
        work.hold("rule_role", pl.DataFrame(acting, schema={"rule": pl.String, "role": pl.String}, orient="row"))
        work.hold("rule_type", pl.DataFrame(read, schema={"over": pl.String, "type": pl.String}, orient="row"))

    def judge(self, work: Work, unrated: frozenset[str] = frozenset()) -> None:
        """Make the Dues of the orders in `touched` anew; rules in `unrated` have no feed and give none."""
        work.run("judge/moment")
        moments = work.ask("from moment")
        found = [self._dues(moments, rule) for rule in self._rules if rule.id not in unrated]
        work.hold("judged", pl.concat(found) if found else pl.DataFrame(schema=DUE))
        work.run("judge/due")

    def _dues(self, moments: pl.DataFrame, rule: Any) -> pl.DataFrame:
        concerned = moments.filter((pl.col("over") == rule.over) & pl.col("type").is_in(rule.reads)).drop("over")
        return self._kinds[rule.kind](concerned, rule, self._clocks)
