"""The conformance kit: worked examples of other projects, where the kit lies beside the project.

It is found by ORDERSCOPE_SHARED, or as `../shared` beside the repository; without it its tests are skipped. What we
decide not to have stands in LEFT_OUT, the only such list, with the reason: a topic, an operation of a topic, or a case.
A case is never changed to make a test pass.
"""

import json
import math
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.settings import Calendar

SHARED = Path(os.environ.get("ORDERSCOPE_SHARED") or Path(__file__).parents[2] / "shared")
KIT = SHARED / "conformance"
_ROUTES = "exceptions are routed by the first rule that matches; trees of routes come with notifications"
_GROUPS = "what is told together, when, and to whom comes with notifications"
_CALLS = "escalation and schedules of people on call come with notifications"
#: Topic, (topic, operation) or case -> why it is not ours.
LEFT_OUT: dict[str | tuple[str, str], str] = {
    "routing_tree": _ROUTES,
    "routing_config_validation": _ROUTES,
    "matchers": _ROUTES,
    "grouping": _GROUPS,
    "inhibition": "what folds under what is said by the rules and by the outage that explains it, not by a list of labels",
    "silences": "one exception is snoozed; silences over many come with notifications",
    "time_intervals": _GROUPS,
    "notification_dedup": _GROUPS,
    "notification_timeline": _GROUPS,
    "escalation_step": _CALLS,
    "escalation_timeline": _CALLS,
    "oncall_rotation": _CALLS,
    "oncall_schedule": _CALLS,
    "oncall_window": _CALLS,
    ("burn_rate_windows", "supported"): "there is no catalogue of periods: windows are derived for any period",
    ("burn_rate_windows", "severity"): "each window of a rule names its severity; none is named by the window",
    (
        "condition_state",
        "restart",
    ): "a condition follows from stored facts on a grid of event time; a restart moves nothing",
    "working-days-017": "moving a holiday from a weekend is done by the holiday data of each country, not by a rule of ours",
    **{
        f"dedup-and-lifecycle-{n}": "escalation steps, and groups of alerts that start them, come with notifications"
        for n in ("010", "013", "015", "017", "019", "036", "038", "040")
    },
    **{
        f"dedup-and-lifecycle-{n}": "reminders of an acknowledgement and its expiry come with notifications"
        for n in ("022", "024", "026", "029", "030", "033", "034")
    },
    **{
        f"exception-merge-{n}": "a report foretells no end here: the engine says when a fault is over"
        for n in ("001", "003", "005")
    },
    "sla-lifecycle-007": "a start at the instant of its cancellation is one void Due; a new one needs a new occurrence",
}

needed = pytest.mark.skipif(not KIT.is_dir(), reason=f"the conformance kit is not in {KIT}")


#: Topic -> how many of its cases run here, and how many are left out; filled as tests ask for them.
TAKEN: dict[str, "Counter[str]"] = {}


def cases(topic: str) -> list[Any]:
    """The cases of a topic as parameters: the shared definitions, and the case."""
    return [_parameter(topic, case, (definitions, case)) for definitions, case in _read(topic)]


def examples(topic: str) -> list[Any]:
    """The cases of a topic as parameters: the shared definitions, what is given, what is expected."""
    return [_parameter(topic, case, (definitions, case["given"], case["expect"])) for definitions, case in _read(topic)]


def topics() -> list[str]:
    """All topics of the kit."""
    return sorted(file.stem for file in KIT.glob("*.json"))


def report() -> list[str]:
    """One line per topic that tests asked for: how many cases run, how many are left out."""
    return [f"{topic}: {counts['run']} run, {counts['left out']} left out" for topic, counts in sorted(TAKEN.items())]


def calendar(said: dict[str, Any]) -> Calendar:
    """A calendar of the kit as one of ours; yearly holidays become closed dates."""
    closed = [h["date"] for h in said["holidays"] if "date" in h]
    closed += [f"{year}-{h['annual']}" for h in said["holidays"] if "annual" in h for year in range(2000, 2031)]
    week: Any = {day: ",".join("-".join(window) for window in windows) for day, windows in said["weekly"].items()}
    return Calendar(zone=said["timezone"], hours=week, closed=tuple(closed))


def instant(text: str) -> datetime:
    """RFC 3339 as naive UTC."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def close_to(found: float, expected: float) -> bool:
    """Equal within the kit's tolerance."""
    return math.isclose(found, expected, rel_tol=1e-9)


def _read(topic: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    file = KIT / f"{topic}.json"
    if not file.is_file():
        return []
    kit = json.loads(file.read_text(encoding="utf-8"))
    TAKEN[topic] = Counter({"run": 0, "left out": 0})
    return [(kit.get("definitions") or {}, case) for case in kit["cases"]]


def _parameter(topic: str, case: dict[str, Any], values: tuple[Any, ...]) -> Any:
    why = LEFT_OUT.get(case["id"]) or LEFT_OUT.get((topic, case["given"].get("op", ""))) or LEFT_OUT.get(topic)
    TAKEN[topic]["left out" if why else "run"] += 1
    return pytest.param(*values, id=case["id"], marks=[pytest.mark.skip(reason=why)] if why else [])
