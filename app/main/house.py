"""Builds the product from its parts: stores, engine, cases, and what the server and the commands need of them."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from app import clock
from app.cases import Board, Cases, Intent, codes
from app.cases.answered import Answered
from app.cases.life_cycle import USUAL, Habit
from app.cases.past import board_of
from app.contracts import Collector
from app.engine.listening import Listening
from app.engine.past import Pasts
from app.engine.scratch import Means
from app.engine.service import Engine, Rules, unrated_rules
from app.engine.tick import Done, Ticker
from app.errors import brief
from app.main.rulebook import Rulebook
from app.model import judgements
from app.settings import Settings, Source
from app.store.database import Database
from app.store.intake import Intake
from app.store.reader import Reader
from app.store.standing import standings
from app.store.work import Work
from app.terms import Costs
from collectors import COLLECTORS
from rules.kinds import WATCHING
from rules.lengths import span

log = logging.getLogger(__name__)
_A_WEEK = timedelta(days=7)
#: Above every number that is given.
_ALL = 2**62
Progress = Callable[[Done], None]


@dataclass(frozen=True, slots=True)
class House:
    """The open parts of one installation. Close it, or changes may wait in logs until the next start."""

    settings: Settings
    database: Database
    intake: Intake
    work: Work
    engine: Engine
    cases: Cases
    board: Board
    reader: Reader
    answered: Answered
    rulebook: Rulebook

    @property
    def rules(self) -> tuple[Any, ...]:
        """The rules that are judged by."""
        return self.rulebook.now.rules

    @property
    def definitions(self) -> list[dict[str, Any]]:
        """The SLAs in force."""
        return self.rulebook.definitions

    def reload_rules(self) -> bool:
        """Read the rules again and go by them from the next step on; whether anything has changed."""
        changed = self.rulebook.reload()
        if changed:
            self.engine.adopt(lambda: _rules(self.rulebook, self.work, self.settings), self.rulebook.refuse)
        return changed

    def look_at_rules(self) -> None:
        """Go by what has changed in the files of rules."""
        if self.rulebook.stale:
            self.reload_rules()

    def readiness(self) -> dict[str, Any]:
        """What `/readyz` says: `lag_events` 0 means that everything stored is judged and handed to the cases.

        `waiting` says what it counts; `judged_again` are the events of orders that changed rules have not judged yet.
        """
        waiting, since = self._waiting()
        lag = sum(waiting.values())
        reasons = [self.engine.failure] if self.engine.failure else []
        if not self.engine.alive:
            reasons.append("the engine is not running")
        noted = [*map(str, self.rulebook.notes), *self._set_aside()]
        return {
            "ready": not reasons, "lag_events": lag, "lag_seconds": since, "reasons": reasons, "notices": noted,
            "waiting": waiting,
        }  # fmt: skip

    def _set_aside(self) -> list[str]:
        """What could not be done to exceptions in the last week, in a sentence."""
        try:
            count, last = self.cases.set_aside(clock.instant(clock.wall()) - _A_WEEK)
        except Exception as fault:  # whatever a database does, the rest is told
            return [f"the workflow store cannot be read: {brief(fault)}"]
        why = f"the last one, {last['code']} of {last['subject']}: {last['detail']}" if last else ""
        return [f"{count} changes of exceptions could not be applied and are set aside; {why}"] if count else []

    def _waiting(self) -> tuple[dict[str, int], float]:
        """How much of each kind is not taken yet, and for how many seconds the oldest of it has waited."""
        again, reached = self.engine.again, self.engine.reached
        measured = (reached.measured, reached.points) if self.rulebook.now.watches else (_ALL, _ALL)
        told = self.reader.waiting(reached.spans, *measured)
        events = max(0, self.intake.last_seq - reached.events)
        counts = {
            "events": events, "spans": told["spans"], "data_points": told["data_points"],
            "judged_again": max(1, self.reader.again(again)) if again else 0,
        }  # fmt: skip
        arrived = [told["oldest_at"], self.reader.oldest_waiting(reached.events) if events else None]
        oldest = min((at for at in arrived if at), default=None)
        return counts, max(0.0, (clock.instant(clock.wall()) - oldest).total_seconds()) if oldest else 0.0

    def close(self) -> None:
        """Stop in the order in which things flow."""
        self.intake.close()
        self.engine.stop()
        self.work.close()
        self.reader.close()
        self.cases.close()
        self.database.close()


def built(settings: Settings) -> House:
    """Open the stores and put the parts together; nothing runs yet but the intake."""
    settings.data.mkdir(parents=True, exist_ok=True)
    habits: dict[str, Habit] = {}
    cases = Cases.open(settings, habits=habits)

    def heard(rules: Sequence[Any]) -> None:
        habits.update(habits_of(rules))
        codes.use(rules)

    rulebook = Rulebook(settings, cases.store, heard)
    cases.runbooks = rulebook.runbooks
    costs = Costs(settings.penalties, settings.money)
    database = Database.of(settings)
    work = Work(database)
    rules = _rules(rulebook, work, settings)
    ear = Listening(settings.sources, rulebook.clocks, lambda: rulebook.now.listened)
    ticker = Ticker(work, rules.judge, ear=ear)
    board = Board(cases.store)
    engine = Engine(work, ticker, cases, Intent, rules.unrated, rules.fingerprint)
    scopes = {code: source.erp for code, source in settings.sources.items() if source.erp}
    server = settings.server
    endings = {code: partner.suffixes for code, partner in settings.partners.items() if partner.suffixes}
    intake = Intake(database, scopes, server.queue_items, server.queue_bytes, endings, settings.sources)
    intake.on_commit = engine.wake
    pasts = Pasts(
        Means(
            database, lambda: rulebook.judge(watching=False), lambda seen: engine.unrated(seen),  # noqa: PLW0108 (changes)
            lambda alarms: board_of(alarms, cases.house), rulebook.definitions, costs,
        ),
        settings.data / "past",
    )  # fmt: skip
    reader = Reader(
        database, board.frame, rulebook.definitions, lambda: ticker.unrated, pasts, settings.sources, rulebook.clocks,
        lambda: standings(settings), costs, lambda: ear.silences,
    )  # fmt: skip
    answered = Answered(cases.store, rulebook.clocks, settings.exceptions, settings.partners, settings.calendars)
    return House(settings, database, intake, work, engine, cases, board, reader, answered, rulebook)


def _rules(rulebook: Rulebook, work: Work, settings: Settings) -> Rules:
    """The rules in force as the engine takes them, noted in the record."""
    rulebook.keep(work)
    needed = judgements.feeds(rulebook.now.findings.feeds)
    unrated = unrated_rules((*rulebook.now.rules, *needed), feeds(settings))
    return Rules(rulebook.judge(), rulebook.fingerprint, unrated)


@contextmanager
def opened(settings: Settings, progress: Progress = lambda done: None) -> Iterator[House]:
    """A house whose engine has caught up; closed at the end."""
    house = built(settings)
    try:
        house.engine.prepare(progress)
        yield house
    finally:
        house.close()


def feeds(settings: Settings) -> dict[str, tuple[str, ...] | None]:
    """What each declared source can deliver: what it says, else what its mapping can make, else None for anything."""
    return {code: _sends(source) for code, source in settings.sources.items()}


def collector_named(name: str) -> Collector | None:
    """The collector of that name."""
    return next((one for one in COLLECTORS if one.name == name), None)


def habits_of(rules: Iterable[Any]) -> dict[str, Habit]:
    """How the faults of each code come and go, as its rules say; of two rules with one code the longer time counts.

    Rules that watch interfaces count quiet windows themselves.
    """
    told: dict[str, Habit] = {}
    for rule in rules:
        said = {
            name: timedelta(seconds=span(getattr(rule, name)).seconds)
            for name in ("reopen_within", "keep")
            if getattr(rule, name) and not (name == "keep" and rule.kind in WATCHING)
        }
        habit, before = replace(USUAL, **said), told.get(rule.code)
        told[rule.code] = before.longer(habit) if before else habit
    return told


def _sends(source: Source) -> tuple[str, ...] | None:
    collector = collector_named(source.collector)
    return source.sends if source.sends is not None or collector is None else collector.sends(source)
