"""The rules of one installation, put together from catalogue, publications and files, and changed while it runs.

Nothing that an installation adds can stop it: a file with a fault keeps the text that it had before, a publication with
one is left out, and `notes` say so wherever somebody looks.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from app import clock
from app.calendar import Calendars
from app.cases import Store, publications
from app.engine.budgets import Budgets
from app.engine.judge import Judge
from app.engine.playing import played
from app.engine.versions import Versions, kept, kept_calendars
from app.engine.watch import Watch
from app.errors import OrderscopeError, WrongUse
from app.main.inforce import InForce, in_force, known
from app.model.judgements import REPORTED_LATE
from app.settings import Settings
from app.store.questions.corrections import counted
from app.store.work import Work
from rules import book, source
from rules.book import Entry
from rules.degradation.rule import Degrading
from rules.finding import Finding
from rules.findings import Findings
from rules.kinds import KINDS
from rules.objective.rule import Objective
from rules.reading import Read, Reading, unread
from rules.rule import Deadline
from rules.shelf import Sheet, Shelf, stocked
from rules.source import Fault

log = logging.getLogger(__name__)
Row = dict[str, Any]


class Rulebook:
    """The rules in force. `definitions` and `runbooks` stay the same objects and change within.

    `heard` hears all rules each time they change: those in force, then those of former publications.
    """

    def __init__(
        self, settings: Settings, store: Store, heard: Callable[[Sequence[Any]], None] = lambda rules: None
    ) -> None:
        self.settings, self.store, self._heard = settings, store, heard
        self.clocks, self.reading = Calendars(settings.calendars), Reading(played)
        self._unread: tuple[Fault, ...] = ()
        self._unjudged: tuple[Fault, ...] = ()
        self._lock = threading.RLock()
        self.definitions: list[Row] = []
        self.runbooks: dict[str, str] = {REPORTED_LATE.code: REPORTED_LATE.runbook}
        self._take()
        self._versions: Versions = ([], [])
        self.keep_none()

    def reload(self) -> bool:
        """Read everything again; whether anything has changed. What cannot be read as a whole changes nothing."""
        with self._lock:
            before = [entry.text for entry in self.shelf.entries]
            try:
                self._take()
            except OrderscopeError as fault:
                self._unread = (Fault("rules", 1, fault.detail, fault.mend),)
                return False
            changed = [entry.text for entry in self.shelf.entries] != before
            self._unread = ()
            self._unjudged = () if changed else self._unjudged
            return changed

    def _take(self) -> None:
        """Go by what is stored and in files now; raises WrongUse where the settings do not fit it."""
        self._stamps = _stamps(self.settings)
        shelf = shelved(self.settings, self.store, self.reading)
        self.now = in_force(shelf.entries, self.settings, self.clocks, shelf.lost)
        self.shelf = shelf
        self._keep_files(shelf)
        self.definitions[:] = self.now.definitions
        self._tell()

    def _keep_files(self, shelf: Shelf) -> None:
        """Remember of each file that is there what it said when it last fitted."""
        there = {file.name for file in files(self.settings)}
        good = {name: text for name, text in publications.good_files(self.store).items() if name in there}
        now = {name: text for (origin, name), text in shelf.texts.items() if origin == "file"}
        publications.keep_files(self.store, good | now)

    def refuse(self, why: str) -> None:
        """Remember that the rules as they are cannot be judged by."""
        mend = "Take back what was changed last; the rules before are in force."
        self._unjudged = (Fault("rules", 1, why, mend),)

    def beside(self, read: Read | None, ids: Sequence[str] = ()) -> list[Fault]:
        """What would be left out newly if this text took the place of what was published of its rules; without a text, if
        the publications of `ids` were taken back."""
        mine = {entry.rule.id for entry in read.entries} if read else set(ids)
        sheets = [one for one in self._sheets() if one.origin != "published" or one.name not in mine]
        if read:
            sheets.append(Sheet("written", "rule", read))
        shelf = _stocked(sheets, self.settings, self.clocks)
        before = self.shelf.left
        faults = [fault for name, left in shelf.left.items() if name not in before for fault in left]
        try:
            in_force(shelf.entries, self.settings, self.clocks, shelf.lost)
        except OrderscopeError as fault:
            faults = faults or [Fault("settings", 1, fault.detail, fault.mend)]
        return faults

    def _sheets(self) -> list[Sheet]:
        """Of all that stands or is left out now."""
        return list(_sheets(self.settings, self.store, self.reading))

    @property
    def stale(self) -> bool:
        """Whether a file of rules has changed since it was read."""
        return _stamps(self.settings) != self._stamps

    @property
    def notes(self) -> tuple[Fault, ...]:
        """Everything that is left out, and why."""
        said = known(self.shelf.entries, self.settings, self.shelf.lost)[1]
        return (*self.shelf.faults, *said, *self._unread, *self._unjudged)

    def keep(self, work: Work) -> None:
        """Note the rules and calendars in the record as versions. While the clock stands, they judge all of the past as they are."""
        if clock.frozen():
            self.keep_none()
        else:
            self._versions = kept(work, self.now.rules, clock.instant(), book.recorded)
            self.clocks.remember(kept_calendars(work, self.settings.calendars, clock.instant()))

    def keep_none(self) -> None:
        """Judge all of the past by the rules as they are."""
        self._versions = (list(self.now.rules), [])

    def judge(self, watching: bool = True) -> Judge:
        """A judge by all versions; `watching` interfaces, of which a past knows nothing."""
        return self._judge(self.now, *self._versions, watching)

    def judge_of(self, rules: Sequence[Any]) -> Judge:
        """A judge by these rules alone, of whatever kinds, each as if it had been in force always."""
        calendars = book.partner_calendars(self.settings.partners)
        made = InForce(
            _of(rules, Deadline), _of(rules, Objective), Findings(_of(rules, Finding), self.clocks, calendars),
            _of(rules, Degrading), (), self.definitions,
        )  # fmt: skip
        return self._judge(made, list(made.rules), [])

    def _judge(
        self, said: InForce, rules: Sequence[Any], since: Sequence[datetime | None], watching: bool = True
    ) -> Judge:
        budgets, watch = Budgets(said.objectives, counted(said.definitions)), Watch(said.watches if watching else ())
        return Judge(rules, KINDS, self.clocks, said.findings, budgets, watch, since)

    @property
    def fingerprint(self) -> str:
        """Changes when anything does that moves a verdict."""
        rules, since = self._versions
        begun = [f"{rule.id} {rule.rule_version} {at}" for rule, at in zip(rules, since, strict=False) if at]
        others = (*self.now.objectives, *self.now.findings.rules, *self.now.watches, *self.now.listened)
        corrected = map(repr, self.settings.sla_corrections)
        return book.fingerprint((*rules, *others), self.clocks.fingerprint, *corrected, *begun)

    def _tell(self) -> None:
        """Runbooks go by the code, of several rules with one code by the first; those of objectives by their ids.

        What is not in force any more has its word as well, where no other rule has: its exceptions may still be open.
        """
        rules = [entry.rule for entry in self.shelf.entries]
        codes = {rule.code for rule in rules}
        rules += [rule for rule in _former(self.shelf, self.store) if rule.code not in codes]
        self.runbooks.update({rule.code: rule.runbook.strip() for rule in reversed(rules)})
        self.runbooks.update({rule.id: rule.runbook.strip() for rule in rules if isinstance(rule, Objective)})
        self._heard(rules)


def _former(shelf: Shelf, store: Store) -> list[Any]:
    """The rules that were published here and are not in force, as they were last written."""
    last = {row["rule"]: row["text"] for row in publications.history(store) if row["text"]}
    gone = [source.parse(text, id) for id, text in last.items() if ("published", id) not in shelf.texts]
    return [entry.rule for entry in book.parsed(gone, KINDS)[0]]


def _of(rules: Sequence[Any], kind: type[Any]) -> tuple[Any, ...]:
    return tuple(rule for rule in rules if isinstance(rule, kind))


def shelved(settings: Settings, store: Store | None, reading: Reading) -> Shelf:
    """All rules by where they come from, those left out that do not fit; raises WrongUse when the catalogue has a fault.

    Without a store only the catalogue and the files are read.
    """
    return _stocked(list(_sheets(settings, store, reading)), settings, Calendars(settings.calendars))


def standing(settings: Settings) -> Shelf:
    """The same for a command that changes nothing: with what is published, where there is a workflow store already."""
    store = Store.present(settings.workflow_url())
    try:
        return shelved(settings, store, Reading(played))
    finally:
        if store:
            store.close()


def _stocked(sheets: Sequence[Sheet], settings: Settings, clocks: Calendars) -> Shelf:
    return stocked(catalogue(), sheets, lambda entries, lost: in_force(entries, settings, clocks, lost))


@cache
def catalogue() -> tuple[Entry, ...]:
    """What comes with the product; raises WrongUse when it has a fault."""
    entries, faults = book.read(KINDS)
    if faults:
        raise WrongUse("\n".join(map(str, faults)), "Run `orderscope check` again when they are mended.")
    return tuple(entries)


def _sheets(settings: Settings, store: Store | None, reading: Reading) -> Iterator[Sheet]:
    """Files before publications: where two do not fit together, files win."""
    if settings.rules.folder and not settings.rules_path().is_dir():
        yield Sheet(
            "file", "", unread(Fault(settings.rules.folder, 1, "there is no such folder", "Correct `rules.folder`."))
        )
    before: Mapping[str, str] = publications.good_files(store) if store else {}
    for file in files(settings):
        text, good = source.text(file), before.get(file.name, "")
        read = reading.of(text, str(file)) if isinstance(text, str) else unread(text)
        yield Sheet("file", file.name, read, reading.of(good, str(file)) if good and good != text else None)
    for id, row in publications.standing(store).items() if store else ():
        read = reading.of(row["text"], f"published {id}")
        yield Sheet("published", id, replace(read, holds=frozenset({id})))


def files(settings: Settings) -> list[Path]:
    """The files of rules, in the order of their names."""
    folder = settings.rules_path()
    return sorted(folder.glob("*.yaml")) if folder.is_dir() else []


def _stamps(settings: Settings) -> dict[str, tuple[int, int]]:
    """What tells whether a file of rules was changed."""
    found = [(file, file.stat()) for file in files(settings) if file.is_file()]
    return {file.name: (seen.st_mtime_ns, seen.st_size) for file, seen in found}
