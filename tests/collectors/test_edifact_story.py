"""One order from the customer's ORDERS to the invoice, told by EDIFACT messages of five partners in one file.

captured (customer) → created, released (ERP, CloudEvents) → requested (our ORDERS to the 3PL) → syntax acknowledged (CONTRL)
→ acknowledged (ORDRSP) → dispatched with its SSCC (DESADV) → delivered (IFTSTA, by the SSCC) → invoiced (INVOIC)
"""

import json
from datetime import UTC, datetime
from pathlib import Path

from app import clock
from app.main.house import built
from app.main.loading import load
from app.settings import Settings, Source
from tests.collectors.edi import OURS, interchange, message

CUSTOMER, WEST, CARRIER = "4098765000003", "4055555000001", "4077777000001"
PARTNERS = f"""
partners:
  "{CUSTOMER}": {{side: customer, codes: {{customer: {{"4099999000007": C-17}}}}}}
  "{OURS}": {{side: ours, source: erp.main}}
  "{WEST}": {{side: 3pl, code: 3pl.west, source: 3pl.west}}
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


def test_an_order_is_followed_through_edifact(tmp_path: Path) -> None:
    """Every message belongs to the order, by the numbers that its own sender used; a second loading changes nothing."""
    (tmp_path / "partners.yaml").write_text(PARTNERS, encoding="utf-8")
    (tmp_path / "day.edi").write_bytes(DAY)
    created = _erp("1", "order.created", "2026-11-20T11:00:00Z", keys={"so": "4711", "cpo": "PO-77"}, customer="C-17")
    released = _erp(
        "2", "order.released", "2026-11-20T11:02:00Z", keys={"so": "4711", "fo": "4711-1"}, partner="3pl.west"
    )
    (tmp_path / "erp.json").write_text(json.dumps([created, released]), encoding="utf-8")
    edifact = Source(collector="edifact", mapping=str(tmp_path / "partners.yaml"), erp="main")
    settings = Settings(data=tmp_path / "data", sources={"erp.main": Source(erp="main"), "edi.main": edifact})
    clock.freeze(datetime(2026, 11, 24, tzinfo=UTC))
    house = built(settings)
    try:
        loaded = [
            load(house.intake, settings, code, tmp_path / name, historical=True)
            for code, name in (("erp.main", "erp.json"), ("edi.main", "day.edi"), ("edi.main", "day.edi"))
        ]
        house.engine.prepare()
        order = house.reader.order("so:4711")
        told = house.reader.rows("select source, type from event order by occurred_at, type")
    finally:
        house.close()
    assert [(one.accepted, one.duplicates, one.rejected) for one in loaded] == [(2, 0, 0), (7, 0, 0), (0, 7, 0)]
    assert (order["stage"], order["billing"]) == ("delivered", "invoiced")
    assert order["keys"]["sscc"] == ["340123450000000017"]
    assert {name for name, one in order["milestones"].items() if not one["inferred"]} == {
        "order.captured", "order.created", "order.released", "fulfillment.requested", "fulfillment.acknowledged",
        "shipment.dispatched", "shipment.delivered", "invoice.posted",
    }  # fmt: skip
    assert {(row["source"], row["type"]) for row in told if row["source"] != "erp.main"} == {
        ("edi.main", "order.captured"), ("edi.main", "fulfillment.requested"), ("3pl.west", "fulfillment.acknowledged"),
        ("edi.main", "message.acknowledged"), ("3pl.west", "shipment.dispatched"), ("carrier.dhl", "shipment.delivered"),
    }  # fmt: skip
