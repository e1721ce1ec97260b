"""Stock positions as each system has them, side by side: drift, promises beyond stock, and reports that cannot be right.

A position is a product at a place (of one owner, of one lot). Only positions that new events speak of are made anew: from
all that was ever said of them, or, where nothing old has changed, from where their account rests.
"""

from datetime import datetime, timedelta

from app import clock
from app.store.work import Work

FACTS = ("series", "position", "check", "judged", "replace")
#: Two counts this close together speak of the same moment.
ALIGN = timedelta(minutes=15)
#: The account of a position rests this long before the newest word of the view that is behind: words older than that are
#: late, and make it anew.
REST = timedelta(hours=2)


def stock(work: Work, first: int, last: int, now: datetime) -> None:
    """Make the positions anew that events `first` to `last` concern."""
    work.run("stock/word", first=first, last=last, frozen=clock.frozen() is not None)
    work.run("stock/concerned", now=now, rest=REST)
    if not work.count("stock_no"):
        return
    _measure(work, now)


def stock_again(work: Work, now: datetime) -> None:
    """Make every position anew, whatever spoke of it; leaves `folded_stock_finding`."""
    work.run_sql("create or replace temp table touched (order_no bigint)")
    work.run_sql("create or replace temp table also_touched (no bigint)")
    work.run("apart/begin")
    work.run_sql("insert into woken select distinct no from stock_word")
    stock(work, 1, 0, now)


def _measure(work: Work, now: datetime) -> None:
    for fact in FACTS:
        work.run(f"stock/{fact}", now=now, align=ALIGN, rest=REST)
