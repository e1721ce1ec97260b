"""The store as an object-centric event log: which objects there are, what is said of them, and what relates to what.

The standard is OCEL 2.0 (ocel-standard.org). Attributes are what stands at the moment of the export, so they carry the
time at which the standard lets a value begin that was never seen to change.
"""

from collections.abc import Iterator
from typing import Any

import duckdb

from app import clock
from app.store.statements import statement

Attributes = dict[str, str]
#: The instant at which values begin that have no history.
ALWAYS = "1970-01-01T00:00:00Z"
ISO, PLAIN = "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%d %H:%M:%S.%f"

#: What each event says; every type of event has the same.
EVENT: Attributes = dict.fromkeys(("source", "status", "reason", "partner", "carrier", "location"), "string")
#: Types of object that are known by a key -> the kinds of that key.
KEYED = {
    "fulfillment": ("fo",), "shipment": ("sh", "pro"), "package": ("pk", "sscc", "tr"), "invoice": ("inv",),
    "credit": ("cm",), "return": ("rma",), "purchase_order": ("po",), "ticket": ("ticket",),
}  # fmt: skip
#: Objects that one event names together: what the first is to the second, where the event names one such.
PAIRS = (
    ("package", "shipment", "packed in"), ("shipment", "fulfillment", "ships"), ("invoice", "shipment", "bills"),
    ("credit", "invoice", "credits"), ("credit", "return", "settles"),
)  # fmt: skip
_PRICED = ("invoice", "credit", "purchase_order")
_WORDS = "so customer tier channel entity partner carrier location currency stage billing return"
_LEDGER = "ordered cancelled allocated backordered released acknowledged picked shipped posted delivered invoiced returned credited"
_MOMENTS = {"first_at": "time", "last_at": "time"}
_THING = dict.fromkeys(("number", "issuer", "status", "partner", "carrier"), "string") | _MOMENTS
_MONEY = {"amount": "float", "currency": "string"}
_ORDER = (
    dict.fromkeys(_WORDS.split(), "string") | {"value": "float", "partly": "boolean", "revision": "integer"}
    | {"promised_at": "time"} | _MOMENTS | {"delivered_at": "time"}
)  # fmt: skip
_LINE = dict.fromkeys(("line", "sku", "uom", "stage"), "string") | dict.fromkeys(("price", *_LEDGER.split()), "float")

#: Every type of object with its attributes; attribute -> one of string, time, integer, float, boolean.
TYPES: dict[str, Attributes] = {"order": _ORDER, "line": _LINE} | {
    name: _THING | (_MONEY if name in _PRICED else {}) for name in KEYED
}
#: The tables of objects, and all attributes that may stand in each.
FAMILIES = {"item_order": _ORDER, "item_line": _LINE, "item_thing": _THING | _MONEY}
_AT_ONCE = 50_000


class Log:
    """The log, piece by piece, on a connection of its own. First the events, then the objects that they brought."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        con.execute(_table("thing_kind", ("kind", "type"), [(key, t) for t, keys in KEYED.items() for key in keys]))
        con.execute(_table("pair", ("source", "target", "qualifier"), PAIRS))
        self._run("begin", now=clock.instant())

    def event_types(self) -> list[str]:
        """The types of all events, sorted."""
        found = self._con.execute("select distinct coalesce(type, 'unknown') as t from told order by t").fetchall()
        return [name for (name,) in found]

    def events(self) -> Iterator[tuple[int, int]]:
        """Hold the next events as `part`, their relations as `relation`; gives how many were stored so far, of how many."""
        last = int(self._con.execute("select last_seq from moment").fetchall()[0][0])
        for first in range(1, last + 1, _AT_ONCE):
            self._run("part", first=first, last=first + _AT_ONCE - 1)
            yield min(first + _AT_ONCE - 1, last), last

    def objects(self) -> Iterator[tuple[str, int, int]]:
        """Where the next objects stand: a table of FAMILIES and the first and last of their numbers."""
        self._run("objects")
        for family in FAMILIES:
            count = int(self._con.execute(f"select count(*) from {family}").fetchall()[0][0])
            for first in range(1, count + 1, _AT_ONCE):
                yield family, first, min(first + _AT_ONCE - 1, count)

    def _run(self, name: str, **values: Any) -> None:
        for one in self._con.extract_statements(statement(f"export/{name}")):
            self._con.execute(one, {key: values[key] for key in one.named_parameters})


def _table(name: str, columns: tuple[str, ...], rows: Any) -> str:
    values = ", ".join("(" + ", ".join(f"'{value}'" for value in row) + ")" for row in rows)
    return f"create temp table {name} as from (values {values}) t({', '.join(columns)})"
