"""What is taken away is what stands: read back by other tools, counted against the store by other means."""

import csv
import io
import json
import re
import sqlite3
import threading
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from pm4py import read_ocel2_json, read_ocel2_sqlite
from pm4py.objects.ocel.validation import ocel20_rel_validation

from app.calendar import Calendars
from app.engine.judge import Judge
from app.store.export import export, tables
from app.store.export.spreadsheet import neutral, neutral_column
from app.web.api.export import Abandoned, written
from rules.book import load, resolve
from rules.kinds import KINDS
from tests.guarantees.server import Server, event, hours_ago, running
from tests.laws.worlds import BASE, LINES, House, claims, noise, steps
from tests.web.site import Site, site

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
    return House.build(folder / "record.duckdb", Judge(resolve(load(KINDS)), KINDS, Calendars({})))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A store with ordinary orders, hubs, an id that was claimed twice, and everything odd."""
    made = build(tmp_path_factory.mktemp("house"))
    made.take([one for n in range(1, 5) for one in steps(n) + noise(n) + claims(n)], odd())
    yield made
    made.close()


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is read a few rows at a time, as large stores are."""
    monkeypatch.setattr("app.store.export.ocel._AT_ONCE", 7)
    monkeypatch.setattr("app.store.export.tables._AT_ONCE", 7)


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


@pytest.mark.parametrize("name", ["log.json", "log.sqlite"])
@pytest.mark.parametrize("parts", ["whole", "small"])
def test_a_log_reads_back_in_another_tool(house: House, tmp_path: Path, name: str, parts: str, request: Any) -> None:
    """pm4py finds the events by type, the objects by type and every relation with its qualifier, as the store has them."""
    if parts == "small":
        request.getfixturevalue("small_parts")
    rows = export(house.database, f"ocel.{name[4:]}", tmp_path / name)
    told = Told(house)
    log = (read_ocel2_json if name == "log.json" else read_ocel2_sqlite)(str(tmp_path / name))
    assert rows == {"events": len(told.events), "objects": len(told.objects())}
    assert told.several()
    touching = {seq for seq in told.events if any(event == told.id(seq) for event, _, _ in told.touched())}
    assert len(told.events) - len(touching) > 0, "the tool leaves out what touches nothing; some of that must be there"
    assert Counter(log.events["ocel:activity"]) == Counter(told.events[seq]["type"] for seq in touching)
    assert dict(zip(log.objects["ocel:oid"], log.objects["ocel:type"], strict=True)) == told.objects()
    assert Counter(log.objects["ocel:type"]).keys() == {*NAMED.values(), "order", "line"}
    columns = ["ocel:eid", "ocel:oid", "ocel:qualifier"]
    assert sorted(log.relations[columns].itertuples(index=False, name=None)) == sorted(told.touched())
    columns = ["ocel:oid", "ocel:oid_2", "ocel:qualifier"]
    assert sorted(log.o2o[columns].itertuples(index=False, name=None)) == sorted(told.ties())
    times = dict(zip(log.events["ocel:eid"], log.events["ocel:timestamp"], strict=True))
    assert {told.id(seq): told.events[seq]["occurred_at"] for seq in touching} == {
        event: at.tz_convert("UTC").tz_localize(None).to_pydatetime() for event, at in times.items()
    }


