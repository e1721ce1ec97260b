"""The register of interfaces: what each was declared to be, how it does, and how many exceptions it causes.

An exception counts for the system whose step it waits for. Where a system is named by its role alone, it is the only
source of that role.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from app.model.taxonomy import role
from app.settings import Interface
from app.store.hearing import Agreed
from app.store.questions import sources
from app.store.questions.asking import Asking, Row

#: How far back arrivals are measured.
_ARRIVED = timedelta(hours=24)
#: What is shown of an old interface beside the new one.
_BESIDE = ("source", "state", "accepted", "rejected", "dead_letters", "arrival_p95_seconds", "open", "raised")
_ARRIVAL = """
select source, quantile_cont(epoch(received_at - occurred_at), 0.95) as seconds from event
where received_at >= $since and received_at <= $now and tz_basis <> 'received' group by source
"""
_NEWEST = """
select attrs ->> '$.of' as source, max(occurred_at) as at, arg_max(reason, row(occurred_at, event_id)) as outcome
from event where type = 'reconciliation.completed' and source = 'orderscope' group by all
"""


def register(
    reader: Asking, agreed: Agreed, board: pl.DataFrame, opened: Mapping[str, int], now: datetime
) -> list[Row]:
    """One row per source, those first that cause the most open exceptions, then most over 30 days, then by name.

    `opened` counts the exceptions of the last 30 days by system.

    source declared collector owner state why accepted duplicates rejected dead_letters (24 hours), version environment
    contract priority plan replaces, latency_seconds (tolerated) arrival_p95_seconds too_slow, open raised (30 days)
    codes (open, by code), extract_at extract_outcome, and `old`: the source it replaces with its own counts.
    """
    found = {one["source"]: one for one in sources.sources(reader, agreed, None, None, now)}
    whose = _owners(found)
    open_cases = _open(board, whose)
    raised = _summed(opened, whose)
    values: dict[str, Any] = {"since": now - _ARRIVED, "now": now}
    arrival = {row["source"]: row["seconds"] for row in reader.rows(_ARRIVAL, values)}
    extracts = {row["source"]: row for row in reader.rows(_NEWEST)}
    made = [
        _line(one, _declared(agreed, code), open_cases.get(code, Counter()), raised[code], arrival.get(code))
        | _extract(extracts.get(code))
        for code, one in found.items()
    ]
    beside = {row["source"]: {name: row[name] for name in _BESIDE} for row in made}
    made = [row | {"old": beside.get(row["replaces"] or "")} for row in made]
    return sorted(made, key=lambda row: (-row["open"], -row["raised"], row["source"]))


def _declared(agreed: Agreed, code: str) -> Interface:
    declared = agreed.declared.get(code)
    return declared.interface if declared else Interface()


def _line(one: Row, said: Interface, codes: "Counter[str]", raised: int, arrival: float | None) -> Row:
    names = (
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
    tolerated = said.latency.total_seconds() if said.latency else None
    return {name: one[name] for name in names} | {
        "version": said.version or None, "environment": said.environment, "contract": said.contract or None,
        "priority": said.priority, "plan": said.plan, "replaces": said.replaces or None,
        "latency_seconds": tolerated, "arrival_p95_seconds": arrival,
        "too_slow": bool(tolerated is not None and arrival is not None and arrival > tolerated),
        "open": codes.total(), "raised": raised, "codes": dict(codes.most_common()),
    }  # fmt: skip


def _extract(newest: Row | None) -> Row:
    return {"extract_at": newest and newest["at"], "extract_outcome": newest and newest["outcome"]}


def _owners(codes: Iterable[str]) -> dict[str, str]:
    """The source that a system's name means: its own code, else the only source of that role."""
    roles: dict[str, list[str]] = {}
    for code in codes:
        roles.setdefault(role(code), []).append(code)
    return {name: some[0] for name, some in roles.items() if len(some) == 1} | {code: code for code in codes}


def _open(board: pl.DataFrame, whose: Mapping[str, str]) -> dict[str, "Counter[str]"]:
    """Open exceptions in front of people, by source and code."""
    found: dict[str, Counter[str]] = {}
    if board.is_empty():
        return found
    shown = board.filter(pl.col("folded_under").is_null()).group_by("system", "code").len()
    for system, code, count in shown.iter_rows():
        if system in whose:
            found.setdefault(whose[system], Counter())[code] += count
    return found


def _summed(counts: Mapping[str, int], whose: Mapping[str, str]) -> "Counter[str]":
    total: Counter[str] = Counter()
    for system, count in counts.items():
        if system in whose:
            total[whose[system]] += count
    return total
