"""How well each SLA was kept: counted from its Dues, cohort by due date, never an average of percentages.

What was missed as far as is known, while the source that should have told is silent, is `unknown`: neither met nor
breached. It counts in the pessimistic figure only. What waits for a source that was never heard is not rated at all.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from app.store.questions.asking import Asking, Row
from app.store.questions.corrections import Counted, counted
from app.store.questions.judgements import WHOSE
from app.store.questions.order import STATE
from app.store.questions.sure import BESIDE, CONFIDENCE, UNSURE

ALL = Counted()
_COUNTS = (
    "count(*) filter (where state = 'met') as met, count(*) filter (where state = 'breached' and not unsure) as breached,"
    " count(*) filter (where state = 'breached' and unsure and not coalesce(never, false)) as unknown,"
    " count(*) filter (where state = 'breached' and not unsure and confidence = 'presumed') as provisional,"
    " count(*) filter (where state = 'breached' and met_at is null and not unsure) as breached_open,"
    " count(*) filter (where state = 'breached' and met_at is not null) as breached_closed,"
    " count(*) filter (where state = 'running') as running, count(*) filter (where state = 'void') as void,"
    " count(*) filter (where state = 'void' and met_at is null and due_at < $now) as void_overdue"
)
_COUNTED = (
    "met", "breached", "unknown", "provisional", "breached_open", "breached_closed", "running", "void", "void_overdue",
    "untold",
)  # fmt: skip
#: Clocks whose condition could not be told; they are due at no time, and so outside of every period.
_UNTOLD = "select rule, count(*) as n from due where list_contains(flags, 'when_unknown') group by rule"
_GROUPS = {
    "partner": "partner", "owner": "owner", "severity": "severity", "day": "day", "partner_day": "partner, day", "none": "rule",
}  # fmt: skip


def by(
    reader: Asking, rule: str, frm: datetime | None, to: datetime | None, group: str, now: datetime, only: Counted = ALL
) -> list[Row]:
    """One row per partner, owner, severity, day (UTC), or partner and day, with counts and attainment."""
    columns = _GROUPS.get(group, "partner")
    rows = reader.rows(
        f"with d as ({_dues(frm, to, only)} and rule = $rule) select {columns}, {_COUNTS} from d group by {columns} order by {columns}",
        {"rule": rule, "now": now} | _period(frm, to) | only.values,
    )
    return [shared(row) for row in rows]


def totals(
    reader: Asking, frm: datetime | None, to: datetime | None, now: datetime, only: Counted = ALL
) -> dict[str, Row]:
    """Rule id -> counts and attainment; `untold` are all starts for which its condition could not be told."""
    rows = reader.rows(
        f"with d as ({_dues(frm, to, only)}) select rule, {_COUNTS} from d group by rule",
        {"now": now} | _period(frm, to) | only.values,
    )
    untold = {row["rule"]: row["n"] for row in reader.rows(_UNTOLD)}
    return {row["rule"]: shared(row) | {"untold": untold.get(row["rule"], 0)} for row in rows}


def slas(
    reader: Asking,
    definitions: Sequence[Row],
    unrated: Collection[str],
    frm: datetime | None,
    to: datetime | None,
    now: datetime,
) -> list[Row]:
    """The definitions with their figures; a rule that no feed can satisfy says so instead of blaming anyone."""
    figures = totals(reader, frm, to, now, counted(definitions))
    none = shared(dict.fromkeys(_COUNTED, 0))
    return [
        one
        | none
        | figures.get(one["id"], {})
        | {
            "rated": one["id"] not in unrated,
            "unrated_reason": _why(one, unrated),
        }
        for one in definitions
    ]


def _why(one: Row, unrated: Collection[str]) -> str:
    return f"No declared source sends {' or '.join(one['stops'])}." if one["id"] in unrated else ""


def shared(row: Row) -> Row:
    """A row of counts with numerator, denominator and the share met; null where there is nothing to divide by.

    `pessimistic` is the share met if all that is unknown was missed.
    """
    judged = row["met"] + row["breached"]
    worst = judged + row["unknown"]
    return row | {
        "numerator": row["met"], "denominator": judged, "attainment": row["met"] / judged if judged else None,
        "pessimistic": row["met"] / worst if worst else None,
    }  # fmt: skip


def _dues(frm: datetime | None, to: datetime | None, only: Counted) -> str:
    during = (" and due_at >= $frm" if frm else "") + (" and due_at < $to" if to else "")
    return (
        f"select rule, coalesce(partner, '') as partner, coalesce({WHOSE}, '') as owner, severity, date_trunc('day', due_at) as day, due_at, met_at, never,"
        f" {STATE} as state, {CONFIDENCE} as confidence, {UNSURE} as unsure from {BESIDE.format(dues=only.dues)} where true{during}"
    )


def _period(frm: datetime | None, to: datetime | None) -> Row:
    return ({"frm": frm} if frm else {}) | ({"to": to} if to else {})
