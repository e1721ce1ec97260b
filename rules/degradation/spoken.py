"""What an interface did, in words with numbers: the measure, its value, and its limit or what is usual."""

from collections.abc import Mapping
from math import exp
from typing import Any

from rules.degradation.rule import Degrading

_COUNTED = {"error_share": ("errors", "failed"), "retry_share": ("retries", "sent again"), "limited_share": ("limited", "refused as too many")}  # fmt: skip
#: Measure -> what people call it.
NAMES = {
    "error_share": "error share", "retry_share": "retry share", "limited_share": "429 share", "p50": "median", "p95": "p95",
    "lag": "lag", "dead_letter": "oldest dead letter", "log_latency": "latency drifts", "logit_errors": "error share drifts",
}  # fmt: skip


def spoken(row: Mapping[str, Any], rule: Degrading) -> str:
    """A look (columns LOOK) with its counts (columns WINDOW): each measure that it exceeds."""
    bounds = {bound.measure: bound.above for bound in rule.limits}
    sums = {shift.measure: shift.threshold for shift in rule.shift}
    return "; ".join(_one(name, row, bounds.get(name, ""), sums.get(name, 0.0)) for name in row["exceeds"] or [])


def _one(name: str, row: Mapping[str, Any], above: str, threshold: float) -> str:
    if name in _COUNTED:
        column, what = _COUNTED[name]
        return f"{row[column]} of {row['attempts']} {what} ({share(row[column], row['attempts'])}), above {above}"
    if name == "lag":
        return f"what waits needs {row['lag']:,.0f} s at the pace of those who take it, above {above}"
    if name == "dead_letter":
        return f"the oldest dead letter has waited for {row['dead_letter']:,.0f} s, above {above}"
    if name in ("p50", "p95"):
        usual = row["log_latency_usual" if name == "p50" else "log_p95_usual"]
        beside = f" ({exp(usual):,.0f} ms)" if usual is not None and "baseline" in above else ""
        return f"{NAMES[name]} {row[name]:,.0f} ms, above {above}{beside}"
    beyond = f"; deviations add up to {row[f'{name}_sum']:.1f}, above {threshold:g}"
    if name == "log_latency":
        return (
            f"median {row['p50']:,.0f} ms where {exp(row['log_latency_usual']):,.0f} ms is usual at this hour{beyond}"
        )
    usual = 1 / (1 + exp(-row["logit_errors_usual"]))
    return f"{row['errors']} of {row['attempts']} failed where {100 * usual:.1f}% is usual at this hour{beyond}"


def share(part: int, whole: int) -> str:
    """A share with one decimal, cut towards less."""
    return f"{1000 * part // whole / 10:.1f}%" if whole else "–"
