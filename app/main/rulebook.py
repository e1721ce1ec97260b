"""The rules of one installation, put together from catalogue, publications and files, and changed while it runs.

Nothing that an installation adds can stop it: a file with a fault keeps the text that it had before, a publication with
one is left out, and `notes` say so wherever somebody looks.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app import clock
from app.calendar import Calendars
from app.cases import Store, publications
from app.engine.budgets import Budgets
from app.engine.judge import Judge
from app.engine.playing import played
from app.engine.versions import Versions, kept
from app.engine.watch import Watch
from app.errors import OrderscopeError, WrongUse
from app.model.judgements import REPORTED_LATE
from app.settings import Settings
from app.store.questions.corrections import counted
from app.store.work import Work
from rules import book, source
from rules.degradation.rule import Degrading
from rules.finding import Finding
from rules.findings import Findings
from rules.kinds import KINDS
from rules.objective.rule import Objective
from rules.rule import Deadline
from rules.shelf import Shelf, stocked
from rules.source import Document, Fault

log = logging.getLogger(__name__)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class InForce:
    """What is in force: the shelf, the rules of each kind, the SLAs as pages show them, and what is faulty."""

    shelf: Shelf
    rules: tuple[Any, ...]
    objectives: tuple[Any, ...]
    findings: Findings
    watches: tuple[Any, ...]
    listened: tuple[Any, ...]
    definitions: list[Row]
    notes: tuple[Fault, ...]

    @property
    def every(self) -> tuple[Any, ...]:
        """All rules that are on, of whatever kind, with the settings' changes."""
        return (*self.rules, *self.objectives, *self.findings.rules, *self.watches, *self.listened)


class Rulebook:
    """The rules in force. `definitions` and `runbooks` stay the same objects and change within.

    `define` makes the definitions of SLAs of rules and objectives; `heard` hears all rules each time they change.
    """

    def __init__(
        self, settings: Settings, store: Store, define: Callable[..., list[Row]],
        heard: Callable[[list[Any]], None] = lambda rules: None,
    ) -> None:  # fmt: skip
        self.settings, self.store, self._define, self._heard = settings, store, define, heard
        self.clocks = Calendars(settings.calendars)
        self.refused: tuple[Fault, ...] = ()
        self._lock = threading.Lock()
        self.now = self._read()
        self.definitions: list[Row] = list(self.now.definitions)
        self.runbooks: dict[str, str] = {REPORTED_LATE.code: REPORTED_LATE.runbook}
        self._tell()
        self._versions: Versions = ([], [])
        self.keep_none()

    def reload(self) -> bool:
        """Read everything again; whether anything has changed. What cannot be read as a whole changes nothing."""
        with self._lock:
            return self._reload()

    def _reload(self) -> bool:
        try:
            found = self._read()
        except OrderscopeError as fault:
            self.refused = (Fault("rules", 1, fault.detail, fault.mend),)
            return False
        changed = [e.text for e in found.shelf.entries] != [e.text for e in self.now.shelf.entries]
        self.refused = () if changed else self.refused
        self.now = found
        self.definitions[:] = found.definitions
        self._tell()
        return changed

    def refuse(self, why: str) -> None:
        """Remember that the rules as they are cannot be judged by."""
        self.refused = (Fault("rules", 1, why, "Take back what was changed last; the rules before are in force."),)

    @property
    def stale(self) -> bool:
        """Whether a file of rules has changed since it was read."""
        return _stamps(self.settings) != self._stamps

    @property
    def notes(self) -> tuple[Fault, ...]:
        """Everything that is left out, and why."""
        return (*self.now.notes, *self.refused)

    def keep(self, work: Work) -> None:
        """Note the rules in the record as versions. While the clock stands, they judge all of the past as they are."""
        if clock.frozen():
            self.keep_none()
        else:
            self._versions = kept(work, self.now.rules, clock.instant(), book.recorded)

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
            self.now.shelf, _of(rules, Deadline), _of(rules, Objective), Findings(_of(rules, Finding), self.clocks, calendars),
            _of(rules, Degrading), (), self.definitions, (),
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

    def _read(self) -> InForce:
        self._stamps = _stamps(self.settings)
        shelf = read(self.settings, self.store)
        told = [entry.rule for entry in shelf.entries]
        said, notes = known(shelf, self.settings)
        rules, aims = book.resolve(told, said.slas, said.partners), book.objectives(told, said.slas)
        found = Findings(book.findings(told, said.slas), self.clocks, book.partner_calendars(said.partners))
        defined = self._define(rules, aims, said.sla_corrections)
        watches, listened = book.watches(told, said.slas), book.listened(told, said.slas)
        return InForce(shelf, rules, aims, found, watches, listened, defined, (*shelf.faults, *notes))

    def _tell(self) -> None:
        """Runbooks go by the code, of several rules with one code by the first; those of objectives by their ids."""
        rules = [entry.rule for entry in self.now.shelf.entries]
        self.runbooks.update({rule.code: rule.runbook.strip() for rule in reversed(rules)})
        self.runbooks.update({aim.id: aim.runbook.strip() for aim in self.now.objectives})
        self._heard(rules)


