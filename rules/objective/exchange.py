"""Our objectives as OpenSLO v1, and OpenSLO v1 as our objectives. What one of them cannot say is left to its reader.

OpenSLO knows no short windows, least counts or runbooks: an import takes ours, or leaves them for a person to write.
"""

from collections.abc import Mapping
from fractions import Fraction
from math import isfinite
from typing import Any

from pydantic import ValidationError

from app.errors import BadInput
from rules.lengths import span
from rules.objective import openslo
from rules.objective.burn import factor
from rules.objective.exact import exact
from rules.objective.openslo import listed, mapping
from rules.objective.rule import Burn, Objective, Period

#: The metric source of counts of Dues.
SOURCE = "Orderscope"
_TO_UNIT = {"day": "1d", "week": "1w", "month": "1M", "quarter": "1Q", "year": "1Y"}
_FROM_UNIT = {text: unit for unit, text in _TO_UNIT.items()}
#: A Monday that begins a year, so that every calendar unit counts from it.
_ANCHOR = "2018-01-01 00:00:00"
_SEVERITIES = {"page": "critical", "ticket": "medium", "warning": "medium", "info": "low"}
_OURS = ("critical", "high", "medium", "low")


def exported(rule: Objective) -> dict[str, Any]:
    """A rule as one SLO document with its indicator and alerts inline."""
    name = f"{rule.id}-{rule.code}".lower().replace("_", "-")
    counts = {side: _metric(getattr(rule, side)) for side in ("good", "total")}
    return {
        "apiVersion": openslo.VERSION,
        "kind": "SLO",
        "metadata": {"name": name, "displayName": rule.title},
        "spec": {
            "description": rule.runbook.strip(),
            "service": rule.total.due.lower(),
            "indicator": {"metadata": {"name": f"{name}-share"}, "spec": {"ratioMetric": {"counter": True, **counts}}},
            "timeWindow": [_window(rule)],
            "budgetingMethod": "Occurrences",
            "objectives": [{"displayName": rule.title, "target": float(rule.aim)}],
            "alertPolicies": [_alert(name, rule, burn) for burn in rule.burn],
        },
    }


def imported(document: Any, id: str, due: str = "") -> dict[str, Any]:
    """An SLO document as a rule as one writes it, without examples, under an id.

    `due` is the rule whose Dues are counted, where the indicator does not name it. Raises BadInput with the reasons
    when the document is not valid, or says what we do not have.
    """
    if reasons := openslo.wrong(document):
        raise BadInput(f"The document is refused: {', '.join(reasons)}.", "Mend it by the OpenSLO specification.")
    if document["kind"] != "SLO":
        raise BadInput("An objective is a document of kind SLO.", "Put what it refers to inline.")
    spec, meta = document["spec"], document["metadata"]
    _ours(spec)
    counted = due or _due(spec)
    period = _period(spec["timeWindow"][0])
    share = openslo.target(spec["objectives"][0])
    return {
        "id": id, "code": "slo_burning", "title": str(meta.get("displayName") or meta["name"]), "kind": "slo",
        "good": {"due": counted, "state": "met"}, "total": {"due": counted, "state": ["met", "breached"]},
        "by": "partner", "objective": _percent(share or Fraction()), "window": period,
        "burn": _burns(spec.get("alertPolicies"), period),
        "owner": _owner(spec.get("alertPolicies")), "runbook": str(spec.get("description") or ""),
    }  # fmt: skip


def _metric(counted: Any) -> dict[str, Any]:
    return {"metricSource": {"type": SOURCE, "spec": {"due": counted.due, "state": list(counted.state)}}}


def _window(rule: Objective) -> dict[str, Any]:
    window = rule.window
    if window.rolling:
        return {"duration": _text(window.seconds), "isRolling": True}
    calendar = {"startTime": _ANCHOR, "timeZone": window.zone}
    return {"duration": _TO_UNIT[window.calendar], "isRolling": False, "calendar": calendar}


