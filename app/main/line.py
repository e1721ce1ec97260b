"""One feed at work for one source: fetch, translate, wait for the commit, and only then go on.

1. What a batch holds is translated by the source's wire, as if it had come over HTTP. 2. It is put into the sink; a
full queue is waited for. 3. When all of it is on disk, the position is kept. 4. Then the feed is asked for more, and
acknowledges. Whatever breaks off before that is fetched again, and the store drops what it has.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from itertools import chain
from pathlib import Path

from app import clock
from app.contracts import Batch, Collector, Errand, Feed, Fetched, Receipt, Sink
from app.errors import Busy, OrderscopeError, TooLarge
from app.main.loading import Loaded, bodies
from app.main.reconciling import inboxed
from app.model.event import Message, Rejection, Translation
from app.settings import Settings
from app.store.standing import Keeper
from app.unpack import unpacked
from app.web.door import strangers, without
from collectors.guarded import failed
from collectors.reading import whole

log = logging.getLogger(__name__)
_IN_FLIGHT = 64
_LOOK_SECONDS = 1.0
#: Seconds before a steady feed makes its line again, after the first failure, the second …; the last one stays.
_PAUSES = (1, 2, 4, 8, 16, 32, 60)


class Stopped(Exception):
    """The program ends before the batch at hand was answered."""


class Line:
    """A thread that keeps one source fetched."""

    def __init__(self, code: str, settings: Settings, sink: Sink, feed: Feed, wire: Collector) -> None:
        self.code, self.feed, self.wire = code, feed, wire
        self.source, self._settings, self._sink = settings.sources[code], settings, sink
        self._stop, self._wake = threading.Event(), threading.Event()
        self._failures = 0
        self.keeper = Keeper(settings.data, code, feed.kind)
        self._thread = threading.Thread(target=self._work, name=f"feed {code}", daemon=True)

    def start(self) -> None:
        """Begin with a run at once."""
        self._thread.start()

    def wake(self) -> None:
        """It is time for the next run; while one is going on, another follows it."""
        self._wake.set()

    def halt(self) -> None:
        """Take nothing new; the thread ends by itself."""
        self._stop.set()
        self._wake.set()

    def join(self, seconds: float) -> None:
        """Wait for the thread, but not for ever: what it had not acknowledged comes again."""
        self._thread.join(seconds)

    def run(self) -> bool:
        """Once through, until nothing is left or the line is stopped. False when something went wrong."""
        try:
            self._through()
        except Stopped:
            return True
        except Exception as fault:  # whatever a server or a library does, the others go on
            self._failed(told(fault))
            return False
        return True

    def _failed(self, why: str) -> None:
        """Count and remember a failure, and log it once; a disk that is full is no reason to give up."""
        self._failures += 1
        standing = self.keeper.standing
        if not standing.failing or why != standing.last_error:
            log.warning("%s: %s", self.code, why)
        try:
            self.keeper.failed(why)
        except OSError:
            log.exception("%s: how the feed stands could not be written", self.code)

    def _work(self) -> None:
        while not self._stop.is_set():
            good = self.run()
            if not self.feed.steady:
                self._wake.wait()
                self._wake.clear()
            elif not good:
                self._stop.wait(_PAUSES[min(self._failures, len(_PAUSES)) - 1])

    def _through(self) -> None:
        self.feed.check(self.source)
        self.wire.sends(self.source)
        folder = self._settings.data / "feeds"
        folder.mkdir(parents=True, exist_ok=True)
        position = self.keeper.standing.position
        errand = Errand(self.code, self.source, self.source.pull, position, folder, self._stop)
        with closing(self.feed.fetch(errand)) as batches:
            for batch in batches:
                self._store(batch)
                self.keeper.succeeded(batch.position)
                self._failures = 0

    def _store(self, batch: Batch) -> None:
        """Returns when all of a batch is on disk; full extracts lie in the inbox then, which compares them."""
        if getattr(self.source.pull, "extract", False):
            for file in batch.files:
                inboxed(self._settings, self.code, file)
            return
        waiting: list[Future[Receipt]] = []
        for one in chain(batch.messages, self._cut(batch.files)):
            waiting.append(self._put(*self._read(one)))
            if len(waiting) >= _IN_FLIGHT:
                self.keeper.standing.count(self._answer(waiting.pop(0)))
        for answer in waiting:
            self.keeper.standing.count(self._answer(answer))

    def _cut(self, files: Sequence[Path]) -> Iterator[Fetched]:
        """The messages of files. Where one cannot be read on, that is a dead letter."""
        for file in files:
            loaded = Loaded()
            yield from map(Fetched, bodies(self.wire, self.source, file, loaded))
            for refused in loaded.examples:
                refusal = whole("unreadable_file", f"{file.name}: {refused.reason}", b"")
                self._answer(self._put(*self._refused(b"", "", refusal)))

    def _read(self, one: Fetched) -> tuple[Message, Translation]:
        """A message and what it says; what cannot be unpacked or read is kept as it came."""
        media = one.headers.get("content-type", "")
        try:
            body = unpacked(one.body, one.headers.get("content-encoding", ""), self._settings.server.max_unpacked)
            message = self._message(self.wire.pack(one.headers, body) if self.wire.pack else body, media)
            said = self.wire.translate(message, self.source).arrived_now()
        except OrderscopeError as fault:
            reason = "too_large" if isinstance(fault, TooLarge) else "malformed"
            return self._refused(one.body, media, whole(reason, fault.detail, one.body))
        except Exception as fault:  # a wire never raises; if one does, its message must not stand in the way for ever
            message = self._message(one.body, media)
            return message, failed(message, fault)
        wrong = strangers(said, self._may)
        return message, without(said, wrong, "The feed") if wrong else said

    def _refused(self, body: bytes, media: str, why: Rejection) -> tuple[Message, Translation]:
        return self._message(body, media), Translation(rejections=(why,))

    def _message(self, body: bytes, media: str) -> Message:
        version = self.wire.version(self.source)
        now = clock.instant(clock.wall())
        return Message(self.code, self.wire.name, media or self.wire.media, body, now, version)

    def _may(self, source: str) -> bool:
        """Whether an event that came on this line may speak for a source."""
        carries = self.source.pull.carries if self.source.pull else ()
        return source == self.code or "*" in carries or source in carries

    def _put(self, message: Message, said: Translation) -> "Future[Receipt]":
        """Put, waiting while the queue is full: what is fetched can wait where it is."""
        while True:
            try:
                return self._sink.put(message, said)
            except Busy as busy:
                if self._stop.wait(busy.retry_after):
                    raise Stopped from None

    def _answer(self, answer: "Future[Receipt]") -> Receipt:
        """What became of a message; raises Stopped when the program ends first."""
        while True:
            try:
                return answer.result(_LOOK_SECONDS)
            except TimeoutError:
                if self._stop.is_set():
                    raise Stopped from None


def told(fault: Exception) -> str:
    """A fault in plain words, in one line."""
    if isinstance(fault, OrderscopeError):
        return f"{fault.detail} {fault.mend}".strip()
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    return f"{type(fault).__name__}: {lines[0][:300]}" if lines else type(fault).__name__
