"""What is counted once a day and then stays: stock within tolerance, and tickets that came after an exception of ours.

Neither has a clock, so that there is nothing to derive later: what stood at that midnight is what counts.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import polars as pl

from app.store.work import Work

_EARLY = datetime(1970, 1, 1)
#: Tickets of days on which nothing ran are counted afterwards, so far back.
_AFTERWARDS = timedelta(days=7)
#: An order, and an instant.
Then = tuple[str, datetime]
#: Of these, those at which an exception of the order was open already.
Alerted = Callable[[Sequence[Then]], set[Then]]


def publish_counts(work: Work, alerted: Alerted, now: datetime) -> None:
    """Count the days that have ended and are not counted; doing it twice changes nothing."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    done = dict(work.ask("select rule, max(counted_at) as day from daily_count group by rule").iter_rows())
    with work.transaction():
        if done.get("S16", _EARLY) < day:
            work.run("counts/positions", day=day)
        since = max(done.get("S19", _EARLY), day - _AFTERWARDS)
        tickets = work.ask("counts/tickets", since=since, day=day)
        if len(tickets):
            work.hold("counted_ticket", _judged(tickets, alerted))
            work.run_sql("insert into daily_count by name from counted_ticket")


def _judged(tickets: pl.DataFrame, alerted: Alerted) -> pl.DataFrame:
    """Tickets as counts: met are those before which we had said something."""
    asked = list(tickets.select("order_id", "opened_at").iter_rows())
    before = alerted(asked)
    state = pl.Series("state", ["met" if one in before else "breached" for one in asked])
    return tickets.with_columns(state, rule=pl.lit("S19")).group_by("rule", "partner", "counted_at", "state").len("n")