@pytest.mark.parametrize("name", ["log.json", "log.sqlite"])
def test_odd_values_survive(house: House, tmp_path: Path, name: str) -> None:
    """Quotes, line ends, a NUL, emoji, formulas and 100,000 letters come back as they were; numbers as numbers."""
    export(house.database, f"ocel.{name[4:]}", tmp_path / name)
    log = (read_ocel2_json if name == "log.json" else read_ocel2_sqlite)(str(tmp_path / name))
    said = log.events.set_index("ocel:activity")
    assert set(said.loc[["order.changed"], "reason"].dropna()) == {SAID}
    assert set(said.loc[["order.changed"], "status"].dropna()) == {LONG}
    assert list(said.loc[["object"], "status"]) == ["null\x00byte"]
    assert list(said.loc[["Order.Created"], "status"]) == ["@SUM(A1)"]
    things = log.objects.set_index("ocel:oid")
    order = things[things["so"] == "77"].iloc[0]
    assert (order["customer"], order["partly"]) in ((FORMULA, False), (FORMULA, True))
    assert set(things[things["ocel:type"] == "line"]["sku"]) == {"A-1", "B-2", SAID}
    credit = things[things["ocel:type"] == "credit"].iloc[0]
    assert (credit["amount"], credit["currency"], credit["number"]) == (12.5, "EUR", "C1")
    assert things[things["ocel:type"] == "ticket"].iloc[0]["number"] == "T:1"
    assert things[things["ocel:type"] == "purchase_order"].iloc[0]["amount"] == 99.9


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


def test_json_keeps_to_the_standard(house: House, tmp_path: Path) -> None:
    """Nothing but what the schema names; every type and attribute declared, every relation to something that is there."""
    export(house.database, "ocel.json", tmp_path / "log.jsonocel")
    log = msgspec.json.decode((tmp_path / "log.jsonocel").read_bytes(), type=Log)
    for types, found in ((log.eventTypes, log.events), (log.objectTypes, log.objects)):
        declared = {one.name: {a.name: a.type for a in one.attributes} for one in types}
        assert len(declared) == len(types)
        assert {kind for one in declared.values() for kind in one.values()} <= {
            "string",
            "time",
            "integer",
            "float",
            "boolean",
        }
        for one in found:
            assert {a.name for a in one.attributes} <= declared[one.type].keys()
    ids = {one.id for one in log.objects}
    assert len(ids) == len(log.objects)
    assert len({one.id for one in log.events}) == len(log.events)
    assert {r.objectId for one in [*log.events, *log.objects] for r in one.relationships} <= ids
    assert {a.time for one in log.objects for a in one.attributes} == {"1970-01-01T00:00:00Z"}


def test_sqlite_keeps_to_the_standard(house: House, tmp_path: Path) -> None:
    """All rules of the relational schema hold, no key points nowhere, and types that look alike keep their own tables."""
    export(house.database, "ocel.sqlite", tmp_path / "log.sqlite")
    held, broken = ocel20_rel_validation.apply(str(tmp_path / "log.sqlite"))
    assert (len(held), broken) == (24, [])
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as log:
        assert log.execute("pragma foreign_key_check").fetchall() == []
        assert log.execute("pragma integrity_check").fetchall() == [("ok",)]
        names = dict(log.execute("select * from event_map_type"))
        assert len({name.lower() for name in names.values()} | {"object", "map_type"}) == len(names) + 2
        for kind, name in names.items():
            wanted = log.execute("select count(*) from event where ocel_type = ?", (kind,)).fetchone()
            assert log.execute(f'select count(*) from "event_{name}"').fetchone() == wanted


def test_an_empty_store_gives_empty_files(tmp_path: Path) -> None:
    """Before the first event each format is whole, valid and without rows."""
    house = build(tmp_path)
    try:
        rows = [
            export(house.database, kind, tmp_path / kind) for kind in ("ocel.json", "ocel.sqlite", "parquet", "csv")
        ]
    finally:
        house.close()
    assert {count for one in rows for count in one.values()} == {0}
    log = msgspec.json.decode((tmp_path / "ocel.json").read_bytes(), type=Log)
    assert (log.events, log.objects, log.eventTypes, len(log.objectTypes)) == ([], [], [], 10)
    assert ocel20_rel_validation.apply(str(tmp_path / "ocel.sqlite"))[1] == []
    for name in tables.TABLES:
        assert pl.read_parquet(tmp_path / "parquet" / f"{name}.parquet").is_empty()
        assert len((tmp_path / "csv" / f"{name}.csv").read_bytes().splitlines()) == 1


