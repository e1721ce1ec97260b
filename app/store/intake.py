"""The intake writer: takes what collectors read and answers when it is on disk.

One thread. It takes whatever queued while it was committing, drops duplicates, inserts columns, commits once, and
answers all senders together. It never waits for more to come, so a lone event is committed at once and a flood is
committed in large batches.
"""

import itertools
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import timedelta

import duckdb
import numpy as np
import polars as pl
import zstandard

from app import clock
from app.contracts import Receipt
from app.model.endings import Endings
from app.model.event import EVENT, SPAN, Message, Translation
from app.model.keys import keyed, normalised_list
from app.settings import Source
from app.store.database import Database, transaction
from app.store.queue import Lines
from app.store.seen import Ids, Recent, Seen
from app.store.statements import statement
from app.store.waiting import Waiting, dead_letters, raws, receipt


class Intake:
    """A `Sink` in front of the record store. `on_commit` is called after each commit that stored something."""

    def __init__(
        self, database: Database, scopes: dict[str, str], queue_items: int = 200_000, queue_bytes: int = 256 * 2**20,
        endings: Endings | None = None, declared: Mapping[str, Source] | None = None,
    ) -> None:  # fmt: skip
        self._con = database.connection()
        self._scopes, self._endings, self._declared = scopes, endings, declared or {}
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

    def close(self) -> None:
        """Write what is queued and stop."""
        self._lines.close()
        self._thread.join()
        self._con.close()

    def forget_raw(self, days: int) -> None:
        """Let raw messages go that are older than `days`; events stay."""
        self._lines.order(lambda: self._forget(days))

    @property
    def last_seq(self) -> int:
        """The number of the newest event that is on disk."""
        return self._committed

    def _resume(self) -> None:
        """Go on where the files stand."""
        self._committed = self._next_seq = _number(self._con, "select max(seq) from event")
        self._next_span = _number(self._con, "select max(seq) from spans.span")
        tables = ("raw", "spans.raw", "event", "dead_letter")  # a number is never given twice, though raw messages go
        kept = " union all ".join(f"from {table} select max(raw_id) as raw_id" for table in tables)
        self._next_raw = itertools.count(1 + _number(self._con, f"select max(raw_id) from ({kept})"))
        bounds = [(code, int(source.expects.late.total_seconds())) for code, source in self._declared.items()]
        late = pl.DataFrame(bounds, schema={"source": pl.String, "late_seconds": pl.Int64}, orient="row")
        with _registered(self._con, "bounds", late):
            self._con.execute("create or replace temp table source_bound as from bounds")
        self._join_counts()
        self._seen = Seen(_column(self._con, "select event_id from event"))
        self._seen_spans = Recent(
            _column(self._con, "select hash(trace_id, span_id) from spans.span order by seq desc limit 1000000")
        )

    def _work(self) -> None:
        compressor = zstandard.ZstdCompressor(level=3)
        while (batch := self._lines.take()) is not None:
            if isinstance(batch[0], Waiting):
                self._settle(batch, compressor)
            else:
                batch[0]()

    def _forget(self, days: int) -> None:
        before = clock.instant(clock.wall()) - timedelta(days=days)
        for table, column in (("raw", "received_at"), ("spans.raw", "received_at"), ("edited", "edited_at")):
            self._con.execute(f"delete from {table} where {column} < $before", {"before": before})
        self._join_counts()

    def _join_counts(self) -> None:
        for name in ("join_counts", "join_span_counts"):  # a transaction may write one file only
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
        rest = [w for w in batch if len(w.said.events) or w.said.rejections]
        duplicates = self._write_events(rest, compressor) if rest else {}
        return [receipt(w, duplicates.get(w.raw_id, 0) + span_duplicates.get(w.raw_id, 0)) for w in batch]

    def _write_events(self, batch: list[Waiting], compressor: zstandard.ZstdCompressor) -> dict[int, int]:
        arriving = self._arriving(batch)
        identified = self._identified(arriving)
        known = self._known(identified)
        fresh = self._reused(identified.filter(~known))
        fresh = fresh.with_columns(
            seq=pl.int_range(self._next_seq + 1, self._next_seq + 1 + len(fresh), dtype=pl.Int64)
        )
        useful = set(fresh["raw_id"].unique()) | {w.raw_id for w in batch if w.said.rejections}
        with transaction(self._con):
            self._insert("raw", raws([w for w in batch if w.raw_id in useful], compressor))
            self._insert("dead_letter", dead_letters(batch), "count_rejected")
            with _registered(self._con, "fresh", fresh):
                self._con.execute(statement("intake/insert_event"))
                self._con.execute(statement("intake/count_fresh"))
            if known.any():
                with _registered(self._con, "known_again", identified.filter(known).select("source", "received_at")):
                    self._con.execute(statement("intake/count_again"))
        self._next_seq += len(fresh)
        self._committed = self._next_seq
        self._seen.add(fresh["event_id"].to_numpy())
        counted = identified.filter(known).group_by("raw_id").len()
        return dict(counted.iter_rows())

    def _arriving(self, batch: list[Waiting]) -> pl.DataFrame:
        """The events of all messages in one frame, with their keys and with what their message knows."""
        events = pl.concat([w.said.events.with_columns(raw_id=pl.lit(w.raw_id, pl.Int64)) for w in batch])
        mentions = pl.concat([w.said.mentions.with_columns(raw_id=pl.lit(w.raw_id, pl.Int64)) for w in batch])
        known = pl.DataFrame(
            [(w.raw_id, w.message.received_at, w.message.mapping) for w in batch],
            schema={"raw_id": pl.Int64, "stamped_at": EVENT["received_at"], "mapping": pl.String}, orient="row",
        )  # fmt: skip
        told = keyed(events, mentions, self._scopes, ("raw_id", "item"), self._endings).join(
            known, on="raw_id", maintain_order="left"
        )
        return told.with_columns(
            received_given=pl.col("received_at").is_not_null(), received_at=pl.coalesce("received_at", "stamped_at")
        ).drop("stamped_at")

    def _identified(self, arriving: pl.DataFrame) -> pl.DataFrame:
        with _registered(self._con, "arriving", arriving):
            identified: pl.DataFrame = self._con.sql(statement("intake/identify")).pl()
        return identified

    def _known(self, identified: pl.DataFrame) -> pl.Series:
        """True where the same event, saying the same, is stored already or stands earlier in this batch."""
        twin = ~identified.select(pl.struct("event_id", "content").is_first_distinct()).to_series()
        hits = self._seen.contains(identified["event_id"].to_numpy())
        if hits.any():
            with _registered(
                self._con,
                "probe",
                identified.filter(pl.Series(hits)).select("event_id", "source", "native_id", "content"),
            ):
                stored = self._con.sql(
                    "select distinct e.event_id, e.content from event e semi join probe p"
                    " on e.event_id = p.event_id and e.content = p.content and e.source = p.source and e.native_id = p.native_id"
                ).pl()
            twin = (
                twin
                | identified.select(pl.struct("event_id", "content").is_in(stored.to_struct().implode())).to_series()
            )
        return twin

    def _reused(self, fresh: pl.DataFrame) -> pl.DataFrame:
        """Mark events whose id has been given to another event before."""
        ids = fresh["event_id"]
        again = pl.Series(self._seen.contains(ids.to_numpy())) | ~ids.is_first_distinct()
        if not again.any():
            return fresh
        marked = pl.concat_list(pl.col("flags").fill_null([]), pl.lit(["id_reused"]))
        return fresh.with_columns(flags=pl.when(again).then(marked).otherwise("flags"))

    def _write_spans(self, batch: list[Waiting], compressor: zstandard.ZstdCompressor) -> dict[int, int]:
        arriving = pl.concat([self._arriving_spans(w) for w in batch])
        with _registered(self._con, "arriving_span", arriving):
            ids = _column(self._con, "select hash(trace_id, span_id) from arriving_span")
        first = pl.Series(ids).is_first_distinct().to_numpy()
        known = pl.Series(self._seen_spans.contains(ids) | ~first)
        fresh = arriving.filter(~known)
        fresh = fresh.with_columns(
            seq=pl.int_range(self._next_span + 1, self._next_span + 1 + len(fresh), dtype=pl.Int64)
        )
        useful = set(fresh["raw_id"].unique())
        with transaction(self._con):
            self._insert("spans.raw", raws([w for w in batch if w.raw_id in useful], compressor))
            with _registered(self._con, "fresh_span", fresh):
                self._con.execute(statement("intake/insert_span"))
            with _registered(
                self._con,
                "counted_span",
                pl.concat([arriving.select("source", "received_at", known=known), _senders(batch)]),
            ):
                self._con.execute(statement("intake/count_span"))
        self._next_span += len(fresh)
        self._seen_spans.add(ids[~known.to_numpy()])
        return dict(arriving.filter(known).group_by("raw_id").len().iter_rows())

    def _arriving_spans(self, waiting: Waiting) -> pl.DataFrame:
        stamped = pl.lit(waiting.message.received_at, SPAN["received_at"])
        return waiting.said.spans.with_columns(
            keys=normalised_list(pl.col("keys")),
            received_at=pl.coalesce("received_at", stamped),
            raw_id=pl.lit(waiting.raw_id, pl.Int64),
        )

    def _insert(self, table: str, rows: pl.DataFrame, counted: str = "") -> None:
        if len(rows):
            with _registered(self._con, "rows_in", rows):
                self._con.execute(f"insert into {table} by name select * from rows_in")
                if counted:
                    self._con.execute(statement(f"intake/{counted}"))


class _registered:
    """A frame visible to one connection under a name, for the length of a `with`."""

    def __init__(self, con: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
        self._con, self._name, self._frame = con, name, frame

    def __enter__(self) -> None:
        self._con.register(self._name, self._frame.to_arrow())

    def __exit__(self, *_: object) -> None:
        self._con.unregister(self._name)


def _senders(batch: list[Waiting]) -> pl.DataFrame:
    """Who handed these messages over: heard, though its items name others."""
    rows = [(w.message.source, w.message.received_at, None) for w in batch if w.message.source]
    return pl.DataFrame(
        rows, schema={"source": pl.String, "received_at": SPAN["received_at"], "known": pl.Boolean}, orient="row"
    )


def _column(con: duckdb.DuckDBPyConnection, query: str) -> Ids:
    values: Ids = con.sql(query).pl().to_series().to_numpy().astype(np.uint64)
    return values


def _number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one number that a query gives; 0 for none."""
    return int(con.execute(query).fetchall()[0][0] or 0)
