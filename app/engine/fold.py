"""What we believe of the touched orders: a fold of their events, one statement per kind of fact.

The same statements serve one order, a tick and a rebuild; only the table `touched` differs.
"""

from datetime import datetime

from app.store.work import Work

FACTS = ("trail", "line", "hold", "milestone", "view", "object", "orders", "replace")


def fold(work: Work, now: datetime, frozen: bool) -> None:
    """Fold the orders in `touched` from their events up to `now`; `frozen` lets arrival be business time."""
    first = work.number("select min(seq) from link semi join touched using (order_no)")
    for fact in FACTS:
        work.run(f"fold/{fact}", now=now, frozen=frozen, first=first)
