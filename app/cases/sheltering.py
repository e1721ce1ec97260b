"""One cause, one case, across orders: what waits for a system that is silent or out folds under the one case of it.

1. A case of which it is unknown whether it is one (its source is silent, has a gap, or is out) folds under the open case
that says so; a partner's outage goes before its silence, and this before a gap. 2. Until its source has settled it stays
under the case that was open last. 3. Codes that an outage or a budget that burns explains fold under the open case of the
same partner, the outage first.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from app.cases.ledger import Ledger
from app.cases.life_cycle import OPEN, Row
from app.cases.tables import case
from app.model.taxonomy import role
from rules.book import sheltering

#: Codes of systems under which cases fold, the most telling first.
SYSTEMS = ("partner_outage", "source_silent", "stream_gap", "sequence_gap")
_LATELY = timedelta(days=1)


def parents(ledger: Ledger, rows: Iterable[Row]) -> list[Row]:
    """The cases of systems, open or over lately, if any of these rows could fold under one."""
    if not any(_may(row) for row in rows):
        return []
    ledger.read(
        (case.c.code.in_(SYSTEMS) | case.c.rule.in_(list(sheltering()))) & case.c.status.in_((*OPEN, "resolved"))
    )
    found = [row for row in ledger.rows.values() if row["code"] in SYSTEMS or _explained(row)]
    ended = [row["cleared_at"] for row in found if row["cleared_at"]]
    since = max(ended, default=None)
    return [
        row
        for row in found
        if row["status"] in OPEN or (since and row["cleared_at"] and row["cleared_at"] > since - _LATELY)
    ]


def sheltered(rows: Iterable[Row], systems: Sequence[Row]) -> dict[str, str]:
    """case id -> id of the system's case under which it folds, for those that do."""
    found: dict[str, str] = {}
    for row in rows:
        over = [one for one in systems if one["id"] != row["id"] and _covers(one, row)]
        if over:
            found[row["id"]] = min(over, key=_first)["id"]
    return found


def concerned(ledger: Ledger, systems: Iterable[Row]) -> set[str]:
    """Read the open cases of the partners of these cases that fold under them; the orders they are of."""
    partners = sorted({row["partner"] or row["subject"] for row in systems if _explained(row)})
    codes = {code for some in sheltering().values() for code in some}
    if not partners:
        return set()
    rows = ledger.read(case.c.partner.in_(partners) & case.c.code.in_(sorted(codes)) & case.c.status.in_(OPEN))
    return {row["order_id"] or "" for row in rows}


def _explained(one: Row) -> tuple[str, ...]:
    """The codes that the case of a partner explains."""
    return sheltering().get(one["code"]) or sheltering().get(one["rule"] or "", ())


def _may(row: Row) -> bool:
    return row["confidence"] == "unknown" or any(row["code"] in codes for codes in sheltering().values())


def _covers(one: Row, row: Row) -> bool:
    """Whether the case of a system explains another case."""
    mine = row["partner"] and row["partner"] in (one["subject"], one["partner"])
    if one["status"] in OPEN and row["code"] in _explained(one) and mine:
        return True
    said = row["system"]
    return row["confidence"] == "unknown" and said in (one["subject"], role(one["subject"]))


def _first(one: Row) -> tuple[object, ...]:
    ended = one["cleared_at"].timestamp() if one["cleared_at"] else 0
    place = SYSTEMS.index(one["code"]) if one["code"] in SYSTEMS else len(SYSTEMS)
    return one["status"] not in OPEN, place, -ended, one["id"]
