"""The versions of each rule that have been in force here, kept in the record so that a rebuild judges as live did.

1. The first version of a rule counts for every start. 2. Another one counts for starts from the moment it is loaded on.
3. What does not move a verdict (title, runbook, examples) makes no version. 4. A rule that is not loaded any more judges
nothing; its versions are kept, and count again when it comes back.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from app.model.event import INSTANT
from app.store.work import Work

log = logging.getLogger(__name__)
Versions = tuple[list[Any], list[datetime | None]]
_TEXT = pl.String
_ROW: dict[str, Any] = {
    "rule": _TEXT, "rule_version": _TEXT, "kind": _TEXT, "said": _TEXT, "valid_from": INSTANT, "loaded_at": INSTANT,
}  # fmt: skip
_KEPT = "select kind, said, valid_from from rule_version where rule = $rule order by valid_from nulls first, loaded_at"


def kept(work: Work, rules: Sequence[Any], at: datetime, read: Callable[[str, str], Any]) -> Versions:
    """All versions of these rules, the oldest of each first, and from which start on each counts (None: always).

    What is new is kept as loaded `at`. `read(kind, text)` makes a rule of what was kept.
    """
    told: list[tuple[Any, datetime | None]] = []
    for rule in rules:
        past = _past(work, rule.id, read)
        if past and past[-1][0].moves == rule.moves:
            past[-1] = (rule, past[-1][1])
        else:
            past.append((rule, at if past else None))
            _keep(work, *past[-1], at)
        told += past
    return [rule for rule, _ in told], [since for _, since in told]


def _past(work: Work, rule: str, read: Callable[[str, str], Any]) -> list[tuple[Any, datetime | None]]:
    found: list[tuple[Any, datetime | None]] = []
    for kind, said, since in work.ask(_KEPT, rule=rule).iter_rows():
        try:
            found.append((read(kind, said), since))
        except (ValueError, KeyError):
            log.warning("A former version of rule %s cannot be read any more; the next one counts for its time", rule)
    return [(one, None if n == 0 else since) for n, (one, since) in enumerate(found)]


def _keep(work: Work, rule: Any, since: datetime | None, at: datetime) -> None:
    row = (rule.id, rule.rule_version, rule.kind, rule.model_dump_json(by_alias=True), since, at)
    work.hold("new_version", pl.DataFrame([row], schema=_ROW, orient="row"))
    work.run_sql("insert into rule_version by name from new_version")
