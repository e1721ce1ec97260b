"""What lives without an order (purchase orders, stock, master data), brought up to date before the orders are folded.

Each looks first whether the new events speak of it at all, and does nothing otherwise.
"""

from datetime import datetime

from app.engine.master import master
from app.engine.news import News
from app.engine.procure import procure, procure_again
from app.engine.stock import stock
from app.store.work import Work


def apart(work: Work, news: News, now: datetime) -> None:
    """Take the new events; adds to `touched` the orders that depend on what changed.

    Leaves `folded_purchase_finding` and `folded_stock_finding`, and in `also_touched` whose findings they replace.
    """
    _begin(work)
    first, last = news.first or 1, news.last
    awake = work.count("woken") + work.count("reclaimed") > 0
    if awake or news.speaks("customer.updated", "customer.synced", "location.updated", "product.updated"):
        master(work, first, last, now)
    procure(work, first, last, now)
    if awake or news.speaks("inventory.", "availability.published"):
        stock(work, first, last, now)


def purchases_again(work: Work, now: datetime) -> None:
    """Make every purchase order anew from what is stored; leaves `touched` empty."""
    work.run_sql("create or replace temp table touched (order_no bigint)")
    work.run("apart/begin")
    procure_again(work, now)
    work.run_sql("delete from touched")


def _begin(work: Work) -> None:
    """What the sweep woke that is no order, and events whose id was claimed again."""
    work.run("apart/begin")
    if work.count("reused"):
        work.run_sql("insert into reclaimed select seq from claim")
