"""A sample register of interfaces, shaped like the answers of the store."""

import json
from datetime import datetime, timedelta
from typing import Any

from tests.dashboards.letters import sources

Row = dict[str, Any]
_KEPT = (
    "source",
    "declared",
    "collector",
    "owner",
    "state",
    "why",
    "accepted",
    "duplicates",
    "rejected",
    "dead_letters",
)


def interfaces(now: datetime) -> list[Row]:
    """The sample sources as interfaces: the first makes trouble, the last shall take the place of the first."""
    found = [interface(one, n, now) for n, one in enumerate(sources(now))]
    return [one | {"old": found[0] if one["replaces"] else None} for one in found]


def interface(one: Row, n: int, now: datetime) -> Row:
    """One of them."""
    return {name: one[name] for name in _KEPT} | {
        "version": "2.1" if n else None, "environment": "production", "contract": ("https://example.com/edi", "", "DOC-7 <b>")[n % 3],
        "priority": ("critical", "high", "medium")[n % 3], "plan": ("retire", "keep", "wrap", "keep", "keep", "replace")[n],
        "replaces": "3pl.west" if n == 5 else None, "latency_seconds": 900.0 if n < 2 else None,
        "arrival_p95_seconds": None if one["state"] == "never" else 5400.0 / (n + 1), "too_slow": n == 0,
        "open": (12, 1, 0, 0, 0, 0)[n], "raised": 40 - 7 * n, "codes": {"ack_overdue": 9, "short_ship": 3} if n == 0 else {},
        "extract_at": now - timedelta(hours=3) if n in (3, 4) else None, "extract_outcome": {3: "missed", 4: "equal"}.get(n), "old": None,
    }  # fmt: skip


def extracts(now: datetime) -> list[Row]:
    """One that differed, and one that agreed."""
    missed = {"key": "so:erp:4711", "what": "missed", "here": "created", "there": "<i>dispatched</i>"}
    return [
        _extract("erp.main", now - timedelta(hours=3), "missed", {"missed": 1}, [missed]),
        _extract("crm.main", now - timedelta(hours=3), "equal", {}, []),
    ]


def _extract(source: str, at: datetime, outcome: str, counts: dict[str, int], named: list[Row]) -> Row:
    told = {"of": source, "outcome": outcome, "compared": 240, "differences": counts, "named": named}
    return {"source": source, "at": at, "outcome": outcome, "report": json.dumps(told)}
