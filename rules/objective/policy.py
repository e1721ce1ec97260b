"""How the budget of an SLA is counted: as a rule of kind `slo` says, or as usual where none does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Self

from rules.objective import periods
from rules.objective.burn import Window, in_reach, usual
from rules.objective.counts import Count
from rules.objective.exact import exact
from rules.objective.periods import Unit
from rules.objective.rule import Objective
from rules.rule import Deadline

_PERIOD = 28 * 86_400
_LEAST = 30


@dataclass(frozen=True, slots=True)
class Policy:
    """`rule`: the rule that says so, or "". `period`: seconds up to now; `unit`: a calendar period of `zone` instead."""

    rule: str
    aim: Fraction
    period: int
    unit: Unit | None
    zone: str
    least: int
    windows: tuple[Window, ...]
    notices: tuple[str, ...]

    def during(self, now: datetime) -> tuple[datetime, datetime]:
        """[from, to) of the budget as seen at `now`; a rolling one ends with it."""
        if self.unit:
            return periods.current(now, self.unit, self.zone)
        return now - timedelta(seconds=self.period), now

    def told(self) -> dict[str, Any]:
        """As a definition carries it; fractions are text, such as 336/25."""
        windows = [
            {"name": w.name, "long_s": w.long, "short_s": w.short, "factor": str(w.factor), "severity": w.severity}
            for w in self.windows
        ]
        return {
            "rule": self.rule, "objective": str(self.aim), "period_s": self.period, "calendar": self.unit,
            "zone": self.zone, "min_total": self.least, "windows": windows, "notices": list(self.notices),
        }  # fmt: skip

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """What `told` said."""
        windows = [
            Window(w["name"], w["long_s"], w["short_s"], Fraction(w["factor"]), w["severity"]) for w in told["windows"]
        ]
        return cls(
            told["rule"], Fraction(told["objective"]), told["period_s"], told["calendar"], told["zone"],
            told["min_total"], tuple(windows), tuple(told["notices"]),
        )  # fmt: skip


def policy(rule: Deadline | Count, objectives: Iterable[Objective]) -> Policy | None:
    """The policy for the Dues of a rule, or for a daily count; None where it has no objective. The first objective over it decides."""
    for one in objectives:
        if one.total.due == rule.id:
            unit = one.window.calendar or None
            return Policy(
                one.id, one.aim, one.window.seconds, unit, one.window.zone, one.min_total, one.windows, one.notices
            )
    if rule.objective is None:
        return None
    aim = exact(rule.objective)
    return Policy("", aim, _PERIOD, None, "UTC", _LEAST, *in_reach(usual(_PERIOD), aim))
