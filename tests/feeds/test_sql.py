"""Rows of real databases: none lost, none twice, every value exact."""

import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from app.errors import OrderscopeError
from app.pulls import SqlPull
from collectors.feeds.sql.config import connected
from tests.feeds.conftest import Opened
from tests.feeds.depot import Breaking, Depot
from tests.feeds.services import need

URLS = {
    "PostgreSQL": "postgresql+psycopg://postgres@127.0.0.1/test",
    "MariaDB": "mariadb+pymysql://root@127.0.0.1/test",
}


@dataclass
class Erp:
    """A table of orders in a database of one kind, and how a source reads it."""

    kind: str
    engine: Engine
    table: str
    url: str

    def run(self, statement: str, **values: Any) -> None:
        """Change the table as its owner would."""
        with self.engine.begin() as con:
            con.execute(text(statement.replace("orders", self.table)), values)

    def add(self, *rows: tuple[int, str], number: str = "SO-1") -> None:
        """Rows with an id and the time of their change."""
        for id, changed in rows:
            self.run(
                "insert into orders (id, number, changed, amount, revision, note) values (:i, :n, :c, 10.50, 1, null)",
                i=id, n=number, c=changed,
            )  # fmt: skip

    def pull(self, **more: Any) -> dict[str, Any]:
        """What is declared for it."""
        told = {"kind": "sql", "url": self.url, "table": self.table, "watermark": "changed", "tie": ["id"]}
        return told | {"batch": 10} | more


TYPES = {
    "PostgreSQL": ("timestamp", "numeric(18,6)"), "MariaDB": ("datetime(6)", "decimal(18,6)"), "SQLite": ("text", "text"),
}  # fmt: skip


@pytest.fixture(params=["SQLite", "PostgreSQL", "MariaDB"])
def erp(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Erp]:
    """An empty table in each kind of database."""
    kind = request.param
    if kind == "SQLite":
        url = f"sqlite:///{tmp_path / 'erp.db'}"
    else:
        need(kind)
        url = URLS[kind]
    made = Erp(kind, create_engine(url), f"orders_{uuid.uuid4().hex[:12]}", url)
    at, number = TYPES[kind]
    made.run(
        f"create table orders (id integer primary key, number varchar(40), changed {at}, amount {number},"
        " revision integer, note varchar(200))"
    )
    yield made
    made.run("drop table orders")
    made.engine.dispose()


def at(second: int) -> str:
    """A time of one morning."""
    return f"2026-11-24 09:{second // 60:02}:{second % 60:02}"


def stored(depot: Depot) -> list[int]:
    """The ids of the rows that are stored, each as often as it is."""
    return sorted(int(one.split("|")[0].split(":")[0].split("-")[0]) for one in depot.ids())


def test_every_row_comes_once(erp: Erp, depot: Opened) -> None:
    """Many rows share a watermark, batches are small, runs overlap: each row is stored once, and nothing is sent again."""
    erp.add(*[(n, at(0 if n < 25 else n)) for n in range(40)])
    place = depot("csv", erp.pull())
    line = place.run()
    assert stored(place) == list(range(40))
    assert (line.keeper.standing.accepted, line.keeper.standing.duplicates) == (40, 0)
    line = place.run()
    assert (line.keeper.standing.accepted, line.keeper.standing.duplicates) == (40, 0)
    erp.add((40, at(41)), (41, at(2)), (42, at(39)))
    line = place.run()
    assert stored(place) == list(range(43)), "a row that was committed late is lost"
    assert (line.keeper.standing.accepted, line.keeper.standing.duplicates) == (43, 0)


def test_a_changed_row_is_news(erp: Erp, depot: Opened) -> None:
    """A row whose watermark moved on gives another event; what stands still gives none."""
    erp.add((1, at(1)), (2, at(2)))
    place = depot("csv", erp.pull())
    place.run()
    erp.run("update orders set changed = :c, revision = 2 where id = 1", c=at(30))
    place.run()
    assert stored(place) == [1, 1, 2]


def test_a_power_cut_loses_and_doubles_nothing(erp: Erp, depot: Opened) -> None:
    """The data is on disk but its position is not: the next start reads it again, and the store drops it."""
    erp.add(*[(n, at(n)) for n in range(35)])
    place = depot("csv", erp.pull())
    assert not place.line(Breaking(place.intake, after=1)).run()
    assert 10 < len(place.ids()) < 35
    line = place.run()
    assert stored(place) == list(range(35))
    assert line.keeper.standing.duplicates >= 10
    assert not line.keeper.standing.failing


def test_values_arrive_exact(erp: Erp, depot: Opened) -> None:
    """Decimals keep their digits, NULL is nothing, quotes and line ends stay in their cell, bare times have the zone."""
    erp.run(
        "insert into orders values (7, 'SO-7', :c, '123456789012.123456', null, :n)", c=at(0), n='a "b",\nc;\\ 100%'
    )
    place = depot("csv", erp.pull(), zone="Europe/Berlin")
    place.run()
    [row] = place.rows("select amount, revision, occurred_at::varchar, tz_basis, attrs from event")
    assert row[:4] == ("123456789012.123456", None, "2026-11-24 08:00:00", "partner_default")
    assert row[4] == '{"note":"a \\"b\\",\\nc;\\\\ 100%"}'


