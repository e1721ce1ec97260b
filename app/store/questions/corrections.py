"""Corrections: Dues that count neither as met nor as missed, because two people agreed that they should not.

A correction names an SLA, a period of due dates and perhaps a partner. It takes its Dues out of numerator and
denominator alike, of the figures of the SLA, its budget and its burning; it changes no Due and no exception.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.store.questions.asking import Row

#: The clock of what is counted once a day.
DAILY = "D"
#: Daily counts as if each of what they count had a Due at that midnight, so that every question counts them alike.
_WITH_DAILY = (
    "(select * from due union all by name select rule, partner, counted_at as due_at,"
    " case when state = 'met' then counted_at end as met_at, null::timestamp as void_at, counted_at as stop_arrived_at"
    " from (select *, unnest(range(n)) from daily_count))"
)


@dataclass(frozen=True, slots=True)
class Counted:
    """What figures count: the text that stands for the table of Dues in a query, and the values it needs."""

    dues: str = "due"
    values: Row = field(default_factory=dict)


def counted(definitions: Sequence[Row]) -> Counted:
    """All Dues, and what is counted once a day, but those that the `corrections` of the definitions take out."""
    every = [(one["id"], said) for one in definitions for said in one.get("corrections", ())]
    due = _WITH_DAILY if any(one.get("clock") == DAILY for one in definitions) else "due"
    if not every:
        return Counted(due)
    conditions: list[str] = []
    values: Row = {}
    for n, (rule, said) in enumerate(every):
        partner = f" and partner = $c{n}_partner" if said["partner"] else ""
        conditions.append(f"(rule = $c{n}_rule and due_at >= $c{n}_begin and due_at < $c{n}_end{partner})")
        values |= {f"c{n}_rule": rule, f"c{n}_begin": said["begin"], f"c{n}_end": said["end"]}
        values |= {f"c{n}_partner": said["partner"]} if said["partner"] else {}
    return Counted(f"(select * from {due} where not coalesce({' or '.join(conditions)}, false))", values)
