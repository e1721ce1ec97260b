"""Writes the log as OCEL 2.0 SQLite: the tables that the standard names, and one for each type of event and object."""

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb

from app.store.export.ocel import ALWAYS, EVENT, FAMILIES, PLAIN, TYPES, Attributes, Log
from app.store.export.told import Rows, Told

_COLUMN = {"string": "TEXT", "time": "TIMESTAMP", "integer": "INTEGER", "float": "REAL", "boolean": "BOOLEAN"}
_SCHEMA = """
create table event_map_type (ocel_type TEXT primary key, ocel_type_map TEXT);
create table object_map_type (ocel_type TEXT primary key, ocel_type_map TEXT);
create table event (ocel_id TEXT primary key, ocel_type TEXT references event_map_type (ocel_type));
create table object (ocel_id TEXT primary key, ocel_type TEXT references object_map_type (ocel_type));
create table event_object (ocel_event_id TEXT references event (ocel_id), ocel_object_id TEXT references object (ocel_id),
    ocel_qualifier TEXT, primary key (ocel_event_id, ocel_object_id, ocel_qualifier));
create table object_object (ocel_source_id TEXT references object (ocel_id), ocel_target_id TEXT references object (ocel_id),
    ocel_qualifier TEXT, primary key (ocel_source_id, ocel_target_id, ocel_qualifier));
"""
#: Names that a type's table cannot have, because the standard's own tables have them.
_TAKEN = ("object", "map_type")
_BEGAN = ALWAYS.replace("T", " ").rstrip("Z")


def write(con: duckdb.DuckDBPyConnection, target: Path, told: Told) -> Rows:
    """Write the log of this connection's moment into a new file; gives how many events and objects it holds."""
    log = Log(con)
    with closing(sqlite3.connect(target, isolation_level=None)) as out:
        out.executescript("pragma journal_mode = off; pragma synchronous = off; begin;" + _SCHEMA)
        events = _events(con, log, out, told)
        objects = _objects(con, log, out, told)
        out.execute("commit")
    return {"events": events, "objects": objects}


def _events(con: duckdb.DuckDBPyConnection, log: Log, out: sqlite3.Connection, told: Told) -> int:
    written = 0
    tables = _typed(out, "event", dict.fromkeys(log.event_types(), EVENT), "")
    shown = ", ".join(EVENT)
    for done, of in log.events():
        rows = con.execute(
            f"select type, id, strftime(occurred_at, '{PLAIN}'), {shown} from part order by type, seq"
        ).fetchall()
        _insert(out, "event", [(row[1], row[0]) for row in rows])
        for name, same in groupby(rows, key=itemgetter(0)):
            _insert(out, tables[name], [row[1:] for row in same])
        related = "select p.id, r.id, r.qualifier from relation r join part p using (seq) order by r.seq, r.id"
        _insert(out, "event_object", con.execute(related).fetchall())
        written += len(rows)
        told("events", done, of)
    return written


def _objects(con: duckdb.DuckDBPyConnection, log: Log, out: sqlite3.Connection, told: Told) -> int:
    written = 0
    tables = _typed(out, "object", TYPES, "ocel_changed_field TEXT, ")
    for family, first, last in log.objects():
        shown = ", ".join(_bindable(name, kind) for name, kind in FAMILIES[family].items())
        found = con.execute(f"select type, id, {shown} from {family} where n between {first} and {last} order by n")
        for name, same in groupby(found.fetchall(), key=itemgetter(0)):
            mine = list(same)
            _insert(out, "object", [(row[1], name) for row in mine])
            width = 2 + len(TYPES[name])
            _insert(out, tables[name], [(row[1], _BEGAN, None, *row[2:width]) for row in mine])
        written += last - first + 1
        told("objects", last, 0)
    ties = con.execute("select source, target, qualifier from tied order by all")
    while rows := ties.fetchmany(10_000):
        _insert(out, "object_object", rows)
    return written


def _typed(out: sqlite3.Connection, prefix: str, types: dict[str, Attributes], more: str) -> dict[str, str]:
    """Make a table for each type; type -> the name of its table."""
    names = _mapped(types)
    _insert(out, f"{prefix}_map_type", list(names.items()))
    for name, mapped in names.items():
        columns = "".join(f', "{attribute}" {_COLUMN[kind]}' for attribute, kind in types[name].items())
        out.execute(
            f'create table "{prefix}_{mapped}" (ocel_id TEXT {"primary key " if prefix == "event" else ""}'
            f"references {prefix} (ocel_id), ocel_time TIMESTAMP{', ' + more.rstrip(', ') if more else ''}{columns})"
        )
    return {name: f"{prefix}_{mapped}" for name, mapped in names.items()}


def _mapped(types: Iterable[str]) -> dict[str, str]:
    """Type -> a plain word for the name of its table, no two alike to SQLite, which takes case for nothing."""
    names: dict[str, str] = {}
    taken = set(_TAKEN)
    for name in types:
        word = re.sub(r"[^A-Za-z0-9_]", "_", name)[:100]
        mapped, count = word, 1
        while mapped.lower() in taken:
            count += 1
            mapped = f"{word}_{count}"
        taken.add(mapped.lower())
        names[name] = mapped
    return names


def _bindable(name: str, kind: str) -> str:
    """SQL for a value that SQLite takes: no decimal, no instant."""
    if kind == "time":
        return f"strftime(\"{name}\", '{PLAIN}')"
    return f'"{name}"::double' if kind == "float" else f'"{name}"'


def _insert(out: sqlite3.Connection, table: str, rows: list[Any]) -> None:
    if rows:
        out.executemany(f'insert into "{table}" values ({", ".join("?" * len(rows[0]))})', rows)
