"""`orderscope check`: every fault of configuration, mappings and rules as one line with what is wrong and how to mend it."""

from app.calendar import Calendars
from app.errors import OrderscopeError
from app.main.house import definitions
from app.settings import Settings, load
from collectors import COLLECTORS
from rules.book import load as load_rules
from rules.book import objectives, read, resolve
from rules.examples import check as check_examples
from rules.kinds import KINDS


def faults(config: str | None) -> list[str]:
    """One line per fault; none when all is well."""
    try:
        settings = load(config)
    except OrderscopeError as fault:
        return fault.detail.splitlines()
    return [*_sources(settings), *_calendars(settings), *_rules(settings)]


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
            except OrderscopeError as fault:
                found += [f"sources.{code}.mapping: {line}" for line in fault.detail.splitlines()]
    return found


def _calendars(settings: Settings) -> list[str]:
    found = []
    for code, partner in settings.partners.items():
        if partner.calendar and partner.calendar not in settings.calendars:
            found.append(
                f"partners.{code}.calendar: there is no calendar {partner.calendar!r}; declare it under calendars"
            )
    try:
        Calendars(settings.calendars)
    except OrderscopeError as fault:
        found.append(f"calendars: {fault.detail} {fault.mend}")
    return found


def _rules(settings: Settings) -> list[str]:
    entries, unread = read(KINDS)
    if unread:
        return [str(fault) for fault in unread]
    try:
        told = [entry.rule for entry in entries]
        rules = resolve(told, settings.slas, settings.partners)
        definitions(rules, objectives(told, settings.slas), settings.sla_corrections)
    except OrderscopeError as fault:
        return fault.detail.splitlines()
    return [str(fault) for fault in check_examples(entries, KINDS)]
