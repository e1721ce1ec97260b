"""What is in force: the rules of a shelf with the settings' changes, by kind, and what pages and figures need of them.

Made as a whole or not at all: what cannot be made of some rules and settings is a fault of one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from app.calendar import Calendars
from app.errors import OrderscopeError, WrongUse
from app.settings import Settings, SlaCorrection
from app.store.questions.corrections import DAILY
from app.terms import Costs
from rules import book
from rules.book import Entry
from rules.findings import Findings
from rules.objective.counts import COUNTS
from rules.objective.policy import policy
from rules.rule import Deadline
from rules.shelf import Lost
from rules.source import Fault

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules of each kind that are on, with the settings' changes, and the SLAs as pages show them."""

    rules: tuple[Any, ...]
    objectives: tuple[Any, ...]
    findings: Findings
    watches: tuple[Any, ...]
    listened: tuple[Any, ...]
    definitions: list[Row]

    @property
    def every(self) -> tuple[Any, ...]:
        """All rules that are on, of whatever kind."""
        return (*self.rules, *self.objectives, *self.findings.rules, *self.watches, *self.listened)


def in_force(entries: Sequence[Entry], settings: Settings, clocks: Calendars, lost: Lost) -> InForce:
    """Made of these rules; raises WrongUse where settings and rules do not fit. What they say of rules that are `lost`
    is passed over."""
    told = [entry.rule for entry in entries]
    said = known(entries, settings, lost)[0]
    rules, aims = book.resolve(told, said.slas, said.partners), book.objectives(told, said.slas)
    found = Findings(book.findings(told, said.slas), clocks, book.partner_calendars(said.partners))
    watches, listened = book.watches(told, said.slas), book.listened(told, said.slas)
    defined = definitions(rules, aims, said.sla_corrections)
    priced(said, rules)
    return InForce(rules, aims, found, watches, listened, defined)


def known(entries: Sequence[Entry], settings: Settings, lost: Lost) -> tuple[Settings, list[Fault]]:
    """The settings without what they say of rules that a fault keeps away; that is told, and no reason to stop."""
    rules = {entry.rule.id: entry.rule for entry in entries}
    named = {*settings.slas, *_clocked(settings)}
    away = {id for id in named if id in lost and not _speaks(settings, rules.get(id), id)}
    mend = "Mend the rule, or take that out of the settings."
    notes = [Fault("settings", 1, f"they speak of {id}: there is no such rule now", mend) for id in sorted(away)]
    kept = {
        "slas": {id: sla for id, sla in settings.slas.items() if id not in away},
        "sla_corrections": tuple(one for one in settings.sla_corrections if one.sla not in away),
        "penalties": tuple(one for one in settings.penalties if one.sla not in away),
    }
    return settings.model_copy(update=kept) if away else settings, notes


def _clocked(settings: Settings) -> set[str]:
    """The SLAs that are corrected or priced."""
    return {one.sla for one in settings.sla_corrections} | {one.sla for one in settings.penalties}


def _speaks(settings: Settings, rule: Any, id: str) -> bool:
    """Whether what the settings say of an id fits the rule that has it."""
    if not (isinstance(rule, Deadline) or id in COUNTS) and id in _clocked(settings):
        return False
    if rule is None:
        return id not in settings.slas
    try:
        book.settled(rule, settings)
    except OrderscopeError:
        return False
    return True


def definitions(
    rules: tuple[Any, ...], objectives: tuple[Any, ...] = (), corrections: tuple[SlaCorrection, ...] = ()
) -> list[dict[str, Any]]:
    """The SLAs in force as pages and the API show them; raises WrongUse for a correction of none of them."""
    known = [rule.id for rule in rules] + list(COUNTS)
    if unknown := sorted({one.sla for one in corrections} - set(known)):
        raise WrongUse(f"corrections: there is no SLA {unknown[0]}", f"SLAs: {', '.join(known)}.")
    daily = [_daily(aim, objectives, corrections) for aim in objectives if aim.total.due in COUNTS]
    return [
        {
            "id": rule.id, "code": rule.code, "title": rule.title, "clock": rule.clock, "calendar": rule.calendar or None,
            "target": rule.target or rule.due or "closing time", "objective": rule.objective, "basis": rule.basis if rule.due else None,
            "zone": rule.zone if rule.due and rule.basis == "day" else None, "over": rule.over, "owner": rule.owner,
            "severity": rule.severity, "start": list(rule.start), "stops": list(rule.stops), "runbook": rule.runbook,
            "rule_version": rule.rule_version, "slo": said.told() if (said := policy(rule, objectives)) else None,
            "corrections": [_corrected(one) for one in corrections if one.sla == rule.id],
        }
        for rule in rules
    ] + daily  # fmt: skip


def _daily(aim: Any, objectives: tuple[Any, ...], corrections: tuple[SlaCorrection, ...]) -> dict[str, Any]:
    """What is counted once a day, as if it were an SLA."""
    count = COUNTS[aim.total.due]
    said = policy(count, objectives)
    return {
        "id": count.id, "code": aim.code, "title": count.title, "clock": DAILY, "calendar": None, "target": count.what,
        "objective": float(aim.aim), "basis": None, "zone": None, "over": count.over, "owner": aim.owner, "severity": aim.burn[0].severity,
        "start": [], "stops": [], "runbook": aim.runbook, "rule_version": aim.rule_version, "slo": said.told() if said else None,
        "corrections": [_corrected(one) for one in corrections if one.sla == count.id],
    }  # fmt: skip


def priced(settings: Settings, rules: tuple[Any, ...]) -> Costs:
    """What missed clocks cost; raises WrongUse for terms of no SLA."""
    if unknown := sorted({one.sla for one in settings.penalties} - {rule.id for rule in rules}):
        raise WrongUse(f"penalties: there is no SLA {unknown[0]}", f"SLAs: {', '.join(r.id for r in rules)}.")
    return Costs(settings.penalties, settings.money)


def _corrected(one: SlaCorrection) -> dict[str, Any]:
    """A correction as figures show it, its times in UTC."""
    begin, end = (at.astimezone(UTC).replace(tzinfo=None) for at in (one.begin, one.end))
    return one.model_dump(exclude={"sla"}) | {"begin": begin, "end": end}