def test_every_table_is_exported_or_kept_on_purpose(house: House) -> None:
    """A table that nobody thought of is found here."""
    there = house.work.ask(
        "select table_name as t from duckdb_tables() where database_name = 'record' and not temporary"
    )
    assert set(tables.TABLES) <= set(there["t"]) <= {*tables.TABLES, *tables.INTERNAL}


@pytest.mark.parametrize("parts", ["whole", "small"])
def test_parquet_holds_every_row(house: House, tmp_path: Path, parts: str, request: Any) -> None:
    """As many rows as each table has; order ids instead of internal numbers, and they are the right ones."""
    if parts == "small":
        request.getfixturevalue("small_parts")
    rows = export(house.database, "parquet", tmp_path / "out")
    read = {name: pl.read_parquet(tmp_path / "out" / f"{name}.parquet") for name in tables.TABLES}
    ask = house.work.ask
    assert {name: len(frame) for name, frame in read.items()} == rows
    assert rows == {name: ask(f'select count(*) as n from "{name}"')["n"][0] for name in tables.TABLES}
    assert not any({"order_no", "no"} & set(frame.columns) for frame in read.values())
    assert all(rows[name] for name in ("orders", "order_line", "milestone", "view", "object", "due", "link", "event"))
    wanted = ask("select o.order_id, l.line, l.sku, l.ordered from order_line l join orders o using (order_no)")
    assert read["order_line"].select(wanted.columns).sort(pl.all()).equals(wanted.sort(pl.all()))
    linked = read["link"].join(read["event"], on=["seq", "event_id"]).join(read["orders"], on="order_id")
    wanted = ask("select count(*) as n from link join orders using (order_no)")
    assert len(linked) == wanted["n"][0]
    named = linked.filter(pl.col("keys").list.contains(pl.col("key")))
    assert len(named) == len(linked), "the key of each link is one that its event carries"


def test_csv_runs_nothing(house: House, tmp_path: Path) -> None:
    """Every row is there, texts come back but for the mark before what a spreadsheet would run."""
    rows = export(house.database, "csv", tmp_path / "out")
    read = {}
    for name in tables.TABLES:
        text = (tmp_path / "out" / f"{name}.csv").read_bytes().decode("utf-8-sig")
        read[name] = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {name: len(found) for name, found in read.items()} == rows
    cells = [cell for found in read.values() for row in found for cell in row.values()]
    assert "'" + FORMULA in cells
    plain = re.compile(r"-?[0-9.]+")
    assert [
        cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@")) and not plain.fullmatch(cell)
    ] == []
    said = next(row for row in read["event"] if row["reason"] == SAID)
    assert (said["status"], said["location"]) == (LONG, "'\t-1+1")
    assert said["occurred_at"] == "2026-11-02T08:01:00.000000Z"
    created = next(row for row in read["event"] if row["customer"] == "'" + FORMULA)
    assert json.loads(created["lines"])[0]["sku"] == SAID
    assert created["event_id"] in {row["event_id"] for row in read["link"]}


def test_a_cell_and_a_column_are_made_harmless_alike() -> None:
    """Whatever stands before a formula, the rule for one text and the rule for a column say the same."""
    starts = [chr(code) for code in [*range(0x250), *range(0x2000, 0x2100), 0x3000, 0xFEFF]]
    texts = [*starts, *[start + "=1" for start in starts], *[start * 2 + "@x" for start in starts], "", "plain = text"]
    frame = pl.DataFrame({"text": texts}).select(neutral_column(pl.col("text")))
    assert frame["text"].to_list() == [neutral(text) for text in texts]
    assert neutral("\u00a0\u2003=1") == "'\u00a0\u2003=1" and neutral("a=1") == "a=1"


