"""Documents that other people wrote: what is read of them, beside an independent count of the files.

The files are not part of the project: without them these tests are skipped.
"""

import csv
import gzip
import json
import re
import sqlite3
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from app.model.event import Translation
from app.settings import Source
from tests.collectors.conftest import read

#: What the table of EPCIS makes of steps, written down once more: by step for a source that is no warehouse.
STEPS = {"shipping": "shipment.dispatched", "receiving": "shipment.delivered"}
P2P = """
zone: Europe/Berlin
header: {id: "ocel:eid", what: "ocel:activity", at: "ocel:timestamp", po: "ocel:type:Purchase Order", invoice: "ocel:type:Invoice", qty: "Purchase Order:po_quantity"}
lists: {po: ";", invoice: ";"}
id: [id]
events:
  - {name: made, type: purchase_order.created, when: {what: Create Purchase Order}, time: at, keys: {po: po}, lines: {qty: qty}}
  - {name: changed, type: purchase_order.changed, when: {what: Change PO Quantity}, time: at, keys: {po: po}, lines: {qty: qty}}
  - {name: billed, type: supplier_invoice.received, when: {what: Insert Invoice}, time: at, keys: {po: po, inv: invoice}}
  - {name: paid, type: payment.applied, when: {what: Insert Payment}, time: at, keys: {inv: invoice}}
"""


def printed(folder: str, told: dict[str, Translation]) -> None:
    """What became of the files of a folder."""
    reasons = Counter(one.reason for said in told.values() for one in said.rejections)
    types = Counter(kind for said in told.values() for kind in said.events["type"])
    print(
        f"\n{folder}: {len(told)} messages, {sum(types.values())} events {dict(types.most_common())}, rejected {dict(reasons)}"
    )


def counted(file: Path) -> Counter[str]:
    """The events of an EPCIS file by kind and step, read by plain means."""
    text = file.read_text(encoding="utf-8-sig")
    if file.suffix == ".xml":
        found = re.findall(r"<(\w+Event)>(.*?)</\1>", text, re.DOTALL)
        inside = [(kind, body, "<errorDeclaration>" in body) for kind, body in found]
        return Counter(expected(k, re.search(r"<bizStep>\s*([^<]*)", b), wrong) for k, b, wrong in inside)
    events = json.loads(text)["epcisBody"]["eventList"]
    return Counter(expected(e["type"], re.match("(.*)", e.get("bizStep", "")), "errorDeclaration" in e) for e in events)


def expected(kind: str, step: "re.Match[str] | None", wrong: bool) -> str:
    if wrong:
        return "epcis.error_declared"
    word = step[1].strip().rpartition(":")[2] if step else ""
    if word == "packing":
        return "package.packed"
    return STEPS.get(word, f"epcis.{word}" if word else f"epcis.{kind.removesuffix('Event').lower()}")


def test_epcis_events_are_those_of_the_files(shared: Path) -> None:
    """Each event of the 47 example files is read, by the meaning of its step; master data is refused as what it is."""
    files = sorted(file for file in (shared / "epcis").rglob("*") if file.suffix in (".xml", ".jsonld"))
    folders: dict[str, dict[str, Translation]] = {}
    for file in files:
        said = read("epcis", file.read_bytes())
        folders.setdefault(file.parent.name, {})[file.name] = said
        if "asterData" in file.name or "11.4" in file.name:
            assert [one.reason for one in said.rejections] == ["no_events"]
            continue
        assert said.rejections == (), file
        assert Counter(said.events["type"]) == counted(file), file
    for folder, told in folders.items():
        printed(f"epcis/{folder}", told)
    assert len(files) == 47


def test_epcis_keys_are_those_of_the_files(shared: Path) -> None:
    """Purchase orders, notices and invoices of the files stand among the keys, and each SSCC with its check digit."""
    told = {file: read("epcis", file.read_bytes()) for file in (shared / "epcis").rglob("*.jsonld")}
    keys = Counter(key for said in told.values() for key in said.mentions.select("type", "value").rows())
    text = "".join(file.read_text() for file in told)
    assert keys["po", "12345678"] == text.count("http://transaction.acme.com/po/12345678")
    assert keys["asn", "1152"] == text.count("urn:epcglobal:cbv:bt:0614141073467:1152")
    assert keys["sscc", "106141412345678908"] == text.count("urn:epc:id:sscc:0614141.1234567890") + text.count(
        "/00/106141412345678908"
    )


@pytest.fixture
def p2p(tmp_path: Path) -> Source:
    (tmp_path / "p2p.yaml").write_text(P2P)
    return Source(collector="ocel", mapping="p2p.yaml", base=str(tmp_path))


