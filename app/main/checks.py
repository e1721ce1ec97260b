"""`orderscope check`: every fault of configuration, mappings and rules as one line with what is wrong and how to mend it."""

from collections.abc import Iterable
from difflib import get_close_matches

from app.calendar import Calendars
from app.cases.life_cycle import SEVERITIES
from app.cases.routing import matches
from app.engine.playing import played
from app.errors import OrderscopeError
from app.main.feeding import fault as pull_fault
from app.main.inforce import in_force
from app.main.rulebook import standing
from app.model.judgements import REPORTED_LATE
from app.model.taxonomy import EVENTS
from app.settings import Expects, Settings, load
from app.web.hooks import faults as hook_faults
from collectors import COLLECTORS
from rules.book import load as load_rules
from rules.book import objectives, read
from rules.examples import check as check_examples
from rules.kinds import KINDS
from rules.rule import Resolved


def faults(config: str | None) -> list[str]:
    """One line per fault; none when all is well."""
    try:
        settings = load(config)
    except OrderscopeError as fault:
        return fault.detail.splitlines()
    unfit = _calendars(settings)
    return [*_sources(settings), *hook_faults(settings, COLLECTORS), *(unfit or _rules(settings))]


def notices() -> list[str]:
    """What the catalogue leaves out without being wrong: alerts that an objective can never reach."""
    return [f"{one.id}: {notice}" for one in objectives(load_rules(KINDS)) for notice in one.notices]


def _sources(settings: Settings) -> list[str]:
    found, collectors = [], {collector.name: collector for collector in COLLECTORS}
    for code, source in settings.sources.items():
        if source.collector not in collectors:
            found.append(f"sources.{code}.collector: {source.collector!r} is none of {', '.join(collectors)}")
        else:
            try:
                collectors[source.collector].version(source)
                collectors[source.collector].sends(source)
                found += [f"sources.{code}.{line}" for line in collectors[source.collector].examples(source)]
            except OrderscopeError as fault:
                found += [f"sources.{code}.mapping: {line}" for line in fault.detail.splitlines()]
            if why := pull_fault(source):
                found.append(f"sources.{code}.pull: {why}")
        found += [f"sources.{code}.expects.{fault}" for fault in _agreement(settings, source.expects)]
    return found


def _agreement(settings: Settings, expects: Expects) -> list[str]:
    """What of an agreement cannot be kept, because nobody knows what it speaks of."""
    odd = [f"types: {kind!r} is no event type" for kind in expects.types if kind not in EVENTS]
    if expects.calendar and expects.calendar not in settings.calendars:
        odd.append(f"calendar: there is no calendar {expects.calendar!r}; declare it under calendars")
    if expects.per_hour and expects.per_hour[0] > expects.per_hour[1]:
        odd.append("per_hour: the least is more than the most")
    return odd


def _calendars(settings: Settings) -> list[str]:
    found = []
    for code, partner in settings.partners.items():
        if partner.calendar and partner.calendar not in settings.calendars:
            found.append(
                f"partners.{code}.calendar: there is no calendar {partner.calendar!r}; declare it under calendars"
            )
    for name, said in settings.calendars.items():
        try:
            Calendars({name: said})
        except OrderscopeError as fault:
            found.append(f"{fault.detail}. {fault.mend}")
    return found


def _rules(settings: Settings) -> list[str]:
    entries, unread = read(KINDS)
    if unread:
        return [str(fault) for fault in unread]
    try:
        shelf = standing(settings)
        made = in_force(shelf.entries, settings, Calendars(settings.calendars), shelf.lost)
    except OrderscopeError as fault:
        return fault.detail.splitlines()
    codes = {entry.rule.code for entry in (*entries, *shelf.entries)} | {REPORTED_LATE.code}
    played_out = [*map(str, check_examples(entries, KINDS, played)), *map(str, shelf.faults)]
    return [*_routes(settings, codes), *_hours(settings, made.rules), *played_out]


def _hours(settings: Settings, rules: Iterable[Resolved]) -> list[str]:
    """Calendars that rules name, or that the settings name for them, and that nobody has declared."""
    known = {"", "node", "partner", "team", "default", *settings.calendars}
    named = {(rule.id, name) for rule in rules for name in (rule.calendar, *(o.calendar for o in rule.override))}
    return [
        f"rule {id}: there is no calendar {name!r}; declare it under calendars, or write node, partner or team"
        for id, name in sorted(named)
        if name not in known
    ]


def _routes(settings: Settings, codes: set[str]) -> list[str]:
    """Routes that no exception can take, because what they ask for does not exist."""
    known: dict[str, Iterable[str]] = {"code": codes, "severity": SEVERITIES}
    found = []
    for number, route in enumerate(settings.routes):
        for label, wanted in route.when.items():
            for one in [wanted] if isinstance(wanted, str) else wanted:
                if label in known and not any(matches(value, one) for value in known[label]):
                    meant = get_close_matches(one, known[label], n=1)
                    hint = f"did you mean {meant[0]}?" if meant else "correct it, or take the route out"
                    found.append(f"routes.{number}.when.{label}: there is no {label} {one!r}; {hint}")
    return found
