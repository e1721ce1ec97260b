"""One cause, one case, across orders: what waits for a system that is silent or out folds under the one case of it.

1. A case of which it is unknown whether it is one (its source is silent, has a gap, or is out) folds under the open case
that says so; a partner's outage goes before its silence, and this before a gap. 2. Until its source has settled it stays
under the case that was open last. 3. Codes that an outage or a budget that burns explains fold under the open case of the
same partner, the outage first.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from app.cases import codes
from app.cases.ledger import Ledger
from app.cases.life_cycle import OPEN, Row
from app.cases.tables import case
from app.model.taxonomy import role

#: Codes of systems that are heard no more or not whole, the most telling first; what says that one is out goes before.
_UNHEARD = ("source_silent", "stream_gap", "sequence_gap")
_LATELY = timedelta(days=1)


def systems() -> tuple[str, ...]:
    """Codes of systems under which cases fold, the most telling first."""
    return (*_sheltering(), *(code for code in _UNHEARD if code not in _sheltering()))


def _sheltering() -> Mapping[str, tuple[str, ...]]:
    return codes.now().folds


def parents(ledger: Ledger, rows: Iterable[Row]) -> list[Row]:
    """The cases of systems, open or over lately, if any of these rows could fold under one."""
    folded = _folded()
    if not any(row["confidence"] == "unknown" or row["code"] in folded for row in rows):
        return []
    ours = case.c.code.in_(systems()) | case.c.rule.in_(list(_sheltering()))
    ledger.read(ours & case.c.status.in_((*OPEN, "resolved")))
    found = [row for row in ledger.rows.values() if row["code"] in systems() or _explained(row)]
    ended = [row["cleared_at"] for row in found if row["cleared_at"]]
    since = max(ended, default=None)
    return [
        row
        for row in found
        if row["status"] in OPEN or (since and row["cleared_at"] and row["cleared_at"] > since - _LATELY)
    ]


def sheltered(rows: Iterable[Row], above: Sequence[Row]) -> dict[str, str]:
    """case id -> id of the system's case under which it folds, for those that do."""
    found: dict[str, str] = {}
    for row in rows:
        over = [one for one in above if one["id"] != row["id"] and _covers(one, row)]
        if over:
            found[row["id"]] = min(over, key=_first)["id"]
    return found


def concerned(ledger: Ledger, cases: Iterable[Row]) -> set[str]:
    """Read the open cases of the partners of these cases that fold under them; the orders they are of."""
    above = _sheltering()
    partners = sorted(
        {row["partner"] or row["subject"] for row in cases if row["code"] in above or row["rule"] in above}
    )
    if not partners:
        return set()
    folded = _folded()
    rows = ledger.read(case.c.partner.in_(partners) & case.c.code.in_(sorted(folded)) & case.c.status.in_(OPEN))
    return {row["order_id"] or "" for row in rows}


def _explained(one: Row) -> tuple[str, ...]:
    """The codes that the case of a partner explains."""
    return _sheltering().get(one["code"]) or _sheltering().get(one["rule"] or "", ())


def _folded() -> set[str]:
    """The codes that the case of a partner may explain."""
    return {code for some in _sheltering().values() for code in some}


def _covers(one: Row, row: Row) -> bool:
    """Whether the case of a system explains another case."""
    mine = row["partner"] and row["partner"] in (one["subject"], one["partner"])
    if one["status"] in OPEN and row["code"] in _explained(one) and mine:
        return True
    said = row["system"]
    return row["confidence"] == "unknown" and said in (one["subject"], role(one["subject"]))


def _first(one: Row) -> tuple[object, ...]:
    ended = one["cleared_at"].timestamp() if one["cleared_at"] else 0
    place = systems().index(one["code"]) if one["code"] in systems() else len(systems())
    return one["status"] not in OPEN, place, -ended, one["id"]
