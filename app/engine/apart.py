"""What lives without an order (purchase orders, stock, master data), brought up to date before the orders are folded.

Each looks first whether the new events speak of it at all, and does nothing otherwise.
"""

from datetime import datetime

import polars as pl

from app.engine.master import master
from app.engine.procure import procure, procure_again
from app.engine.stock import stock
from app.store.work import Work


def apart(work: Work, fresh: pl.DataFrame, now: datetime) -> None:
    """Take the new events `fresh` (one column, seq); adds to `touched` the orders that depend on what changed.

    Leaves `folded_purchase_finding` and `folded_stock_finding`, and in `also_touched` whose findings they replace.
    """
    _begin(work)
    least, greatest = fresh.select(least=pl.col("seq").min(), greatest=pl.col("seq").max()).row(0)
    first, last = least or 1, greatest or 0
    spoken = work.ask("apart/spoken", first=first, last=last).row(0, named=True)
    awake = bool(work.number("select (select count(*) from woken) + (select count(*) from reclaimed)"))
    if spoken["master"] or awake:
        master(work, first, last, now)
    procure(work, first, last, now)
    if spoken["stock"] or awake:
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
    if work.number("select count(*) from reused"):
        work.run_sql("insert into reclaimed select seq from claim")
