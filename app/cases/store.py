"""The workflow store: one SQLAlchemy engine, readers, and one pen for whoever writes.

SQLite (WAL, synchronous=FULL) or PostgreSQL: the same code, a URL. A write holds the pen from its first read to its
commit, so that what it decided on is still so when it is stored.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.engine import make_url

from app import clock
from app.cases.migrations import upgrade
from app.cases.tables import counter, rule_file

_PEN_ON_POSTGRES = 0x0C5
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=30000",
    "PRAGMA cache_size=-65536",
    "PRAGMA wal_autocheckpoint=16384",
)


def _written(value: Any) -> str:
    return msgspec.json.encode(value).decode()


#: JSON columns are read and written with msgspec: four times as fast as the standard library.
_JSON: dict[str, Any] = {"json_serializer": _written, "json_deserializer": msgspec.json.decode}


class Store:
    """Opens the database at `url`, brings it to the newest shape, and hands out connections.

    `watch` registers a function that hears the sequence number after each commit that changed a case.
    """

    def __init__(self, url: str, *, as_it_is: bool = False) -> None:
        self.engine = _engine(url)
        self._pen = threading.RLock()
        self._watchers: list[Callable[[int], None]] = []
        if not as_it_is:
            self._grow()

    def _grow(self) -> None:
        with self._pen, _begun(self.engine, writing=True) as connection:
            _take_pen(connection)
            upgrade(connection)
            if connection.execute(select(counter.c.value).where(counter.c.name == "sequence")).first() is None:
                connection.execute(insert(counter).values(name="sequence", value=0))

    @classmethod
    def present(cls, url: str) -> "Store | None":
        """The store as it is, to be read only; None where there is none yet, or one of an older shape."""
        address = make_url(url)
        file = Path(address.database or "") if address.get_backend_name() == "sqlite" else None
        if file and not file.is_file():
            return None
        made = cls(url, as_it_is=True)
        if inspect(made.engine).has_table(rule_file.name):
            return made
        made.close()
        return None

    @property
    def scope(self) -> str:
        """Which world the cases belong to: `live`, or the instant at which the clock was frozen."""
        return clock.written(clock.frozen()) or "live"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one consistent state."""
        with _begun(self.engine, writing=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection that holds the pen; commits at the end, then tells the watchers if a case changed."""
        with self._pen:
            with _begun(self.engine, writing=True) as connection:
                _take_pen(connection)
                yield connection
                numbered = connection.info.pop("numbered", None)
            if numbered is not None:
                for watcher in list(self._watchers):
                    watcher(numbered)

    def watch(self, watcher: Callable[[int], None]) -> None:
        """Call `watcher` with the newest sequence number after every change."""
        self._watchers.append(watcher)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def numbers(connection: Connection, count: int) -> range:
    """The next `count` numbers of the one sequence; needs the pen."""
    raised = update(counter).where(counter.c.name == "sequence").values(value=counter.c.value + count)
    last: int = connection.execute(raised.returning(counter.c.value)).scalar_one()
    connection.info["numbered"] = last
    return range(last - count + 1, last + 1)


def insert_many(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows that name every column: by columns, where SQLAlchemy prepares each value of each row by itself."""
    dialect = connection.dialect
    compiled = insert(table).compile(dialect=dialect, column_keys=table.columns.keys())
    if not compiled.positional or not rows:
        if rows:
            connection.execute(insert(table), list(rows))
        return
    names = compiled.positiontup or ()
    columns = zip(*map(itemgetter(*names), rows), strict=True)
    told = [_prepared(table.columns[name], values, dialect) for name, values in zip(names, columns, strict=True)]
    connection.exec_driver_sql(str(compiled), list(zip(*told, strict=True)))


def _prepared(column: Column[Any], values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    """The values of a column as the driver takes them; an instant that many rows share, and an empty list, is written once."""
    if isinstance(column.type, JSON):
        nothing: dict[type, str] = {list: "[]", dict: "{}"}
        return [_written(value) if value else nothing.get(type(value), "null") for value in values]
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return values
    if isinstance(column.type, DateTime):
        told = {value: process(value) for value in set(values)}
        return [told[value] for value in values]
    return [process(value) for value in values]


def _engine(url: str) -> Engine:
    """An engine whose SQLite transactions begin when we say so; the driver's own guess breaks isolation."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, **_JSON)
    database = make_url(url).database
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=10, max_overflow=20, **_JSON)
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begin)
    return engine


def _connected(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def _begun(engine: Engine, *, writing: bool) -> Iterator[Connection]:
    with engine.connect().execution_options(writing=writing) as connection, connection.begin():
        connection.info.pop("numbered", None)
        yield connection


def _take_pen(connection: Connection) -> None:
    """On PostgreSQL an advisory lock serialises writers of every process; SQLite has it from BEGIN IMMEDIATE."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:pen)"), {"pen": _PEN_ON_POSTGRES})
