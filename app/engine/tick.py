"""The engine's step: stored events become orders, Dues and intents, and the cursor moves, in one transaction.

1. Take the next events above the cursor. 2. Tie them to orders. 3. Fold the orders touched. 4. Make their Dues.
5. Write what that raises or clears. 6. Move the cursor. The sweep is a step without events.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from app import clock
from app.engine.agreement import agreements_moved, learn_agreements, watch_agreements
from app.engine.apart import apart, purchases_again
from app.engine.correlate import correlate
from app.engine.fold import fold
from app.engine.judge import Judge
from app.engine.listening import Listening
from app.engine.news import News
from app.engine.speak import fallen, speak
from app.engine.state import heard_of_systems, judge_state, keep_loose, learn
from app.engine.unmatched import watch_all_unmatched, watch_unmatched
from app.store.work import Work
from rules.book import agreed

_EARLY = datetime(1970, 1, 1)
_SPANS_WAITING = """
select count(*) from (
    select 1 from spans.span where seq > (select span_seq from cursor_state) and (len(keys) > 0 or len(links) > 0) limit 1
)
"""
#: How many events are tied to orders at once, and how many orders folded, when everything is derived anew.
_RELATED_AT_ONCE, _FOLDED_AT_ONCE = 1_000_000, 25_000
#: How many are judged again between two steps when rules have changed.
_REJUDGED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Done:
    """What a step did."""

    events: int = 0
    orders: int = 0
    intents: int = 0


class Ticker:
    """Runs steps on one connection; not for two threads at once. `unrated` rules have no feed and give no Dues.

    `now` tells the time: the domain's, or the past instant that a question is about. `ear` listens to the sources;
    without one they are taken as they stand.
    """

    def __init__(
        self, work: Work, judge: Judge, batch: int = 100_000, now: Callable[[], datetime] = clock.instant,
        ear: Listening | None = None,
    ) -> None:  # fmt: skip
        self._work, self._judge, self.batch, self._now, self._ear = work, judge, batch, now, ear
        self._spoke = True
        if ear:
            ear.learn(work)
        else:
            learn_agreements(work, agreed())
        self.unrated: frozenset[str] = frozenset()
        judge.read_by(work)
        learn(work, judge.findings)

    def tick(self) -> Done:
        """One step, published as one."""
        with self._work.transaction():
            return self.step()

    def run(self, progress: Callable[[Done], None] = lambda done: None) -> None:
        """Tick until every stored event is taken and nothing more is due."""
        while (done := self.tick()).events or done.intents:
            progress(done)

    def step(self) -> Done:
        """Take one batch of new events and all that has fallen due; inside a transaction."""
        now = self._now()
        self._begin()
        seq, fresh = self._next(self.batch)
        woken = len(fresh) or self._woken(now) or agreements_moved(self._work)
        orders = self._take(fresh, now) if woken else 0
        self._judge.watch.look(self._work, now)
        shaken = self._ear is not None and self._ear.look(self._work, now, bool(woken) or self._spoke)
        intents = speak(self._work, now) if self._fallen(now, bool(orders), shaken) else 0
        self._spoke = intents > 0
        if len(fresh) or orders or intents:
            self._publish(seq + len(fresh), now, intents)
        return Done(len(fresh), orders, intents)

    def related(self) -> Iterator[Done]:
        """Tie all events to orders, many at once, and fold none of them yet; each step inside a transaction."""
        while len((step := self._next(_RELATED_AT_ONCE))[1]):
            (seq, fresh), now = step, self._now()
            correlate(self._work, News.of(self._work, fresh))
            self._work.run("correlate/touched", now=now)
            self._publish(seq + len(fresh), now, 0)
            yield Done(len(fresh))

    def settle(self) -> Iterator[Done]:
        """After everything was related: what lives without an order, then all orders; each step inside a transaction."""
        everything = self._everything()
        now = self._now()
        self._begin()
        if len(everything):
            watch_all_unmatched(self._work, everything["seq"].item(-1))
            news = News.of(self._work, everything)
            apart(self._work, news, now)
            heard_of_systems(self._work, news, now)
            keep_loose(self._work)
        else:
            purchases_again(self._work, now)
        self._watch_sources()
        self._work.run_sql("delete from touched")
        self._refold(now)
        yield from self._fold_all(now)

    @property
    def judging(self) -> Judge:
        """What it judges by."""
        return self._judge

    def judge_by(self, judge: Judge) -> None:
        """Judge by other rules from now on; what was judged before stays until it is judged again."""
        measured = self._judge.findings.tables["tolerated"]
        self._judge = judge
        judge.read_by(self._work)
        learn(self._work, judge.findings)
        if not measured.equals(judge.findings.tables["tolerated"]):
            self.measure_again()

    def measure_again(self) -> None:
        """Wake all that is measured before it is judged: the next step finds anew what is off."""
        self._work.run_sql(f"insert into wake select distinct no, timestamp '{self._now()}' from stock_word")

    def rejudge(self, first: int) -> int:
        """Judge again some orders, from the number `first` on, and say what follows; where to go on, 0: done."""
        return self._judge_again(first, _REJUDGED_AT_ONCE)

    def _judge_again(self, first: int, many: int) -> int:
        """What is no order is judged with the first of them, and what is counted of all of them with the last."""
        last = self._work.number("select max(order_no) from node")
        upto, now = first + many - 1, self._now()
        with self._work.transaction():
            if first == 1:
                self.refold_apart(now)
                self._speak_of_these(now)
            self.refold_some(first, upto, now)
            self._speak_of_these(now)
            if upto >= last:
                self._recount(now)
        return upto + 1 if upto < last else 0

    def _speak_of_these(self, now: datetime) -> None:
        self._work.run("judge/these")
        intents = speak(self._work, now)
        self._work.run_sql(f"update cursor_state set intent_seq = intent_seq + {intents}")

    def _recount(self, now: datetime) -> None:
        """Judge anew what counts over orders and interfaces, and say what follows."""
        self._spelled()
        self._judge.budgets.judge(self._work, now)
        self._work.run_sql("create or replace temp table spelled_before as from spelled")
        self._judge.watch.anew(self._work)
        self._work.run_sql("create or replace temp table touched (order_no bigint)")
        self._work.run_sql("insert into also_touched from spelled union from spelled_before")
        self._speak_of_these(now)

    def _spelled(self) -> None:
        """Nothing was touched, and no spell was made anew yet."""
        self._begin()
        self._work.run_sql("create or replace temp table spelled (no bigint)")

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
        first = 1
        while first:
            first = self._judge_again(first, _FOLDED_AT_ONCE)

    def speak_of_all(self) -> int:
        """Say what stands differently from what was last said, for every order; inside a transaction."""
        work, now = self._work, self._now()
        work.run_sql("update alarm set order_no = o.order_no from orders o where o.order_id = alarm.order_id")
        work.run_sql(
            "create or replace temp table judged_order as select order_no from orders"
            " union select order_no from alarm union select order_no from judgement union select order_no from due"
        )
        work.run_sql("create or replace temp table touched as from judged_order")
        intents = speak(work, now)
        self._publish(work.number("select seq from cursor_state"), now, intents)
        return intents

    def _take(self, fresh: pl.DataFrame, now: datetime) -> int:
        news = News.of(self._work, fresh)
        correlate(self._work, news)
        self._work.run("correlate/touched", now=now)
        watch_unmatched(self._work)
        apart(self._work, news, now)
        heard_of_systems(self._work, news, now)
        keep_loose(self._work)
        watch_agreements(self._work)
        self._refold(now)
        return self._work.count("touched")

    def _begin(self) -> None:
        self._work.run_sql("create or replace temp table also_touched (no bigint)")

    def _watch_sources(self) -> None:
        watch_agreements(self._work)
        if self._ear:
            self._ear.tell(self._work)

    def _everything(self) -> pl.DataFrame:
        """The first and the last of the events that were taken."""
        last = self._work.number("select seq from cursor_state")
        return pl.DataFrame({"seq": [1, last]} if last else {"seq": []}, schema={"seq": pl.Int64})

    def _next(self, many: int) -> tuple[int, pl.DataFrame]:
        """The number up to which events are taken, and the numbers of the next ones."""
        seq = self._work.number("select seq from cursor_state")
        return seq, self._work.ask(f"select seq from event where seq > {seq} and seq <= {seq + many} order by seq")

    def _fold_all(self, now: datetime) -> Iterator[Done]:
        """Fold and judge every order from its links, as many at a time as memory likes; neighbours came together."""
        last = max(1, self._work.number("select max(order_no) from node"))
        for first in range(1, last + 1, _FOLDED_AT_ONCE):
            self.refold_some(first, first + _FOLDED_AT_ONCE - 1, now)
            yield Done(orders=min(_FOLDED_AT_ONCE, last + 1 - first))
        self._judge.budgets.judge(self._work, now)
        self._judge.watch.anew(self._work)

    def refold_some(self, first: int, last: int, now: datetime, states: bool = True) -> None:
        """Fold and judge the orders numbered from `first` to `last` again, without `states` only their Dues; inside a
        transaction."""
        self._begin()
        self._work.run("judge/range", first=first, last=last)
        self._refold(now, states)

    def refold_apart(self, now: datetime, sources: bool = True) -> None:
        """Judge again what is no order: purchase orders, what was found of others and, unless without `sources`, what
        was agreed with them and which partners are out; inside a transaction."""
        self._begin()
        purchases_again(self._work, now)
        self._work.run_sql("insert into also_touched select distinct order_no from loose_finding")
        self._work.run_sql("delete from likeness where rule not in (select rule from alike)")
        if sources:
            heard_of_systems(self._work, News.of(self._work, self._everything()), now)
            self._watch_sources()
        self._refold(now)

    def _refold(self, now: datetime, states: bool = True) -> None:
        fold(self._work, now, clock.frozen() is not None)
        self._judge.judge(self._work, self.unrated, now)
        if states:
            judge_state(self._work, self._judge.findings, self._judge.forecast, self.unrated)

    def _woken(self, now: datetime) -> bool:
        due = f"select count(*) from wake where wake_at <= timestamp '{now}'"
        return bool(self._work.number(due) or self._work.number(_SPANS_WAITING))

    def _fallen(self, now: datetime, touched: bool, shaken: bool) -> bool:
        """Is there anything to say? The orders touched, those of which something fell due since the last time, and
        those of which something is surer or less sure than it was."""
        swept = self._work.ask("select swept_at from cursor_state")["swept_at"][0] or _EARLY
        due = fallen(self._work, swept, now)
        self._work.run_sql(
            "insert into judged_order select order_no from touched"
            if touched
            else "create or replace temp table touched (order_no bigint)"
        )
        if shaken:
            self._work.run_sql("insert into judged_order from shaken")
        if touched or due > 0 or shaken:
            self._watch_budgets(now)
        return touched or due > 0 or shaken

    def _watch_budgets(self, now: datetime) -> None:
        """What fell due or was touched may have burned a budget: it is spoken of in the same step."""
        if self._judge.budgets.objectives:
            self._judge.budgets.judge(self._work, now)
            self._work.run_sql("insert into judged_order select no from spelled")

    def _publish(self, seq: int, now: datetime, intents: int) -> None:
        frozen = clock.frozen()
        self._work.run(
            "judge/publish", seq=seq, now=now, intents=intents, as_of=clock.instant(frozen) if frozen else None
        )
