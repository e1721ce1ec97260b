"""The rules in force: the catalogue read strictly, then what this installation's settings change in it."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.calendar.zones import Zone
from app.errors import WrongUse
from app.settings import Partner, Settings, Sla
from rules import source
from rules.comparing import Divergence, Match
from rules.degradation.rule import Degrading
from rules.duplicate import Duplicate
from rules.finding import Finding, State
from rules.kinds import COUNTING, FINDING, KINDS, LISTENING, WATCHING
from rules.kinds.agreement import Agreement
from rules.kinds.freshness import Freshness
from rules.kinds.outage import Outage
from rules.objective.counts import COUNTS
from rules.objective.rule import Objective
from rules.rule import Deadline, KindName, Override, Resolved, Rule
from rules.sequence.rule import Sequence
from rules.source import Document, Fault

#: Rules about what sources send and whether partners can be reached.
Listened = Freshness | Outage | Agreement
CATALOG = Path(__file__).parent / "catalog"
#: The model of each kind; what a rule may say depends on its kind.
MODELS: dict[str, type[Rule]] = {
    "deadline": Deadline, "slo": Objective, "interface": Degrading,
    "state": State, "divergence": Divergence, "match": Match, "sequence": Sequence, "duplicate": Duplicate,
    "freshness": Freshness, "outage": Outage, "agreement": Agreement,
}  # fmt: skip
#: What the settings may change in a rule, by kind.
_COUNTED = {"enabled", "owner"}
_FOUND = {"enabled", "owner", "severity", "override"}
R = TypeVar("R", Objective, Degrading)
_CHANGED = ("target", "basis", "zone", "calendar", "severity", "owner", "value_band")


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule and where it stands."""

    rule: Rule
    document: Document
    place: tuple[str | int, ...]

    @property
    def text(self) -> str:
        """The rule as it is written, as a document of its own."""
        return "rules:\n" + self.document.part(*self.place)

    def fault(self, what: str, mend: str, *place: str | int) -> Fault:
        """A fault of this rule, with its line."""
        return Fault(self.document.file, self.document.line((*self.place, *place)), f"{self.rule.id}: {what}", mend)


def read(kinds: Collection[str], folder: Path = CATALOG) -> tuple[list[Entry], list[Fault]]:
    """All rules under a folder in the order of their ids, and all faults; reading never raises."""
    documents = [source.read(path) for path in sorted(folder.glob("*.yaml"))]
    return understood(documents, kinds)


def understood(
    documents: Iterable[Document | Fault], kinds: Collection[str], beside: Mapping[str, Entry] | None = None
) -> tuple[list[Entry], list[Fault]]:
    """The rules of documents, each a mapping with the list `rules`; `beside` are others that they may speak of."""
    entries, faults = parsed(documents, kinds)
    mine = {entry.document.file for entry in entries}
    every = {**(beside or {}), **{entry.rule.id: entry for entry in entries}}
    return entries, faults + [fault for fault in crossed(every.values()) if fault.file in mine]


def parsed(documents: Iterable[Document | Fault], kinds: Collection[str]) -> tuple[list[Entry], list[Fault]]:
    """The same of documents by themselves, whatever they speak of."""
    entries: dict[str, Entry] = {}
    faults: list[Fault] = []
    known = {*kinds, *COUNTING, *WATCHING, *FINDING, *LISTENING}
    for document in documents:
        for found in [document] if isinstance(document, Fault) else _entries(document, known):
            if isinstance(found, Entry) and found.rule.id not in entries:
                entries[found.rule.id] = found
            elif isinstance(found, Entry):
                faults.append(found.fault("this id is taken", "Give each rule its own id.", "id"))
            else:
                faults.append(found)
    return [entries[key] for key in sorted(entries)], faults


def crossed(entries: Iterable[Entry]) -> list[Fault]:
    """What does not fit together in all the rules that are to be in force."""
    every = {entry.rule.id: entry for entry in entries}
    uncounted = [fault for entry in every.values() for fault in _uncounted(entry, every)]
    return uncounted + _two_ladders(every.values()) + _two_tolerances(every.values())


