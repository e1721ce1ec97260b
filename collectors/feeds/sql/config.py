"""How a database is reached: its address with the secret, and what is set for a session that only reads."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from app.errors import OrderscopeError, WrongUse
from app.pulls import SqlPull
from app.secret import secret

#: Seconds until a server that does not answer is given up.
_CONNECT = 10
_SILENCE = 300
#: What each driver is told, so that a dead line is noticed.
_TIMEOUTS: dict[str, dict[str, Any]] = {
    "psycopg": {
        "connect_timeout": _CONNECT, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
    },
    "pymysql": {"connect_timeout": _CONNECT, "read_timeout": _SILENCE, "write_timeout": _SILENCE},
}  # fmt: skip
#: What is said first. MariaDB writes a TIMESTAMP in the zone of the session; in UTC it can be told which instant it is.
_UTC = ("SET time_zone = '+00:00'", "SET SESSION TRANSACTION READ ONLY")
_SESSION = {
    "postgresql": ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",),
    "mysql": _UTC,
    "mariadb": _UTC,
}
#: Driver: the extra that brings it.
_EXTRAS = {"psycopg": "postgres", "pymysql": "mariadb"}


def extra(pull: SqlPull) -> tuple[str, str]:
    """(the library of the driver, the extra that brings it); ("", "") for SQLite."""
    driver = address(pull).get_driver_name()
    return ("", "") if driver == "pysqlite" else (driver, _EXTRAS.get(driver, ""))


def address(pull: SqlPull) -> URL:
    """The address without the secret. Raises WrongUse when it is none that is known."""
    try:
        url = make_url(pull.url)
        url.get_dialect()
    except (ArgumentError, ModuleNotFoundError):
        raise WrongUse("`url` is no address of a known database", "Write it as postgresql://USER@HOST/NAME.") from None
    return url


@contextmanager
def connected(pull: SqlPull) -> Iterator[Connection]:
    """A session that sees what is committed at each question, and changes nothing. Its faults are told in plain words."""
    url = address(pull)
    if pull.password_from:
        url = url.set(password=secret(pull.password_from))
    if url.get_driver_name() == "pysqlite":
        engine = create_engine("sqlite://", creator=lambda: _read_only(url.database or ""), poolclass=NullPool)
    else:
        timeouts = _TIMEOUTS.get(url.get_driver_name(), {})
        engine = create_engine(url, connect_args=timeouts, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for statement in _SESSION.get(engine.dialect.name, ()):
                connection.execute(text(statement))
            yield connection
    except DBAPIError as fault:
        said = str(fault.orig.args[-1] if fault.orig and fault.orig.args else fault).strip().splitlines() or [""]
        raise OrderscopeError(
            f"The database {url.render_as_string(hide_password=True)} says: {said[0][:300]}"
        ) from None
    finally:
        engine.dispose()


def _read_only(path: str) -> sqlite3.Connection:
    """A file that must be there; without this SQLite would make an empty one."""
    if not Path(path).is_file():
        raise WrongUse(f"{path}: there is no such database", "Check `url`; it begins with sqlite:/// and the path.")
    return sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=_CONNECT)
