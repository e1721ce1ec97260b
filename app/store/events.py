"""Events on their way into the store: who they are, which of them are known already, and their numbers.

One writer uses it, on its own connection: `seen` holds the ids of all that is stored.
"""

from collections.abc import Mapping

import duckdb
import numpy as np
import polars as pl

from app.model.endings import Endings
from app.model.event import EVENT
from app.model.keys import keyed
from app.settings import Source
from app.store.agreed import numbers
from app.store.database import registered
from app.store.seen import Ids, Seen
from app.store.statements import statement
from app.store.waiting import Waiting


class Events:
    """The events of the record store, for their writer. `last` is the number of the newest one on disk."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        scopes: dict[str, str],
        endings: Endings | None,
        declared: Mapping[str, Source],
    ) -> None:
        self._con, self._scopes, self._endings, self.declared = con, scopes, endings, declared
        self.last = number(con, "select max(seq) from event")
        self._seen = Seen(column(con, "select event_id from event"))

    def read(self, batch: list[Waiting]) -> pl.DataFrame:
        """The events of all messages in one frame: with their keys, what their message knows, `event_id`, `content`."""
        events = pl.concat([w.said.events.with_columns(raw_id=pl.lit(w.raw_id, pl.Int64)) for w in batch])
        mentions = pl.concat([w.said.mentions.with_columns(raw_id=pl.lit(w.raw_id, pl.Int64)) for w in batch])
        known = pl.DataFrame(
            [(w.raw_id, w.message.received_at, w.message.mapping) for w in batch],
            schema={"raw_id": pl.Int64, "stamped_at": EVENT["received_at"], "mapping": pl.String}, orient="row",
        )  # fmt: skip
        told = keyed(events, mentions, self._scopes, ("raw_id", "item"), self._endings).join(
            known, on="raw_id", maintain_order="left"
        )
        arriving = told.with_columns(
            received_given=pl.col("received_at").is_not_null(), received_at=pl.coalesce("received_at", "stamped_at")
        ).drop("stamped_at")
        with registered(self._con, "arriving", arriving):
            identified: pl.DataFrame = self._con.sql(statement("intake/identify")).pl()
        return identified

    def known(self, identified: pl.DataFrame) -> pl.Series:
        """True where the same event, saying the same, is stored already or stands earlier in this batch."""
        twin = ~identified.select(pl.struct("event_id", "content").is_first_distinct()).to_series()
        hits = self._seen.contains(identified["event_id"].to_numpy())
        if hits.any():
            probe = identified.filter(pl.Series(hits)).select("event_id", "source", "native_id", "content")
            with registered(self._con, "probe", probe):
                stored = self._con.sql(
                    "select distinct e.event_id, e.content from event e semi join probe p"
                    " on e.event_id = p.event_id and e.content = p.content and e.source = p.source and e.native_id = p.native_id"
                ).pl()
            there = pl.struct("event_id", "content").is_in(stored.to_struct().implode())
            twin = twin | identified.select(there).to_series()
        return twin

    def reused(self, fresh: pl.DataFrame) -> pl.DataFrame:
        """Mark events whose id has been given to another event before."""
        ids = fresh["event_id"]
        again = pl.Series(self._seen.contains(ids.to_numpy())) | ~ids.is_first_distinct()
        return marked(fresh, again) if again.any() else fresh

    def numbered(self, fresh: pl.DataFrame) -> pl.DataFrame:
        """With the numbers that they get when they are stored."""
        return fresh.with_columns(seq=pl.int_range(self.last + 1, self.last + 1 + len(fresh), dtype=pl.Int64))

    def insert(self, fresh: pl.DataFrame) -> None:
        """Write and count them, with the numbers that they carry; inside a transaction."""
        insert(self._con, "source_number", numbers(fresh, self.declared))
        with registered(self._con, "fresh", fresh):
            self._con.execute(statement("intake/insert_event"))
            self._con.execute(statement("intake/count_fresh"))

    def stored(self, fresh: pl.DataFrame) -> None:
        """They are on disk."""
        self.last += len(fresh)
        self._seen.add(fresh["event_id"].to_numpy())


def marked(fresh: pl.DataFrame, again: pl.Series) -> pl.DataFrame:
    """The events with `id_reused` among the flags of those that claim an id again."""
    flagged = pl.concat_list(pl.col("flags").fill_null([]), pl.lit(["id_reused"]))
    return fresh.with_columns(flags=pl.when(again).then(flagged).otherwise("flags"))


def insert(con: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame, counted: str = "") -> None:
    """Add rows to a table by the names of their columns; `counted` is a statement that counts `rows_in`."""
    if len(rows):
        with registered(con, "rows_in", rows):
            con.execute(f"insert into {table} by name select * from rows_in")
            if counted:
                con.execute(statement(counted))


def column(con: duckdb.DuckDBPyConnection, query: str) -> Ids:
    """The one column of numbers that a query gives."""
    values: Ids = con.sql(query).pl().to_series().to_numpy().astype(np.uint64)
    return values


def number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one number that a query gives; 0 for none."""
    return int(con.execute(query).fetchall()[0][0] or 0)
