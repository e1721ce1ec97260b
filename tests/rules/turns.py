"""What can happen to any deadline, told from the rule itself: a rule that is added to the catalogue is told with no new line.

A turn is one start of one rule: the lines of a story that start, stop and void it, and when it is due.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import product
from typing import Any

from app.model.taxonomy import CRM_STAGE, DOCUMENTS, EVENTS, HOLDS, IMPLIES
from rules import book, condition
from rules.kinds import KINDS
from rules.lengths import span
from rules.rule import Override, Resolved, Restart

BEGIN = datetime(2026, 11, 2, 9)
PROMISE = datetime(2026, 11, 20, 12)
RULES = book.resolve(book.load(KINDS))
#: What a story calls a subject of each type; the issuer is the same whoever speaks.
_KEYS = {
    "order": "so=1", "fo": "so=1 fo@w=1-1", "sh": "so=1 sh@w=9", "inv": "so=1 inv@erp=7", "rma": "so=1 rma@erp=R1",
    "po": "po@erp=45", "hold": "so=1 hold=credit:H1",
}  # fmt: skip
_WRITTEN = {"node": "location", "mode": "x.mode", "kind": "x.kind", "document": "x.document", "value": "amount"}


def written(at: datetime) -> str:
    """An instant as a story has it."""
    return at.isoformat(sep=" ")


@dataclass(frozen=True)
class Turn:
    """One start of one rule, at nine on a Monday unless it is told otherwise."""

    rule: Resolved
    start: str

    @property
    def name(self) -> str:
        """For the report of the tests."""
        return f"{self.rule.id}-{self.start}"

    @property
    def anew(self) -> bool:
        """Whether it begins each time anew, so that a later start has a clock of its own."""
        return self.rule.occurrences == "each"

    @property
    def heard(self) -> bool:
        """Whether it waits for the report of the very event that starts it."""
        return self.rule.stop_at == "received"

    @cached_property
    def labels(self) -> dict[str, Any]:
        """Labels under which the rule's condition holds: the first that do, of those that the condition speaks of."""
        names = condition.names(self.rule.when)
        said = [text.strip("\"' ") for text in self.rule.when.replace(",", '"').split('"')[1::2]]
        for values in product([None, "x", 1000.0, *said], repeat=len(names)):
            about: dict[str, dict[str, Any]] = {"order": {}, "event": {}}
            for name, value in zip(names, values, strict=True):
                if value is not None:
                    root, _, label = name.partition(".")
                    about[root][label] = value
            if not self.rule.when or condition.says(self.rule.when, about):
                return about["order"] | about["event"]
        raise AssertionError(f"no labels satisfy {self.rule.when}")

    def told(self, event: str, *more: str) -> str:
        """What its owner says of the subject, without the time."""
        words = [f"{EVENTS[event][0][0]}.one", event, _KEYS[self.rule.over]]
        if self.rule.over == "hold" and event not in HOLDS:
            words[-1] = "so=1"
        word = event.partition(".")[0]
        if word in DOCUMENTS:
            words.append(f"{DOCUMENTS[word]}@erp=D1")
        if event == "crm.order_status_updated":
            stage = EVENTS[self.start][1]
            words.append(f'status="{next(w for w, reached in CRM_STAGE.items() if reached == stage)}"')
        return " ".join([*words, *more])

    def starts(self, at: datetime = BEGIN, *more: str) -> str:
        """The line that starts it, with the labels that its condition wants and a promise where it is due by one."""
        labels = [f"{_WRITTEN.get(name, name)}={value}" for name, value in self.labels.items()]
        promise = [f"promised={PROMISE.isoformat()}Z"] if self.rule.due == "promised_at" else []
        return f"{written(at)} {self.told(self.start, *labels, *promise, *more)}"

    @property
    def by_event(self) -> list[str]:
        """The line of the event by which it is due, where it is due by one."""
        due = self.rule.due
        return [f"{written(PROMISE)} {self.told(due)}"] if due not in ("", "promised_at") else []

    @property
    def stop(self) -> str:
        """The event that stops it; of several one that starts nothing."""
        stops = [stop.event for stop in self.rule.stop]
        return next((stop for stop in stops if stop not in self.rule.start), stops[0])

    def stops(self, at: datetime, *more: str) -> str:
        """The line that stops it."""
        return f"{written(at)} {self.told(self.stop, *more)}"

    def ended(self, at: datetime) -> list[str]:
        """The whole story with a stop at an instant: a report is heard then."""
        if self.heard:
            return [self.starts(BEGIN, f"received={at.isoformat()}Z"), *self.by_event]
        return [self.starts(), self.stops(at), *self.by_event]

    @property
    def void(self) -> str:
        """The event that voids it, if any does that starts and stops nothing."""
        taken = {*self.rule.start, *self.rule.stops}
        return next((event for event in self.rule.void if event not in taken), "")

    def voids(self, at: datetime) -> str:
        """The line that voids it."""
        return f"{written(at)} {self.told(self.void)}"

    @property
    def evidence(self) -> str:
        """An event that implies the start, and starts nothing itself."""
        implying = (event for event, steps in IMPLIES.items() if self.start in steps)
        return next((event for event in implying if event not in self.rule.start), "")

    def picked(self, dues: list[dict[str, Any]]) -> dict[str, Any]:
        """Its own Due among those of the story."""
        if self.rule.occurrences == "each_type":
            dues = [due for due in dues if due["occurrence"] == self.start]
        assert dues, self.name
        return min(dues, key=lambda due: (due["started_at"], due["occurrence"]))

    @property
    def _first(self) -> Override | None:
        """The first override that fits the labels and says something of the target."""
        for override in self.rule.override:
            wanted = {name: {said} if isinstance(said, str) else set(said) for name, said in override.when.items()}
            if override.target and all(self.labels.get(name) in values for name, values in wanted.items()):
                return override
        return None

    @property
    def target(self) -> str:
        """The target in force."""
        return self._first.target if self._first else self.rule.target

    @property
    def due(self) -> datetime:
        """When it is due where every hour works, told without the engine."""
        if self.rule.due:
            sign = -1 if self.rule.offset.startswith("-") else 1
            offset = span(self.rule.offset.removeprefix("-")) if self.rule.offset else None
            return PROMISE + (timedelta(seconds=sign * offset.seconds) if offset else timedelta())
        days = span(self.target) if self.target else None
        if self.rule.clock == "C":
            midnight = BEGIN.replace(hour=0) + timedelta(days=1 + (days.days if days else 0))
            return midnight if BEGIN.strftime("%H:%M") < self.rule.cutoff else midnight + timedelta(days=1)
        assert days
        return BEGIN + timedelta(seconds=days.seconds, days=days.days)

    @property
    def pauses(self) -> bool:
        """Whether a credit hold lets it stand."""
        kinds = [
            kind for pause in self.rule.pause if not isinstance(pause, str) for kind in (pause.kinds or ("credit",))
        ]
        return "credit" in kinds

    @property
    def renewed(self) -> str:
        """The event that begins it again, where one does."""
        return self.rule.restart.event if isinstance(self.rule.restart, Restart) else ""


def turns() -> Iterator[Turn]:
    """Every deadline of the catalogue, by its first start; by each where each has a clock of its own."""
    for rule in RULES:
        for start in rule.start if rule.occurrences == "each_type" else rule.start[:1]:
            yield Turn(rule, start)