def test_a_purchase_log_says_the_same_in_three_forms(shared: Path, p2p: Source) -> None:
    """JSON, XML and SQLite give the same events, as many as the database counts by itself."""
    folder = shared / "ocel" / "pm4py-examples"
    told = {
        end: read("ocel", (folder / f"ocel20_example.{end}").read_bytes(), source=p2p)
        for end in ("jsonocel", "xmlocel", "sqlite")
    }
    printed("ocel/pm4py-examples", told)
    with sqlite3.connect(f"file:{folder / 'ocel20_example.sqlite'}?mode=ro", uri=True) as con:
        by_type = dict(con.execute("select ocel_type, count(*) from event group by ocel_type"))
        quantities = [
            row[0]
            for row in con.execute(
                "select po_quantity from object_PurchaseOrder where ocel_id = 'PO1' order by ocel_time"
            )
        ]
    wanted = {"Create Purchase Order": "purchase_order.created", "Change PO Quantity": "purchase_order.changed",
              "Insert Invoice": "supplier_invoice.received", "Insert Payment": "payment.applied"}  # fmt: skip
    first = told["sqlite"].events
    assert Counter(first["type"]) == {kind: by_type[name] for name, kind in wanted.items()}
    by_id = {row["native_id"]: (row["lines"] or [{}])[0].get("qty") for row in first.iter_rows(named=True)}
    assert (by_id["e3:made"], by_id["e4:changed"]) == (quantities[0], quantities[-1])
    for said in told.values():
        columns = ("native_id", "type", "occurred_at", "lines")
        assert said.events.select(columns).sort("native_id").rows() == first.select(columns).sort("native_id").rows()
        assert said.rejections == ()


def test_the_first_version_says_what_its_flat_form_says(shared: Path, tmp_path: Path) -> None:
    """OCEL 1.0 in JSON and XML against the CSV of the same log, read by one mapping; its times are put after 1990."""
    (tmp_path / "log.yaml").write_text(
        """
header: {id: "ocel:eid", what: "ocel:activity", at: "ocel:timestamp", orders: "ocel:type:order", items: "ocel:type:element", loads: "ocel:type:delivery"}
lists: {orders: ",", items: ",", loads: ","}
id: [id]
keep: [what]
events: [{name: seen, type: order.changed, time: at, keys: {so: orders, pk: items, sh: loads}}]
"""
    )
    told = {}
    for wire, end in (("csv", "csv"), ("ocel", "jsonocel"), ("ocel", "xmlocel")):
        body = (
            (shared / "ocel" / "pm4py-examples" / f"example_log.{end}")
            .read_bytes()
            .replace(b"1980-", b"2020-")
            .replace(b"1981-", b"2021-")
        )
        told[end] = read(wire, body, source=Source(collector=wire, mapping="log.yaml", base=str(tmp_path)))
    printed("ocel/pm4py-examples 1.0", told)
    assert {len(said.events) + len(said.rejections) for said in told.values()} == {23}
    flat = told["csv"]
    for said in told.values():
        assert (
            said.events.select("native_id", "occurred_at", "attrs").rows()
            == flat.events.select("native_id", "occurred_at", "attrs").rows()
        )
        assert keyed(said) == keyed(flat)


def keyed(said: Translation) -> set[tuple[Any, ...]]:
    """The keys of each event by its id."""
    named = said.mentions.join(said.events.select("item", "native_id"), on="item")
    return set(named.select("native_id", "type", "value").rows())


def test_a_large_log_says_what_its_flat_form_says(shared: Path) -> None:
    """Three thousand events of the order management log, made into OCEL 2.0, against the CSV wire by the shipped mapping."""
    file = shared / "ocel" / "pm4py-order-management" / "ocel_order_simulated.csv.gz"
    with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
        head, *lines = islice(text, 3_001)
    objects: dict[str, str] = {}
    events = []
    for row in csv.DictReader([head, *lines]):
        named = [
            (one, name.removeprefix("ocel:type:"))
            for name, cell in row.items()
            if name.startswith("ocel:type:")
            for one in re.findall("'([^']+)'", cell)
        ]
        objects |= dict(named)
        told = [{"name": name, "value": row[name]} for name in ("price", "weight")]
        events.append({"id": row["ocel:eid"], "type": row["ocel:activity"], "time": row["ocel:timestamp"], "attributes": told,
                       "relationships": [{"objectId": one, "qualifier": ""} for one, _ in named]})  # fmt: skip
    body = json.dumps({"objects": [{"id": one, "type": kind} for one, kind in objects.items()], "events": events})
    ours = read("ocel", body.encode(), source=Source(collector="ocel", mapping="order-management"))
    flat = read("csv", "".join([head, *lines]).encode(), source=Source(collector="csv", mapping="order-management"))
    printed("ocel/pm4py-order-management", {"ocel": ours})
    shown = ("native_id", "type", "occurred_at", "amount", "lines")
    assert len(ours.events) == len(flat.events) == 3_000
    assert ours.events.select(shown).rows() == flat.events.select(shown).rows()
    assert keyed(ours) == keyed(flat)
