"""Purchase orders from their events: the supplier's word, advance notices, receipts and invoices, by line.

An event belongs to the purchase orders it names, or to those that its advance notice or receipt leads to. Whatever
hangs together with something new is made again as a whole, so that the order of arrival never matters.
"""

from datetime import datetime

from app.store.work import Work

FACTS = ("member", "supply", "line", "head", "judged", "replace")


def procure(work: Work, first: int, last: int, now: datetime) -> None:
    """Make the purchase orders anew that events `first` to `last` concern, and touch the orders that wait for them."""
    work.run("procure/fresh", first=first, last=last)
    work.run("procure/near")
    if not (size := work.count("near")):
        return
    reached = 0
    while size > reached:
        reached = size
        work.run("procure/spread")
        size = work.count("near")
    _make(work, now)


def procure_again(work: Work, now: datetime) -> bool:
    """Make all purchase orders anew; whether there are any."""
    work.run_sql("create or replace temp table near_chain as from chain")
    if some := bool(work.number("select count(*) from near_chain")):
        _make(work, now)
    return some


def _make(work: Work, now: datetime) -> None:
    """The purchase orders of the chains near, from their events up to `now`."""
    low, high = work.ask("select min(seq) as low, max(seq) as high from near_chain").row(0)
    for fact in FACTS:
        work.run(f"procure/{fact}", low=low, high=high, now=now)
