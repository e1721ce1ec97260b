"""Opens the two files of the record store, brings them to the newest schema, and hands out connections.

One process owns the files. Each writer and each reading thread has a connection of its own: a shared one returns
empty results without an error. A scratch store has the same schema, in memory or in files of its own, and is thrown
away: questions about the past are answered from one.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

from app.errors import WrongUse
from app.settings import Settings

_MIGRATIONS = Path(__file__).parent / "migrations"
_MEMORY = ":memory:"
#: The schema of tables that are being made beside those that stand (see `Work.beside`).
BESIDE = "beside"


class Database:
    """The open record store; without a path it lies in memory. `spans` is attached as the catalogue `spans`."""

    def __init__(self, path: Path | None, memory_limit: str = "4GB", threads: int = 2) -> None:
        self.path = path or Path(_MEMORY)
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._root = _opened(self.path)
        self._root.execute(f"set memory_limit='{memory_limit}'; set threads={int(threads)}")
        self._root.execute("set checkpoint_threshold='256MB'; set TimeZone='UTC'; set preserve_insertion_order=false")
        self._root.execute(f"attach '{_quoted(path.with_suffix('.spans.duckdb')) if path else _MEMORY}' as spans")
        _migrate(self._root, "spans", "spans")
        _migrate(self._root, "record", path.stem if path else "memory")
        self._root.execute(f"drop schema if exists {BESIDE} cascade")  # of who was killed while making them
        self._root.execute("set python_enable_replacements=false; set enable_external_access=false")

    @classmethod
    def of(cls, settings: Settings) -> "Database":
        """The record store that the configuration names."""
        return cls(settings.record_path(), settings.record.memory_limit, settings.record.threads)

    @classmethod
    def scratch(cls, path: Path | None = None) -> "Database":
        """A store for a while, modest beside the one that people work with: in memory, or in a file."""
        return cls(path, "1GB", 1)

    def connection(self) -> duckdb.DuckDBPyConnection:
        """A connection for one thread."""
        return self._root.cursor()

    def discard(self) -> None:
        """Let a scratch store go; who still reads from it may finish."""
        self._root.close()
        if str(self.path) != _MEMORY:
            for name in (self.path, self.path.with_suffix(".spans.duckdb")):
                for file in (name, name.with_name(name.name + ".wal")):
                    file.unlink(missing_ok=True)

    def close(self) -> None:
        """Write everything into the files and let them go."""
        for catalogue in ("spans", ""):
            self._root.execute(f"checkpoint {catalogue}")
        self._root.close()


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """All or nothing."""
    con.execute("begin transaction")
    try:
        yield con
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")


@contextmanager
def registered(con: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> Iterator[None]:
    """A frame visible to one connection under a name, for the length of a `with`."""
    con.register(name, frame.to_arrow())
    yield
    con.unregister(name)


def _opened(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path))
    except duckdb.IOException as fault:
        holder = re.search(r"PID (\d+)", str(fault))
        who = f"process {holder.group(1)}" if holder else "another process"
        raise WrongUse(f"{path} is in use by {who}", "Stop that process, or use the running server.") from None


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _migrate(con: duckdb.DuckDBPyConnection, family: str, catalogue: str) -> None:
    """Run the numbered files that have not run yet, each with its number in one transaction."""
    con.execute(f'use "{catalogue}"')
    con.execute("create table if not exists migration (number integer, name varchar)")
    done = {row[0] for row in con.execute("select number from migration").fetchall()}
    for file in sorted(_MIGRATIONS.glob(f"*_{family}*.sql")):
        number = int(file.name[:4])
        if number not in done:
            with transaction(con):
                con.execute(file.read_text(encoding="utf-8"))
                con.execute("insert into migration values (?, ?)", [number, file.name])
