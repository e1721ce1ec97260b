"""The four figures on top of the queue, out of what is pushed to every tab and the board of open cases."""

from typing import Any

import polars as pl

from dashboards import words
from dashboards.context import Row
from dashboards.parts import Piece, tile


def strip(pushed: Row, board: pl.DataFrame) -> Row:
    """blocked, late, unacknowledged, value_at_risk with its currency: what was pushed, else counted on the board."""
    shown = board.filter(pl.col("folded_under").is_null()) if board.height else board
    counted: Row = {"blocked": 0, "late": 0, "unacknowledged": 0, "critical": 0, "value_at_risk": None, "currency": ""}
    if shown.height:
        counted["blocked"] = shown["order_id"].n_unique()
        counted["unacknowledged"] = shown.filter(pl.col("status") == "new").height
        counted["critical"] = shown.filter((pl.col("status") == "new") & (pl.col("severity") == "critical")).height
        counted |= at_risk(shown)
    return counted | {k: v for k, v in pushed.items() if v is not None} | pushed_risk(pushed.get("value_at_risk"))


def pushed_risk(sums: Any) -> Row:
    """The greatest of the pushed sums per currency; the others are counted, never added."""
    known = [s for s in sums or [] if s.get("value")] if isinstance(sums, list) else []
    if not known:
        return {"value_at_risk": None, "currency": ""} if isinstance(sums, list) else {}
    first = known[0]
    return {
        "value_at_risk": first["value"], "currency": first.get("currency") or "", "currencies": len(known), "weighted": first.get("weighted"),
    }  # fmt: skip


def at_risk(shown: pl.DataFrame) -> Row:
    """The value of the orders with an open case, each once, in the currency that most of it is in."""
    once = shown.unique("order_id").with_columns(pl.col("value").cast(pl.Float64, strict=False))
    sums = once.group_by("currency").agg(pl.col("value").sum()).sort("value", descending=True)
    if not sums.height or not sums["value"][0]:
        return {"value_at_risk": None, "currency": ""}
    return {"value_at_risk": sums["value"][0], "currency": sums["currency"][0] or "", "currencies": sums.height}


def waiting() -> list[Piece]:
    """The strip before its figures are there, of the same size."""
    return [
        tile(name, "…", "being counted")
        for name in ("Blocked orders", "Late orders", "Unacknowledged", "Value at risk")
    ]


def tiles(figures: Row) -> list[Piece]:
    """The strip."""
    new, critical = int(figures.get("unacknowledged") or 0), int(figures.get("critical") or 0)
    more = int(figures.get("currencies") or 1) - 1
    risk: Any = figures.get("value_at_risk")
    return [
        tile("Blocked orders", f"{int(figures.get('blocked') or 0):,}", of(figures), "critical", "octagon-alert"),
        tile("Late orders", f"{int(figures.get('late') or 0):,}", "past their promise, not delivered", "high", "clock"),
        tile(
            "Unacknowledged",
            f"{new:,}",
            f"in all views; {critical:,} critical" if new else "everything has an owner at work",
            "medium",
            "eye",
        ),
        tile(
            "Value at risk",
            words.money(risk, figures.get("currency"), short=True),
            stake(figures, more),
            "medium",
            "layers",
        ),
    ]


def stake(figures: Row, more: int) -> str:
    """What the value at risk is likely to cost, what penalties come beside it, and which currencies are apart."""
    weighted = figures.get("weighted")
    owed = [
        one
        for one in figures.get("penalties") or []
        if one["pays"] == "us" and (words.decimal(one["expected"]) or 0) > 0
    ]
    said = [
        f"weighted {words.money(weighted, figures.get('currency'), short=True)}" if weighted else "each order once",
        f"penalties {words.money(owed[0]['expected'], owed[0]['currency'], short=True)}" if owed else "",
        f"{words.count(more, 'more currency', 'more currencies')} apart" if more > 0 else "",
    ]
    return "; ".join(part for part in said if part)


def of(figures: Row) -> str:
    """`of 12,153 open`, where the number of open orders is known."""
    return f"of {int(figures['open']):,} open" if figures.get("open") else "waiting for a decision or repair"
