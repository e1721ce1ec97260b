"""What we believe of the touched orders: a fold of their events, one statement per kind of fact.

The same statements serve one order, a tick and a rebuild; only the table `touched` differs.
"""

from datetime import datetime

from app.store.work import Work

STATEMENTS = (
    "trail", "leg", "line", "fulfillment", "shipment", "invoice", "rma", "ticket", "hold", "milestone", "view",
    "object", "orders",
)  # fmt: skip
#: The tables of facts about an order, each made anew for the touched orders from `folded_NAME`.
FACTS = (
    "orders", "order_line", "milestone", "view", "hold", "object", "fulfillment", "fulfillment_line", "shipment",
    "package", "invoice", "rma", "ticket",
)  # fmt: skip


def fold(work: Work, now: datetime, frozen: bool) -> None:
    """Fold the orders in `touched` from their events up to `now`; `frozen` lets arrival be business time."""
    span = work.ask("select min(seq) as first, max(seq) as last from link semi join touched using (order_no)").row(0)
    for name in STATEMENTS:
        work.run(f"fold/{name}", now=now, frozen=frozen, first=span[0] or 0, last=span[1] or 0)
    for table in FACTS:
        work.replace(table, f"select f.* from folded_{table} f semi join folded_orders using (order_no)")
