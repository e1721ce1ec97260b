"""How a case is read: the JSON of the contract, and its history."""

from collections.abc import Mapping
from typing import Any

from app import clock

Json = dict[str, Any]


def case_json(row: Mapping[str, Any]) -> Json:
    """A case exactly as the contract names its fields; instants end in Z, money is text."""
    return {
        "id": row["id"],
        "code": row["code"],
        "title": row["title"],
        "severity": row["severity"],
        "status": row["status"],
        "subject": {"type": row["subject_type"], "key": row["subject"]},
        "order": {"order_id": row["order_id"], "so": row["so"]} if row["order_id"] else None,
        "partner": row["partner"],
        "interface": row["subject"] if row["subject_type"] == "interface" else None,
        "owner": row["owner"],
        "team": row["team"],
        "opened_at": clock.written(row["opened_at"]),
        "condition": row["condition"],
        "confidence": row["confidence"],
        "reopened": row["reopened"],
        "previous": row["previous"],
        "folded_under": row["folded_under"],
        "detected_at": clock.written(row["detected_at"]),
        "due_at": clock.written(row["due_at"]),
        "acknowledged_at": clock.written(row["acknowledged_at"]),
        "cleared_at": clock.written(row["cleared_at"]),
        "cleared_by": row["cleared_by"],
        "value_at_risk": row["value"],
        "currency": row["currency"],
        "evidence": row["evidence"],
        "parent": row["folded_under"],
        "version": row["version"],
        "rule": row["rule"],
        "rule_version": row["rule_version"],
        "runbook": None,
    }


def detail_json(row: Mapping[str, Any]) -> Json:
    """What one case says beyond the list: the state of its status, and what is known of the fault."""
    plain = (
        "flapping", "cause", "system", "customer", "tier", "flags", "resolution", "duplicate_of", "waiting_on", "acknowledged_by",
    )  # fmt: skip
    at = ("started_at", "resolved_at", "closed_at", "waiting_until", "snoozed_until", "rests_at")
    return case_json(row) | {n: row[n] for n in plain} | {n: clock.written(row[n]) for n in at}


def move_json(row: Mapping[str, Any]) -> Json:
    """One entry of the history: who, when, how, from what to what, and why."""
    return {
        "sequence": row["sequence"],
        "case": row["case_id"],
        "at": clock.written(row["at"]),
        "actor": row["actor"],
        "via": row["via"],
        "action": row["action"],
        "from": row["from_status"],
        "to": row["to_status"],
        "reason": row["reason"],
        "request_id": row["request_id"],
        "version": row["version"],
        "changes": row["changes"],
    }


def moment_json(row: Mapping[str, Any]) -> Json:
    """A move as an entry of an order's timeline."""
    words = f"{row['from_status']} -> {row['to_status']}" if row["from_status"] else row["to_status"]
    return {
        "at": clock.written(row["at"]),
        "arrived_at": None,
        "system": "orderscope",
        "type": f"exception.{row['action']}",
        "title": f"{row['title']}: {row['action']}",
        "detail": " · ".join(part for part in (row["actor"], words, row["reason"]) if part),
        "kind": "move",
        "inferred": False,
        "event_id": row["case_id"],
        "status": "bad" if row["action"] in ("raise", "reopen") else "ok",
    }
