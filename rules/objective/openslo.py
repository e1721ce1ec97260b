"""OpenSLO v1 documents as data: what is wrong in one, in a word each; nothing is raised and nothing is guessed.

Source: the OpenSLO specification, v1 (github.com/OpenSLO/OpenSLO). Only what it says of SLO, SLI, AlertCondition and
AlertPolicy is looked at; other kinds are accepted by their head.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from app.calendar.zones import Zone
from app.errors import WrongUse
from rules.objective.exact import exact

VERSION = "openslo/v1"
KINDS = ("SLO", "SLI", "AlertCondition", "AlertPolicy", "AlertNotificationTarget", "DataSource", "Service")
OPERATORS = ("lt", "lte", "gt", "gte")
METHODS = ("Occurrences", "Timeslices", "RatioTimeslices")
#: Seconds of a duration's unit; month, quarter and year have none.
UNITS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_DURATION = re.compile(r"([1-9]\d{0,5})([mhdwMQY])")
_RAW_TYPES = ("success", "failure")


def wrong(document: Any) -> list[str]:
    """The reasons why a document is refused, in the order of reading; none when it is valid."""
    if not isinstance(document, Mapping) or document.get("apiVersion") != VERSION:
        return ["bad_version"]
    if document.get("kind") not in KINDS:
        return ["bad_kind"]
    spec = document.get("spec")
    if not isinstance(spec, Mapping):
        return ["spec_missing"]
    named = _NAME.fullmatch(str(mapping(document.get("metadata")).get("name", "")))
    return [*([] if named else ["bad_name"]), *_CHECKS.get(str(document["kind"]), _nothing)(spec)]


def duration(text: Any) -> tuple[int, str] | None:
    """`4w` as (4, "w"); None for what is no duration."""
    found = _DURATION.fullmatch(str(text))
    return (int(found[1]), found[2]) if found else None


def seconds(text: Any) -> int | None:
    """The length of a duration; None for months and longer, and for what is none."""
    found = duration(text)
    return found[0] * UNITS[found[1]] if found and found[1] in UNITS else None


def target(objective: Mapping[str, Any]) -> Fraction | None:
    """The share of an objective, exactly as written; None where it has none, two, or one that is no number."""
    said = [(objective[name], part) for name, part in (("target", 1), ("targetPercent", 100)) if name in objective]
    if len(said) != 1 or isinstance(said[0][0], bool) or not isinstance(said[0][0], int | float):
        return None
    try:
        return exact(said[0][0]) / said[0][1]
    except ValueError:
        return None


def first_window(window: Mapping[str, Any]) -> datetime | None:
    """The instant (naive UTC) at which calendar windows begin; None where that cannot be told."""
    calendar = mapping(window.get("calendar"))
    try:
        wall = datetime.fromisoformat(str(calendar.get("startTime")))
        return Zone.named(str(calendar.get("timeZone"))).utc(wall.replace(tzinfo=None))
    except (ValueError, WrongUse):
        return None


def _nothing(spec: Mapping[str, Any]) -> Iterator[str]:
    yield from ()


def _slo(spec: Mapping[str, Any]) -> Iterator[str]:
    inline, ref = "indicator" in spec, "indicatorRef" in spec
    if inline and ref:
        yield "indicator_and_ref"
    if not inline and not ref:
        yield "indicator_missing"
    if inline:
        yield from _sli(mapping(mapping(spec["indicator"]).get("spec")))
    yield from _windows(spec.get("timeWindow"))
    if spec.get("budgetingMethod") not in METHODS:
        yield "bad_method"
    objectives = spec.get("objectives")
    if not isinstance(objectives, list) or not objectives:
        yield "objective_missing"
        return
    for one in objectives:
        yield from _objective(mapping(one), spec.get("budgetingMethod"))
    for policy in listed(spec.get("alertPolicies")):
        if "alertPolicyRef" not in mapping(policy):
            yield from _policy(mapping(mapping(policy).get("spec")))


def _windows(said: Any) -> Iterator[str]:
    if not isinstance(said, list) or not said:
        yield "window_missing"
    elif len(said) > 1:
        yield "more_than_one_window"
    else:
        window = mapping(said[0])
        if duration(window.get("duration")) is None:
            yield "bad_duration"
        if not window.get("isRolling") and first_window(window) is None:
            yield "bad_calendar"


def _objective(said: Mapping[str, Any], method: Any) -> Iterator[str]:
    share = target(said)
    if "target" in said and "targetPercent" in said:
        yield "target_twice"
    elif share is None or not 0 <= share < 1:
        yield "target_out_of_range"
    if "op" in said and said["op"] not in OPERATORS:
        yield "bad_operator"
    if method == "Timeslices" and "timeSliceTarget" not in said:
        yield "slice_target_missing"
    if method in ("Timeslices", "RatioTimeslices") and duration(said.get("timeSliceWindow")) is None:
        yield "slice_window_missing"


def _sli(spec: Mapping[str, Any]) -> Iterator[str]:
    ratio, threshold = "ratioMetric" in spec, "thresholdMetric" in spec
    if ratio and threshold:
        yield "two_metrics"
    elif not ratio and not threshold:
        yield "metric_missing"
    elif ratio:
        yield from _ratio(mapping(spec["ratioMetric"]))


def _ratio(said: Mapping[str, Any]) -> Iterator[str]:
    if "raw" in said:
        if said.get("rawType") not in _RAW_TYPES:
            yield "raw_type_missing"
    elif "total" not in said or ("good" in said) == ("bad" in said):
        yield "counts_missing"


def _condition(spec: Mapping[str, Any]) -> Iterator[str]:
    said = mapping(spec.get("condition"))
    if said.get("kind") != "burnrate":
        yield "bad_condition"
    if said.get("op") not in OPERATORS:
        yield "bad_operator"
    if "lookbackWindow" not in said:
        yield "lookback_missing"
    if any(duration(said[name]) is None for name in ("lookbackWindow", "alertAfter") if name in said):
        yield "bad_duration"


def _policy(spec: Mapping[str, Any]) -> Iterator[str]:
    conditions = spec.get("conditions")
    if not isinstance(conditions, list) or len(conditions) != 1:
        yield "one_condition"
        return
    if "conditionRef" not in mapping(conditions[0]):
        yield from _condition(mapping(mapping(conditions[0]).get("spec")))


def mapping(said: Any) -> Mapping[str, Any]:
    """What is said, where it is a mapping; else an empty one."""
    return said if isinstance(said, Mapping) else {}


def listed(said: Any) -> list[Any]:
    """What is said, where it is a list; else an empty one."""
    return said if isinstance(said, list) else []


_CHECKS: dict[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "SLO": _slo, "SLI": _sli, "AlertCondition": _condition, "AlertPolicy": _policy,
}  # fmt: skip
