"""The rules on a large made-up world: every clock judged from nothing, and very many of them falling due at once.

The floor of the first is one bare pass over the same events, of the second the bare insert of what the step says, of
the page that is asked for meanwhile the same page when all is done.
"""

import tempfile
import threading
from datetime import datetime, timedelta
from pathlib import Path

from app.cases import Board, Cases, Intent, codes
from app.engine.fold import fold
from app.engine.rebuild import rebuild
from app.engine.speak import deliver
from app.engine.tick import Ticker
from app.main.bench_engine import seconds, world
from app.main.bench_result import Result
from app.settings import Apart
from app.store.work import Work

#: Somebody looks so many seconds after the last answer.
_LOOKED = 0.25
_FOLDED_AT_ONCE = 50_000
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
    return [Result(f"{dues:,} clocks of {orders:,} orders from nothing", ours, floor, "s", "≤ 100 × one pass", False)]


def _judged(work: Work, ticker: Ticker, first: int) -> float:
    """Seconds that the rules take for some orders, without the fold before them."""
    work.run_sql("create or replace temp table also_touched (no bigint)")
    work.run("judge/range", first=first, last=first + _FOLDED_AT_ONCE - 1)
    fold(work, _DUE, False)
    return seconds(lambda: ticker.judging.judge(work, frozenset(), _DUE))


def sweeping(orders: int) -> list[Result]:
    """One clock of each of that many orders falls due in one step, and becomes a case."""
    with world(orders) as (work, ticker), tempfile.TemporaryDirectory(prefix="orderscope-bench-") as folder:
        rebuild(work, ticker)
        work.run_sql("delete from case_intent")
        work.run_sql(f"update due set due_at = timestamp '{_DUE}', met_at = null, void_at = null where rule = 'S01'")
        work.run_sql(f"update cursor_state set swept_at = timestamp '{_DUE}'")
        cases = Cases.open(Apart(data=Path(folder)))
        codes.shipped()
        late = Ticker(work, ticker.judging, now=lambda: _DUE + timedelta(seconds=1))
        said = seconds(late.tick)
        count = work.number("select count(*) from case_intent")
        floor = seconds(lambda: work.run_sql("create or replace temp table bare_intent as from case_intent"))
        page = _Page(cases)
        page.start()
        ours = said + seconds(lambda: deliver(work, lambda rows: cases.apply([Intent(**row) for row in rows])))
        slowest = page.stop()
        alone = seconds(page.look)
        cases.close()
    what = f"{count:,} clocks falling due in one step, opened as cases"
    return [
        Result(what, ours, floor, "s", "≤ 10 s for 100,000", higher=False),
        Result("the list of exceptions meanwhile, the slowest answer", slowest, alone, "s", "print", higher=False),
    ]


class _Page(threading.Thread):
    """Somebody who looks at the exceptions again and again while they are opened."""

    def __init__(self, cases: Cases) -> None:
        super().__init__(daemon=True)
        self._cases, self._board = cases, Board(cases.store)
        self._enough, self._slowest = threading.Event(), 0.0

    def look(self) -> None:
        """The board behind the queue, and the first rows of the list."""
        self._board.frame()
        self._cases.list({"status": "new"}, limit=50)

    def run(self) -> None:
        while not self._enough.wait(_LOOKED):
            self._slowest = max(self._slowest, seconds(self.look))

    def stop(self) -> float:
        """No longer; how many seconds the slowest answer took."""
        self._enough.set()
        self.join()
        return self._slowest
