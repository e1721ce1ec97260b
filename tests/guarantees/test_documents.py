"""A chain of documents through the whole house: IDocs of the ERP, EPCIS of the warehouse, a workbook of the carrier's desk."""

import io
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from app import clock
from app.main.house import House, built, collector_named
from app.model.event import Message
from app.settings import load
from tests.collectors.idocs import ORDER, delivery, idoc, item, sent
from tests.collectors.test_epcis import SHIPPED

CONFIG = """
data: {data}
sources:
  erp.sap: {{collector: idoc, mapping: sap.yaml, erp: sap, zone: Europe/Berlin}}
  wms.west: {{collector: epcis, mapping: west.yaml, erp: sap}}
  carrier.desk: {{collector: xlsx, mapping: desk.yaml}}
"""
WEST = """
transactions: {po: fo}
items: {"10614141073464": A-1}
partner: wms.west
"""
DESK = """
zone: Europe/Berlin
id: [number]
events: [{name: there, type: shipment.delivered, time: at, keys: {fo: number}, fields: {partner: "text:wms.west"}}]
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    (tmp_path / "west.yaml").write_text(WEST)
    (tmp_path / "desk.yaml").write_text(DESK)
    (tmp_path / "sap.yaml").write_text("partners: {3PLWEST: wms.west}")
    (tmp_path / "orderscope.yaml").write_text(CONFIG.format(data=tmp_path / "data"))
    made = built(load(tmp_path / "orderscope.yaml"))
    made.engine.prepare()
    yield made
    made.close()


def told(house: House, code: str, body: bytes) -> int:
    """A document put through its wire, and the step of the engine after it; gives how many events were accepted."""
    source = house.settings.sources[code]
    wire = collector_named(source.collector)
    assert wire is not None
    message = Message(code, wire.name, wire.media, body, clock.instant(clock.wall()), wire.version(source))
    receipt = house.intake.put(message, wire.translate(message, source)).result()
    assert receipt.rejected == ()
    house.engine.prepare()
    return receipt.accepted


def shown(house: House) -> dict[str, Any]:
    """The order as a person sees it."""
    return house.reader.order("so:sap:19077")


def test_documents_tell_one_order(house: House) -> None:
    """Created and released, dispatched, retracted whatever comes again, dispatched anew, delivered."""
    numbers = [{"QUALF": "001", "BELNR": "PO-77"}, {"QUALF": "002", "BELNR": "0000019077"}]
    order = ORDER | {"E1EDK02": numbers, "E1EDP01": [item("000020", "A-1", "10"), item("000030", "B-2", "4")]}
    assert told(house, "erp.sap", sent(idoc("ORDERS", "2", {"DOCNUM": "1"}, **order), delivery("SHPORD"))) == 5
    assert shown(house)["stage"] == "released"
    left = SHIPPED | {
        "bizTransactionList": [{"type": "po", "bizTransaction": "80001234"}],
        "childEPCs": [],
        "childQuantityList": [],
    }
    wrong = left | {"errorDeclaration": {"declarationTime": "2026-11-21T08:00:00Z", "reason": "did_not_occur"}}
    again = left | {"eventID": "urn:uuid:2", "eventTime": "2026-11-22T09:00:00Z", "recordTime": "2026-11-22T09:01:00Z"}
    stages = []
    for event in (left, wrong, left, again):
        told(house, "wms.west", json.dumps(event).encode())
        stages.append(shown(house)["stage"])
    assert stages == ["dispatched", "released", "released", "dispatched"]
    assert told(house, "carrier.desk", workbook(["number", "at"], ["80001234", datetime(2026, 11, 24, 16)])) == 1
    found = shown(house)
    assert found["stage"] == "delivered"
    assert [(line["line"], line["sku"], float(line["shipped"])) for line in found["lines"]] == [
        ("20", "A-1", 10),
        ("30", "B-2", 4),
    ]
    assert found["keys"]["sscc"] == ["106141412345678908"]


def workbook(*rows: list[Any]) -> bytes:
    """A workbook with one sheet of these rows."""
    made, out = Workbook(), io.BytesIO()
    for row in rows:
        made.active.append(row)
    made.save(out)
    return out.getvalue()


def test_a_status_apart_finds_the_order_of_its_idoc(house: House) -> None:
    """A status message names nothing but the number of the IDoc that failed: the order that it carried has the failure."""
    numbers = [{"QUALF": "002", "BELNR": "0000019077"}]
    told(
        house, "erp.sap", sent(idoc("ORDERS", "2", **ORDER | {"E1EDK02": numbers, "E1EDP01": [item("10", "A-1", "5")]}))
    )
    failed = {
        "DOCNUM": "0000000000123456",
        "LOGDAT": "20261120",
        "LOGTIM": "150000",
        "STATUS": "51",
        "STATXT": "no such customer",
    }
    told(house, "erp.sap", sent(idoc("STATUS", "2", {"IDOCTYP": "SYSTAT01", "DOCNUM": "9"}, E1STATS=[failed])))
    linked = house.reader.rows(
        "select e.type, l.rule from link l join event e using (seq) where e.type = 'message.dead_lettered'"
    )
    assert linked == [{"type": "message.dead_lettered", "rule": "msg"}]
