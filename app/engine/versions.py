"""The versions of each rule that have been in force here, kept in the record so that a rebuild judges as live did.

1. The first version of a rule counts for every start. 2. Another one counts for starts from the moment it is loaded on.
3. What does not move a verdict (title, runbook, examples) makes no version. 4. A rule that is not loaded any more judges
nothing; its versions are kept, and count again when it comes back. 5. What a calendar says anew counts for clocks that
run or begin then; those that had ended keep what it said before. Its corrections and changes tell themselves from when
on they count, so they are taken as they now stand.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from app.calendar.calendars import Former
from app.model.event import INSTANT
from app.settings import Calendar
from app.store.work import Work

log = logging.getLogger(__name__)
Versions = tuple[list[Any], list[datetime | None]]
_TEXT = pl.String
_ROW: dict[str, Any] = {
    "rule": _TEXT, "rule_version": _TEXT, "kind": _TEXT, "said": _TEXT, "valid_from": INSTANT, "loaded_at": INSTANT,
}  # fmt: skip
_CALENDAR: dict[str, Any] = {"name": _TEXT, "said": _TEXT, "loaded_at": INSTANT}
_DATED = ("corrections", "changes")
#: What a calendar said, and since when: the oldest first; None: nothing, and always.
_Said = list[tuple[str | None, datetime | None]]
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


def kept_calendars(work: Work, declared: Mapping[str, Calendar], at: datetime) -> Former:
    """What each calendar said before it said what is declared, and until when; what is new is kept as loaded `at`.

    The calendars of the first start count from always; for one that is declared later there was none before.
    """
    told: dict[str, _Said] = {}
    for name, text, since in work.ask("from calendar_version order by loaded_at nulls first").iter_rows():
        told.setdefault(name, [(None, None)] if since else []).append((text, since))
    now = {name: said.model_dump_json(exclude=set(_DATED)) for name, said in declared.items()}
    first = not told
    new: list[tuple[str, str | None, datetime | None]] = [("", None, None)] if first else []
    for name in sorted({*told, *now} - {""}):
        had = told.setdefault(name, [] if first else [(None, None)])
        if not had or had[-1][0] != now.get(name):
            new.append((name, now.get(name), at if had else None))
            had.append(new[-1][1:])
    work.hold("new_calendar", pl.DataFrame(new, schema=_CALENDAR, orient="row"))
    work.run_sql("insert into calendar_version by name from new_calendar")
    return {name: _editions(had, declared.get(name)) for name, had in told.items() if len(had) > 1}


def _editions(had: _Said, now: Calendar | None) -> list[tuple[datetime, Calendar | None]]:
    dated = now.model_dump(include=set(_DATED)) if now else {}
    said = [Calendar.model_validate(json.loads(text) | dated) if text else None for text, _ in had]
    return [(over, one) for one, (_, over) in zip(said, had[1:], strict=False) if over]