def _of(rules: Sequence[Any], kind: type[Any]) -> tuple[Any, ...]:
    return tuple(rule for rule in rules if isinstance(rule, kind))


def read(settings: Settings, store: Store | None) -> Shelf:
    """All rules by where they come from; raises WrongUse when the catalogue itself has a fault.

    Without a store only the catalogue and the files are read, and files with a fault are left out.
    """
    entries, faults = book.read(KINDS)
    if faults:
        raise WrongUse("\n".join(map(str, faults)), "Run `orderscope check` again when they are mended.")
    shelf = stocked(entries, played)
    if store:
        rows = publications.standing(store)
        shelf.put("published", [source.parse(row["text"], f"published {id}") for id, row in rows.items()], settings)
    before = publications.good_files(store) if store else {}
    good = {
        name: text
        for file in files(settings, shelf)
        if (text := _taken(shelf, settings, file, before))
        for name in [file.name]
    }
    if store:
        publications.keep_files(store, good)
    return shelf


def files(settings: Settings, shelf: Shelf) -> list[Path]:
    """The files of rules, in the order of their names; a folder that is named and not there is a fault."""
    folder = settings.rules_path()
    if settings.rules.folder and not folder.is_dir():
        shelf.faults.append(Fault(str(folder), 1, "there is no such folder", "Correct `rules.folder`."))
    return sorted(folder.glob("*.yaml")) if folder.is_dir() else []


def _taken(shelf: Shelf, settings: Settings, file: Path, before: dict[str, str]) -> str:
    """Put the rules of a file on the shelf, or what they were when it last had no fault; the text that counts."""
    document = source.read(file)
    _, faults = shelf.read("file", document, settings)
    if not faults and isinstance(document, Document):
        shelf.put("file", [document], settings)
        return document.text
    shelf.faults += faults
    text = before.get(file.name, "")
    good = source.parse(text, str(file))
    if text and not shelf.read("file", good, settings)[1]:
        shelf.put("file", [good], settings)
    return text


def known(shelf: Shelf, settings: Settings) -> tuple[Settings, list[Fault]]:
    """The settings without what they say of rules that a fault keeps away; that is told, and no reason to stop."""
    corrections, penalties = settings.sla_corrections, settings.penalties
    named = {*settings.slas, *(one.sla for one in corrections), *(one.sla for one in penalties)}
    lost = sorted(named - shelf.placed.keys()) if shelf.faults else []
    mend = "Mend the rule, or take that out of the settings."
    notes = [Fault("settings", 1, f"they speak of {id}: there is no such rule now", mend) for id in lost]
    kept = {
        "slas": {id: sla for id, sla in settings.slas.items() if id not in lost},
        "sla_corrections": tuple(one for one in corrections if one.sla not in lost),
        "penalties": tuple(one for one in penalties if one.sla not in lost),
    }
    return settings.model_copy(update=kept) if lost else settings, notes


def _stamps(settings: Settings) -> dict[str, tuple[int, int]]:
    """What tells whether a file of rules was changed."""
    found = [(file, file.stat()) for file in settings.rules_path().glob("*.yaml") if file.is_file()]
    return {file.name: (seen.st_mtime_ns, seen.st_size) for file, seen in found}
