"""The forecast's own record: of the promises that fell due, how many it said before would be broken, and how many were.

Precision = said and broken ÷ said; recall = said and broken ÷ broken; the lead is the median time from saying so to the
promise, of those that were said and broken. Counted are the last promise of each order, due in the 90 days before `now`.
"""

from datetime import datetime

from app.model.judgements import SAMPLES
from app.store.questions.asking import Asking, Row
from app.store.statements import statement

DAYS = 90
_OFF = 'select partner from forecast_record where version = (select max(version) from forecast_record where valid_from <= $now) and "off"'


def record(reader: Asking, now: datetime) -> Row:
    """The whole and one row per partner, each with numerators and denominators; `off`: it is marked there no more."""
    off = {row["partner"] for row in reader.rows(_OFF, {"now": now})}
    told = [_told(row, off) for row in reader.rows(statement("state/record"), {"now": now})]
    rows = sorted((row for row in told if not row["every"]), key=lambda row: row["partner"])
    every = next((row for row in told if row["every"]), None)
    return {
        "days": DAYS, "least_cases": SAMPLES, "figures": _plain(every) if every and every["promises"] else None,
        "rows": [_plain(row) | {"partner": row["partner"], "off": row["off"]} for row in rows],
    }  # fmt: skip


def _told(row: Row, off: set[str]) -> Row:
    return row | {
        "precision": _share(row["hits"], row["said"]),
        "recall": _share(row["hits"], row["broken"]),
        "off": not row["every"] and row["partner"] in off,
    }


def _plain(row: Row) -> Row:
    return {name: row[name] for name in ("promises", "broken", "said", "hits", "precision", "recall", "lead_seconds")}


def _share(numerator: int, denominator: int) -> Row:
    share = numerator / denominator if denominator else None
    return {"numerator": numerator, "denominator": denominator, "share": share}
