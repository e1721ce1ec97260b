"""An order that is told by X12 alone after the ERP has released it: the whole way from the text to where it stands."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from app.model.event import Message
from app.settings import Source
from collectors.x12 import COLLECTOR
from tests.collectors.interchange import US, group, interchange, mapped, transaction
from tests.engine.yard import Yard, lines

PARTNERS = """
own: ["123456789"]
zone: America/New_York
codes: {carrier: {UPSN: ups}}
partners:
  3PLWEST: {partner: 3pl.west, source: 3pl.west, zone: America/Chicago}
  UPSN: {partner: carrier.ups, source: carrier.ups}
"""
ARRIVED = datetime(2026, 11, 24, 12)


@pytest.fixture
def yard() -> Iterator[Yard]:
    """A store in which the ERP has created order 4711 and released it to the node."""
    yard = Yard(ARRIVED)
    said = {"lines": lines("1 SKU-100 10", "2 SKU-200 5"), "tz_basis": "explicit", "flags": [], "attrs": None}
    keys = {"so": "4711", "cpo": "PO-1"}
    yard.take(
        {"native_id": "1", "source": "erp.main", "type": "order.created", "occurred_at": datetime(2026, 11, 20, 13), "keys": keys, **said},
        {"native_id": "2", "source": "erp.main", "type": "order.released", "occurred_at": datetime(2026, 11, 20, 14), "partner": "3pl.west",
         "keys": {"so": "4711", "fo": "4711-1"}, **said},
    )  # fmt: skip
    yield yard
    yard.intake.close()


def tell(yard: Yard, source: Source, set_id: str, *segments: str, **envelope: str) -> None:
    """One interchange arrives and the engine takes it."""
    body = interchange(group(transaction(set_id, *segments), **envelope)).encode()
    message = Message("edi.van", "x12", COLLECTOR.media, body, ARRIVED)
    said = COLLECTOR.translate(message, source)
    assert said.rejections == ()
    receipt = yard.intake.put(message, said).result()
    assert receipt.accepted == len(said.events)
    yard.ticker.run()


def test_an_order_on_its_way_through_the_wire(yard: Yard, tmp_path: Path) -> None:
    """Requested by a 940, shipped short by a 945, delivered by a 214: one order, its ledger and its judgements."""
    source = mapped(tmp_path, PARTNERS)
    tell(
        yard,
        source,
        "940",
        "W05*N*4711-1*PO-1",
        "LX*1",
        "W01*10*EA**VN*SKU-100",
        "LX*2",
        "W01*5*EA**VN*SKU-200",
        sender=US,
        receiver="3PLWEST",
    )
    assert yard.one("select stage from orders where so = '4711'") == "requested"
    tell(yard, source, "997", "AK1*OW*905", "AK2*940*0001", "AK5*A", "AK9*A*1*1*1")
    assert yard.one("select stage from orders where so = '4711'") == "requested"
    tell(yard, source, "945", "W06*F*4711-1*20261120*SH-1**PO-1", "N9*CN*PRO-1", "G62*11*20261120*W*1437*CT", "W27*M*UPSN", "LX*1",
         "W12*CC*10*10*0*EA**VN*SKU-100", "LX*2", "W12*BP*5*3*2*EA**VN*SKU-200")  # fmt: skip
    ledger = yard.rows("select line, shipped, open_qty from order_line order by line")
    assert [(row["line"], int(row["shipped"]), int(row["open_qty"])) for row in ledger] == [("1", 10, 0), ("2", 3, 2)]
    assert [code for code, _, _ in yard.judged("short_ship_unresolved")] == ["short_ship_unresolved"]
    tell(
        yard,
        source,
        "214",
        "B10*PRO-1*SH-1*UPSN",
        "LX*1",
        "AT7*D1*NS***20261122*1030*CT",
        "MS1*AUSTIN*TX*US",
        sender="UPSN",
    )
    assert yard.one("select delivered_at from shipment where delivered_at is not null") == datetime(
        2026, 11, 22, 16, 30
    )
    assert yard.one("select count(*) from orders") == 1
    assert yard.differences().is_empty()
