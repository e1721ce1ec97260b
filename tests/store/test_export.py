"""What is taken away is what stands: every table and row of one moment, harmless, whole or not at all."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from pm4py.objects.ocel.validation import ocel20_rel_validation

from app.store.export import export, tables
from app.store.export.spreadsheet import neutral, neutral_column
from tests.laws.worlds import House, steps
from tests.store.exported import FORMULA, LONG, SAID, Log, build


def test_an_empty_store_gives_empty_files(tmp_path: Path) -> None:
    """Before the first event each format is whole, valid and without rows."""
    house = build(tmp_path)
    try:
        rows = [
            export(house.database, kind, tmp_path / kind) for kind in ("ocel.json", "ocel.sqlite", "parquet", "csv")
        ]
    finally:
        house.close()
    assert {count for one in rows for count in one.values()} == {0}
    log = msgspec.json.decode((tmp_path / "ocel.json").read_bytes(), type=Log)
    assert (log.events, log.objects, log.eventTypes, len(log.objectTypes)) == ([], [], [], 10)
    assert ocel20_rel_validation.apply(str(tmp_path / "ocel.sqlite"))[1] == []
    for name in tables.TABLES:
        assert pl.read_parquet(tmp_path / "parquet" / f"{name}.parquet").is_empty()
        assert len((tmp_path / "csv" / f"{name}.csv").read_bytes().splitlines()) == 1


def test_every_table_is_exported_or_kept_on_purpose(house: House) -> None:
    """A table that nobody thought of is found here."""
    there = house.work.ask(
        "select table_name as t from duckdb_tables() where database_name = 'record' and not temporary"
    )
    assert set(tables.TABLES) <= set(there["t"]) <= {*tables.TABLES, *tables.INTERNAL}


@pytest.mark.parametrize("parts", ["whole", "small"])
def test_parquet_holds_every_row(house: House, tmp_path: Path, parts: str, request: Any) -> None:
    """As many rows as each table has; order ids instead of internal numbers, and they are the right ones."""
    if parts == "small":
        request.getfixturevalue("small_parts")
    rows = export(house.database, "parquet", tmp_path / "out")
    read = {name: pl.read_parquet(tmp_path / "out" / f"{name}.parquet") for name in tables.TABLES}
    ask = house.work.ask
    assert {name: len(frame) for name, frame in read.items()} == rows
    assert rows == {name: ask(f'select count(*) as n from "{name}"')["n"][0] for name in tables.TABLES}
    assert not any({"order_no", "no"} & set(frame.columns) for frame in read.values())
    assert all(rows[name] for name in ("orders", "order_line", "milestone", "view", "object", "due", "link", "event"))
    wanted = ask("select o.order_id, l.line, l.sku, l.ordered from order_line l join orders o using (order_no)")
    assert read["order_line"].select(wanted.columns).sort(pl.all()).equals(wanted.sort(pl.all()))
    linked = read["link"].join(read["event"], on=["seq", "event_id"]).join(read["orders"], on="order_id")
    wanted = ask("select count(*) as n from link join orders using (order_no)")
    assert len(linked) == wanted["n"][0]
    named = linked.filter(pl.col("keys").list.contains(pl.col("key")))
    assert len(named) == len(linked), "the key of each link is one that its event carries"


def test_csv_runs_nothing(house: House, tmp_path: Path) -> None:
    """Every row is there, texts come back but for the mark before what a spreadsheet would run."""
    rows = export(house.database, "csv", tmp_path / "out")
    read = {}
    for name in tables.TABLES:
        text = (tmp_path / "out" / f"{name}.csv").read_bytes().decode("utf-8-sig")
        read[name] = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {name: len(found) for name, found in read.items()} == rows
    cells = [cell for found in read.values() for row in found for cell in row.values()]
    assert "'" + FORMULA in cells
    plain = re.compile(r"-?[0-9.]+")
    assert [
        cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@")) and not plain.fullmatch(cell)
    ] == []
    said = next(row for row in read["event"] if row["reason"] == SAID)
    assert (said["status"], said["location"]) == (LONG, "'\t-1+1")
    assert said["occurred_at"] == "2026-11-02T08:01:00.000000Z"
    created = next(row for row in read["event"] if row["customer"] == "'" + FORMULA)
    assert json.loads(created["lines"])[0]["sku"] == SAID
    assert created["event_id"] in {row["event_id"] for row in read["link"]}


def test_a_cell_and_a_column_are_made_harmless_alike() -> None:
    """Whatever stands before a formula, the rule for one text and the rule for a column say the same."""
    starts = [chr(code) for code in [*range(0x250), *range(0x2000, 0x2100), 0x3000, 0xFEFF]]
    texts = [*starts, *[start + "=1" for start in starts], *[start * 2 + "@x" for start in starts], "", "plain = text"]
    frame = pl.DataFrame({"text": texts}).select(neutral_column(pl.col("text")))
    assert frame["text"].to_list() == [neutral(text) for text in texts]
    assert neutral("\u00a0\u2003=1") == "'\u00a0\u2003=1" and neutral("a=1") == "a=1"


def test_twice_the_same_store_gives_the_same_files(house: House, tmp_path: Path, small_parts: None) -> None:
    """The order of everything is settled."""
    for folder in ("one", "two"):
        for kind in ("ocel.json", "ocel.sqlite", "parquet", "csv"):
            export(house.database, kind, tmp_path / folder / kind)
    files = [file.relative_to(tmp_path / "one") for file in (tmp_path / "one").rglob("*") if file.is_file()]
    assert len(files) == 2 + 2 * len(tables.TABLES)
    differing = [str(f) for f in files if (tmp_path / "one" / f).read_bytes() != (tmp_path / "two" / f).read_bytes()]
    assert differing == []


def test_an_export_is_of_one_moment(tmp_path: Path, small_parts: None) -> None:
    """What arrives and is folded while it is written is not in it, in no table and no list."""
    house = build(tmp_path)
    house.take(steps(1))
    before = house.work.ask("select (select count(*) from event) as events, (select count(*) from orders) as orders")
    arrived = []

    def meanwhile(_what: str, _done: int, _of: int) -> None:
        if not arrived:
            arrived.append(2)
            house.take(steps(2))

    try:
        rows = export(house.database, "ocel.json", tmp_path / "log.json", meanwhile)
        arrived.clear()
        listed = export(house.database, "parquet", tmp_path / "tables", meanwhile)
        after = export(house.database, "ocel.json", tmp_path / "later.json")
    finally:
        house.close()
    log = msgspec.json.decode((tmp_path / "log.json").read_bytes(), type=Log)
    assert rows["events"] == len(log.events) == before["events"][0]
    assert [one.type for one in log.objects].count("order") == before["orders"][0] == 1
    assert (listed["orders"], after["events"]) == (2, 2 * rows["events"])


@pytest.mark.parametrize("kind", ["ocel.json", "ocel.sqlite", "parquet"])
def test_a_broken_export_leaves_what_was_there(house: House, tmp_path: Path, kind: str) -> None:
    """Whoever stops it in the middle finds the files of before and no piece of the new."""
    target = tmp_path / "out"
    export(house.database, kind, target)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}

    def stop(_what: str, _done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(house.database, kind, target, stop)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
    assert set(tmp_path.iterdir()) == {target}
