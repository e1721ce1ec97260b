"""The conformance kit: worked examples of other projects, where the kit lies beside the project.

It is found by ORDERSCOPE_SHARED, or as `../shared` beside the repository; without it its tests are skipped. What we
decide not to have stands in LEFT_OUT, a topic or a case with the reason; a case is never changed to make a test pass.
"""

import json
import math
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.settings import Calendar

SHARED = Path(os.environ.get("ORDERSCOPE_SHARED") or Path(__file__).parents[2] / "shared")
KIT = SHARED / "conformance"
#: Topic or case -> why it is not ours.
LEFT_OUT = {
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


def cases(topic: str) -> list[Any]:
    """The cases of a topic as parameters, each with the shared definitions."""
    file = KIT / f"{topic}.json"
    if not file.is_file():
        return []
    kit = json.loads(file.read_text(encoding="utf-8"))
    return [
        pytest.param(kit.get("definitions", {}), case, id=case["id"], marks=_skipped(topic, case["id"]))
        for case in kit["cases"]
    ]


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


def _skipped(topic: str, case: str) -> list[Any]:
    reason = LEFT_OUT.get(case) or LEFT_OUT.get(topic)
    return [pytest.mark.skip(reason=reason)] if reason else []
