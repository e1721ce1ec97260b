"""Writes the tables of the store as files, Parquet or CSV, in words that mean something outside of it.

An internal order number becomes the order's id, a 64-bit hash its 16 hex digits as everywhere else, and in CSV an
instant is RFC 3339 and a list JSON.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from app.store.export.ocel import ISO
from app.store.export.spreadsheet import neutral_column
from app.store.export.told import Rows, Told

#: What is exported. A new table is named here or below; what it has of `order_no` becomes `order_id` by itself.
TABLES = (
    "orders", "order_line", "milestone", "view", "hold", "object", "fulfillment", "fulfillment_line", "shipment", "package",
    "invoice", "rma", "ticket", "purchase_order", "purchase_line", "position", "master", "judgement", "due", "profile", "forecast", "forecast_record",
    "link", "said_link", "event", "dead_letter", "source_seen", "source_hour", "replay", "superseded", "source_fault", "source_spell",
    "interface_window", "interface_look", "rule_version", "calendar_version", "daily_count",
)  # fmt: skip
#: What is not: messages as they came, and what the engine keeps for itself.
INTERNAL = (
    "raw", "edited", "cut_document", "source_number", "node", "edge", "reach", "loose", "several", "outdone", "source_state", "extract_compared", "unsaid", "wake", "alarm", "case_intent", "skipped", "cursor_state",
    "migration", "chain", "purchase_key", "stock_word", "master_word", "customer_word", "position_check", "stock_rest",
    "stock_pace", "stock_snapshot", "span_name", "span_tie", "interface_pending", "interface_cursor",
    "likeness", "loose_finding", "dismissal",
)  # fmt: skip
#: Tables that would not speak for themselves -> what is shown in their stead.
_SHOWN = {
    "link": "(select l.* replace (k.text as key), e.event_id from link l join event e on l.seq = e.seq"
    " left join key_text k on l.key = k.key)",
    "purchase_line": "(select p.key, l.* from purchase_line l left join purchase_order p on l.no = p.no)",
}
#: Tables that are too long to be sorted whole; they are read along their numbers.
_STORED = ("link", "event")
_KEYS = (
    "create temp table key_text as select key, any_value(text) as text"
    " from (select key, text from node union all select key, text from reach) group by key"
)
#: Numbers that mean nothing outside of the store.
_NUMBERS = ("order_no", "no")
_AT_ONCE = 100_000
Batches = Iterator[pa.RecordBatch]


def parquet(con: duckdb.DuckDBPyConnection, folder: Path, told: Told) -> Rows:
    """Each table as `NAME.parquet` in a new folder; gives the rows of each."""
    return _written(con, folder, told, _parquet, plain=False)


def csv(con: duckdb.DuckDBPyConnection, folder: Path, told: Told) -> Rows:
    """Each table as `NAME.csv` in a new folder, with no cell that a spreadsheet would run; gives the rows of each."""
    return _written(con, folder, told, _csv, plain=True)


def _written(
    con: duckdb.DuckDBPyConnection, folder: Path, told: Told, write: Callable[[Path, pa.Schema, Batches], int], plain: bool
) -> Rows:  # fmt: skip
    folder.mkdir(parents=True)
    con.execute(_KEYS)
    rows: Rows = {}
    for name in TABLES:
        query = _query(con, name, plain)
        schema = con.sql(f"{query} limit 0").to_arrow_table().schema
        rows[name] = write(folder / name, schema, _batches(con, name, query, told))
    return rows


def _query(con: duckdb.DuckDBPyConnection, name: str, plain: bool) -> str:
    """SQL for the rows of a table as they are shown."""
    source = _SHOWN.get(name, f'"{name}"')
    columns = dict(con.execute(f"select column_name, column_type from (describe from {source})").fetchall())
    named = "order_no" in columns and "order_id" not in columns
    shown = [
        f'{_value(column, kind, plain)} as "{column}"' for column, kind in columns.items() if column not in _NUMBERS
    ]
    joined = " left join orders o on t.order_no = o.order_no" if named else ""
    return f"select {', '.join(['o.order_id'] * named + shown)} from {source} t{joined}"


def _value(column: str, kind: str, plain: bool) -> str:
    """SQL for a value as it is shown; `plain` for a file that knows only texts and numbers."""
    value = f't."{column}"'
    if kind == "UBIGINT":
        return f"format('{{:016x}}', {value})"
    if plain and kind.startswith("TIMESTAMP"):
        return f"strftime({value}, '{ISO}')"
    if plain and kind.endswith(("[]", ")")) and not kind.startswith("DECIMAL"):
        return f"to_json({value})::varchar"
    return value


def _batches(con: duckdb.DuckDBPyConnection, name: str, query: str, told: Told) -> Batches:
    """The rows in an order that does not change; of what was stored one by one, some at a time."""
    told(name, 0, 0)
    if name not in _STORED:
        for batch in con.sql(f"from ({query}) order by all").to_arrow_reader(_AT_ONCE):
            yield batch
            told(name, 0, 0)
        return
    last = con.execute(f'select coalesce(max(seq), 0) from "{name}"').fetchall()[0][0]
    for first in range(1, last + 1, _AT_ONCE):
        part = f"{query} where t.seq between {first} and {first + _AT_ONCE - 1}"
        yield from con.sql(f"from ({part}) order by all").to_arrow_table().to_batches()
        told(name, first, last)


def _parquet(stem: Path, schema: pa.Schema, batches: Batches) -> int:
    rows = 0
    with pq.ParquetWriter(f"{stem}.parquet", schema, compression="zstd") as out:
        for batch in batches:
            out.write_batch(batch)
            rows += batch.num_rows
    return rows


def _csv(stem: Path, schema: pa.Schema, batches: Batches) -> int:
    rows = 0
    with Path(f"{stem}.csv").open("wb") as out:
        _lines(out, schema.empty_table(), True)
        for batch in batches:
            _lines(out, batch, False)
            rows += batch.num_rows
    return rows


def _lines(out: BinaryIO, batch: pa.Table | pa.RecordBatch, head: bool) -> None:
    frame = pl.DataFrame(pl.from_arrow(batch)).with_columns(neutral_column(pl.col(pl.String)))
    frame.write_csv(out, include_bom=head, include_header=head, line_terminator="\r\n", quote_style="non_numeric")
