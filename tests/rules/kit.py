"""The conformance kit for objectives, degradation, order of events and OpenSLO, and the one list of what is not ours.

The kit is found by ORDERSCOPE_SHARED, or as `../shared` beside the repository; without it these tests are skipped.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(os.environ.get("ORDERSCOPE_SHARED") or Path(__file__).parents[3] / "shared")
KIT = SHARED / "conformance"

#: (topic, op) -> why there is no such thing here.
NOT_OURS = {
    ("burn_rate_windows", "supported"): "there is no catalogue of periods: windows are derived for any period",
    ("burn_rate_windows", "severity"): "each window of a rule names its severity; none is named by the window",
    (
        "condition_state",
        "restart",
    ): "a condition follows from stored facts on a grid of event time; a restart moves nothing",
}

needs_kit = pytest.mark.skipif(not KIT.is_dir(), reason=f"the conformance kit is not in {KIT}")


def cases(topic: str) -> list[Any]:
    """The cases of a topic as parameters, each with the shared definitions; what is not ours is skipped, by reason."""
    file = KIT / f"{topic}.json"
    if not file.is_file():
        return []
    kit = json.loads(file.read_text(encoding="utf-8"))
    return [_parameter(topic, kit.get("definitions") or {}, case) for case in kit["cases"]]


def _parameter(topic: str, definitions: dict[str, Any], case: dict[str, Any]) -> Any:
    why = NOT_OURS.get((topic, case["given"].get("op", "")))
    marks = [pytest.mark.skip(reason=why)] if why else []
    return pytest.param(definitions, case["given"], case["expect"], id=case["id"], marks=marks)


def instant(text: str) -> datetime:
    """RFC 3339 as naive UTC."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