def test_twice_the_same_store_gives_the_same_files(house: House, tmp_path: Path, small_parts: None) -> None:
    """The order of everything is settled."""
    for folder in ("one", "two"):
        for kind in ("ocel.json", "ocel.sqlite", "parquet", "csv"):
            export(house.database, kind, tmp_path / folder / kind)
    files = [file.relative_to(tmp_path / "one") for file in (tmp_path / "one").rglob("*") if file.is_file()]
    assert len(files) == 2 + 2 * len(tables.TABLES)
    differing = [str(f) for f in files if (tmp_path / "one" / f).read_bytes() != (tmp_path / "two" / f).read_bytes()]
    assert differing == []


def test_an_export_is_of_one_moment(tmp_path: Path, small_parts: None) -> None:
    """What arrives and is folded while it is written is not in it, in no table and no list."""
    house = build(tmp_path)
    house.take(steps(1))
    before = house.work.ask("select (select count(*) from event) as events, (select count(*) from orders) as orders")
    arrived = []

    def meanwhile(_what: str, _done: int, _of: int) -> None:
        if not arrived:
            arrived.append(2)
            house.take(steps(2))

    try:
        rows = export(house.database, "ocel.json", tmp_path / "log.json", meanwhile)
        arrived.clear()
        listed = export(house.database, "parquet", tmp_path / "tables", meanwhile)
        after = export(house.database, "ocel.json", tmp_path / "later.json")
    finally:
        house.close()
    log = msgspec.json.decode((tmp_path / "log.json").read_bytes(), type=Log)
    assert rows["events"] == len(log.events) == before["events"][0]
    assert [one.type for one in log.objects].count("order") == before["orders"][0] == 1
    assert (listed["orders"], after["events"]) == (2, 2 * rows["events"])


