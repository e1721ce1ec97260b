"""Trials of rules on the record of an installation: for the server in the background, for the command in the open."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from app import clock
from app.engine.backtest import Question, backtest
from app.engine.listening import Listening
from app.engine.service import unrated_rules
from app.engine.trials import Trials
from app.main.house import House, feeds
from app.store.questions.corrections import counted
from app.web.ruling import Ruling
from rules.book import settled

Progress = Callable[[int, int], None]


def trial(house: House, rule: Any, frm: datetime | None, to: datetime | None) -> Callable[[Progress], dict[str, Any]]:
    """The trial of a rule with the settings' changes, on what is stored when it runs."""

    def run(progress: Progress) -> dict[str, Any]:
        tried = settled(rule, house.settings)
        rules = house.rulebook
        agreed = Listening(house.settings.sources, rules.clocks, lambda: rules.now.listened)
        asked = Question(
            tried, rules.now.every, rules.judge_of, agreed, clock.instant(), frm, to, _unrated(house, tried),
            counted(rules.definitions),
        )  # fmt: skip
        return backtest(house.database, asked, progress) | {"rated": tried.id not in asked.unrated}

    return run


def _unrated(house: House, rule: Any) -> frozenset[str]:
    """The rules that no feed can satisfy, with the one that is tried judged by its own stops."""
    others = house.engine.ticker.unrated - {rule.id}
    if not hasattr(rule, "stops"):
        return others
    seen = tuple(row["source"] for row in house.reader.freshness() if row["source"] != "people")
    return others | unrated_rules((rule,), feeds(house.settings))(seen)


def ruling(house: House, trials: Trials) -> Ruling:
    """Rules for API and pages."""
    return Ruling(
        house.rulebook, house.reload_rules, house.reader, house.board, trials,
        lambda rule, frm, to: trial(house, rule, frm, to),
    )  # fmt: skip
