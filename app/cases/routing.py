"""Whose case it is: the first route that matches, else the rule's owner, resolved through the partner."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from app.cases.intents import Intent
from app.settings import Label, Partner, Route


def desk(partner: str | None, partners: Mapping[str, Partner]) -> str:
    """Who answers for a partner: as configured, else the partner's own desk."""
    if not partner:
        return ""
    declared = partners.get(partner)
    return (declared.owner if declared else "") or f"{partner}-desk"


def routed(intent: Intent, routes: Sequence[Route], partners: Mapping[str, Partner]) -> tuple[str, str]:
    """(team, owner) of a new case; both empty when nobody is named anywhere."""
    own = intent.owner or ""
    rule = desk(intent.partner, partners) if own == "partner" else own
    for route in routes:
        if all(_matches(label, wanted, intent) for label, wanted in route.when.items()):
            team = route.team or rule
            return team, route.owner or team
    return rule, rule


def matches(value: str, wanted: str | list[str]) -> bool:
    """Anchored, with `*` for any text."""
    return any(fnmatchcase(value, pattern) for pattern in ([wanted] if isinstance(wanted, str) else wanted))


def _matches(label: Label, wanted: str | list[str], intent: Intent) -> bool:
    """A label that is missing is the empty text."""
    return matches(str(getattr(intent, label) or ""), wanted)
