"""X12 with carriers: 204, 990, 214, 210, 753, 754; and what receivers say of our text: 997, 999, TA1."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.model.event import Translation
from tests.collectors.conftest import read
from tests.collectors.interchange import (
    NODE,
    US,
    group,
    interchange,
    keys,
    mapped,
    messages,
    sent,
    transaction,
    types,
    when,
)


def attrs(said: Translation, row: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said.events["attrs"][row] or "{}")
    return found


def status(*segments: str) -> Translation:
    return sent("214", "B10*PRO-1*SH-1*UPSN", "L11*BOL-1*BM", "LX*1", *segments, source="carrier.ups")


def test_a_load_is_offered_and_withdrawn() -> None:
    """204: the load with its stops and windows; withdrawn it moves nothing."""
    segments = ("B2**UPSN**LD-1**PP", "B2A*00*LT", "G62*64*20261121*1*0900*CT", "S5*1*CL", "G62*37*20261122*I*0800*ET", "N4*AUSTIN*TX*78701*US",
                "S5*2*CU", "OID*4711*PO-1", "G62*54*20261124*L*1700*ET")  # fmt: skip
    said = sent("204", *segments, source="tms.main", sender=US, receiver=NODE)
    assert (types(said), keys(said)) == (["load.tendered"], {"ld:LD-1", "sh:LD-1", "cpo:PO-1"})
    found = attrs(said)
    assert [(one["reason"], one.get("city")) for one in found["stops"]] == [("CL", "AUSTIN"), ("CU", "")]
    assert (found["respond_by"], found["stops"][1]["deliver_to"]) == ("2026-11-21T15:00:00Z", "2026-11-24T22:00:00Z")
    assert types(sent("204", "B2**UPSN**LD-1", "B2A*01", source="tms.main")) == ["load.withdrawn"]


@pytest.mark.parametrize(
    ("code", "expected", "flags"),
    [("A", "load.accepted", []), ("D", "load.declined", []), ("Q", "load.answered", ["mapping_unknown"])],
)
def test_a_carrier_answers(code: str, expected: str, flags: list[str]) -> None:
    """990: taken or declined, by load, shipment and PRO."""
    said = sent("990", f"B1*UPSN*LD-1*20261120*{code}", "N9*CN*PRO-1", source="carrier.ups")
    assert (types(said), said.events["carrier"][0]) == ([expected], "UPSN")
    assert said.events["flags"].to_list() == [[*flags, "date_only"]]
    assert keys(said) == {"ld:LD-1", "sh:LD-1", "pro:PRO-1"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("XB", "shipment.booked"), ("X3", "shipment.at_pickup"), ("AF", "shipment.picked_up"), ("P1", "shipment.in_transit"),
        ("X1", "shipment.arrived"), ("AJ", "shipment.out_for_delivery"), ("AW", "shipment.available_for_pickup"),
        ("AH", "shipment.delivery_attempted"), ("D1", "shipment.delivered"), ("CD", "shipment.left_consignee"),
        ("A3", "shipment.returned_to_sender"), ("A7", "shipment.exception"), ("QQ", "carrier.status"),
    ],
)  # fmt: skip
def test_each_status_has_its_event(code: str, expected: str) -> None:
    """214: AT701 decides the event; what nobody knows is kept and marked."""
    said = status(f"AT7*{code}*NS***20261120*1230*ET", "MS1*AUSTIN*TX*US")
    assert types(said) == [expected]
    assert when(said) == datetime(2026, 11, 20, 17, 30)
    assert keys(said) == {"pro:PRO-1", "sh:SH-1", "ld:SH-1", "bol:BOL-1"}
    assert said.events["flags"].to_list() == [["mapping_unknown"] if code == "QQ" else []]
    assert said.events["reason"].to_list() == [None]


@pytest.mark.parametrize(
    ("code", "place", "basis", "hour"),
    [
        ("LT", "MS1*BRATTLEBORO*VT", "location", 17),
        ("", "MS1*SEATTLE*WA*US", "location", 20),
        ("", "MS1*AUSTIN*TX", "partner_default", 12),
        ("", "MS1*PERTH*WA*AU", "partner_default", 12),
        ("PT", "MS1*BRATTLEBORO*VT", "time_code", 20),
        ("24", "MS1*BRATTLEBORO*VT", "time_code", 13),
    ],
)
def test_whose_clock_it_was(code: str, place: str, basis: str, hour: int) -> None:
    """A time code, else the place where its state lies in one zone, else the zone of the source."""
    said = status(f"AT7*D1*NS***20261120*1200*{code}", place)
    assert (said.events["tz_basis"][0], when(said)) == (basis, datetime(2026, 11, 20, hour))


def test_a_reason_beside_a_step_is_an_exception() -> None:
    """Arrived, but the weather: both are told, the exception a second behind; not once it was delivered."""
    late = status("AT7*X6*AO***20261120*0800*ET")
    assert types(late) == ["shipment.in_transit", "shipment.exception"]
    assert (attrs(late, 1)["exception"], late.events["reason"].to_list()) == ("weather", ["AO", "AO"])
    assert when(late, 1) == datetime(2026, 11, 20, 13, 0, 1)
    done = status("AT7*X1*AG***20261120*0800*ET", "AT7*D1*NS***20261120*0900*ET")
    assert types(done) == ["shipment.arrived", "shipment.delivered"]


def test_appointments_and_arrivals_to_come() -> None:
    """AT703 arranges, AG foretells: both happened when the message was made, and carry the moment that they speak of."""
    said = status("AT7***AB*NA*20261125*0900*ET", "AT7*AG*NS***20261125*1500*ET")
    assert types(said) == ["appointment.set", "shipment.eta_changed"]
    assert [when(said, row) for row in (0, 1)] == [datetime(2026, 11, 20, 14, 37)] * 2
    assert (attrs(said)["appointment"], attrs(said)["appointment_at"]) == ("delivery", "2026-11-25T14:00:00Z")
    assert said.events["promised_at"][1] == datetime(2026, 11, 25, 20)


def test_each_stop_of_a_report_has_its_own_numbers() -> None:
    """214 with several LX loops: the references of one are not those of the other."""
    said = status("AT7*AF*NS***20261120*0800*ET", "L11*PO-1*PO", "LX*2", "AT7*AF*NS***20261120*0800*ET", "L11*PO-2*PO")
    assert [{key for key in keys(said, row) if key.startswith("cpo")} for row in (0, 1)] == [{"cpo:PO-1"}, {"cpo:PO-2"}]


def test_a_freight_bill_is_no_invoice_of_the_order() -> None:
    """210: the net has two implied decimals, the number is kept beside it."""
    said = sent("210", "B3**F-1*SH-1*TP**20261119*65940**20261118*035*UPSN", "N9*CN*PRO-1", source="carrier.ups")
    assert (types(said), keys(said)) == (["freight_invoice.received"], {"sh:SH-1", "ld:SH-1", "pro:PRO-1"})
    assert (said.events["amount"][0], said.events["carrier"][0], attrs(said)["freight_invoice"]) == (
        "659.40",
        "UPSN",
        "F-1",
    )


def test_a_routing_is_asked_for_and_given(tmp_path: Path) -> None:
    """753 and 754: by the customer's order; which reference is the routing number, the mapping says."""
    asked = sent("753", "BGN*00*R-1*20261120*1000", "OID*4711*PO-1", source="edi.van", sender=US, receiver=NODE)
    assert (types(asked), keys(asked)) == (["routing.requested"], {"cpo:PO-1"})
    source = mapped(tmp_path, "partners: {3PLWEST: {role: customer, references: {RU: ld}}}")
    given = sent(
        "754", "BGN*00*R-1*20261120*1000", "LX*1", "L11*RT-9*RU", "G62*10*20261123", "OID*4711*PO-1", mapping=source
    )
    assert (types(given), keys(given)) == (["routing.received"], {"cpo:PO-1", "ld:RT-9"})
    assert attrs(given)["numbers"] == {"RU": "RT-9"}


