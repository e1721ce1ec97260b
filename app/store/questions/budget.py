"""What is left of an SLA's error budget, and how fast it goes: from its Dues, at an instant.

The budget counts by due date, so that nothing is lost that never ends. Its burning counts verdicts from the instant at
which they were known, so that it is quick.
"""

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import polars as pl

from app.store.questions.asking import Asking, Row
from app.store.questions.corrections import Counted
from app.store.questions.order import STATE
from app.store.questions.sure import BESIDE, UNSURE
from rules.kinds.slo import grid, standing
from rules.objective.budget import burn_down, figures
from rules.objective.burn import Window, detected, exhausts, least_total, silent_after
from rules.objective.policy import Policy

EVERY = Counted()
#: Stands for all partners together.
ALL = "*"
#: The Dues that count, each with how its source stands; what nobody can say yet is no verdict.
_DUES = BESIDE.format(dues="{due}")
_CUT = (
    f"select coalesce(partner, '') as partner, count(*) filter (where {STATE} = 'met') as good, count(*) as total"
    f" from {_DUES} where rule = $rule and due_at >= $frm and due_at < $to and {STATE} in ('met', 'breached') and not {UNSURE} group by all"
)
_MISSED = (
    f"select due_at, count(*) as bad from {_DUES} where rule = $rule and due_at >= $frm and due_at < $to and {STATE} = 'breached' and not {UNSURE}"
    " group by all"
)
#: A verdict is known when its stop has arrived, or else from the first instant after the due moment; by the minute.
DECIDED = (
    f"with d as (select rule, coalesce(partner, '') as partner, {STATE} as state, case when {STATE} = 'met'"
    " then greatest(met_at, stop_arrived_at) else due_at + interval 1 microsecond end as known from "
    + _DUES
    + f" where list_contains($rules::varchar[], rule) and not {UNSURE}) select rule, partner, state,"
    " time_bucket(interval 1 minute, known - interval 1 microsecond) + interval 1 minute as at, count(*) as n"
    " from d where state in ('met', 'breached') and known > $since and known <= $now group by all order by all"
)
_DAY = timedelta(days=1)
_HELD = ("bad_long", "total_long", "bad_short", "total_short")


def budget(reader: Asking, rule: str, told: Row, now: datetime, only: Counted = EVERY) -> Row:
    """The budget of a rule's Dues under what its definition says in `slo`, with its windows and its partners."""
    policy = Policy.of(told)
    frm, to = policy.during(now)
    counts = reader.ask(_CUT.format(due=only.dues), only.values | {"rule": rule, "frm": frm, "to": to, "now": now})
    looked = _looked(reader, rule, policy, now, only)
    on = looked.filter("burning").group_by("partner").agg(pl.col("window").sort())
    burns: dict[str, list[str]] = dict(on.rows())
    whole = _counted(counts.select(pl.col("good", "total").sum()), policy)[0]
    partners = [row | {"burning": burns.get(row["partner"], [])} for row in _counted(counts.sort("partner"), policy)]
    return {
        "rule": policy.rule, "objective": float(policy.aim), "from": frm, "to": to, **whole,
        "burn_down": _burn_down(reader, rule, policy, whole["allowed"], now, only),
        "silent_after_s": silent_after(policy.aim, policy.windows),
        "min_total": policy.least, "notices": list(policy.notices), "burn": _windows(looked, policy),
        "partners": partners,
    }  # fmt: skip


def _counted(counts: pl.DataFrame, policy: Policy) -> list[Row]:
    """Counts with what they leave of the budget; of nothing nothing is said."""
    told = figures(counts.cast({"good": pl.Int64, "total": pl.Int64}), policy.aim)
    return told.drop("consumed").to_dicts()


def _burn_down(reader: Asking, rule: str, policy: Policy, allowed: float, now: datetime, only: Counted) -> list[Row]:
    """What was left of the budget after each day of the period so far, and the straight line beside it."""
    frm, to = policy.during(now)
    if not allowed:
        return []
    missed = reader.ask(
        _MISSED.format(due=only.dues),
        only.values | {"rule": rule, "frm": frm, "to": to, "now": now},
    ).cast({"due_at": pl.Datetime("us")})
    day, length = (pl.col("due_at") - pl.lit(frm)).dt.total_days(), -(-(to - frm) // _DAY)
    bad = dict(missed.group_by(day=day).agg(pl.col("bad").sum()).rows())
    seen = min(length, -(-(now - frm) // _DAY))
    told = burn_down([float(bad.get(n, 0)) for n in range(seen)], allowed, length)
    return told.select(
        at=pl.lit(frm) + pl.col("part").cast(pl.Int64) * _DAY, remaining="remaining", ideal="ideal"
    ).to_dicts()


def _looked(reader: Asking, rule: str, policy: Policy, now: datetime, only: Counted) -> pl.DataFrame:
    """What each window held at the last look, by partner and for all together."""
    longest = max(window.long for window in policy.windows)
    since = now - timedelta(seconds=2 * longest)
    values = only.values | {"rules": [rule], "since": since, "now": now}
    told = reader.ask(DECIDED.format(due=only.dues), values).cast({"n": pl.Int64, "at": pl.Datetime("us")})
    told = told.select("partner", "at", total="n", good=pl.when(pl.col("state") == "met").then("n").otherwise(0))
    both = pl.concat([told, told.with_columns(partner=pl.lit(ALL))])
    looked = standing(both, policy.aim, policy.windows, policy.least, now)
    step = grid(policy.windows)
    last = pl.lit(now).dt.epoch("us") // (step * 1_000_000) * (step * 1_000_000)
    return looked.filter(pl.col("at").dt.epoch("us") == last)


def _windows(looked: pl.DataFrame, policy: Policy) -> list[Row]:
    """Each window over all partners; zeros where nothing was decided in it."""
    held = {row["window"]: row for row in looked.filter(pl.col("partner") == ALL).to_dicts()}
    none: dict[str, Any] = dict.fromkeys(_HELD, 0) | {"burn_long": None, "burn_short": None, "burning": False}
    return [
        {
            "window": w.name, "severity": w.severity or None, "long_s": w.long, "short_s": w.short,
            "factor": float(w.factor), **_bounds(w, policy), **{name: held.get(w.name, none)[name] for name in none},
        }
        for w in policy.windows
    ]  # fmt: skip


def _bounds(window: Window, policy: Policy) -> Row:
    """At this factor the budget lasts so long; a complete failure is noticed after so long, in seconds.

    From `least_total` verdicts on, three bad ones alone do not burn.
    """
    shows = detected(policy.aim, Fraction(1), window.long, window.factor)
    return {
        "exhausts_s": float(exhausts(policy.period, window.factor)), "detected_s": None if shows is None else float(shows),
        "least_total": least_total(policy.aim, window.factor),
    }  # fmt: skip
