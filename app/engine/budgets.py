"""Error budgets that burn too fast: from the Dues as they stand to judgements of partners.

A spell says since when a budget burns and until when it does unless more becomes known. It follows from the Dues and
from what was known at the instant at which one looks, so that a rebuild finds the spells that stood: nothing of it is
remembered. A partner with fewer than three misses in the longest window cannot burn, and costs nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from app.engine.spells import replace_spells
from app.model.event import INSTANT
from app.store.questions.budget import DECIDED as QUERY
from app.store.questions.corrections import Counted
from app.store.work import Work
from rules.kinds.slo import spells
from rules.objective.burn import LEAST_BAD
from rules.objective.rule import DECIDED, Objective

#: A look is sure when this many of the longest windows before it are at hand: its counts, and the state it goes on from.
_SURE, _REACH = 2, 4
_EVERY = Counted()


class Budgets:
    """The objectives in force; `only` leaves out what a correction takes out of the figures."""

    def __init__(self, objectives: Sequence[Objective] = (), only: Counted = _EVERY) -> None:
        self.objectives, self._only = tuple(objectives), only

    def judge(self, work: Work, now: datetime) -> None:
        """The spells that last or lie ahead at `now` take the place of those of before; `spelled` holds their numbers."""
        replace_spells(work, "slo", self._judged(work, now) if self.objectives else [])

    def _judged(self, work: Work, now: datetime) -> list[dict[str, Any]]:
        """One row per spell (columns JUDGED)."""
        return [
            _told(spell, rule)
            for rule, told in self._decided(work, now)
            for spell in self._lasting(work, rule, told, now)
        ]

    def _decided(self, work: Work, now: datetime) -> list[tuple[Objective, pl.DataFrame]]:
        """Each objective of which some partner could burn, with the verdicts (columns DECIDED) of these partners."""
        reach = max(_REACH * _longest(rule) for rule in self.objectives)
        every = self._asked(work, [rule.total.due for rule in self.objectives], now - reach, now)
        counted = [(rule, _suspects(every.filter(rule=rule.total.due), rule, now)) for rule in self.objectives]
        return [(rule, told.select(*DECIDED)) for rule, told in counted if len(told)]

    def _asked(self, work: Work, dues: list[str], since: datetime, now: datetime) -> pl.DataFrame:
        values = self._only.values | {"rules": sorted(set(dues)), "since": since, "now": now}
        return work.ask(QUERY.format(due=self._only.dues), **values).cast({"n": pl.Int64, "at": INSTANT})

    def _lasting(self, work: Work, rule: Objective, told: pl.DataFrame, now: datetime) -> list[dict[str, Any]]:
        """The spells that are not over by now; those that may have begun before what is at hand are followed back."""
        reach, sure = _REACH * _longest(rule), list[dict[str, Any]]()
        while len(told):
            found = spells(told, rule).filter(pl.col("cleared_at") > now)
            unsure = found.filter(pl.col("raised_at") < now - reach + _SURE * _longest(rule))["partner"].unique()
            reach *= 2
            deeper = self._asked(work, [rule.total.due], now - reach, now) if len(unsure) else told.clear()
            known = told.filter(pl.col("partner").is_in(unsure.implode()))
            told = deeper.filter(pl.col("partner").is_in(unsure.implode())).select(*DECIDED)
            if len(told) == len(known):
                return sure + found.to_dicts()
            sure += found.filter(~pl.col("partner").is_in(unsure.implode())).to_dicts()
        return sure


def _longest(rule: Objective) -> timedelta:
    return timedelta(seconds=max(window.long for window in rule.windows))


def _suspects(told: pl.DataFrame, rule: Objective, now: datetime) -> pl.DataFrame:
    """The verdicts of partners that missed often enough of late."""
    lately = told.filter(pl.col("at") > now - _longest(rule), ~pl.col("state").is_in(rule.good.state))
    often = lately.group_by("partner").agg(pl.col("n").sum()).filter(pl.col("n") >= LEAST_BAD)
    return told.join(often.select("partner"), on="partner", how="semi")


def _told(spell: dict[str, Any], rule: Objective) -> dict[str, Any]:
    """A spell as a judgement (columns JUDGED): of a partner under an objective, or of all that have no partner."""
    return {
        "subject_type": "partner", "subject": f"{rule.id}:{spell['partner']}" if spell["partner"] else rule.id,
        "code": rule.code, "cause": rule.title, "occurrence": f"{spell['window']} {spell['raised_at'].isoformat()}",
        "since": spell["raised_at"], "until": spell["cleared_at"], "system": None, "partner": spell["partner"] or None,
        "owner": rule.owner, "severity": spell["severity"], "detail": _numbers(spell, rule), "rule": rule.id,
        "rule_version": rule.rule_version,
    }  # fmt: skip


def _numbers(spell: dict[str, Any], rule: Objective) -> str:
    """What was counted when the spell began, in words."""
    window = next(one for one in rule.windows if one.name == spell["window"])
    short = f"{spell['bad_short']} of {spell['total_short']} in the last {window.short // 60} min ({spell['burn_short']:.1f} x)"
    return (
        f"{rule.id}, {window.name}: {spell['bad_long']} of {spell['total_long']} missed in the long window"
        f" ({spell['burn_long']:.1f} x the pace of the budget) and {short}; burns above {float(window.factor):.2f} x;"
        f" since {spell['raised_at']:%Y-%m-%d %H:%M} UTC"
    )
