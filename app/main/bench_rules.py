"""The rules on a large made-up world: every clock judged from nothing, the orders of one step, and very many clocks
falling due at once.

The floor of the first is one bare pass over the same events, of the second the bare insert of the events of such a step,
of the third the bare insert of what the step says.
"""

import statistics
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from app.cases import Cases, Intent
from app.engine.fold import fold
from app.engine.rebuild import rebuild
from app.engine.state import judge_state
from app.engine.tick import Ticker
from app.main.bench_engine import seconds, world
from app.main.bench_result import Result
from app.settings import Settings
from app.store.work import Work

_FOLDED_AT_ONCE, _APPLIED_AT_ONCE, _TOUCHED, _TURNS = 50_000, 5_000, 5_000, 5
_DUE = datetime(2027, 1, 1)


def judging(orders: int) -> list[Result]:
    """All deadlines of that many orders, from their folded events."""
    with world(orders) as (work, ticker):
        rebuild(work, ticker)
        work.run_sql("delete from due")
        floor = min(seconds(lambda: work.run("bench/pass")) for _ in range(3))
        last = work.number("select max(order_no) from node")
        ours = sum(_judged(work, ticker, first) for first in range(1, last + 1, _FOLDED_AT_ONCE))
        dues = work.number("select count(*) from due")
        of_a_step = _touched(work, ticker, last)
    what = f"{dues:,} clocks of {orders:,} orders from nothing"
    return [Result(what, ours, floor, "s", "≤ 100 × one pass", higher=False), of_a_step]


def _judged(work: Work, ticker: Ticker, first: int) -> float:
    """Seconds that the clocks of some orders take, without the fold before them."""
    _folded(work, first, first + _FOLDED_AT_ONCE - 1)
    return seconds(lambda: ticker.judging.judge(work, frozenset(), _DUE))


def _folded(work: Work, first: int, last: int) -> None:
    work.run_sql("create or replace temp table also_touched (no bigint)")
    work.run("judge/range", first=first, last=last)
    fold(work, _DUE, False)


def _touched(work: Work, ticker: Ticker, last: int) -> Result:
    """All rules over the newest orders, as many as ten thousand events touch."""
    work.run("bench/more", last=work.number("select max(seq) from event"), turn=1)
    insert = "insert into bare_words from more_words"
    floor = statistics.median(seconds(lambda: work.run_sql(insert)) for _ in range(_TURNS))
    _folded(work, last - _TOUCHED + 1, last)
    ours = statistics.median(seconds(lambda: _ruled(work, ticker)) for _ in range(_TURNS))
    count = work.number("select count(*) from touched")
    what = f"rules over {count:,} touched orders, beside their 10,000 events"
    return Result(what, ours * 1000, floor * 1000, "ms", "≤ 10 × bare insert", higher=False)


def _ruled(work: Work, ticker: Ticker) -> None:
    ticker.judging.judge(work, frozenset(), _DUE)
    judge_state(work, ticker.judging.findings)


def sweeping(orders: int) -> list[Result]:
    """One clock of each of that many orders falls due in one step, and becomes a case."""
    with world(orders) as (work, ticker), tempfile.TemporaryDirectory(prefix="orderscope-bench-") as folder:
        rebuild(work, ticker)
        work.run_sql("delete from case_intent")
        work.run_sql(f"update due set due_at = timestamp '{_DUE}', met_at = null, void_at = null where rule = 'S01'")
        work.run_sql(f"update cursor_state set swept_at = timestamp '{_DUE}'")
        cases = Cases.open(Settings(data=Path(folder)))
        late = Ticker(work, ticker.judging, now=lambda: _DUE + timedelta(seconds=1))
        said = seconds(late.tick)
        count = work.number("select count(*) from case_intent")
        floor = seconds(lambda: work.run_sql("create or replace temp table bare_intent as from case_intent"))
        with _looking(cases) as waits:
            ours = said + seconds(lambda: _applied(work, cases))
        rest = seconds(lambda: cases.list({}))
        cases.close()
    what = f"{count:,} clocks falling due in one step, opened as cases"
    meanwhile = Result("  the longest that a list of them took meanwhile", max(waits), rest, "s", "print", higher=False)
    return [Result(what, ours, floor, "s", "≤ 10 s for 100,000", higher=False), meanwhile]


@contextmanager
def _looking(cases: Cases) -> Iterator[list[float]]:
    """Somebody looks at the list of cases again and again; how long each look took, in seconds."""
    waits, stop = list[float](), threading.Event()

    def look() -> None:
        waits.append(seconds(lambda: cases.list({})))
        while not stop.wait(0.5):
            waits.append(seconds(lambda: cases.list({})))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield waits
    finally:
        stop.set()
        thread.join()


def _applied(work: Work, cases: Cases) -> None:
    """What was said, applied as the engine delivers it."""
    for first in range(0, work.number("select count(*) from case_intent"), _APPLIED_AT_ONCE):
        rows = work.ask(f"from case_intent order by seq limit {_APPLIED_AT_ONCE} offset {first}")
        cases.apply([_intent(row) for row in rows.iter_rows(named=True)])


def _intent(row: dict[str, object]) -> Intent:
    at, value = row.pop("raised_at"), row.pop("value")
    return Intent(at=at, value=None if value is None else f"{value:.2f}", **row)  # type: ignore[arg-type]