def _text(seconds: int) -> str:
    """A length in the largest unit that divides it."""
    size, unit = next((size, unit) for unit, size in reversed(openslo.UNITS.items()) if seconds % size == 0)
    return f"{seconds // size}{unit}"


def _alert(name: str, rule: Objective, burn: Burn) -> dict[str, Any]:
    long = span(burn.long).seconds
    threshold = float(factor(rule.window.seconds, exact(burn.budget), long))
    condition = {"kind": "burnrate", "op": "gt", "threshold": threshold, "lookbackWindow": _text(long)}
    said = {"severity": burn.severity, "condition": condition}
    alert = f"{name}-{_text(long)}"
    return {
        "kind": "AlertPolicy",
        "metadata": {"name": alert},
        "spec": {
            "alertWhenBreaching": True,
            "conditions": [{"kind": "AlertCondition", "metadata": {"name": f"{alert}-burn"}, "spec": said}],
            "notificationTargets": [{"targetRef": rule.owner}],
        },
    }


def _ours(spec: Mapping[str, Any]) -> None:
    """Raise for what is valid and yet not to be had here."""
    if spec["budgetingMethod"] != "Occurrences":
        raise BadInput(f"{spec['budgetingMethod']} are not counted here.", "Budget by Occurrences.")
    if len(spec["objectives"]) != 1:
        raise BadInput("There is more than one objective.", "Write a document for each.")


def _due(spec: Mapping[str, Any]) -> str:
    """The rule that the indicator counts, where it is one of ours."""
    source = _at(spec, "indicator", "spec", "ratioMetric", "total", "metricSource")
    due = mapping(source.get("spec")).get("due")
    if source.get("type") != SOURCE or not due:
        raise BadInput("The indicator does not count Dues.", "Name the rule whose Dues are meant.")
    return str(due)


def _at(said: Any, *names: str) -> Mapping[str, Any]:
    """What stands under these names, one inside the other."""
    for name in names:
        said = mapping(said).get(name)
    return mapping(said)


def _period(window: Mapping[str, Any]) -> dict[str, Any]:
    text = str(window["duration"])
    if window.get("isRolling"):
        if (length := openslo.seconds(text)) is None:
            raise BadInput(f"A rolling window of {text} has no length.", "Write it in days or weeks.")
        return {"rolling": _text(length)}
    if text not in _FROM_UNIT:
        raise BadInput(f"Calendar windows of {text} are not counted here.", "Write 1d, 1w, 1M, 1Q or 1Y.")
    return {"calendar": _FROM_UNIT[text], "zone": str(window["calendar"]["timeZone"])}


def _burns(policies: Any, period: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The alerts that are written inline; those by reference are not here to be read."""
    try:
        whole = Period.model_validate(period).seconds
    except ValidationError:
        raise BadInput("The period is longer than a year.", "Write a shorter one.") from None
    said = [one for policy in listed(policies) for one in listed(_at(policy, "spec").get("conditions"))]
    return [burn for one in said for burn in _burn(_at(one, "spec"), whole)]


def _burn(said: Mapping[str, Any], whole: int) -> list[dict[str, Any]]:
    condition = mapping(said.get("condition"))
    long, threshold = openslo.seconds(condition.get("lookbackWindow")), condition.get("threshold")
    if long is None or isinstance(threshold, bool) or not isinstance(threshold, int | float) or not isfinite(threshold):
        return []
    severity = str(said.get("severity", "")).lower()
    return [{
        "budget": _percent(exact(threshold) * long / whole), "long": _text(long),
        "severity": severity if severity in _OURS else _SEVERITIES.get(severity, "medium"),
    }]  # fmt: skip


def _percent(share: Fraction) -> str:
    """A share as a percentage with at most six places."""
    return f"{float(round(share * 100, 6)):f}".rstrip("0").rstrip(".") + "%"


def _owner(policies: Any) -> str:
    """Whoever the first alert goes to."""
    targets = [one for policy in listed(policies) for one in listed(_at(policy, "spec").get("notificationTargets"))]
    return next((str(mapping(one)["targetRef"]) for one in targets if mapping(one).get("targetRef")), "")
