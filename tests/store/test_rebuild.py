"""A rebuild makes every derived table anew, in two phases, and the comparison sees each of them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from app.engine import tick
from app.engine.rebuild import STAYS, derived, picture, rebuild, verify
from app.store.database import Database
from tests.laws.test_laws import judge
from tests.laws.worlds import House, noise, steps

#: What a rebuild must not touch: what was sent, refused, said and published, and where the engine stands.
KEPT = {
    "event", "raw", "dead_letter", "migration", "cursor_state", "alarm", "case_intent", "profile", "forecast_record", "source_hour",
    "replay", "edited", "superseded", "source_fault", "cut_document", "source_number", "source_spell", "source_state", "interface_window", "interface_pending", "interface_cursor",
    "daily_count",
    "rule_version", "calendar_version",
}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A store with twelve orders that share what must merge nothing."""
    made = House.build(tmp_path / "record.duckdb", judge())
    made.take([event for n in range(1, 13) for event in steps(n) + noise(n)])
    yield made
    made.close()


def test_every_table_is_either_kept_or_made_anew(house: House) -> None:
    """A table added later is derived unless it is named among those that stay."""
    assert STAYS == KEPT
    assert {"orders", "due", "judgement", "link", "fulfillment", "position", "said_link"} <= set(derived(house.work))


def test_small_chunks_give_what_one_gives(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Related forty events at a time and folded five orders at a time: every row of every table as before."""
    before = picture(house.work)
    monkeypatch.setattr(tick, "_RELATED_AT_ONCE", 40)
    monkeypatch.setattr(tick, "_FOLDED_AT_ONCE", 5)
    steps_taken: list[tick.Done] = []
    assert rebuild(house.work, house.ticker, steps_taken.append) == 0, "there is nothing new to say"
    assert sum(done.events for done in steps_taken) == house.work.number("select count(*) from event")
    assert sum(done.orders for done in steps_taken) >= 12
    assert _unlike(picture(house.work), before) == []


def test_an_empty_store_is_rebuilt(tmp_path: Path) -> None:
    """Where nothing was ever taken, there is nothing to make and nothing to say."""
    empty = House.build(tmp_path / "empty.duckdb", judge())
    assert rebuild(empty.work, empty.ticker) == 0
    assert verify(empty.work, empty.ticker).is_empty()
    empty.close()


def test_the_old_is_read_until_the_new_is_whole(house: House) -> None:
    """Who reads while orders are made anew finds all of them as they stood, and nothing of it stays when it is stopped."""
    reader = house.database.connection()
    counts = "select (select count(*) from orders), (select count(*) from link), (select count(*) from due), (select seq from cursor_state)"
    stood, before, seen = reader.execute(counts).fetchone(), picture(house.work), []

    def look(done: tick.Done) -> None:
        seen.append(reader.execute(counts).fetchone())
        if done.orders:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        rebuild(house.work, house.ticker, look)
    assert seen == [stood, stood] and reader.execute(counts).fetchone() == stood
    assert _unlike(picture(house.work), before) == []
    assert house.work.number("select count(*) from duckdb_tables() where schema_name = 'beside'") == 0
    assert rebuild(house.work, house.ticker) == 0 and reader.execute(counts).fetchone() == stood
    assert verify(house.work, house.ticker).is_empty()


def test_what_a_killed_rebuild_left_is_gone(tmp_path: Path) -> None:
    """Whoever is killed while tables are made beside leaves them in the file: the next one that opens it lets them go."""
    database = Database(tmp_path / "record.duckdb")
    database.connection().execute("create schema beside; create table beside.orders as from main.orders")
    database.close()
    database = Database(tmp_path / "record.duckdb")
    left = "select count(*) from duckdb_schemas() where schema_name = 'beside'"
    assert database.connection().execute(left).fetchall() == [(0,)]
    database.close()


def _unlike(now: pl.DataFrame, before: pl.DataFrame) -> list[tuple[str, str]]:
    one, other = ({(part, name): says for part, name, says in frame.iter_rows()} for frame in (now, before))
    return [key for key in one.keys() | other.keys() if one.get(key) != other.get(key)]


@pytest.mark.parametrize("table", ["fulfillment", "shipment", "invoice", "package", "link", "due", "node"])
def test_the_comparison_sees_every_table(house: House, table: str) -> None:
    """What is lost behind its back is reported under the table that lost it."""
    house.work.run_sql(f"delete from {table} where rowid in (select max(rowid) from {table})")
    assert table in verify(house.work, house.ticker)["part"].to_list()


def test_orders_are_numbered_as_they_came(house: House) -> None:
    """Chunks of orders are neighbours in the record too: the numbers of a batch follow those of the batch before."""
    last = house.work.number("select max(order_no) from node")
    house.take([{**event, "occurred_at": event["occurred_at"] + timedelta(days=9)} for event in steps(40)])
    first = house.work.number(
        "select min(l.order_no) from link l join event e using (seq) where e.native_id like '40/%'"
    )
    assert first > last
