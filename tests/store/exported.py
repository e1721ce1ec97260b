"""What the tests of exports share: a store of odd things, and what it holds as counted by other means."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from tests.engine.court import catalogue
from tests.laws.worlds import BASE, LINES, House

#: Key -> the object that it names, as the manual has it.
NAMED = {
    "fo": "fulfillment", "sh": "shipment", "pro": "shipment", "pk": "package", "sscc": "package", "tr": "package",
    "inv": "invoice", "cm": "credit", "rma": "return", "po": "purchase_order", "ticket": "ticket",
}  # fmt: skip
FORMULA = "=cmd|' /C calc'!A0"
SAID = 'He said "no",\r\n\tleft & <b>waved</b> \\ \u2028 😀 ž'
LONG = "x" * 100_000


def odd() -> list[dict[str, Any]]:
    """What makes a writer stumble: types that look alike or like a table's name, odd values, every kind of object."""
    said = [
        ("erp.main", "order.created", {"so": "77"}, {"customer": FORMULA, "lines": [{**LINES[0], "sku": SAID}, {**LINES[1], "sku": SAID}]}),
        ("erp.main", "order.changed", {"so": "77"}, {"reason": SAID, "status": LONG, "location": "\t-1+1"}),
        ("erp.main", "Order.Created", {"so": "77"}, {"status": "@SUM(A1)"}),
        ("erp.main", "Order.created", {"so": "77"}, {"lines": [{"line": "2", "sku": SAID}]}),
        ("erp.main", "order created", {"so": "77", "pro": "PRO 1"}, {}),
        ("mw.bus", "object", {"so": "77"}, {"status": "null\x00byte"}),
        ("mw.bus", "map.type", {"so": "77", "sh": 'S"7;drop'}, {"reason": "-2+3"}),
        ("wms.a", "package.packed", {"so": "77", "pk": "P1", "sscc": "00106141411234567897"}, {}),
        ("wms.a", "shipment.dispatched", {"so": "77", "fo": "77-1", "sh": "S77", "pk": "P1"}, {"lines": [{"sku": SAID, "qty": "1"}]}),
        ("erp.main", "return.authorized", {"so": "77", "rma": "R1"}, {}),
        ("erp.main", "credit.issued", {"so": "77", "rma": "R1", "cm": "C1", "inv": "I77"}, {"amount": "12.5", "currency": "EUR"}),
        ("desk.main", "ticket.opened", {"so": "77", "ticket": "T:1"}, {}),
        ("erp.main", "purchase_order.created", {"po": "4500"}, {"amount": "99.90", "currency": "USD"}),
        ("wms.a", "inventory.adjusted", {}, {"reason": "touches nothing"}),
        ("tms.a", "load.tendered", {"so": "77", "sh": "S77", "pro": "PRO 1", "tr": "1Z77"}, {}),
        ("fin.main", "invoice.disputed", {"inv": "I1", "sh": "SX", "pro": "PRO 2"}, {"entity": "erp"}),
    ]  # fmt: skip
    return [
        {"source": s, "native_id": f"odd/{i}", "type": t, "occurred_at": BASE + timedelta(minutes=i), "keys": k, **d}
        for i, (s, t, k, d) in enumerate(said)
    ]


def build(folder: Path) -> House:
    return House.build(folder / "record.duckdb", catalogue())


