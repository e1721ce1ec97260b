"""Reads OCEL 2.0 from a SQLite file that comes from outside.

It is opened in memory and may do nothing but answer: its own views and triggers are not trusted, each question ends
after so many steps, and no value is larger than so many bytes.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from collectors.document import Unread
from collectors.ocel.config import MAX_EVENTS, MAX_OBJECTS, MAX_STEPS, MAX_VALUE
from collectors.ocel.log import Happening, Log, Thing, text

_STEPS_AT_ONCE = 100_000
_ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION)
#: The bytes of a file's head that say it has a journal of its own beside it; in memory it has none.
_JOURNAL, _OWN, _NONE = slice(18, 20), b"\x02\x02", b"\x01\x01"
_NAMES = ("ocel_id", "ocel_time", "ocel_changed_field")


def of_sqlite(body: bytes) -> Log:
    """The log of a SQLite file. Raises Unread."""
    if body[_JOURNAL] == _OWN:
        body = body[: _JOURNAL.start] + _NONE + body[_JOURNAL.stop :]
    try:
        with closing(sqlite3.connect(":memory:")) as con:
            _restrained(con, body)
            return _log(con).checked()
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError, MemoryError) as fault:
        raise Unread("malformed", f"This is no OCEL in SQLite: {str(fault)[:200]}") from None


def _restrained(con: sqlite3.Connection, body: bytes) -> None:
    """Open the file so that reading it can do no harm."""
    con.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE)
    con.text_factory = lambda raw: raw.decode("utf-8", "replace")
    con.deserialize(body)
    con.execute("pragma trusted_schema = off")
    con.execute("pragma query_only = on")
    con.execute("pragma cell_size_check = on")
    left = MAX_STEPS // _STEPS_AT_ONCE

    def tick() -> int:
        nonlocal left
        left -= 1
        return left < 0

    con.set_progress_handler(tick, _STEPS_AT_ONCE)
    con.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY)


def _log(con: sqlite3.Connection) -> Log:
    log = Log()
    for name, kind in _rows(con, "select ocel_id, ocel_type from object", MAX_OBJECTS):
        log.things[text(name)] = Thing(text(kind))
    for table in _tables(con, "object"):
        _things(con, table, log)
    at: dict[str, Happening] = {}
    for name, kind in _rows(con, "select ocel_id, ocel_type from event", MAX_EVENTS):
        at[text(name)] = Happening(text(name), text(kind), "")
    for table in _tables(con, "event"):
        _happenings(con, table, at)
    related = "select ocel_event_id, ocel_object_id, ocel_qualifier from event_object"
    for event, thing, qualifier in _rows(con, related, 10 * MAX_EVENTS):
        if found := at.get(text(event)):
            found.objects.append((text(thing), text(qualifier)))
    log.events = list(at.values())
    return log


def _tables(con: sqlite3.Connection, what: str) -> Iterator[str]:
    """The tables that hold the attributes of each type of events or objects."""
    for (name,) in _rows(con, f"select ocel_type_map from {what}_map_type", 10_000):
        yield f'"{what}_{text(name).replace(chr(34), chr(34) * 2)}"'


def _things(con: sqlite3.Connection, table: str, log: Log) -> None:
    """The attributes of the objects of one type; a row that names a changed field tells of that field only."""
    for row in _named(con, table, MAX_OBJECTS):
        thing = log.things.get(text(row.get("ocel_id")))
        if thing is None:
            continue
        changed, since = text(row.get("ocel_changed_field")), text(row.get("ocel_time"))
        thing.attributes += [
            (name, since, text(value))
            for name, value in row.items()
            if name not in _NAMES and value is not None and changed in ("", name)
        ]


def _happenings(con: sqlite3.Connection, table: str, at: dict[str, Happening]) -> None:
    """The times and attributes of the events of one type."""
    for row in _named(con, table, MAX_EVENTS):
        if event := at.get(text(row.get("ocel_id"))):
            event.time = text(row.get("ocel_time"))
            event.attributes = {n: text(value) for n, value in row.items() if n not in _NAMES and value is not None}


def _named(con: sqlite3.Connection, table: str, limit: int) -> Iterator[dict[str, Any]]:
    found = con.execute(f"select * from {table}")
    names = [str(one[0]) for one in found.description]
    return (dict(zip(names, row, strict=True)) for row in _counted(found, limit))


def _rows(con: sqlite3.Connection, question: str, limit: int) -> Iterator[tuple[Any, ...]]:
    return _counted(con.execute(question), limit)


def _counted(found: sqlite3.Cursor, limit: int) -> Iterator[tuple[Any, ...]]:
    """The rows of an answer. Raises Unread for more than `limit`."""
    for count, row in enumerate(found):
        if count >= limit:
            raise Unread("too_many_items", f"A table of the log has more than {limit:,} rows.")
        yield row
