"""A whole past for lists and figures: every event as far as it was known, derived by the same engine, in the background.

Made one after another in scratch files, kept while they are asked about, brought up to date with what arrives since:
a late message belongs to the past too.
"""

import logging
import shutil
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from pathlib import Path

from app.engine.rebuild import rebuild
from app.engine.scratch import Heard, Means, Past
from app.engine.tick import Done
from app.errors import Busy, Conflict
from app.store.past import Making, Times
from app.store.past.copying import copy_all
from app.store.reader import Reader
from app.store.work import Work

log = logging.getLogger(__name__)
_KEPT, _WAITING, _AT_ONCE = 3, 3, 20_000


class _Stopped(Exception):
    """The program ends: what is being made is left."""


class _Whole:
    """One whole past: first made, then kept up to date."""

    def __init__(self, means: Means, times: Times, path: Path, stop: threading.Event) -> None:
        self._means, self._times, self._path, self._stop = means, times, path, stop
        self._past: Past | None = None
        self._upto = 0
        self.lock = threading.Lock()
        self.job: Future[None] | None = None
        self.made = Making(0, 0)

    @property
    def reader(self) -> Reader:
        """The questions at that time."""
        assert self._past is not None
        return self._past.reader

    def behind(self, record: Work) -> int:
        """Stored events that it has not looked at."""
        return record.number("select max(seq) from event") - self._upto

    def bring(self, heard: Heard) -> None:
        """Take everything that is stored by now; the first time in bulk."""
        record = Work(self._means.database)
        try:
            with self.lock:
                self._bring(record, heard)
        finally:
            record.close()

    def _bring(self, record: Work, heard: Heard) -> None:
        past = self._past or Past(self._means, self._times, self._path)
        try:
            unrated = self._means.unrated(heard.by(record, self._times.known))
            refold = self._past is not None and unrated != past.ticker.unrated
            past.ticker.unrated = unrated
            upto = copy_all(record, past.work, self._upto, self._times, self._told)
            if refold:
                past.ticker.refold()
            if self._past is None and past.work.number("select max(seq) from event"):
                rebuild(past.work, past.ticker, self._taken)
                past.look()
            else:
                past.settle()
        except BaseException:
            self._past, self._upto = None, 0
            past.discard()
            raise
        self._past, self._upto = past, upto

    def _told(self, done: int, total: int) -> None:
        self.made = Making(done // 4, total)
        self._halt()

    def _taken(self, done: Done) -> None:
        self.made = Making(min(self.made.done + done.events * 3 // 4, self.made.total), self.made.total)
        self._halt()

    def _halt(self) -> None:
        if self._stop.is_set():
            raise _Stopped

    def discard(self) -> None:
        """Throw it away."""
        with self.lock:
            if self._past:
                self._past.discard()
                self._past = None


class Wholes:
    """The whole pasts that were asked about last. `folder` is ours: it is emptied at the start and at the end."""

    def __init__(self, means: Means, folder: Path, patience: float) -> None:
        self._means, self._folder, self._patience = means, folder, patience
        self._kept: OrderedDict[Times, _Whole] = OrderedDict()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._heard = Heard()
        self._pool = ThreadPoolExecutor(1, "past")
        self._made = 0
        shutil.rmtree(folder, ignore_errors=True)

    def at(self, times: Times) -> Reader | Making:
        """All questions at that time, or how far it has come."""
        with self._lock:
            whole = self._kept.get(times) or self._begun(times)
            self._kept.move_to_end(times)
        assert whole.job is not None
        try:
            whole.job.result(self._patience)
        except NotYet:
            return whole.made
        except Exception:
            with self._lock:
                self._kept.pop(times, None)
            raise
        return self._current(whole)

    def _current(self, whole: _Whole) -> Reader | Making:
        """Little news is taken at once, much of it in the background."""
        record = Work(self._means.database)
        try:
            behind = whole.behind(record)
        finally:
            record.close()
        if behind > _AT_ONCE:
            whole.job = self._pool.submit(whole.bring, self._heard)
            return whole.made
        if behind:
            whole.bring(self._heard)
        return whole.reader

    def _begun(self, times: Times) -> _Whole:
        if sum(1 for whole in self._kept.values() if whole.job and not whole.job.done()) >= _WAITING:
            raise Busy("Other times are being made.", "Ask again when one of them is done.")
        self._check_room()
        while len(self._kept) >= _KEPT:
            self._drop(next(t for t, whole in self._kept.items() if not whole.job or whole.job.done()))
        self._made += 1
        whole = _Whole(self._means, times, self._folder / f"past{self._made}.duckdb", self._stop)
        whole.job = self._pool.submit(whole.bring, self._heard)
        self._kept[times] = whole
        return whole

    def _drop(self, times: Times) -> None:
        self._kept.pop(times).discard()

    def _check_room(self) -> None:
        """A past may need as much room as the present."""
        path = self._means.database.path
        needed = path.stat().st_size if path.is_file() else 0
        if shutil.disk_usage(path.parent).free < 2 * needed:
            raise Conflict("The disk has no room for another time.", "Make room, or ask about single orders.")

    def close(self) -> None:
        """Stop what is being made and let everything go."""
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        with self._lock:
            for times in list(self._kept):
                self._drop(times)
        shutil.rmtree(self._folder, ignore_errors=True)
