"""Trials of rules in the background: one after another, each with how far it has come, and a way to stop it."""

import logging
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from app import clock
from app.errors import Busy, NotFound, OrderscopeError, brief

log = logging.getLogger(__name__)
Row = dict[str, Any]
Progress = Callable[[int, int], None]
_KEPT, _WAITING = 20, 3


class _Stopped(Exception):
    """Nobody wants the answer any more."""


@dataclass(slots=True)
class _Trial:
    id: str
    about: Row
    state: str = "waiting"
    done: int = 0
    of: int = 0
    fault: str = ""
    answer: Row | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    job: "Future[None] | None" = None

    def heard(self, done: int, of: int) -> None:
        self.done, self.of = done, of
        if self.stop.is_set():
            raise _Stopped

    def told(self) -> Row:
        return {"id": self.id, "state": self.state, "done": self.done, "of": self.of, "fault": self.fault} | self.about


class Trials:
    """The trials asked for last. State: waiting, running, done, failed, stopped."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Trial] = OrderedDict()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, "trial")

    def begin(self, run: Callable[[Progress], Row], about: Row) -> Row:
        """Run it when those before it are through; raises Busy when too many wait."""
        trial = _Trial(uuid.uuid4().hex[:12], about | {"begun_at": clock.instant(clock.wall())})
        with self._lock:
            if sum(one.state == "waiting" for one in self._kept.values()) >= _WAITING:
                raise Busy("Other rules are being tried.", "Try again when one of them is done.")
            self._kept[trial.id] = trial
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        trial.job = self._pool.submit(_run, trial, run)
        return trial.told()

    def look(self, id: str) -> Row:
        """How far it has come, with its `answer` once it is done; raises NotFound."""
        trial = self._one(id)
        return trial.told() | ({"answer": trial.answer} if trial.answer else {})

    def stop(self, id: str) -> Row:
        """End it at its next step; what is done stays as it is. Raises NotFound."""
        trial = self._one(id)
        trial.stop.set()
        if trial.job and trial.job.cancel():
            trial.state = "stopped"
        return trial.told()

    def close(self) -> None:
        """End them all."""
        for trial in list(self._kept.values()):
            trial.stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _one(self, id: str) -> _Trial:
        trial = self._kept.get(id)
        if trial is None:
            raise NotFound(f"There is no trial {id[:50]!r}.", "Begin one; only the last ones are kept.")
        return trial


def _run(trial: _Trial, run: Callable[[Progress], Row]) -> None:
    trial.state = "running"
    try:
        trial.answer = run(trial.heard)
        trial.state = "done"
    except _Stopped:
        trial.state = "stopped"
    except OrderscopeError as fault:
        trial.fault, trial.state = f"{fault.detail} {fault.mend}".strip(), "failed"
    except Exception as fault:  # whatever a rule does to the judge; the next trial must have its turn
        log.exception("A rule could not be tried")
        trial.fault, trial.state = brief(fault), "failed"
