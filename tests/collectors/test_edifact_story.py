"""One order and one purchase, told by EDIFACT messages of six partners in one file.

The order, from the customer's ORDERS to the invoice, as follows:

captured (customer) → created, released (ERP, CloudEvents) → requested (our ORDERS to the 3PL) → syntax acknowledged (CONTRL)
→ acknowledged (ORDRSP) → dispatched with its SSCC (DESADV) → delivered (IFTSTA, by the SSCC) → invoiced (INVOIC)
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from app import clock
from app.main.house import built
from app.main.loading import Loaded, load
from app.settings import Settings, Source
from tests.collectors.edi import OURS, interchange, message

CUSTOMER, WEST, CARRIER = "4098765000003", "4055555000001", "4077777000001"
PARTNERS = f"""
partners:
  "{CUSTOMER}": {{side: customer, codes: {{customer: {{"4099999000007": C-17}}}}}}
  "{OURS}": {{side: ours, source: erp.main}}
  "{WEST}": {{side: 3pl, code: 3pl.west, source: 3pl.west}}
  "4066666000001": {{side: supplier, code: sup.acme, source: sup.acme}}
  "{CARRIER}": {{side: carrier, code: dhl, source: carrier.dhl}}
"""
LINE = "LIN+1++A-1:SA\n"
DAY = b"\n".join(
    [
        interchange(message("ORDERS", f"BGM+220+PO-77+9\nDTM+137:202611201030:203\nNAD+BY+4099999000007::9\n{LINE}QTY+21:10:PCE"), sender=CUSTOMER, receiver=OURS, ref="C1"),
        interchange(message("ORDERS", f"BGM+220+4711-1+9\nDTM+137:202611201105:203\n{LINE}QTY+21:10:PCE"), sender=OURS, receiver=WEST, ref="O1"),
        interchange(
            message("CONTRL", f"UCI+O1+{OURS}:14+{WEST}:14+7", directory="2:2:UN"),
            message("ORDRSP", f"BGM+231+A1+29\nDTM+137:202611201112:203\nRFF+ON:4711-1\nRFF+VN:W-1\n{LINE}QTY+113:10:PCE", ref="2"),
            message("DESADV", f"BGM+351+SH-9+9\nDTM+11:202611201600:203\nRFF+ON:4711-1\nCPS+1\nGIN+BJ+340123450000000017\n{LINE}QTY+12:10:PCE", ref="3"),
            sender=WEST, receiver=OURS, ref="K1",
        ),
        interchange(message("IFTSTA", "CNI+1+CN-1\nSTS+1+21\nDTM+334:202611221015:203\nGIN+BJ+00340123450000000017", directory="D:01B:UN:EAN004"), sender=CARRIER, receiver=OURS, ref="T1"),
        interchange(message("INVOIC", f"BGM+380+90001+9\nDTM+137:202611221300:203\nRFF+VN:4711\n{LINE}QTY+47:10:PCE\nUNS+S\nMOA+77:41.00:EUR"), sender=OURS, receiver=CUSTOMER, ref="O2"),
    ]
)  # fmt: skip


SUPPLIER = "4066666000001"
PO = "LIN+10++A-1:IN\nQTY+{}:PCE\n"
SUPPLY = b"".join(
    [
        interchange(message("ORDERS", "BGM+220+4500001+9\nDTM+137:202611201030:203\nDTM+2:20261130:102\n" + PO.format("21:100")), sender=OURS, receiver=SUPPLIER, ref="P1"),
        interchange(message("CONTRL", f"UCI+P1+{OURS}+{SUPPLIER}+7"), sender=SUPPLIER, receiver=OURS, ref="S0"),
        interchange(message("ORDRSP", "BGM+231+A1+29\nDTM+67:20261129:102\nRFF+ON:4500001\n" + PO.format("113:90")), sender=SUPPLIER, receiver=OURS, ref="S1"),
        interchange(message("DESADV", "BGM+351+D1+9\nDTM+11:202611211130:203\nDTM+17:20261122:102\nRFF+ON:4500001\n" + PO.format("12:90")), sender=SUPPLIER, receiver=OURS, ref="S2"),
        interchange(message("RECADV", f"BGM+632+RC1+9\nDTM+50:202611221130:203\nRFF+ON:4500001\nRFF+AAK:D1\nNAD+SU+{SUPPLIER}::9\n{PO.format('48:85')}QTY+12:90\nQVR+-5:12+AS"), sender=WEST, receiver=OURS, ref="K2"),
        interchange(message("INVOIC", "BGM+380+INV1+9\nDTM+137:202611231130:203\nRFF+ON:4500001\n" + PO.format("47:90")), sender=SUPPLIER, receiver=OURS, ref="S3"),
        interchange(message("INVOIC", "BGM+381+ZZ1+9\nDTM+137:202611231230:203\nRFF+IV:INV1\nRFF+ON:4500001\n" + PO.format("47:5")), sender=SUPPLIER, receiver=OURS, ref="S4"),
    ]
)  # fmt: skip


def _erp(number: str, kind: str, at: str, **data: object) -> dict[str, object]:
    lines = [{"line": "1", "sku": "A-1", "qty": "10", "uom": "PCE"}]
    return {
        "specversion": "1.0",
        "id": number,
        "source": "erp.main",
        "type": kind,
        "time": at,
        "data": {"lines": lines, **data},
    }


@dataclass(frozen=True)
class Told:
    """What the product knows afterwards."""

    loaded: list[Loaded]
    order: dict[str, Any]
    lines: list[dict[str, Any]]
    purchase: dict[str, Any]
    events: set[tuple[str, str]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Everything loaded into one installation, the file of interchanges twice."""
    folder = tmp_path_factory.mktemp("edifact")
    (folder / "partners.yaml").write_text(PARTNERS, encoding="utf-8")
    (folder / "day.edi").write_bytes(DAY + SUPPLY)
    created = _erp("1", "order.created", "2026-11-20T11:00:00Z", keys={"so": "4711", "cpo": "PO-77"}, customer="C-17")
    released = _erp(
        "2", "order.released", "2026-11-20T11:02:00Z", keys={"so": "4711", "fo": "4711-1"}, partner="3pl.west"
    )
    (folder / "erp.json").write_text(json.dumps([created, released]), encoding="utf-8")
    edifact = Source(collector="edifact", mapping=str(folder / "partners.yaml"), erp="main")
    settings = Settings(data=folder / "data", sources={"erp.main": Source(erp="main"), "edi.main": edifact})
    clock.freeze(datetime(2026, 11, 24, tzinfo=UTC))
    house = built(settings)
    try:
        files = (("erp.main", "erp.json"), ("edi.main", "day.edi"), ("edi.main", "day.edi"))
        loaded = [load(house.intake, settings, code, folder / name, historical=True) for code, name in files]
        house.engine.prepare()
        events = {(row["source"], row["type"]) for row in house.reader.rows("select source, type from event")}
        lines = house.reader.rows("select * from purchase_line")
        return Told(
            loaded, house.reader.order("so:4711"), lines, house.reader.rows("select * from purchase_order")[0], events
        )
    finally:
        house.close()
        clock.freeze(None)


