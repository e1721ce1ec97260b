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


def verdicts(now: datetime) -> list[Row]:
    """One interface that degrades, one that has had a bad quarter, one that is well."""
    shared = {"source": "mw.bus", "side": "client", "measured_by": "spans", "judged_at": now, "rule": "S30"}
    detail = "S30, by spans: 31 of 250 failed (12.4%), above 2%; since 2026-11-21 10:15 UTC"
    worse = {"verdict": "degrading", "exceeds": ["error_share"], "since": now - timedelta(hours=2), "detail": detail}
    watched = {"verdict": "watched", "exceeds": ["p95"], "since": None, "detail": None}
    well = {"verdict": "normal", "exceeds": [], "since": None, "detail": None}
    return [
        shared | {"interface": "3pl.west", "subject": "mw.bus:client:3pl.west"} | worse,
        shared | {"interface": "<b>/quote", "subject": None} | watched, shared | {"interface": "/status", "subject": None} | well,
    ]  # fmt: skip


def course(now: datetime) -> list[Row]:
    """A day of an interface that degraded for an hour; nothing is usual in its first quarters, and one has no calls."""
    start = now - timedelta(days=1)
    return [_quarter(n, start + timedelta(minutes=15 * n)) for n in range(96)]


def _quarter(n: int, at: datetime) -> Row:
    known, bad = n >= 4, 40 <= n < 44
    usual = {
        "usual": 100.0,
        "low": 85.0,
        "high": 117.0,
        "p95_usual": 240.0,
        "errors_usual": 0.01,
        "errors_low": 0.005,
        "errors_high": 0.02,
    }
    return {
        "interface": "3pl.west", "side": "client", "measured_by": "spans", "begun_at": at, "attempts": 0 if n == 60 else 200,
        "error_share": None if n == 60 else 0.12 if bad else 0.01, "p50": None if n == 60 else 101.0, "p95": 250.0, "depth": None,
        **(usual if known else dict.fromkeys(usual)), "state": "firing" if bad else "inactive", "exceeds": ["error_share"] if bad else [],
    }  # fmt: skip


def endangered(now: datetime) -> Row:
    """Twelve orders that wait for it."""
    item = {"order_id": "ord_1", "so": "450001", "stage": "released", "partner": "3pl.west", "promised_at": now, "money": "41.00",
            "currency": "EUR", "dues": 2, "next_due_at": now + timedelta(hours=1)}  # fmt: skip
    return {"orders": 12, "dues": 17, "money": [{"currency": "EUR", "value": "1482.50"}], "items": [item]}


class Connected:
    """What the sample reader answers of interfaces."""

    now: datetime

    def register(self, opened: dict[str, int], now: datetime) -> list[Row]:
        """Six interfaces, one of which takes the place of another."""
        return interfaces(self.now)

    def extracts(self) -> list[Row]:
        """One that differed and one that agreed."""
        return extracts(self.now)

    def verdicts(self, now: datetime, source: str = "") -> list[Row]:
        """One that degrades, one that is watched, one that is well."""
        return verdicts(self.now)

    def course(self, source: str, since: datetime, until: datetime) -> list[Row]:
        """A day of one interface; of other sources nothing is measured."""
        return course(self.now) if source == "mw.bus" else []

    def endangered(self, source: str, side: str, interface: str, partner: str, now: datetime) -> Row:
        """Twelve orders."""
        return endangered(self.now)

    def endangered_by(self, case: Row, now: datetime) -> Row | None:
        """The same for a case of an interface."""
        return endangered(self.now) if case["subject"]["type"] == "interface" else None
