"""What is judged of an order by now: what blocks it, who disagrees, what is at risk, each with its open exception."""

import json
from datetime import datetime
from typing import Any

import polars as pl

from app.clock import written
from app.model.judgements import WHY_BLOCKED
from app.store.questions.asking import Asking, Row

#: Causes of a block that an exception of their own name tells of; every other one has its place in `order_blocked`.
_TOLD = ("partner_outage", *WHY_BLOCKED)
#: Whose a judgement or a clock is: a rule says `partner` and means the one at hand.
WHOSE = "if(owner = 'partner', partner, owner)"


def of_order(reader: Asking, order_no: int, now: datetime, board: pl.DataFrame) -> Row:
    """The judgements of the document: lists of what holds at `now`, `late`, `at_risk` and `silent` as plain words.

    `board` are the open cases of the order; `exception` is the id of the one that says the same.
    """
    rows = reader.rows(
        "select * from judgement where order_no = $no and since <= $now and (until is null or until > $now) order by since, kind, cause, subject",
        {"no": order_no, "now": now},
    )
    cases = board.select("case_id", "code", "subject", "owner").rows(named=True)
    told = [_told(row, cases) for row in rows]
    kinds = {kind: [t for t, r in zip(told, rows, strict=True) if r["kind"] == kind] for kind in _KINDS}
    risk, silence = kinds["at_risk"][:1], kinds["silent"][:1]
    late = bool(kinds["late"])
    return {
        "blocked": kinds["blocked"],
        "stuck": kinds["stuck"],
        "diverged": [_diverged(one) for one in kinds["diverged"]],
        "outcome_missing": kinds["outcome"],
        "wrong": kinds["ledger"],
        "late": late,
        "at_risk": bool(risk) and not late,
        "at_risk_cause": risk[0]["cause"] if risk and not late else None,
        "at_risk_since": risk[0]["since"] if risk and not late else None,
        "silent": bool(silence),
        "silent_since": silence[0]["since"] if silence else None,
    }


_KINDS = ("blocked", "stuck", "diverged", "outcome", "ledger", "late", "at_risk", "silent")


def _told(row: Row, cases: list[dict[str, Any]]) -> Row:
    """One judgement with the exception that says it: the one on the same subject, else any of its code."""
    blocks = row["cause"] if row["cause"] in _TOLD else "order_blocked"
    code = row["code"] or (blocks if row["kind"] == "blocked" else "")
    mine = [case for case in cases if case["code"] == code]
    case = next((c for c in mine if c["subject"] == row["subject"]), mine[0] if mine else None)
    owner = row["partner"] if row["owner"] == "partner" else row["owner"]
    return {
        "cause": row["cause"], "since": written(row["since"]), "system": row["system"], "partner": row["partner"],
        "owner": case["owner"] if case else owner, "severity": row["severity"], "code": row["code"],
        "rule": row["rule"], "rule_version": row["rule_version"],
        "subject": row["subject"] if row["subject_type"] != "order" else None, "detail": row["detail"],
        "exception": case["case_id"] if case else None,
    }  # fmt: skip


def _diverged(told: Row) -> Row:
    said = json.loads(told["detail"] or "{}")
    shared = {name: told[name] for name in ("since", "severity", "owner", "exception")}
    names = ("field", "truth", "truth_value", "view_value", "direction")
    return {name: said.get(name) for name in names} | {"view": told["system"]} | shared
