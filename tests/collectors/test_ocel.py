"""Object-centric logs: JSON, XML and SQLite say the same as the flat form, and a hostile database can do nothing."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.model.event import Message
from app.settings import Source
from collectors.ocel import database
from tests.collectors.conftest import RECEIVED, WIRES, read

MAPPING = """
zone: Europe/Berlin
header: {id: "ocel:eid", what: "ocel:activity", at: "ocel:timestamp", orders: "ocel:type:order", items: "ocel:type:item",
         amount: "order:price", buyer: "ocel:qualifier:buyer"}
lists: {orders: "|", items: "|", buyer: "|"}
id: [id]
events:
  - {name: placed, type: order.captured, when: {what: place}, time: at, keys: {so: orders, cust: buyer}, fields: {amount: amount}, lines: {line: items}}
  - {name: paid, type: payment.received, when: {what: pay}, time: at, keys: {so: orders}, fields: {amount: amount}}
"""
THINGS = [("o1", "order"), ("i1", "item"), ("i2", "item"), ("c1", "customer")]
PRICES = [("o1", "2026-11-01T00:00:00", "10.50"), ("o1", "2026-11-20T09:00:00", "12.00")]
EVENTS = [
    ("e1", "place", "2026-11-20T08:00:00", [("o1", "order"), ("i1", "item"), ("i2", "item"), ("c1", "buyer")]),
    ("e2", "pay", "2026-11-20T10:00:00", [("o1", "order")]),
    ("e3", "sleep", "2026-11-20T11:00:00", [("c1", "buyer")]),
]


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "log.yaml").write_text(MAPPING)
    return Source(collector="ocel", mapping="log.yaml", base=str(tmp_path))


def as_json() -> bytes:
    objects = [
        {
            "id": one,
            "type": kind,
            "attributes": [{"name": "price", "time": at, "value": v} for o, at, v in PRICES if o == one],
        }
        for one, kind in THINGS
    ]
    events = [
        {"id": one, "type": kind, "time": at, "relationships": [{"objectId": o, "qualifier": q} for o, q in named]}
        for one, kind, at, named in EVENTS
    ]
    return json.dumps({"objectTypes": [], "eventTypes": [], "objects": objects, "events": events}).encode()


def as_xml() -> bytes:
    objects = "".join(
        f'<object id="{one}" type="{kind}"><attributes>'
        + "".join(f'<attribute name="price" time="{at}">{v}</attribute>' for o, at, v in PRICES if o == one)
        + "</attributes></object>"
        for one, kind in THINGS
    )
    events = "".join(
        f'<event id="{one}" type="{kind}" time="{at}"><objects>'
        + "".join(f'<relationship object-id="{o}" qualifier="{q}"/>' for o, q in named)
        + "</objects></event>"
        for one, kind, at, named in EVENTS
    )
    return f"<log><events>{events}</events><objects>{objects}</objects></log>".encode()


def as_sqlite(more: str = "") -> bytes:
    con = sqlite3.connect(":memory:")
    con.executescript(
        """create table event_map_type (ocel_type text, ocel_type_map text);
        create table object_map_type (ocel_type text, ocel_type_map text);
        create table event (ocel_id text, ocel_type text); create table object (ocel_id text, ocel_type text);
        create table event_object (ocel_event_id text, ocel_object_id text, ocel_qualifier text);
        create table object_order (ocel_id text, ocel_time timestamp, ocel_changed_field text, price real, note text);
        insert into object_map_type values ('order', 'order');"""
    )
    for kind in ("place", "pay", "sleep"):
        con.execute(f"create table event_{kind} (ocel_id text, ocel_time timestamp)")
        con.execute("insert into event_map_type values (?, ?)", (kind, kind))
    con.executemany("insert into object values (?, ?)", THINGS)
    con.execute("insert into object_order values ('o1', '2026-11-01 00:00:00', null, 10.50, 'x')")
    con.execute("insert into object_order values ('o1', '2026-11-20 09:00:00', 'price', 12.00, 'not this')")
    for one, kind, at, named in EVENTS:
        con.execute("insert into event values (?, ?)", (one, kind))
        con.execute(f"insert into event_{kind} values (?, ?)", (one, at.replace("T", " ")))
        con.executemany("insert into event_object values (?, ?, ?)", [(one, o, q) for o, q in named])
    con.executescript(more)
    return bytes(con.serialize())


@pytest.mark.parametrize("form", [as_json, as_xml, as_sqlite])
def test_every_form_says_the_same(source: Source, form: Any) -> None:
    """Objects are keys and lines, attributes those of the moment, times of the zone; the third event has no meaning."""
    said = read("ocel", form(), source=source)
    assert said.rejections == ()
    assert said.events.select("native_id", "type").rows() == [
        ("e1:placed", "order.captured"),
        ("e2:paid", "payment.received"),
    ]
    assert [str(at) for at in said.events["occurred_at"]] == ["2026-11-20 07:00:00", "2026-11-20 09:00:00"]
    assert [float(amount) for amount in said.events["amount"]] == [10.5, 12.0]
    assert [line["line"] for line in said.events["lines"][0]] == ["i1", "i2"]
    assert set(said.mentions.select("item", "type", "value").rows()) == {
        (2, "so", "o1"),
        (2, "cust", "c1"),
        (5, "so", "o1"),
    }


def test_the_first_version_is_read_too(source: Source) -> None:
    """OCEL 1.0 has no qualifiers and no history of attributes."""
    body = {
        "ocel:objects": {"o1": {"ocel:type": "order", "ocel:ovmap": {"price": 10.50}}, "i1": {"ocel:type": "item"}},
        "ocel:events": {
            "e1": {"ocel:activity": "place", "ocel:timestamp": "2026-11-20 08:00:00", "ocel:omap": ["o1", "i1"]}
        },
    }
    xml = (
        '<log><events><event><string key="id" value="e1"/><date key="timestamp" value="2026-11-20T08:00:00"/><string key="activity" value="place"/>'
        '<list key="omap"><string key="object-id" value="o1"/><string key="object-id" value="i1"/></list></event></events><objects>'
        '<object><string key="id" value="o1"/><string key="type" value="order"/><list key="ovmap"><float key="price" value="10.5"/></list></object>'
        '<object><string key="id" value="i1"/><string key="type" value="item"/><list key="ovmap"/></object></objects></log>'
    )
    first = read("ocel", json.dumps(body).encode(), source=source)
    assert (first.events["native_id"].to_list(), first.events["amount"].to_list()) == (["e1:placed"], ["10.5"])
    assert read("ocel", xml.encode(), source=source).events.equals(first.events)


def test_an_id_with_the_sign_between_ids_is_refused(source: Source) -> None:
    """It would fall apart into ids that nobody gave; alone in its list it stays whole only where it has none."""
    body = as_json().replace(b"i1", b"i|1")
    said = read("ocel", body, source=source)
    assert [(one.reason, one.native_id) for one in said.rejections] == [("bad_row", "e1")]
    assert said.events["native_id"].to_list() == ["e2:paid"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"", "empty"), (b"{}", "malformed"), (b'{"events": []}', "empty"), (b"<log/>", "malformed"), (b"<log><events/></log>", "empty"),
     (b"SQLite format 3\0" + b"\1" * 200, "malformed"), (as_sqlite()[:3_000], "malformed"), (b"\xff\xfe{", "malformed")],
)  # fmt: skip
def test_what_is_no_log_is_refused_whole(source: Source, body: bytes, reason: str) -> None:
    """Nothing, no events, no database: one refusal."""
    said = read("ocel", body, source=source)
    assert (len(said.events), [one.reason for one in said.rejections]) == (0, [reason])


def test_a_hostile_database_is_stopped(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """A view that counts for ever in place of a table, and one that makes values without end."""
    monkeypatch.setattr(database, "MAX_STEPS", 1_000_000)
    endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select x as ocel_id, 'place' as ocel_type from n where x < 0"
    for query in (endless, "select zeroblob(900000000) as ocel_id, 'place' as ocel_type"):
        body = as_sqlite(f"drop table event; create view event as {query};")
        assert [one.reason for one in read("ocel", body, source=source).rejections] == ["malformed"]


def test_a_database_in_its_own_journal_mode_is_read(source: Source) -> None:
    """A file that was written with a write-ahead log says so in its head; what it holds is whole."""
    body = as_sqlite()
    waiting = body[:18] + b"\x02\x02" + body[20:]
    assert read("ocel", waiting, source=source).events.equals(read("ocel", body, source=source).events)


def test_what_became_nothing_is_told(source: Source) -> None:
    """Objects and attributes that nothing reads, and events to which nothing applies."""
    lines = WIRES["ocel"].unread(Message("src", "ocel", "", as_sqlite(), RECEIVED), source)
    assert lines == [
        "column 'ocel:type:customer' (as 'c1'): nothing in the mapping reads it",
        "column 'order:note' (as 'x'): nothing in the mapping reads it",
        "1 rows (3): no event of the mapping applies",
    ]


@settings(max_examples=80, deadline=None)
@given(
    at=st.integers(0, 100_000),
    piece=st.binary(min_size=1, max_size=8),
    form=st.sampled_from([as_json(), as_xml(), as_sqlite()]),
)
def test_no_mutation_makes_a_log_fail(at: int, piece: bytes, form: bytes) -> None:
    """Other bytes anywhere in a log: it is read, or refused with a reason."""
    at %= len(form)
    said = read(
        "ocel", form[:at] + piece + form[at + len(piece) :], source=Source(collector="ocel", mapping="order-management")
    )
    assert all(one.reason and one.detail for one in said.rejections)
