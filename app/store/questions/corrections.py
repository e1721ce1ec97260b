"""Corrections: Dues that count neither as met nor as missed, because two people agreed that they should not.

A correction names an SLA, a period of due dates and perhaps a partner. It takes its Dues out of numerator and
denominator alike, of the figures of the SLA, its budget and its burning; it changes no Due and no exception.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.store.questions.asking import Row


@dataclass(frozen=True, slots=True)
class Counted:
    """What figures count: the text that stands for the table of Dues in a query, and the values it needs."""

    dues: str = "due"
    values: Row = field(default_factory=dict)


def counted(definitions: Sequence[Row]) -> Counted:
    """All Dues but those that the `corrections` of the definitions take out."""
    every = [(one["id"], said) for one in definitions for said in one.get("corrections", ())]
    if not every:
        return Counted()
    conditions: list[str] = []
    values: Row = {}
    for n, (rule, said) in enumerate(every):
        partner = f" and partner = $c{n}_partner" if said["partner"] else ""
        conditions.append(f"(rule = $c{n}_rule and due_at >= $c{n}_begin and due_at < $c{n}_end{partner})")
        values |= {f"c{n}_rule": rule, f"c{n}_begin": said["begin"], f"c{n}_end": said["end"]}
        values |= {f"c{n}_partner": said["partner"]} if said["partner"] else {}
    return Counted(f"(select * from due where not coalesce({' or '.join(conditions)}, false))", values)