def load(kinds: Collection[str], folder: Path = CATALOG) -> tuple[Rule, ...]:
    """The rules of a folder; raises WrongUse with one line per fault."""
    entries, faults = read(kinds, folder)
    if faults:
        raise WrongUse("\n".join(map(str, faults)), "Run `orderscope check` again when they are mended.")
    return tuple(entry.rule for entry in entries)


def resolve(
    rules: Iterable[Rule], slas: Mapping[str, Sla] | None = None, partners: Mapping[str, Partner] | None = None
) -> tuple[Resolved, ...]:
    """The enabled deadlines with the settings' changes; an override of the settings goes before those of the rule.

    Raises WrongUse for a section of an unknown rule and for values that make no rule.
    """
    calendars = partner_calendars(partners or {})
    return tuple(
        _changed(rule, sla, calendars) for rule, sla in _sections(rules, slas or {}) if isinstance(rule, Deadline)
    )


def partner_calendars(partners: Mapping[str, Partner]) -> dict[str, str]:
    """Whose calendar each partner keeps."""
    return {code: said.calendar for code, said in partners.items() if said.calendar}


def objectives(rules: Iterable[Rule], slas: Mapping[str, Sla] | None = None) -> tuple[Objective, ...]:
    """The enabled objectives with the settings' changes: whether they are on, and the owner.

    Raises WrongUse like `resolve`, and for a section that changes anything else.
    """
    return tuple(_owned(rule, sla) for rule, sla in _sections(rules, slas or {}) if isinstance(rule, Objective))


def listened(rules: Iterable[Rule], slas: Mapping[str, Sla] | None = None) -> tuple[Listened, ...]:
    """The enabled rules about sources and partners with the settings' changes: whether they are on, owner, severity.

    Raises WrongUse like `resolve`, and for a section that changes anything else.
    """
    return tuple(_changed_some(rule, sla) for rule, sla in _sections(rules, slas or {}) if isinstance(rule, Listened))


@cache
def shipped() -> tuple[Freshness, ...]:
    """The rules of the catalogue that say when a source is silent, as they are shipped."""
    return silences(listened(load(KINDS)))


@cache
def sheltering() -> Mapping[str, tuple[str, ...]]:
    """code of an outage, or id of an objective -> codes of the same partner that fold under it, as the catalogue says."""
    rules = load(KINDS)
    outages = {rule.code: rule.folds.codes for rule in rules if isinstance(rule, Outage)}
    return outages | {rule.id: rule.folds.codes for rule in rules if isinstance(rule, Objective) and rule.folds}


@cache
def agreed() -> tuple[Listened, ...]:
    """The rules of the catalogue about sources and partners, as they are shipped."""
    return listened(load(KINDS))


def agreements(rules: Iterable[Listened]) -> tuple[Agreement, ...]:
    """Those of these rules that say what a broken agreement is."""
    return tuple(rule for rule in rules if isinstance(rule, Agreement))


def silences(rules: Iterable[Listened]) -> tuple[Freshness, ...]:
    """Those of these rules that say when a source is silent."""
    return tuple(rule for rule in rules if isinstance(rule, Freshness) and rule.over == "source")


def findings(rules: Iterable[Rule], slas: Mapping[str, Sla] | None = None) -> tuple[Finding, ...]:
    """The enabled rules over findings with the settings' changes: on or off, severity, owner, and overrides that go first.

    Raises WrongUse like `resolve`, and for a section that changes anything else.
    """
    return tuple(_judged(rule, sla) for rule, sla in _sections(rules, slas or {}) if isinstance(rule, Finding))


def watches(rules: Iterable[Rule], slas: Mapping[str, Sla] | None = None) -> tuple[Degrading, ...]:
    """The enabled rules over interfaces with the settings' changes: whether they are on, and the owner."""
    return tuple(_owned(rule, sla) for rule, sla in _sections(rules, slas or {}) if isinstance(rule, Degrading))


