"""What the record says of rules: which versions have been in force, and what each has on its hands."""

from datetime import datetime

from app.store.questions import attainment
from app.store.questions.asking import Asking, Row


def versions(reader: Asking, rule: str) -> list[Row]:
    """The versions of a rule that were in force here, newest first; `valid_from` None: always."""
    return reader.rows(
        "select rule_version, valid_from, loaded_at from rule_version where rule = $rule"
        " order by valid_from desc nulls last, loaded_at desc",
        {"rule": rule},
    )


def dues(reader: Asking, now: datetime) -> dict[str, Row]:
    """Rule id -> how many Dues are met, breached, running and void."""
    return attainment.totals(reader, None, None, now)


def unknown(reader: Asking) -> dict[str, int]:
    """Rule id -> of how many findings its condition cannot tell whether it applies."""
    rows = reader.rows(
        "select rule, count(*) as n from judgement where kind = 'unknown' and rule is not null group by rule"
    )
    return {row["rule"]: row["n"] for row in rows}
