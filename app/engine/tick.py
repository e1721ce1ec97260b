"""The engine's step: stored events become orders, Dues and intents, and the cursor moves, in one transaction.

1. Take the next events above the cursor. 2. Tie them to orders. 3. Fold the orders touched. 4. Make their Dues.
5. Write what that raises or clears. 6. Move the cursor. The sweep is a step without events.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from app import clock
from app.engine.correlate import correlate
from app.engine.fold import fold
from app.engine.judge import Judge
from app.engine.speak import fallen, speak
from app.engine.state import judge_state
from app.store.work import Work

_EARLY = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Done:
    """What a step did."""

    events: int = 0
    orders: int = 0
    intents: int = 0


class Ticker:
    """Runs steps on one connection; not for two threads at once. `unrated` rules have no feed and give no Dues.

    `now` tells the time: the domain's, or the past instant that a question is about.
    """

    def __init__(
        self, work: Work, judge: Judge, batch: int = 100_000, now: Callable[[], datetime] = clock.instant
    ) -> None:
        self._work, self._judge, self.batch, self._now = work, judge, batch, now
        self.unrated: frozenset[str] = frozenset()
        judge.read_by(work)

    def tick(self) -> Done:
        """One step, published as one."""
        with self._work.transaction():
            return self.step()

    def run(self, progress: Callable[[Done], None] = lambda done: None) -> None:
        """Tick until every stored event is taken and nothing more is due."""
        while (done := self.tick()).events or done.intents:
            progress(done)

    def step(self, speaking: bool = True) -> Done:
        """Take one batch of new events and, when `speaking`, all that has fallen due; inside a transaction."""
        now = self._now()
        work = self._work
        work.run_sql("create or replace temp table also_touched (no bigint)")
        seq = work.number("select seq from cursor_state")
        fresh = work.ask(f"select seq from event where seq > {seq} and seq <= {seq + self.batch}")
        orders = self._take(fresh, now) if len(fresh) or self._woken(now) else 0
        intents = speak(work, now) if speaking and self._fallen(now, bool(orders)) else 0
        if len(fresh) or orders or intents:
            self._publish(seq + len(fresh), now, intents)
        return Done(len(fresh), orders, intents)

    def skip(self, why: str) -> None:
        """Leave out the next event, which cannot be taken, and remember it."""
        with self._work.transaction():
            seq = 1 + self._work.number("select seq from cursor_state")
            skipped = pl.DataFrame({"seq": [seq], "detail": [why], "skipped_at": [self._now()]})
            self._work.hold("left_out", skipped)
            self._work.run_sql("insert into skipped by name from left_out")
            self._publish(seq, self._now(), 0)

    def refold(self) -> None:
        """Fold and judge every order again from its links as they stand: rules, feeds or the clock have changed."""
        with self._work.transaction():
            self._work.run_sql("create or replace temp table also_touched (no bigint)")
            self._work.run_sql(
                "create or replace temp table touched as select distinct order_no from node where order_no is not null"
            )
            self._refold(self._now())
            self.speak_of_all()

    def speak_of_all(self) -> int:
        """Say what stands differently from what was last said, for every order; inside a transaction."""
        work, now = self._work, self._now()
        work.run_sql("update alarm set order_no = o.order_no from orders o where o.order_id = alarm.order_id")
        work.run_sql(
            "create or replace temp table judged_order as select order_no from orders union select order_no from alarm"
        )
        work.run_sql("create or replace temp table touched as from judged_order")
        intents = speak(work, now)
        self._publish(work.number("select seq from cursor_state"), now, intents)
        return intents

    def _take(self, fresh: pl.DataFrame, now: datetime) -> int:
        self._work.hold("fresh_seq", fresh)
        self._work.run("correlate/seen")
        correlate(self._work, fresh)
        self._work.run("correlate/outdone")
        self._work.run("correlate/touched", now=now)
        self._refold(now)
        return self._work.number("select count(*) from touched")

    def _refold(self, now: datetime) -> None:
        fold(self._work, now, clock.frozen() is not None)
        self._judge.judge(self._work, self.unrated)
        judge_state(self._work)

    def _woken(self, now: datetime) -> bool:
        return bool(self._work.number(f"select count(*) from wake where wake_at <= timestamp '{now}'"))

    def _fallen(self, now: datetime, touched: bool) -> bool:
        """Is there anything to say? The orders touched, and those of which something fell due since the last time."""
        swept = self._work.ask("select swept_at from cursor_state")["swept_at"][0] or _EARLY
        due = fallen(self._work, swept, now)
        self._work.run_sql(
            "insert into judged_order select order_no from touched"
            if touched
            else "create or replace temp table touched (order_no bigint)"
        )
        return touched or due > 0

    def _publish(self, seq: int, now: datetime, intents: int) -> None:
        frozen = clock.frozen()
        self._work.run(
            "judge/publish", seq=seq, now=now, intents=intents, as_of=clock.instant(frozen) if frozen else None
        )