def _sections(rules: Iterable[Rule], slas: Mapping[str, Sla]) -> list[tuple[Rule, Sla]]:
    """The enabled rules, each with its section of the settings."""
    rules = tuple(rules)
    if unknown := sorted(set(slas) - {rule.id for rule in rules}):
        raise WrongUse(f"slas.{unknown[0]}: there is no such rule", f"Rules: {', '.join(r.id for r in rules)}.")
    sections = [(rule, slas.get(rule.id) or Sla.model_validate({})) for rule in rules]
    return [(rule, sla) for rule, sla in sections if sla.enabled]


def _owned(rule: R, sla: Sla) -> R:
    _only(_COUNTED, rule, sla, "an objective" if isinstance(rule, Objective) else f"a rule of kind {rule.kind}")
    return rule.model_copy(update={"owner": sla.owner}) if sla.owner else rule


def _changed_some(rule: Listened, sla: Sla) -> Listened:
    _only(_FOUND, rule, sla, f"a rule of kind {rule.kind}")
    return rule.model_copy(update={name: getattr(sla, name) for name in ("owner", "severity") if getattr(sla, name)})


def recorded(kind: str, text: str) -> Any:
    """A rule as it was in force, from what is kept of it; raises ValueError when it is none any more."""
    return (Resolved if kind == "deadline" else MODELS[kind]).model_validate_json(text)


def _judged(rule: Finding, sla: Sla) -> Finding:
    _only(_FOUND, rule, sla, f"a rule of kind {rule.kind}")
    said = rule.model_dump(by_alias=True)
    changed = {name: getattr(sla, name) for name in ("owner", "severity") if getattr(sla, name)}
    if sla.override:
        changed["override"] = [*sla.override, *said["override"]]
    try:
        return type(rule).model_validate(said | changed) if changed else rule
    except ValidationError as fault:
        raise _misplaced(f"slas.{rule.id}", fault) from None


def _only(allowed: set[str], rule: Rule, sla: Sla, what: str) -> None:
    if other := sorted(name for name in sla.model_fields_set - allowed if getattr(sla, name)):
        raise WrongUse(f"slas.{rule.id}.{other[0]}: {what} has no such setting", "Leave it out.")


def fingerprint(rules: Iterable[Rule], *more: str) -> str:
    """A text that changes when anything that moves a verdict does; `more` is the calendars' fingerprint, and what else."""
    told = [f"{rule.id} {rule.rule_version}" for rule in rules]
    return hashlib.sha256("\n".join([*sorted(told), *more]).encode()).hexdigest()[:16]


def settled(rule: Rule, settings: Settings) -> Any:
    """One rule as it would be in force here: with the settings' changes, whether or not they switch it on.

    Raises WrongUse for changes that make no rule.
    """
    said = settings.slas.get(rule.id)
    mine = {rule.id: said.model_copy(update={"enabled": True})} if said else {}
    found = (
        resolve([rule], mine, settings.partners),
        objectives([rule], mine),
        findings([rule], mine),
        watches([rule], mine),
        listened([rule], mine),
    )
    return next((one[0] for one in found if one), rule)


def _entries(document: Document, kinds: Collection[str]) -> list[Entry | Fault]:
    said = document.said.get("rules") if isinstance(document.said, dict) else None
    if not isinstance(said, list) or set(document.said) != {"rules"}:
        return [Fault(document.file, 1, "is not a list under `rules:`", "Begin the file with `rules:`.")]
    return [found for n, one in enumerate(said) for found in _entry(document, one, ("rules", n), kinds)]


