"""What we believe of the touched orders: a fold of their events, one statement per kind of fact.

The same statements serve one order, a tick and a rebuild; only the table `touched` differs. What a statement needs among
the events of the touched orders stands above it, and without that it is left out (see `app.store.scratchpad`).
"""

from datetime import datetime

from app.store.work import Work

STATEMENTS = (
    "leg", "line", "fulfillment", "shipment", "invoice", "rma", "ticket", "hold", "milestone", "view",
    "object", "orders",
)  # fmt: skip
#: The tables of facts, each made anew for the touched orders from what was folded; who is no order has none.
FACTS = {"orders": "folded_orders", "order_line": "folded_line"} | {
    name: f"folded_{name}" for name in (
        "milestone", "view", "hold", "object", "fulfillment", "fulfillment_line", "shipment", "package", "invoice", "rma",
        "ticket",
    )
}  # fmt: skip


def fold(work: Work, now: datetime, frozen: bool) -> None:
    """Fold the orders in `touched` from their events up to `now`; `frozen` lets arrival be business time."""
    span = work.ask("select min(seq) as first, max(seq) as last from link semi join touched using (order_no)").row(0)
    work.run("fold/trail", now=now, frozen=frozen, first=span[0] or 0, last=span[1] or 0)
    work.say(work.ask("fold/word")["word"])
    for name in STATEMENTS:
        work.run(f"fold/{name}")
    _keep(work)


def _keep(work: Work) -> None:
    """The touched orders take their new facts, but none where only keys were touched that are no order."""
    every, stood = work.count("folded_orders") == work.count("touched"), True
    for table, fresh in FACTS.items():
        query = f"from {fresh}" if every else f"select f.* from {fresh} f semi join folded_orders using (order_no)"
        had = work.replace(table, fresh, query, stood)
        if table == "orders":
            stood = had > 0  # what was no order before had no facts
