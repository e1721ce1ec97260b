"""The intake writer: takes what collectors read and answers when it is on disk.

One thread. It takes whatever queued while it was committing, drops duplicates, inserts columns, commits once, and
answers all senders together. It never waits for more to come, so a lone event is committed at once and a flood is
committed in large batches.
"""

import itertools
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import timedelta

import polars as pl
import zstandard

from app import clock
from app.contracts import Again, Receipt, Reread
from app.model.endings import Endings
from app.model.event import METRIC, SPAN, Message, Translation
from app.model.keys import normalised_list
from app.settings import Source
from app.store.agreed import broken
from app.store.database import Database, registered, transaction
from app.store.events import Events, column, insert, number
from app.store.queue import Lines
from app.store.rereading import reread
from app.store.resent import Resends, cut_off
from app.store.seen import Recent
from app.store.statements import statement
from app.store.waiting import Waiting, dead_letters, raws, receipt

log = logging.getLogger(__name__)
#: What is not kept for ever, and by which of its moments it is old.
_FORGOTTEN = (
    ("raw", "received_at"), ("spans.raw", "received_at"), ("spans.interface_metric", "received_at"), ("edited", "edited_at"),
    ("source_fault", "at_first"), ("cut_document", "at_first"),
)  # fmt: skip


class Intake:
    """A `Sink` in front of the record store. `on_commit` is called after each commit that stored something."""

    def __init__(
        self, database: Database, scopes: dict[str, str], queue_items: int = 200_000, queue_bytes: int = 256 * 2**20,
        endings: Endings | None = None, declared: Mapping[str, Source] | None = None,
    ) -> None:  # fmt: skip
        self._con = database.connection()
        self._declared = declared or {}
        self._events = Events(self._con, scopes, endings, self._declared)
        self._resends = Resends(self._con)
        limits = {code: source.limit for code, source in self._declared.items()}
        self._lines = Lines(queue_items, queue_bytes, limits)
        self.on_commit: Callable[[], None] = lambda: None
        self._resume()
        self._thread = threading.Thread(target=self._work, name="intake", daemon=True)
        self._thread.start()

    def put(self, message: Message, said: Translation) -> "Future[Receipt]":
        """Queue a message; the future is done after the commit. Raises Busy when the queue is full."""
        waiting = Waiting(message, said)
        self._lines.put(waiting)
        return waiting.answer

    def again(self, message: Message, said: Translation, again: Again) -> "Future[Reread]":
        """Store what a message says that is read again; the future is done after the commit."""
        answer: Future[Reread] = Future()

        def do() -> None:
            try:
                done = reread(self._con, self._events, self._resends, message, said, again)
                if len(said.spans) and not again.dry_run:
                    self._write_spans([Waiting(message, said, raw_id=again.raw_id)], None)
            except Exception as fault:  # who asked must hear of any failure
                answer.set_exception(fault)
            else:
                answer.set_result(done)
                self.on_commit()

        self._lines.order(do)
        return answer

    def close(self) -> None:
        """Write what is queued and stop."""
        self._lines.close()
        self._thread.join()
        self._con.close()

    def forget_raw(self, days: int) -> None:
        """Let raw messages and interfaces' data points go that are older than `days`; events stay."""
        self._lines.order(lambda: self._forget(days))

    @property
    def last_seq(self) -> int:
        """The number of the newest event that is on disk."""
        return self._events.last

    def _resume(self) -> None:
        """Go on where the files stand."""
        self._next_span = number(self._con, "select max(seq) from spans.span")
        points = number(self._con, "select max(seq) from spans.interface_metric")
        self._next_point = max(points, number(self._con, "select point_seq from interface_cursor"))
        tables = ("raw", "spans.raw", "event", "dead_letter")  # a number is never given twice, though raw messages go
        kept = " union all ".join(f"from {table} select max(raw_id) as raw_id" for table in tables)
        self._next_raw = itertools.count(1 + number(self._con, f"select max(raw_id) from ({kept})"))
        bounds = [(code, int(source.expects.late.total_seconds())) for code, source in self._declared.items()]
        late = pl.DataFrame(bounds, schema={"source": pl.String, "late_seconds": pl.Int64}, orient="row")
        with registered(self._con, "bounds", late):
            self._con.execute("create or replace temp table source_bound as from bounds")
        self._join_counts()
        self._seen_spans = Recent(
            column(self._con, "select hash(trace_id, span_id) from spans.span order by seq desc limit 1000000")
        )

    def _work(self) -> None:
        compressor = zstandard.ZstdCompressor(level=3)
        while (batch := self._lines.take()) is not None:
            if isinstance(batch[0], Waiting):
                self._settle(batch, compressor)
            else:
                self._obey(batch[0])

    def _obey(self, order: Callable[[], None]) -> None:
        try:
            order()
        except Exception:  # the writer must outlive any order
            log.exception("The intake could not do what it was told")

    def _forget(self, days: int) -> None:
        before = clock.instant(clock.wall()) - timedelta(days=days)
        for table, moment in _FORGOTTEN:
            self._con.execute(f"delete from {table} where {moment} < $before", {"before": before})
        self._join_counts()

    def _join_counts(self) -> None:
        for name in ("join_counts", "join_numbers", "join_span_counts"):  # a transaction may write one file only
            with transaction(self._con):
                self._con.execute(statement(f"intake/{name}"))

    def _settle(self, batch: list[Waiting], compressor: zstandard.ZstdCompressor) -> None:
        """Write a batch and answer; when it fails, try each message alone so that one cannot spoil the others."""
        try:
            receipts = self._write(batch, compressor)
        except Exception as fault:  # a sender must hear of any failure
            if len(batch) > 1:
                for waiting in batch:
                    self._settle([waiting], compressor)
                return
            self._lines.release(batch)
            batch[0].answer.set_exception(fault)
            return
        self._lines.release(batch)
        for waiting, told in zip(batch, receipts, strict=True):
            waiting.answer.set_result(told)
        self.on_commit()

    def _write(self, batch: list[Waiting], compressor: zstandard.ZstdCompressor) -> list[Receipt]:
        for waiting in batch:
            waiting.raw_id = next(self._next_raw)
        spans = [w for w in batch if len(w.said.spans)]
        span_duplicates = self._write_spans(spans, compressor) if spans else {}
        if metrics := [w for w in batch if len(w.said.metrics)]:
            self._write_metrics(metrics)
        rest = [w for w in batch if len(w.said.events) or w.said.rejections]
        duplicates = self._write_events(rest, compressor) if rest else {}
        return [receipt(w, duplicates.get(w.raw_id, 0) + span_duplicates.get(w.raw_id, 0)) for w in batch]

    def _write_events(self, batch: list[Waiting], compressor: zstandard.ZstdCompressor) -> dict[int, int]:
        identified = self._events.read(batch)
        known = self._events.known(identified)
        fresh = self._events.numbered(self._events.reused(identified.filter(~known)))
        cut = cut_off(batch)
        whole = self._resends.whole(batch, cut)
        useful = {w.raw_id for w in batch if w.said.rejections} | {raw_id for _, _, raw_id, _ in whole}
        useful |= set(fresh["raw_id"].unique())
        with transaction(self._con):
            insert(self._con, "raw", raws([w for w in batch if w.raw_id in useful], compressor))
            insert(self._con, "dead_letter", dead_letters(batch), "intake/count_rejected")
            insert(self._con, "source_fault", broken(fresh, batch, self._declared))
            self._resends.keep(cut, whole)
            self._events.insert(fresh)
            if known.any():
                with registered(self._con, "known_again", identified.filter(known).select("source", "received_at")):
                    self._con.execute(statement("intake/count_again"))
        self._events.stored(fresh)
        counted = identified.filter(known).group_by("raw_id").len()
        return dict(counted.iter_rows())

    def _write_spans(self, batch: list[Waiting], compressor: zstandard.ZstdCompressor | None) -> dict[int, int]:
        arriving = pl.concat([self._arriving_spans(w) for w in batch])
        with registered(self._con, "arriving_span", arriving):
            ids = column(self._con, "select hash(trace_id, span_id) from arriving_span")
        first = pl.Series(ids).is_first_distinct().to_numpy()
        known = pl.Series(self._seen_spans.contains(ids) | ~first)
        fresh = arriving.filter(~known)
        fresh = fresh.with_columns(
            seq=pl.int_range(self._next_span + 1, self._next_span + 1 + len(fresh), dtype=pl.Int64)
        )
        useful = set(fresh["raw_id"].unique())
        with transaction(self._con):
            if compressor:  # a message that is read again is there
                insert(self._con, "spans.raw", raws([w for w in batch if w.raw_id in useful], compressor))
            with registered(self._con, "fresh_span", fresh):
                self._con.execute(statement("intake/insert_span"))
            with registered(
                self._con,
                "counted_span",
                pl.concat([arriving.select("source", "received_at", known=known), _senders(batch)]),
            ):
                self._con.execute(statement("intake/count_span"))
        self._next_span += len(fresh)
        self._seen_spans.add(ids[~known.to_numpy()])
        return dict(arriving.filter(known).group_by("raw_id").len().iter_rows())

    def _write_metrics(self, batch: list[Waiting]) -> None:
        """Data points, those that come twice too: whoever asks takes each point of a series once."""
        points = [
            w.said.metrics.drop("item").with_columns(
                received_at=pl.coalesce("received_at", pl.lit(w.message.received_at, METRIC["received_at"]))
            )
            for w in batch
        ]
        every = pl.concat(points).with_row_index("seq", self._next_point + 1).cast({"seq": pl.Int64})
        with transaction(self._con):
            insert(self._con, "spans.interface_metric", every)
        self._next_point += len(every)

    def _arriving_spans(self, waiting: Waiting) -> pl.DataFrame:
        stamped = pl.lit(waiting.message.received_at, SPAN["received_at"])
        return waiting.said.spans.with_columns(
            keys=normalised_list(pl.col("keys")),
            received_at=pl.coalesce("received_at", stamped),
            raw_id=pl.lit(waiting.raw_id, pl.Int64),
        )


def _senders(batch: list[Waiting]) -> pl.DataFrame:
    """Who handed these messages over: heard, though its items name others."""
    rows = [(w.message.source, w.message.received_at, None) for w in batch if w.message.source]
    return pl.DataFrame(
        rows, schema={"source": pl.String, "received_at": SPAN["received_at"], "known": pl.Boolean}, orient="row"
    )
