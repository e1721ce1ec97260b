"""Interfaces that get worse: what spans and metrics tell of each is counted by the quarter of an hour, and judged.

1. New spans and data points say which quarters they are of. 2. A quarter that is over, and has had two minutes for what
comes late, is counted; what comes later still has it counted again. 3. The quarters of the interfaces concerned are
judged anew from the block of the earliest on. 4. Those that degrade by their last look are judgements.

What was counted is kept, for data points are let go; how it is judged follows from it, so a rebuild finds the same. A
step without new spans costs one small question.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from app.engine.spells import replace_spells
from app.model.interfaces import partner_of, subject
from app.store.questions.interfaces import COUNTED
from app.store.work import Work
from rules.degradation.rule import LENGTH, WINDOW, Degrading
from rules.degradation.shift import MEMORY
from rules.degradation.spoken import NAMES, spoken
from rules.kinds.interface import LOOK, beginning, looks

#: How long a quarter waits for what comes late.
LATE = timedelta(minutes=2)
_A_DAY, _EARLY = timedelta(days=1), datetime(1970, 1, 1)
_MOST = 10_000_000
_VERSION = {"rule": pl.String, "rule_version": pl.String}


class Watch:
    """The rules over interfaces that are in force."""

    def __init__(self, rules: Sequence[Degrading] = ()) -> None:
        self.rules = tuple(rules)

    def look(self, work: Work, now: datetime) -> None:
        """Count and judge what is over; what is judged otherwise is put into `also_touched`."""
        before = now - LENGTH - LATE
        if not self.rules or not work.ask("watch/needed", before=before).item():
            return
        work.run("watch/heard")
        work.run("watch/begin", before=before)
        if work.number("select count(*) from counted_pending"):
            self._count(work)
            self._judge_changed(work)

    def _judge_changed(self, work: Work) -> None:
        first = work.ask("select min(begun_at) as first_at from changed_window")["first_at"].item()
        if first is not None:
            self._judge(work, first)
            self._tell(work)
            work.run_sql("insert into also_touched select no from spelled")

    def anew(self, work: Work) -> None:
        """Judge all that is counted from the first quarter on; what these very rules have judged stays as it is.

        What rules said that are no more is gone.
        """
        if not self._judged(work):
            work.run_sql("delete from interface_look")
            work.run_sql("create or replace temp table changed_window as from interface_window limit 0")
            self._judge(work, None)
        self._tell(work)

    def _judged(self, work: Work) -> bool:
        """Whether every quarter has its look by the present version of each rule, and there is no other."""
        versions = [(rule.id, rule.rule_version) for rule in self.rules]
        work.hold("watching_version", pl.DataFrame(versions, schema=_VERSION, orient="row"))
        return bool(work.ask("watch/judged")["judged"].item())

    def _count(self, work: Work) -> None:
        """Count the quarters in `counted_pending`, a day of them at a time."""
        days = work.ask("select distinct date_trunc('day', begun_at) as day from counted_pending order by day")["day"]
        for day in days:
            period = {"since": day, "until": day + _A_DAY}
            values: dict[str, Any] = {"source": "", "pieces": True, "minutes": 15.0, "most": _MOST}
            work.hold("counted", work.ask(COUNTED, **period, **values))
            work.run("watch/count", **period)

    def _judge(self, work: Work, since: datetime | None) -> None:
        """Judge the interfaces that changed since an instant, or all from the first quarter on."""
        work.run("watch/concerned", anew=since is None)
        start = beginning(since) if since else _EARLY
        windows = work.ask("watch/window", since=max(start - MEMORY, _EARLY))
        for rule in self.rules:
            _look(work, rule, windows, start)

    def _tell(self, work: Work) -> None:
        """Those that degrade by their last look are judgements."""
        replace_spells(work, "interface", [_told(row, rule) for rule in self.rules for row in _firing(work, rule)])


def _look(work: Work, rule: Degrading, windows: pl.DataFrame, start: datetime) -> None:
    past = work.ask("watch/before", rule=rule.id, since=max(start - MEMORY, _EARLY), until=start)
    parts = (
        windows.partition_by("source", "interface", "side", as_dict=True) if rule.override else {("", "", ""): windows}
    )
    found = [pl.DataFrame(schema=LOOK)]
    for (source, interface, side), part in parts.items():
        mine = past.filter(pl.col("key").is_in(part["key"].implode())) if rule.override else past
        told = (part.select(_typed(WINDOW)), rule.at(source, interface, side), start, mine.select(_typed(LOOK)))
        found.append(looks(*told))
    work.hold("looked", pl.concat(found))
    work.run("watch/replace", rule=rule.id, version=rule.rule_version, since=start)


def _typed(columns: dict[str, Any]) -> list[pl.Expr]:
    return [pl.col(name).cast(kind) for name, kind in columns.items()]


def _firing(work: Work, rule: Degrading) -> list[dict[str, Any]]:
    """The interfaces that degrade by their last look, each with the look and the counts with which that began."""
    begun = work.ask("watch/firing", rule=rule.id)
    if begun.is_empty():
        return []
    work.hold("concerned", begun.select("source", "interface", "side", "measured_by"))
    counts = work.ask("watch/window", since=begun["at"].min())
    return begun.join(
        counts.drop("key", "first_at"), on=["source", "interface", "side", "measured_by", "at"]
    ).to_dicts()


def _told(row: dict[str, Any], rule: Degrading) -> dict[str, Any]:
    """An interface that degrades as a judgement: since the end of the quarter in which that was decided."""
    since = row["at"] + LENGTH
    exceeds = row["exceeds"] or []
    rule = rule.at(row["source"], row["interface"], row["side"])
    return {
        "subject_type": "interface", "subject": subject(row["source"], row["side"], row["interface"]), "code": rule.code,
        "cause": ", ".join(NAMES[name] for name in exceeds), "occurrence": f"{row['measured_by']} {since.isoformat()}", "since": since, "until": None,
        "system": row["source"], "partner": partner_of(row["source"], row["interface"]), "owner": rule.owner, "severity": rule.severity,
        "detail": f"{rule.id}, by {row['measured_by']}: {spoken(row, rule)}; since {since:%Y-%m-%d %H:%M} UTC", "rule": rule.id, "rule_version": rule.rule_version,
    }  # fmt: skip