class Told:
    """What the store holds, counted row by row in Python."""

    def __init__(self, house: House) -> None:
        self.ask = house.work.ask
        outdone = set(self.ask("select seq from outdone")["seq"])
        rows = [row for row in self.ask("from event").iter_rows(named=True) if row["seq"] not in outdone]
        self.events = {row["seq"]: row for row in rows}
        self.orders = dict(self.ask("select order_no, order_id from orders").iter_rows())
        lines = self.ask("select order_no, line, sku from order_line where not implied order by order_no, line")
        self.lines = [(self.orders[no], line, sku) for no, line, sku in lines.iter_rows()]
        linked = self.ask("select seq, order_no, rule from link").iter_rows()
        self.links = [
            (seq, self.orders[no], rule) for seq, no, rule in linked if no in self.orders and seq in self.events
        ]

    def id(self, seq: int) -> str:
        return f"{self.events[seq]['event_id']:016x}"

    def things(self, seq: int) -> dict[str, str]:
        """The objects that an event names -> their types."""
        keys = self.events[seq]["keys"]
        return {key: NAMED[key.split(":")[0]] for key in keys if key.split(":")[0] in NAMED}

    def objects(self) -> dict[str, str]:
        found = dict.fromkeys(self.orders.values(), "order")
        found |= {f"{order}/{line}": "line" for order, line, _ in self.lines}
        return found | {key: kind for seq in self.events for key, kind in self.things(seq).items()}

    def touched(self) -> set[tuple[str, str, str]]:
        """(event, object, qualifier)."""
        found = {(self.id(seq), order, f"known by {rule}") for seq, order, rule in self.links}
        found |= {(self.id(seq), key, "names") for seq in self.events for key in self.things(seq)}
        for seq, order, _ in self.links:
            for said in self.events[seq]["lines"] or ():
                mine = [(line, sku) for o, line, sku in self.lines if o == order]
                exact = [line for line, _ in mine if line == said["line"]]
                by_sku = sorted(line for line, sku in mine if sku == said["sku"])
                if found_line := (exact or by_sku)[:1]:
                    found.add((self.id(seq), f"{order}/{found_line[0]}", "speaks of"))
        return found

    def several(self) -> list[int]:
        """Events that name several objects of a type and belong to several orders: nobody knows which to which."""
        orders = Counter(seq for seq, _, _ in self.links)
        return [
            seq
            for seq in self.events
            if orders[seq] > 1 and max(Counter(self.things(seq).values()).values(), default=0) > 1
        ]

    def ties(self) -> set[tuple[str, str, str]]:
        """(object, object, qualifier)."""
        found = {(order, f"{order}/{line}", "contains") for order, line, _ in self.lines}
        orders = Counter(seq for seq, _, _ in self.links)
        for seq, order, _ in self.links:
            alone = Counter(self.things(seq).values())
            mine = [(key, kind) for key, kind in self.things(seq).items() if orders[seq] == 1 or alone[kind] == 1]
            found |= {(key, order, f"{kind} of") for key, kind in mine}
        pairs = {
            ("package", "shipment"): "packed in", ("shipment", "fulfillment"): "ships", ("invoice", "shipment"): "bills",
            ("credit", "invoice"): "credits", ("credit", "return"): "settles",
        }  # fmt: skip
        for seq in self.events:
            things = self.things(seq)
            alone = Counter(things.values())
            found |= {
                (a, b, pairs[one, two])
                for a, one in things.items()
                for b, two in things.items()
                if (one, two) in pairs and alone[two] == 1
            }
        return found


class Attribute(msgspec.Struct, forbid_unknown_fields=True):
    """A name and a value, which the schema of the standard (specification 2.0, section 8.2) wants as text."""

    name: str
    value: str


class Dated(Attribute):
    """What an object is, from when."""

    time: str


class Declared(msgspec.Struct, forbid_unknown_fields=True):
    """An attribute of a type."""

    name: str
    type: str


class Type(msgspec.Struct, forbid_unknown_fields=True):
    """A type of event or object."""

    name: str
    attributes: list[Declared]


class Relation(msgspec.Struct, forbid_unknown_fields=True):
    """What is related, and how."""

    objectId: str
    qualifier: str


class Thing(msgspec.Struct, forbid_unknown_fields=True):
    """An object."""

    id: str
    type: str
    attributes: list[Dated]
    relationships: list[Relation]


class Event(msgspec.Struct, forbid_unknown_fields=True):
    """An event."""

    id: str
    type: str
    time: str
    attributes: list[Attribute]
    relationships: list[Relation]


class Log(msgspec.Struct, forbid_unknown_fields=True):
    """The document."""

    eventTypes: list[Type]
    objectTypes: list[Type]
    events: list[Event]
    objects: list[Thing]
