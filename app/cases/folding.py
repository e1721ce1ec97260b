"""One cause, one case in front of people: the later faults of an order fold under the first one that is open.

1. The chain is release -> send -> acknowledge -> ship -> post -> deliver; what died or was refused on the way belongs
   to its step. The earliest open code folds the later ones. 2. A blocked order folds under the code that says why.
3. Systems that disagree, and outcomes that are missing, fold under the code that explains them. 4. What waits for a
system that is silent or out folds under the case of that system (`sheltering`), and with it what folds under it.
Depth is one: a parent is never folded itself.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from app.cases.ledger import Hand, Ledger, by_order
from app.cases.life_cycle import OPEN, Row
from app.cases.sheltering import parents, sheltered
from app.cases.tables import case
from app.model.judgements import WHY_BLOCKED

CHAIN = (
    "release_overdue", "release_not_sent", "message_dead", "message_rejected", "ack_overdue", "node_rejected",
    "ship_overdue", "shipment_unposted", "delivery_late",
)  # fmt: skip
_PLACE = {code: place for place, code in enumerate(CHAIN)}
#: Codes that fold under the first of those that explain them and are open.
EXPLAINS: dict[str, tuple[str, ...]] = {
    "order_blocked": WHY_BLOCKED,
    "status_diverged": ("crm_update_late", "shipment_unposted", "hold_conflict", "change_too_late"),
    "outcome_missing": ("message_dead", "message_rejected", "ack_overdue", "shipment_unposted", "crm_update_late"),
    "milestone_stale": ("shipment_silent",),
    "backorder_undated": ("supply_late_for_order",),
    "over_shipped": ("stale_revision_shipped", "change_too_late", "shipped_after_cancel"),
}  # fmt: skip


def folds(rows: list[Row], above: Mapping[str, str] = MappingProxyType({})) -> dict[str, str | None]:
    """case id -> id of its parent or None, for the open cases of one order; `above` are those of systems."""
    if len(rows) == 1 and not above:
        return {rows[0]["id"]: None}
    in_chain = (r for r in rows if r["code"] in _PLACE)
    chained = sorted(in_chain, key=lambda r: (_PLACE[r["code"]], r["opened_at"], r["id"]))
    first = chained[0] if chained else None
    under: dict[str, str | None] = {
        r["id"]: first["id"] if first and _PLACE[r["code"]] > _PLACE[first["code"]] else None for r in chained
    }
    for code, why in EXPLAINS.items():
        parent = _explaining(rows, why, under)
        under |= {r["id"]: parent for r in rows if r["code"] == code and r["id"] != parent}
    under |= above
    return {r["id"]: _root(r["id"], under) for r in rows}


def _explaining(rows: list[Row], why: tuple[str, ...], under: dict[str, str | None]) -> str | None:
    """The first open case of these codes, in their order."""
    found = sorted((why.index(r["code"]), r["opened_at"], r["id"]) for r in rows if r["code"] in why)
    return _root(found[0][2], under) or found[0][2] if found else None


def _root(key: str, under: dict[str, str | None]) -> str | None:
    """Where a case stands in the end: its parent's parent, if that is folded itself."""
    parent = under.get(key)
    return _root(parent, under) or parent if parent else None


def fold(ledger: Ledger, orders: Iterable[str], hand: Hand) -> None:
    """Fold again the open cases of these orders; each that changes gets its Move."""
    wanted = sorted({order for order in orders if order})
    ledger.read_each(case.c.order_id, wanted, case.c.status.in_(OPEN))
    grouped = by_order(ledger.rows.values())
    apart = [row for row in ledger.rows.values() if not row["order_id"] and row["status"] in OPEN]
    some = [*apart, *(row for order in wanted for row in grouped.get(order, []))]
    above = sheltered(some, parents(ledger, some))
    for order in wanted:
        rows = grouped.get(order, [])
        mine = {row["id"]: above[row["id"]] for row in rows if row["id"] in above}
        for key, parent in folds(rows, mine).items():
            if ledger.rows[key]["folded_under"] != parent:
                ledger.change(ledger.rows[key], {"folded_under": parent}, hand)
    for row in apart:
        ledger.change(row, {"folded_under": above.get(row["id"])}, hand)
