"""A judge for stories: what one rule of the catalogue says of them at an instant."""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
import pytest

from app import stories
from app.calendar import Calendars
from app.settings import Calendar, Partner, Sla
from rules import book, examples
from rules.kinds import KINDS
from rules.moments import judged
from rules.rule import Resolved
from rules.verdict import state

Judge = Callable[..., list[dict[str, Any]]]
CATALOG = book.load(KINDS)


def resolved(rule: str, sla: Mapping[str, Any] | None = None, partners: Mapping[str, str] | None = None) -> Resolved:
    """A rule of the catalogue with changes of the settings."""
    whose = {code: Partner(calendar=calendar) for code, calendar in (partners or {}).items()}
    return next(r for r in book.resolve(CATALOG, {rule: Sla(**(sla or {}))}, whose) if r.id == rule)


@pytest.fixture
def judge() -> Judge:
    """(rule, story, now) -> Dues as dicts with their `state`, sorted by subject and occurrence."""

    def verdicts(rule: str, story: str, now: str, calendars: Mapping[str, Calendar] | None = None, **said: Any) -> Any:
        moments = examples.moments(stories.parse(story))
        found = judged(moments, [resolved(rule, **said)], Calendars(calendars or {}), KINDS["deadline"])
        return found.with_columns(state(stories.instant(now))).sort("subject", "occurrence").to_dicts()

    return verdicts


@pytest.fixture
def moments() -> Callable[[str], pl.DataFrame]:
    """The moments of a story."""
    return lambda story: examples.moments(stories.parse(story))