def test_a_second_loading_changes_nothing(told: Told) -> None:
    """The same control numbers and documents are the same events."""
    assert [(one.accepted, one.duplicates, one.rejected) for one in told.loaded] == [(2, 0, 0), (15, 0, 0), (0, 15, 0)]


def test_an_order_is_followed_through_edifact(told: Told) -> None:
    """Every message belongs to the order, by the numbers that its own sender used."""
    order = told.order
    assert (order["stage"], order["billing"]) == ("delivered", "invoiced")
    assert order["keys"]["sscc"] == ["340123450000000017"]
    assert {name for name, one in order["milestones"].items() if not one["inferred"]} >= {
        "order.captured", "order.created", "order.released", "fulfillment.requested", "fulfillment.acknowledged",
        "shipment.dispatched", "shipment.delivered", "invoice.posted",
    }  # fmt: skip
    assert told.events >= {
        ("edi.main", "order.captured"), ("edi.main", "fulfillment.requested"), ("3pl.west", "fulfillment.acknowledged"),
        ("edi.main", "message.acknowledged"), ("3pl.west", "shipment.dispatched"), ("carrier.dhl", "shipment.delivered"),
    }  # fmt: skip


def test_a_purchase_is_followed_through_edifact(told: Told) -> None:
    """Ordered 100, confirmed 90 for a later day, announced 90, counted 85, invoiced 90 less a credit of 5."""
    line = told.lines[0]
    names = ("line", "sku", "ordered", "confirmed", "announced", "counted", "invoiced")
    assert [str(line[name]).removesuffix(".000000") for name in names] == ["10", "A-1", "100", "90", "90", "85", "85"]
    assert (told.purchase["supplier"], told.purchase["stage"]) == ("sup.acme", "counted")
    assert [f"{told.purchase[name]:%m-%d}" for name in ("need_by", "confirmed_at", "asn_eta_at")] == [
        "11-30",
        "11-29",
        "11-22",
    ]
    assert ("3pl.west", "receipt.discrepancy") in told.events
