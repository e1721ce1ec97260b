"""Writes the log as OCEL 2.0 JSON: the store writes the JSON of each event and object, Python only joins the texts.

The schema of the standard wants each value as text; the declared type says how to read it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import polars as pl

from app.store.export.ocel import ALWAYS, EVENT, FAMILIES, ISO, TYPES, Attributes, Log
from app.store.export.told import Rows, Told

_EVENTS = (
    "select to_json({{'id': p.id, 'type': p.type, 'time': strftime(p.occurred_at, '{iso}'), 'attributes': {attributes},"
    " 'relationships': coalesce(r.relationships, [])}}) as text"
    " from part p left join (select seq, list({{'objectId': id, 'qualifier': qualifier}} order by id) as relationships"
    " from relation group by seq) r on p.seq = r.seq order by p.seq"
)
_OBJECTS = (
    "with mine as (select * from {family} where n between {first} and {last})"
    " select to_json({{'id': m.id, 'type': m.type, 'attributes': {attributes}, 'relationships':"
    " coalesce(r.relationships, [])}}) as text from mine m left join (select source,"
    " list({{'objectId': target, 'qualifier': qualifier}} order by target, qualifier) as relationships"
    " from tied t semi join mine on t.source = mine.id group by source) r on r.source = m.id order by m.n"
)


def write(con: duckdb.DuckDBPyConnection, target: Path, told: Told) -> Rows:
    """Write the log of this connection's moment into a file; gives how many events and objects it holds."""
    log = Log(con)
    with target.open("wb") as out:
        out.write(b'{"eventTypes":' + _json([_declared(name, EVENT) for name in log.event_types()]))
        out.write(b',\n"objectTypes":' + _json([_declared(name, attributes) for name, attributes in TYPES.items()]))
        out.write(b',\n"events":[')
        events = _joined(out, _events(con, log, told))
        out.write(b'],\n"objects":[')
        objects = _joined(out, _objects(con, log, told))
        out.write(b"]}\n")
    return {"events": events, "objects": objects}


def _events(con: duckdb.DuckDBPyConnection, log: Log, told: Told) -> Iterator[pl.Series]:
    query = _EVENTS.format(iso=ISO, attributes=_listed(EVENT, "p", ""))
    for done, of in log.events():
        yield con.sql(query).pl()["text"]
        told("events", done, of)


def _objects(con: duckdb.DuckDBPyConnection, log: Log, told: Told) -> Iterator[pl.Series]:
    for family, first, last in log.objects():
        attributes = _listed(FAMILIES[family], "m", f"'time': '{ALWAYS}', ")
        yield con.sql(_OBJECTS.format(family=family, first=first, last=last, attributes=attributes)).pl()["text"]
        told("objects", last, 0)


def _joined(out: BinaryIO, texts: Iterator[pl.Series]) -> int:
    """Write the elements of an array; how many there were."""
    written = 0
    for text in texts:
        if len(text):
            out.write(b",\n" if written else b"\n")
            out.write(text.str.join(",\n").item().encode())
            written += len(text)
    return written


def _listed(attributes: Attributes, row: str, more: str) -> str:
    """SQL for the attributes that a row has, each with its name and its value as text."""
    each = (f"{{'name': '{name}', {more}'value': {_text(name, kind, row)}}}" for name, kind in attributes.items())
    return f"list_filter([{', '.join(each)}], lambda a: a.value is not null)"


def _text(name: str, kind: str, row: str) -> str:
    return f"strftime({row}.\"{name}\", '{ISO}')" if kind == "time" else f'{row}."{name}"::varchar'


def _declared(name: str, attributes: Attributes) -> dict[str, Any]:
    return {"name": name, "attributes": [{"name": n, "type": kind} for n, kind in attributes.items()]}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
