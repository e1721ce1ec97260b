"""The engine on a large made-up world: everything derived anew, and one more batch on top of what stands.

The floor of the first is one bare pass over the same events, of the second the bare insert of the same batch.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from app import clock
from app.calendar import Calendars
from app.engine.judge import Judge
from app.engine.rebuild import derived, rebuild
from app.engine.tick import Ticker
from app.main.bench_result import Result
from app.store.database import Database
from app.store.work import Work
from rules.book import findings, load, resolve
from rules.findings import Findings
from rules.kinds import KINDS

_AT_ONCE, _TURNS, _LIMIT = 250_000, 5, 8.0


def rebuilding(orders: int) -> list[Result]:
    """All links, facts, Dues and judgements of that many orders from their events; and a bare copy of all that this made."""
    with world(orders) as (work, ticker):
        events = work.number("select count(*) from event")
        floor = min(seconds(lambda: work.run("bench/pass")) for _ in range(3))
        ours, memory = seconds(lambda: rebuild(work, ticker)), _most_memory()
        copied = sum(
            seconds(partial(work.run_sql, f"create or replace temp table bare as from {one}")) for one in derived(work)
        )
    what = f"rebuild of {orders:,} orders from {events:,} events"
    return [
        Result(what, ours, floor, "s", "≤ 40 × one pass", higher=False),
        Result("  what it made, copied as it is", copied, floor, "s", "print", higher=False),
        Result("  the most memory it took", memory, _LIMIT, "GiB", f"< {_LIMIT:.0f} GiB", higher=False),
    ]


def ticking(orders: int) -> list[Result]:
    """Ten thousand events on open orders of that world: correlated, folded, judged and committed; the rules apart."""
    with world(orders) as (work, ticker):
        stored = work.number("select count(*) from event")
        rebuild(work, ticker)
        work.run_sql("delete from case_intent")
        work.run_sql("checkpoint")
        bare, ours, rules = zip(*(_turn(work, ticker, turn) for turn in range(1, _TURNS + 1)), strict=True)
    what = f"tick of 10,000 events on top of {stored:,}"
    floor = statistics.median(bare) * 1000
    mine, judged = statistics.median(ours) * 1000, statistics.median(rules) * 1000
    return [
        Result(what, mine, floor, "ms", "≤ 30 × bare insert", higher=False),
        Result("  the clocks of its orders by the rules", judged, floor, "ms", "≤ 10 × bare insert", higher=False),
    ]


def _turn(work: Work, ticker: Ticker, turn: int) -> tuple[float, float, float]:
    """Seconds of the bare insert of a batch, of the tick that takes it, and of the rules on its orders once more."""
    work.run("bench/more", last=work.number("select max(seq) from event"), turn=turn)
    bare = seconds(lambda: work.run_sql("insert into bare_words from more_words"))
    work.run_sql("drop table bare_words")
    work.run_sql("insert into event from more_words")
    ticked = seconds(ticker.tick)
    return bare, ticked, seconds(lambda: ticker.judging.judge(work, frozenset(), clock.instant()))


@contextmanager
def world(orders: int) -> Iterator[tuple[Work, Ticker]]:
    """A store with the events of that many orders, and the engine that is to take them."""
    with tempfile.TemporaryDirectory(prefix="orderscope-bench-") as folder:
        database = Database(Path(folder) / "record.duckdb")
        work = Work(database)
        for first in range(0, orders, _AT_ONCE):
            work.run("bench/world", orders=min(_AT_ONCE, orders - first), first=first, total=orders)
        work.run_sql("checkpoint")
        try:
            yield (
                work,
                Ticker(
                    work,
                    Judge(resolve(load(KINDS)), KINDS, Calendars({}), Findings(findings(load(KINDS)), Calendars({}))),
                ),
            )
        finally:
            work.close()
            database.close()


def _most_memory() -> float:
    """GiB that this process ever held."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 2**20


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