def test_a_query_is_read_as_it_is(erp: Erp, depot: Opened) -> None:
    """Colons, percent signs and a semicolon in a query are its own; `start` leaves out what is older."""
    erp.add((1, at(1)), (2, at(2)), (3, at(3)))
    query = f"select id, number, changed, amount, revision, ':x 10%' as note from {erp.table} where number like 'SO%';"
    place = depot("csv", erp.pull(table="", query=query, start=at(2)))
    place.run()
    assert stored(place) == [2, 3]
    assert place.rows("select distinct attrs from event") == [('{"note":":x 10%"}',)]


def test_a_number_may_be_the_watermark(erp: Erp, depot: Opened) -> None:
    """A sequence grows too; a number that was committed late inside the overlap is found."""
    erp.add(*[(n, at(1)) for n in range(100, 112) if n != 105])
    place = depot("csv", erp.pull(watermark="id", overlap=8))
    place.run()
    erp.add((105, at(1)), (112, at(1)))
    line = place.run()
    assert stored(place) == list(range(100, 113))
    assert line.keeper.standing.position["watermark"] == 112


def test_a_column_may_hold_the_message(erp: Erp, depot: Opened) -> None:
    """An outbox: each row's message goes to the wire of the source, and what cannot be read is a dead letter, once."""
    for n, note in enumerate(['{"specversion":"1.0","id":"a","source":"erp","type":"order.created"}', "no json"]):
        erp.run("insert into orders values (:i, 'x', :c, 1, 1, :n)", i=n, c=at(n), n=note)
    place = depot("cloudevents", erp.pull(body="note"))
    place.run()
    place.run()
    assert (place.ids(), place.letters()) == (["a"], ["malformed"])


def test_rows_that_could_hide_are_refused(erp: Erp, depot: Opened) -> None:
    """More equal rows than a batch holds, or an empty tie column, end a run with a plain word and keep the place."""
    for n in range(12):
        erp.run("insert into orders values (:i, 'same', :c, 1, 1, null)", i=n, c=at(0))
    place = depot("csv", erp.pull(tie=["number"]))
    line = place.line()
    assert not line.run()
    assert "have the same changed and number" in line.keeper.standing.last_error
    erp.run("delete from orders where id > 3")
    erp.run("update orders set number = null where id = 3")
    line = place.line()
    assert not line.run()
    assert "The column number is empty in a row." in line.keeper.standing.last_error


def test_what_is_read_is_never_changed(erp: Erp) -> None:
    """The session of a feed may only read."""
    erp.add((1, at(1)))
    pull = SqlPull(**erp.pull())
    with connected(pull) as con:
        assert con.scalar(text(f"select count(*) from {erp.table}")) == 1
    with pytest.raises(OrderscopeError, match=r"(?i)read.?only"), connected(pull) as con:
        con.execute(text(f"delete from {erp.table}"))
    with erp.engine.connect() as con:
        assert con.scalar(text(f"select count(*) from {erp.table}")) == 1


def test_an_instant_keeps_its_zone(depot: Opened) -> None:
    """PostgreSQL's timestamptz and MariaDB's TIMESTAMP are instants, whatever the zone of a session or of the source."""
    for kind, made, zone in (
        ("PostgreSQL", "timestamptz", "set time zone 'Asia/Tokyo'"), ("MariaDB", "timestamp(6)", "set time_zone = '+09:00'"),
    ):  # fmt: skip
        need(kind)
        engine, name = create_engine(URLS[kind]), f"orders_{uuid.uuid4().hex[:12]}"
        with engine.begin() as con:
            con.execute(text(zone))
            con.execute(
                text(
                    f"create table {name} (id int primary key, number varchar(9), changed {made}, amount int, revision int, note int)"
                )
            )
            con.execute(text(f"insert into {name} values (1, 'SO', '2026-11-24 18:00:00.25', 1, 1, null)"))
        try:
            erp = Erp(kind, engine, name, URLS[kind])
            place = depot("csv", erp.pull(), zone="America/New_York")
            place.run()
            found = place.rows("select occurred_at::varchar, tz_basis from event")
            assert found == [("2026-11-24 09:00:00.25", "explicit")], kind
            assert place.run().keeper.standing.duplicates == 0
        finally:
            with engine.begin() as con:
                con.execute(text(f"drop table {name}"))
            engine.dispose()


def test_a_missing_file_is_said_and_not_made(depot: Opened, tmp_path: Path) -> None:
    """A path that leads nowhere is an error, and no empty database appears there."""
    line = depot(
        "csv", {"kind": "sql", "url": f"sqlite:///{tmp_path}/no.db", "table": "t", "watermark": "w", "tie": ["a"]}
    ).line()
    assert not line.run()
    assert "there is no such database" in line.keeper.standing.last_error
    assert not (tmp_path / "no.db").exists()
    sqlite3.connect(tmp_path / "no.db").close()
    assert not line.run()
    assert "no such table" in line.keeper.standing.last_error


@pytest.mark.parametrize("kind", ["PostgreSQL", "MariaDB"])
def test_a_server_that_refuses_is_said(kind: str, depot: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong account is told in the server's words, without the password."""
    need(kind)
    monkeypatch.setenv("ERP_PASSWORD", "s3cret")
    url = URLS[kind].replace("postgres@", "nobody-here@").replace("root@", "nobody-here@")
    pull = {"kind": "sql", "url": url, "password_from": "ERP_PASSWORD", "table": "t", "watermark": "w", "tie": ["a"]}
    line = depot("csv", pull).line()
    assert not line.run()
    assert "nobody-here" in line.keeper.standing.last_error
    assert "s3cret" not in line.keeper.file.read_text(encoding="utf-8")
