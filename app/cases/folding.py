"""One cause, one case in front of people: the later faults of an order fold under the first one that is open.

The chain is release -> send -> acknowledge -> ship -> post -> deliver. A blocked order folds under the code that says
why it is blocked. Depth is one: a parent is never folded itself.
"""

from collections.abc import Iterable

from app.cases.ledger import Hand, Ledger, by_order
from app.cases.life_cycle import OPEN, Row
from app.cases.tables import case

CHAIN = ("release_overdue", "release_not_sent", "ack_overdue", "ship_overdue", "shipment_unposted", "delivery_late")
_PLACE = {code: place for place, code in enumerate(CHAIN)}
BLOCKED = "order_blocked"
#: Codes that say more precisely why an order is blocked; the first that is open and unfolded is the parent.
EXPLAINS = ("release_overdue", "release_not_sent", "ack_overdue", "hold_overdue")


def folds(rows: list[Row]) -> dict[str, str | None]:
    """case id -> id of its parent or None, for the open cases of one order."""
    in_chain = (r for r in rows if r["code"] in _PLACE)
    chained = sorted(in_chain, key=lambda r: (_PLACE[r["code"]], r["opened_at"], r["id"]))
    first = chained[0] if chained else None
    under: dict[str, str | None] = {
        r["id"]: first["id"] if first and _PLACE[r["code"]] > _PLACE[first["code"]] else None for r in chained
    }
    explaining = sorted(
        (r for r in rows if r["code"] in EXPLAINS and not under.get(r["id"])),
        key=lambda r: (EXPLAINS.index(r["code"]), r["opened_at"], r["id"]),
    )
    why = explaining[0]["id"] if explaining else None
    return {r["id"]: why if r["code"] == BLOCKED else under.get(r["id"]) for r in rows}


def fold(ledger: Ledger, orders: Iterable[str], hand: Hand) -> None:
    """Fold again the open cases of these orders; each that changes gets its Move."""
    wanted = sorted({order for order in orders if order})
    ledger.read_each(case.c.order_id, wanted, case.c.status.in_(OPEN))
    grouped = by_order(ledger.rows.values())
    for order in wanted:
        rows = grouped.get(order, [])
        for key, parent in folds(rows).items():
            ledger.change(ledger.rows[key], {"folded_under": parent}, hand)
