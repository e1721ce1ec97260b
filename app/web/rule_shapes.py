"""A rule as people read it: its few words for a list, its examples, and how much it has on its hands."""

from typing import Any

import polars as pl

from app.cases import Board
from app.store.reader import Reader
from rules.rule import Rule, Shown
from rules.source import Fault

Row = dict[str, Any]
#: What a kind measures by, the first that a rule has.
_MEASURES = ("target", "due", "allow", "grace", "within", "settle", "objective", "window")
_SHOWN = 10
_COUNTS = ("met", "breached", "running", "void")


def owner(rule: Any) -> str:
    """Whose it is; where it goes by the cause, all of them."""
    return rule.owner if isinstance(rule.owner, str) else ", ".join(dict.fromkeys(rule.owner.values()))


def brief(rule: Rule, settled: Any) -> Row:
    """What a list says of a rule; values are those in force, with the settings' changes."""
    return {
        "id": rule.id, "code": rule.code, "title": rule.title, "kind": rule.kind, "owner": owner(settled),
        "severity": severity(settled), "version": rule.version, "rule_version": settled.rule_version,
        "target": measure(settled), "clock": getattr(settled, "clock", None), "calendar": getattr(settled, "calendar", None) or None,
        "overrides": len(getattr(settled, "override", ())),
    }  # fmt: skip


def severity(rule: Any) -> Any:
    """Its severity; where each alert has its own, the worst."""
    order = ("critical", "high", "medium", "low")
    own = getattr(rule, "severity", None)
    by_cause = list(own.values()) if isinstance(own, dict) else [own]
    known = [one for one in (*by_cause, *(burn.severity for burn in getattr(rule, "burn", ()))) if one in order]
    return min(known, key=order.index) if known else None


def measure(rule: Any) -> str | None:
    """The length of time or the share by which it goes."""
    for name in _MEASURES:
        value = getattr(rule, name, None)
        if isinstance(value, str | int | float) and value:
            return str(value)
    return "closing time" if getattr(rule, "clock", "") == "C" else None


def words_over(rule: Any) -> Row:
    """What it is over."""
    over = getattr(rule, "over", None) or getattr(rule, "by", None) or ()
    return {"over": over if isinstance(over, str) else ", ".join(map(str, over))}


def settings_changes(rule: Rule, settled: Any) -> list[Row]:
    """What the settings change in a rule: field, from, to."""
    before, after = (one.model_dump(mode="json", by_alias=True) for one in (rule, settled))
    return [
        {"field": name, "from": said, "to": after[name]} for name, said in before.items() if after.get(name) != said
    ]


def counts(reader: Reader, board: Board) -> dict[str, Row]:
    """How many Dues each rule has in which state (`dues`), open cases by code (`cases`), and of how many
    findings its condition cannot tell (`unknown`)."""
    dues = {rule: {name: row[name] for name in _COUNTS} for rule, row in reader.dues_by_rule().items()}
    unknown = reader.unknown_by_rule()
    frame = board.frame()
    open_by_code = frame.group_by("code").agg(pl.len()).iter_rows() if len(frame) else ()
    return {"dues": dues, "cases": dict(open_by_code), "unknown": unknown}


def example(said: Shown, fault: str) -> Row:
    """One example: what it tells, what must be said of it, and how it turned out where that differs."""
    told = said.model_dump(mode="json", exclude_defaults=True)
    text = next((told[name] for name in ("story", "dues", "facts") if isinstance(told.get(name), str)), "")
    return {"state": said.state, "now": said.now, "due": told.get("due"), "text": text.strip(), "fault": fault or None}


def noted(fault: Fault) -> Row:
    """A fault for JSON and pages."""
    return {"file": fault.file, "line": fault.line, "what": fault.what, "mend": fault.mend}


def worst(board: Board, code: str) -> list[Row]:
    """The worst open cases of a code, the oldest first."""
    some = board.frame().filter(pl.col("code") == code)
    names = ("case_id", "severity", "status", "order_id", "so", "subject", "partner", "owner", "due_at")
    return some.sort("severity_rank", "due_at", "case_id").head(_SHOWN).select(names).to_dicts()