def test_a_receiver_speaks_of_what_was_sent() -> None:
    """997: its keys are those under which the transactions were sent, never an order's; AK5 decides."""
    body = interchange(
        group(
            *[transaction("940", f"W05*N*{n}", number=f"000{n}") for n in (1, 2)], sender=US, receiver=NODE, number="77"
        )
    )
    ours = read("x12", body.encode(), name="edi.van")
    said = sent(
        "997",
        "AK1*OW*77",
        "AK2*940*0001",
        "AK5*A",
        "AK2*940*0002",
        "AK3*W05*2**8",
        "AK4*2**7*X",
        "AK5*R*5",
        "AK9*P*2*2*1",
        source="edi.van",
    )
    assert types(said) == ["message.acknowledged", "message.rejected"]
    assert [keys(said, row) for row in (0, 1)] == [set(), set()]
    for row in (0, 1):
        assert messages(said, row)[0] == messages(ours, row)[0] == (US, f"OW:77:940:000{row + 1}")
    assert (said.events["status"].to_list(), said.events["reason"].to_list()) == (["A", "R"], [None, "5"])
    assert attrs(said, 1)["errors"] == ["W05 2: 8", "2: 7 X"]


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        (("AK9*A*3*3*3",), [("message.acknowledged", "OW:77")]),
        (("AK9*R*3*3*0*5",), [("message.rejected", "OW:77")]),
        (
            ("AK2*940*0002", "AK5*R*5", "AK9*P*3*3*2"),
            [("message.rejected", "OW:77:940:0002"), ("message.acknowledged", "OW:77")],
        ),
        (("AK2*940*0002", "AK5*E", "AK9*E*1*1*1"), [("message.acknowledged", "OW:77:940:0002")]),
    ],
)
def test_the_group_speaks_where_transactions_are_not_named(
    segments: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    """AK9 speaks for all without AK2, and for the others where AK2 names only some."""
    said = sent("997", "AK1*OW*77", *segments)
    assert [(kind, messages(said, row)[0][1]) for row, kind in enumerate(types(said))] == expected


def test_a_999_and_a_word_on_the_interchange() -> None:
    """999 speaks in IK5; a TA1 of the interchange only."""
    said = sent("999", "AK1*OW*77", "AK2*940*0001", "IK3*W05*2**8", "IK5*R*I5", "AK9*R*1*1*0")
    assert (types(said), said.events["reason"].to_list()) == (["message.rejected"], ["I5"])
    bare = read("x12", interchange("TA1*000000031*261120*1400*R*022~").replace("IEA*1", "IEA*0").encode())
    assert (types(bare), messages(bare), bare.rejections) == (["message.rejected"], [(US, "ISA:000000031")], ())
    assert bare.events["reason"].to_list() == ["022"]