def _entry(document: Document, said: Any, place: tuple[str | int, ...], kinds: Collection[str]) -> list[Entry | Fault]:
    kind = str(said.get("kind")) if isinstance(said, dict) else "deadline"
    if kind not in kinds or kind not in MODELS:
        what = f"kind `{kind}` is not built yet" if kind in get_args(KindName) else f"kind `{kind}` is none"
        return [Fault(document.file, document.line((*place, "kind")), what, f"Kinds: {', '.join(sorted(kinds))}.")]
    try:
        entry = Entry(MODELS[kind].model_validate(said), document, place)
        if isinstance(entry.rule, Deadline):
            Zone.named(entry.rule.zone)
    except ValidationError as fault:
        return [_fault(document, place, error, MODELS[kind]) for error in fault.errors()]
    except WrongUse as fault:
        return [Fault(document.file, document.line((*place, "zone")), fault.detail, fault.mend)]
    except (TypeError, AttributeError) as fault:  # a list or mapping where a word must stand
        return [Fault(document.file, document.line(place), f"is no rule: {fault}", "Write words where words belong.")]
    return [entry]


def _uncounted(entry: Entry, entries: Mapping[str, Entry]) -> list[Fault]:
    """An objective over Dues that no rule makes."""
    rule = entry.rule
    if not isinstance(rule, Objective):
        return []
    of = entries.get(rule.total.due)
    if rule.total.due in COUNTS or (of and isinstance(of.rule, Deadline)):
        return []
    what = f"there is no rule {rule.total.due} of kind deadline to count"
    return [entry.fault(what, "Name one that gives Dues.", "total", "due")]


def _two_tolerances(entries: Iterable[Entry]) -> list[Fault]:
    """Rules that measure one fact more and less strictly: it is found once, by one tolerance."""
    first: dict[str, State] = {}
    found = []
    for entry in entries:
        rule = entry.rule
        if isinstance(rule, State) and rule.measured:
            other = first.setdefault(rule.of, rule)
            if other.measured != rule.measured:
                what = f"{rule.of} has another tolerance in {other.id}"
                found.append(entry.fault(what, f"Give both the same, or replace {other.id}.", "tolerance"))
    return found


def _two_ladders(entries: Iterable[Entry]) -> list[Fault]:
    """Rules that hold one system to different ladders: what it shows would then mean two things."""
    first: dict[str, Divergence] = {}
    found = []
    for entry in entries:
        rule = entry.rule
        if isinstance(rule, Divergence) and rule.ladder:
            other = first.setdefault(rule.view, rule)
            if other.ladder != rule.ladder:
                what = f"{rule.view} has another ladder in {other.id}"
                found.append(entry.fault(what, "Give both the same, or leave it out of one.", "ladder"))
    return found


def _fault(document: Document, place: tuple[str | int, ...], error: ErrorDetails, model: type[Rule]) -> Fault:
    where = error["loc"]
    name = ".".join(map(str, where)) or "the rule"
    what = error["msg"].removeprefix("Value error, ")
    mend = "Correct the value."
    if error["type"] == "extra_forbidden":
        near = get_close_matches(str(where[-1]), [field.alias or key for key, field in model.model_fields.items()], n=1)
        what, mend = "is not a word of this kind", f"Did you mean `{near[0]}`?" if near else "Leave it out."
    return Fault(document.file, document.line((*place, *where)), f"`{name}` {what}", mend)


def _misplaced(where: str, fault: ValidationError) -> WrongUse:
    """The first fault of a section with its place."""
    error = fault.errors()[0]
    place = ".".join(map(str, (where, *error["loc"])))
    return WrongUse(f"{place}: {error['msg'].removeprefix('Value error, ')}", "Correct the value.")


def _changed(rule: Deadline, sla: Sla, calendars: dict[str, str]) -> Resolved:
    where = f"slas.{rule.id}"
    said = rule.model_dump() | {key: getattr(sla, key) for key in _CHANGED if getattr(sla, key)}
    try:
        Zone.named(said["zone"])
        mine = [Override.model_validate(one).model_dump() for one in sla.override]
        made = Resolved.model_validate(said | {"override": [*mine, *said["override"]]})
        return made.model_copy(update={"partner_calendars": calendars}) if made.asks_partner else made
    except ValidationError as fault:
        raise _misplaced(where, fault) from None
    except WrongUse as fault:
        raise WrongUse(f"{where}.zone: {fault.detail}", fault.mend) from None