@pytest.mark.parametrize("kind", ["ocel.json", "ocel.sqlite", "parquet"])
def test_a_broken_export_leaves_what_was_there(house: House, tmp_path: Path, kind: str) -> None:
    """Whoever stops it in the middle finds the files of before and no piece of the new."""
    target = tmp_path / "out"
    export(house.database, kind, target)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}

    def stop(_what: str, _done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(house.database, kind, target, stop)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
    assert set(tmp_path.iterdir()) == {target}


@pytest.fixture
def anyio_backend() -> str:
    """Tests run on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Site]:
    """A server without an engine."""
    made = site(tmp_path)
    yield made
    made.close()


@pytest.mark.anyio
async def test_the_server_gives_it_to_administrators(web: Site, tmp_path: Path) -> None:
    """Each kind comes as a whole file for the scope `admin` and for nobody else; nothing stays behind."""
    async with web.client() as client:
        admin = web.token("admin")
        log = await client.get("/api/v1/export/ocel.json", headers=admin)
        packed = await client.get("/api/v1/export/parquet", headers=admin)
        base = await client.get("/api/v1/export/ocel.sqlite", headers=admin)
        assert [answer.status_code for answer in (log, packed, base)] == [200, 200, 200]
        assert msgspec.json.decode(log.content, type=Log).events == []
        assert json.loads(log.headers["x-orderscope-rows"]) == {"events": 0, "objects": 0}
        assert set(zipfile.ZipFile(io.BytesIO(packed.content)).namelist()) == {f"{t}.parquet" for t in tables.TABLES}
        assert base.content.startswith(b"SQLite format 3")
        assert "attachment" in base.headers["content-disposition"]
        assert (await client.get("/api/v1/export/xes", headers=admin)).status_code == 422
        assert (await client.get("/api/v1/export/csv", headers=web.token("read", "act"))).status_code == 403
        assert (await client.get("/api/v1/export/csv")).status_code == 401
    async with web.person("kim") as kim:
        assert (await kim.get("/api/v1/export/csv")).status_code == 403
    assert list(tmp_path.glob(".export-*")) == []


@pytest.mark.anyio
async def test_one_export_at_a_time(web: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one is written the server answers others, and says to the second who asks that it is busy."""
    import anyio

    entered, leave = threading.Event(), threading.Event()
    write = web.reader.export

    def slowly(kind: str, target: Path, told: Callable[[str, int, int], None]) -> dict[str, int]:
        entered.set()
        assert leave.wait(20)
        return write(kind, target, told)

    monkeypatch.setattr(web.reader, "export", slowly)
    admin = web.token("admin")
    answers = []

    async def first() -> None:
        answers.append(await client.get("/api/v1/export/csv", headers=admin))

    async with web.client() as client, anyio.create_task_group() as tasks:
        tasks.start_soon(first)
        await anyio.to_thread.run_sync(entered.wait)
        second = await client.get("/api/v1/export/csv", headers=admin)
        assert (await client.get("/healthz")).status_code == 200
        leave.set()
    assert (second.status_code, "retry-after" in second.headers) == (429, True)
    assert [answer.status_code for answer in answers] == [200]


def test_an_export_that_nobody_waits_for_ends(web: Site, tmp_path: Path) -> None:
    """When the one who asked is gone the writing stops at the next step, and nothing stays behind."""
    gone = threading.Event()
    gone.set()
    with pytest.raises(Abandoned):
        written(web.reader, "csv", gone)
    assert list(tmp_path.glob(".export-*")) == []


def test_the_command_writes_the_same_with_and_without_a_server(tmp_path: Path) -> None:
    """Beside a running server it goes through it, after its end it opens the stores; the files are equal."""
    with running(tmp_path) as server:
        keys = [{"so": "X-1", "ch": "W-1"}, {"so": "X-1", "fo": "X-1-1"}]
        server.take(
            event("x1", "erp.main", "order.created", hours_ago(3), keys=keys[0], customer=FORMULA, lines=LINES),
            event("x2", "erp.main", "order.released", hours_ago(2), keys=keys[1], partner="3pl.west"),
        )
        taken(server, tmp_path / "beside")
        wrong = server.command("export", "csv", "out", "--as-of", "2026-01-01T00:00:00Z")
    taken(Server(tmp_path), tmp_path / "alone")
    assert (wrong.returncode, "its own clock" in wrong.stderr) == (2, True)
    beside, alone = tmp_path / "beside", tmp_path / "alone"
    assert (beside / "log.jsonocel").read_bytes() == (alone / "log.jsonocel").read_bytes()
    orders = [pl.read_csv(folder / "csv" / "orders.csv") for folder in (beside, alone)]
    assert orders[0].equals(orders[1]) and orders[0]["customer"].to_list() == ["'" + FORMULA]
    assert len(read_ocel2_sqlite(str(beside / "log.sqlite")).events) == 2
    assert {file.name for file in beside.iterdir()} == {"log.jsonocel", "log.sqlite", "parquet", "csv"}


def taken(server: Server, folder: Path) -> None:
    """Export everything in every way; wrong names are told."""
    said = server.command("export", "ocel", str(folder / "log.jsonocel"), "--json")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["rows"] == {"events": 2, "objects": 4}
    done = [
        server.command("export", "ocel", str(folder / "log.sqlite")),
        server.command("export", "parquet", str(folder / "parquet")),
        server.command("export", "csv", str(folder / "csv")),
    ]
    assert [one.returncode for one in done] == [0, 0, 0], [one.stderr for one in done]
    assert "2 event" in done[1].stdout and pl.read_parquet(folder / "parquet" / "event.parquet").height == 2
    wrong = [
        server.command("export", "ocel", str(folder / "log.xes")),
        server.command("export", "csv", str(folder / "log.sqlite")),
        server.command("export", "ocel", str(folder / "log.sqlite" / "inside.json")),
    ]
    assert [one.returncode for one in wrong] == [2, 2, 2]
    assert ["Traceback" in one.stderr for one in wrong] == [False, False, False]
