"""The engine at work: one thread that takes what was stored, sweeps each second, and hands intents to the cases.

A commit of the intake wakes it. When a step fails the batch is made smaller until the event that cannot be taken
stands alone; that one is left out, kept in `skipped`, and shown.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from app import clock
from app.engine.counts import Then, publish_counts
from app.engine.judge import Judge
from app.engine.rebuild import Progress, forget, rebuild
from app.engine.speak import deliver
from app.engine.state import publish_profile
from app.engine.tick import Done, Ticker
from app.errors import brief
from app.model.judgements import Feed
from app.model.taxonomy import EVENTS, role
from app.store.work import Work

log = logging.getLogger(__name__)
_SWEEP_SECONDS = 1.0
_REACHED = (
    "select c.seq as events, c.span_seq as spans, i.span_seq as measured, i.point_seq as points"
    " from cursor_state c, interface_cursor i"
)
_A_DAY, _EARLY = timedelta(days=1), datetime(1970, 1, 1)


class Desk(Protocol):
    """Where intents go: the cases."""

    def apply(self, intents: Iterable[Any]) -> int:
        """Apply what is new, in order; how many were new."""
        ...

    def applied_seq(self) -> int:
        """The number of the last intent applied in this scope."""
        ...

    def alerted(self, asked: Sequence[Then]) -> set[Then]:
        """Of orders and instants, those at which an exception of the order was open."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules to go by: the judge, its fingerprint, and which of them no feed can satisfy, given the sources seen."""

    judge: Judge
    fingerprint: str
    unrated: Callable[[tuple[str, ...]], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Reached:
    """Up to which number of each kind all is taken, and said to the desk; `measured` and `points`: of interfaces."""

    events: int = 0
    spans: int = 0
    measured: int = 0
    points: int = 0


@dataclass(slots=True)
class Engine:
    """Owns the ticker and its thread. `intent` makes an intent of the cases from a row of ours."""

    work: Work
    ticker: Ticker
    desk: Desk
    intent: Callable[..., Any]
    unrated: Callable[[tuple[str, ...]], frozenset[str]]
    fingerprint: str
    on_done: Callable[[Done], None] = lambda done: None
    failure: str = ""
    reached: Reached = Reached()
    _wake: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _learned_at: datetime | None = None
    _counted_on: date | None = None
    _change: tuple[Callable[[], Rules], Callable[[str], None]] | None = None
    _fallback: tuple[Rules, Callable[[str], None]] | None = None
    _rejudging: int = 0
    _again: int = 0

    def prepare(self, progress: Progress = lambda done: None) -> None:
        """Make what stands fit the clock, the rules and the library in force, then catch up."""
        self._meet_the_desk()
        state = self.work.ask("select as_of, rules, feeds, made_by, seq from cursor_state").row(0, named=True)
        frozen = clock.frozen()
        as_of = clock.instant(frozen) if frozen else None
        self.ticker.unrated = self._unrated("event")
        feeds = " ".join(sorted(self.ticker.unrated))
        if state["as_of"] != as_of:
            with self.work.transaction():
                self.work.run_sql("delete from alarm; delete from case_intent")
        if (
            state["as_of"] != as_of
            or state["made_by"] not in ("", self.work.made_by)
            or self._nothing_taken(state["seq"])
        ):
            self._rebuild(progress)
        elif state["seq"] and (state["rules"] != self.fingerprint or state["feeds"] != feeds):
            self.ticker.measure_again()
            self.ticker.refold()
        self._remember()
        self.deliver()
        self.catch_up(progress)

    def _nothing_taken(self, seq: int) -> bool:
        """Is all that is stored still to be taken, as after a bulk load or a new shape of the tables?"""
        return not seq and bool(self.work.number("select count(*) from (from event limit 1)"))

    def _rebuild(self, progress: Progress) -> None:
        """Derive everything at once; where that fails, step by step, leaving out what cannot be taken."""
        try:
            rebuild(self.work, self.ticker, progress)
        except Exception:  # whatever an event did to the fold
            log.exception("Not everything could be derived at once; it is taken step by step")
            with self.work.transaction():
                forget(self.work)
            self.catch_up(progress)
            with self.work.transaction():
                self.ticker.speak_of_all()

    def catch_up(self, progress: Progress = lambda done: None) -> None:
        """Take everything that is stored and say everything that is due."""
        while (done := self._step()).events or done.intents or self._rejudging:
            progress(done)

    def start(self) -> None:
        """Run until `stop`."""
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the step at hand and end the thread."""
        self._stop.set()
        self._wake.set()
        if self._thread:
            self._thread.join()

    @property
    def alive(self) -> bool:
        """Is the thread running?"""
        return self._thread is not None and self._thread.is_alive()

    @property
    def again(self) -> int:
        """The number of the first order that changed rules have not judged yet, or of which nobody has been told; 0: none."""
        return 1 if self._change else self._again

    def wake(self) -> None:
        """Something was stored."""
        self._wake.set()

    def adopt(self, rules: Callable[[], Rules], refused: Callable[[str], None] = lambda why: None) -> None:
        """Go by other rules from the next step on; they are asked for in the thread of the engine.

        Orders are judged again by and by, between two steps. Where that fails, the rules before stay in force, and
        `refused` hears why.
        """
        self._change = (rules, refused)
        self.wake()

    def deliver(self) -> None:
        """Give the desk the intents that it has not applied; forget those that it has."""
        deliver(self.work, lambda rows: self.desk.apply([self.intent(**row) for row in rows]))

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(_SWEEP_SECONDS)
            self._wake.clear()
            try:
                self.catch_up()
            except Exception as fault:  # the thread must outlive any failure
                self.failure = brief(fault)
                log.exception("The engine's step failed; it is tried again")

    def _turn(self) -> None:
        """Take over rules that have changed, or judge some more orders by them."""
        if not (self._change or self._rejudging):
            return
        try:
            self._rejudging = self.ticker.rejudge(self._changed() if self._change else self._rejudging)
        except Exception as fault:  # whatever a rule does to the judge
            if self._fallback is None:
                raise
            log.exception("The changed rules cannot be judged by; those before stay in force")
            (before, refused), self._fallback = self._fallback, None
            self._go_by(before)
            self._rejudging = 1
            refused(brief(fault))
        if not self._rejudging:
            self._fallback = None
            self._remember()
        self.on_done(Done(orders=1))

    def _changed(self) -> int:
        """Go by the rules that wait; the number of the first order to judge by them."""
        assert self._change is not None
        self._again = 1
        (rules, refused), self._change = self._change, None
        self._fallback = (Rules(self.ticker.judging, self.fingerprint, self.unrated), refused)
        self._go_by(rules())
        return 1

    def _go_by(self, rules: Rules) -> None:
        self.fingerprint, self.unrated = rules.fingerprint, rules.unrated
        self.ticker.judge_by(rules.judge)
        self.ticker.unrated = self._unrated()

    def _step(self) -> Done:
        self._turn()
        done = self._guarded_tick()
        if done.events:
            self._watch_feeds()
        self.deliver()
        if done.events:
            self._learn_durations()
            self._count_days()
        self.reached = Reached(**self.work.rows(_REACHED, {})[0])
        self._again = self._rejudging
        if done.events or done.intents or done.orders:
            self.on_done(done)
        return done

    def _learn_durations(self) -> None:
        """Once a day, how long steps take is published; what was published before stays as it is."""
        now = clock.instant()
        if self._learned_at is None:
            self._learned_at = (
                self.work.ask("select max(valid_from) as at_last from profile")["at_last"].item() or _EARLY
            )
        if now - self._learned_at >= _A_DAY and publish_profile(self.work, self.ticker.judging.forecast, now):
            self._learned_at = now

    def _count_days(self) -> None:
        """Once a day, what is counted once a day."""
        now = clock.instant()
        if self._counted_on != now.date():
            publish_counts(self.work, self.desk.alerted, now)
            self._counted_on = now.date()

    def _guarded_tick(self) -> Done:
        """A tick that narrows down on what it cannot take."""
        size, largest = self.ticker.batch, self.ticker.batch
        try:
            while True:
                try:
                    done = self.ticker.tick()
                    self.failure = ""
                    return done
                except Exception as fault:  # whatever an event did to the fold
                    log.exception("A batch of %d events could not be taken", size)
                    if size == 1:
                        self.ticker.skip(brief(fault)[:500])
                        return Done(events=1)
                    size = self.ticker.batch = max(1, size // 10)
        finally:
            self.ticker.batch = largest

    def _watch_feeds(self) -> None:
        """A source that may send anything makes every rule rated; then all Dues are made again."""
        unrated = self._unrated()
        if unrated != self.ticker.unrated:
            self.ticker.unrated = unrated
            self.ticker.refold()
            self._remember()

    def _unrated(self, table: str = "source_seen") -> frozenset[str]:
        seen = self.work.ask(f"select distinct source from {table} where source <> 'people' order by source")["source"]
        return self.unrated(tuple(seen))

    def _remember(self) -> None:
        self.work.run_sql(
            f"update cursor_state set rules = '{self.fingerprint}', made_by = '{self.work.made_by}',"
            f" feeds = '{' '.join(sorted(self.ticker.unrated))}'"
        )

    def _meet_the_desk(self) -> None:
        """If either store is older than the other remembers, forget what was said: it is then said again in full."""
        applied = self.desk.applied_seq()
        said = self.work.number("select intent_seq from cursor_state")
        pending = self.work.number("select count(*) from case_intent")
        if applied > said or (not pending and applied < said and self._same_scope()):
            with self.work.transaction():
                self.work.run_sql("delete from alarm; delete from case_intent")
                self.work.run_sql(f"update cursor_state set intent_seq = {max(applied, said)}, rules = ''")

    def _same_scope(self) -> bool:
        as_of = self.work.ask("select as_of from cursor_state")["as_of"].item()
        frozen = clock.frozen()
        return bool(as_of == (clock.instant(frozen) if frozen else None))


def unrated_rules(
    rules: tuple[Any, ...], sends: dict[str, tuple[str, ...] | None]
) -> Callable[[tuple[str, ...]], frozenset[str]]:
    """Which rules no feed can satisfy, given the sources seen.

    `sends` says what each declared source can deliver, None for anything. A rule is left out only when every source
    that was seen says what it sends and none sends a stop of the rule: then silence would prove nothing. What one source
    should tell and does not send is `feed:TYPE@SOURCE`: of that source its silence proves nothing.
    """

    def unrated(seen: tuple[str, ...]) -> frozenset[str]:
        told = {source: sends.get(source) for source in seen}
        silent = {one for source, types in told.items() if types is not None for one in mute(source, types)}
        if not seen or any(types is None for types in told.values()):
            return frozenset(silent)
        delivered = {t for types in told.values() for t in types or ()}
        return frozenset(silent | {rule.id for rule in rules if not delivered & set(rule.stops)})

    def mute(source: str, types: tuple[str, ...]) -> Iterator[str]:
        for rule in rules:
            if isinstance(rule, Feed) and not set(rule.stops) & set(types) and role(source) in EVENTS[rule.stops[0]][0]:
                yield f"{rule.id}@{source}"

    return unrated
