"""Events that should belong to an order and do not: waiting at first, a fault when they have waited too long."""

from app import clock
from app.store.work import Work


def watch_unmatched(work: Work) -> None:
    """Judge the new events without an order, and those that have found one; after `touched` is known.

    Leaves `folded_loose` (columns of `loose_finding`), and in `also_touched` whose findings they replace.
    """
    work.run("correlate/stray")
    _judge(work)


def watch_all_unmatched(work: Work, last: int) -> None:
    """The same for every event up to number `last`: after everything was linked anew."""
    work.run("correlate/begin")
    work.run_sql("create or replace temp table touched (order_no bigint)")
    work.run("correlate/stray_all", last=last)
    _judge(work)


def _judge(work: Work) -> None:
    if work.count("stray") or work.number("select count(*) from loose_finding where kind = 'unmatched'"):
        work.run("correlate/unmatched", frozen=clock.frozen() is not None)
    else:
        work.run_sql("create or replace temp table folded_loose as from loose_finding limit 0")
