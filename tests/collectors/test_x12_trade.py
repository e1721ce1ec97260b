"""X12 with customers and suppliers: 850, 855, 856, 860, 865, 810, 812, 820, 180."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.model.event import Translation
from tests.collectors.interchange import US, keys, lines, mapped, sent, types, when

PARTNERS = """
own: ["123456789"]
partners:
  BIGMART: {role: customer, customer: C-17, codes: {RDR03: {AC: authorized, NO: rejected}}}
  ACMESUP: {partner: sup.acme}
"""


def attrs(said: Translation, row: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said.events["attrs"][row] or "{}")
    return found


def test_a_customer_orders() -> None:
    """850 from a shop: the customer's order with the seller's item numbers, its dates, and the quantities of stores."""
    segments = ("BEG*00*RL*PO-1*R7*20261120", "CUR*BY*USD", "REF*DP*038", "DTM*002*20261201", "DTM*010*20261128", "DTM*001*20261205",
                "N1*BY*BIG MART*92*C-17", "N1*ST*STORE*92*S-1", "PO1*1*12*EA*4.10**BP*B-1*VN*A-1", "SDQ*EA*92*S-1*5*S-2*7",
                "PO1*2*1*CA*9**UP*012345678905", "CTT*2", "AMT*TT*58.20")  # fmt: skip
    said = sent("850", *segments, source="ecom.portal", sender="BIGMART")
    (row,) = said.events.rows(named=True)
    assert (row["type"], row["customer"], row["amount"], row["currency"], row["status"]) == (
        "order.captured", "C-17", "58.20", "USD", "RL",
    )  # fmt: skip
    assert keys(said) == {"cpo:PO-1", "cpo:PO-1/R7"}
    assert lines(said) == [("1", "A-1", "12"), ("2", "012345678905", "1")]
    assert when(said) == datetime(2026, 11, 20, 14, 37)
    found = attrs(said)
    assert found["stores"] == {"1": {"S-1": "5", "S-2": "7"}}
    assert [found[name] for name in ("requested_at", "ship_by", "cancel_after")] == [
        f"2026-1{day}T23:59:59Z" for day in ("2-01", "1-28", "2-05")
    ]


@pytest.mark.parametrize(
    ("purpose", "expected", "flags"),
    [
        ("01", "order.cancel_requested", []), ("05", "order.changed", []), ("07", "order.captured", ["duplicate", "time_assumed"]),
        ("ZZ", "order.captured", ["mapping_unknown", "time_assumed"]),
    ],
)  # fmt: skip
def test_the_purpose_of_an_order(purpose: str, expected: str, flags: list[str]) -> None:
    """BEG01 cancels, replaces or repeats; a purpose nobody knows is marked."""
    said = sent("850", f"BEG*{purpose}*NE*PO-1", source="ecom.portal")
    assert types(said) == [expected]
    assert said.events["flags"].to_list() == [flags]


def test_we_order_from_a_supplier(tmp_path: Path) -> None:
    """850 that we send: a purchase order with our item numbers, for the supplier, with when we need it."""
    segments = ("BEG*00*DS*4500*" + "*20261120", "DTM*002*20261201", "PO1*10*5*EA*2**VN*SUP-9*BP*A-1")
    said = sent("850", *segments, source="edi.van", mapping=mapped(tmp_path, PARTNERS), sender=US, receiver="ACMESUP")
    (row,) = said.events.rows(named=True)
    assert (row["type"], row["source"], row["partner"]) == ("purchase_order.sent", "edi.van", "sup.acme")
    assert keys(said) == {"po:4500"}
    assert lines(said) == [("10", "A-1", "5")]
    assert (attrs(said)["kind"], attrs(said)["need_by"]) == ("drop_ship", "2026-12-02T04:59:59Z")


def test_a_change_names_only_what_changes() -> None:
    """860: new quantities, 0 for lines that go, nothing for those that stay; the sequence is the revision."""
    segments = (
        "BCH*04*SA*PO-1**2*20261101",
        "POC*1*QD*8*8*EA*4.10**VN*A-1",
        "POC*2*DI*0*0*EA***VN*A-2",
        "POC*3*NC*5**EA***VN*A-3",
    )
    said = sent("860", *segments, source="ecom.portal")
    assert types(said) == ["order.changed"]
    assert lines(said) == [("1", "A-1", "8"), ("2", "A-2", "0")]
    assert said.events["revision"][0] == 2
    assert types(sent("860", "BCH*01*SA*PO-1", source="ecom.portal")) == ["order.cancel_requested"]
    assert types(sent("860", "BCH*01*SA*PO-1", source="erp.main", sender=US, receiver="X")) == [
        "order.cancel_requested"
    ]


@pytest.mark.parametrize(
    ("head", "acks", "expected", "quantities"),
    [
        ("AD", [], "purchase_order.acknowledged", ["10", "5"]),
        ("RJ", [], "purchase_order.rejected", ["10", "5"]),
        ("AC", ["IA*10*EA", "IR*5*EA"], "purchase_order.acknowledged", ["10", "0"]),
        ("AC", ["IR*10*EA", "R2*5*EA"], "purchase_order.rejected", ["0", "0"]),
        ("RD", ["IQ*8*EA*068*20261201", "IB*5*EA*068*20261215"], "purchase_order.acknowledged", ["8", "0"]),
    ],
)
def test_lines_decide_before_the_header(head: str, acks: list[str], expected: str, quantities: list[str]) -> None:
    """855: a header that speaks of changes or details is settled by its lines; what is refused counts as nothing."""
    one, two = (f"ACK*{ack}" for ack in acks) if acks else ("", "")
    segments = [
        "BAK*00*" + head + "*4500*20261120****S-77*20261121",
        "PO1*1*10*EA***BP*A-1",
        one,
        "PO1*2*5*EA***BP*A-2",
        two,
    ]
    said = sent("855", *filter(None, segments), source="sup.acme")
    assert types(said) == [expected]
    assert [one[2] for one in lines(said)] == quantities
    assert keys(said) == {"po:4500"}
    assert attrs(said)["seller_order"] == "S-77"


def test_the_latest_date_is_the_promise() -> None:
    """855 with several schedules: the last of the dates that the lines give."""
    segments = (
        "BAK*00*AC*4500*20261120",
        "PO1*1*10*EA***BP*A-1",
        "ACK*IA*6*EA*067*20261201",
        "ACK*IB*4*EA*067*20261215",
    )
    said = sent("855", *segments, source="sup.acme")
    assert said.events["promised_at"][0] == datetime(2026, 12, 15, 23, 59, 59)
    assert attrs(said)["confirmed_at"] == "2026-12-15T23:59:59Z"
    assert attrs(said)["line_status"] == {"1": "backordered"}
    assert lines(said) == [("1", "A-1", "6"), ("1", "A-1", "0")]


def test_we_acknowledge_a_customer(tmp_path: Path) -> None:
    """855 that we send: BAK08 is our order, and it is the order that is acknowledged."""
    said = sent(
        "855",
        "BAK*00*AK*PO-1*20261120****4711",
        source="erp.main",
        mapping=mapped(tmp_path, PARTNERS),
        sender=US,
        receiver="BIGMART",
    )
    assert types(said) == ["order.acknowledged"]
    assert keys(said) == {"cpo:PO-1", "so:4711"}
    assert said.events["customer"][0] == "C-17"


def test_an_acknowledged_change_has_its_revision() -> None:
    """865 from a supplier: the purchase order in the revision of BCA05."""
    said = sent("865", "BCA*00*AC*4500**3*20261120", "POC*1*QD*8**EA***BP*A-1", "ACK*IA*8*EA", source="sup.acme")
    assert types(said) == ["purchase_order.acknowledged"]
    assert (said.events["revision"][0], lines(said)) == (3, [("1", "A-1", "8")])


TREE = (
    "BSN*00*SHP-1*20261120*1200", "HL*1**S", "TD5**2*UPSN", "REF*BM*BOL-1", "DTM*011*20261120*1100*ET", "DTM*017*20261123",
    "HL*2*1*O", "PRF*PO-A", "HL*3*2*T", "MAN*GM*00000000000000000017", "HL*4*3*P", "MAN*GM*00000000000000000024", "MAN*CP*1Z999",
    "HL*5*4*I", "LIN*1*VN*A*BP*B", "SN1*1*3*EA**5", "HL*6*4*I", "LIN*2*VN*C", "SN1*2*1*EA",
    "HL*7*1*O", "PRF*PO-B", "HL*8*7*P", "MAN*GM*00000000000000000031", "HL*9*8*I", "LIN*1*VN*A", "SN1*1*4*EA", "CTT*9",
)  # fmt: skip


def test_a_notice_of_two_orders() -> None:
    """856 from a supplier: one event per order, each with its own packs and lines, both with the shipment's numbers."""
    said = sent("856", *TREE, source="sup.acme")
    assert types(said) == ["asn.received"] * 2
    assert keys(said, 0) == {
        "asn:SHP-1", "bol:BOL-1", "po:PO-A", "sscc:00000000000000000017", "sscc:00000000000000000024", "tr:1Z999",
    }  # fmt: skip
    assert keys(said, 1) == {"asn:SHP-1", "bol:BOL-1", "po:PO-B", "sscc:00000000000000000031"}
    assert lines(said, 0) == [("1", "B", "3"), ("2", "C", "1")]
    assert lines(said, 1) == [("1", "A", "4")]
    assert when(said) == datetime(2026, 11, 20, 16)
    assert said.events["carrier"].to_list() == ["UPSN"] * 2
    assert said.events["promised_at"][0] == datetime(2026, 11, 23, 23, 59, 59)
    assert said.events["flags"].to_list() == [[], []]
    assert attrs(said)["ordered"] == {"B": "5"}


def test_a_notice_of_a_warehouse_is_a_dispatch() -> None:
    """856 from a node: it has left, and each pack that holds items was packed."""
    said = sent("856", *TREE)
    assert types(said) == ["shipment.dispatched", "package.packed"] * 2
    assert "sh:SHP-1" in keys(said, 0)
    assert keys(said, 1) == {"sh:SHP-1", "bol:BOL-1", "cpo:PO-A", "sscc:00000000000000000024", "tr:1Z999"}
    assert lines(said, 1) == [(None, "A", "3"), (None, "C", "1")]


def test_a_notice_of_ours(tmp_path: Path) -> None:
    """856 that we send to a customer; withdrawn, it is no event that moves anything."""
    source = mapped(tmp_path, PARTNERS)
    said = sent("856", *TREE, source="edi.van", mapping=source, sender=US, receiver="BIGMART")
    assert types(said) == ["asn.sent"] * 2
    assert {"asn:SHP-1", "cpo:PO-A"} <= keys(said)
    gone = sent("856", "BSN*01*SHP-1*20261120*1200", source="edi.van", mapping=source, sender=US, receiver="BIGMART")
    assert types(gone) == ["asn.withdrawn"]
    assert types(sent("856", "BSN*01*SHP-1*20261120*1200")) == ["shipment.voided"]


def test_a_broken_tree_loses_no_line() -> None:
    """An item whose parent is missing belongs to the order before it, and the event says so."""
    said = sent(
        "856",
        "BSN*00*S*20261120*1200",
        "HL*1**S",
        "HL*2*1*O",
        "PRF*PO-A",
        "HL*5*4*I",
        "LIN*1*VN*A",
        "SN1*1*3*EA",
        source="sup.acme",
    )
    assert lines(said) == [("1", "A", "3")]
    assert said.events["flags"].to_list() == [["hierarchy_broken"]]


def test_an_invoice_of_a_supplier_and_ours(tmp_path: Path) -> None:
    """810: the total has two implied decimals; whose number it is depends on who sends it."""
    segments = (
        "BIG*20261119*I-9*20261101*4500***DI",
        "CUR*SE*USD",
        "REF*BM*B-1",
        "IT1*1*2*EA*12.50**BP*A-1",
        "TDS*2500",
        "CTT*1",
    )
    theirs = sent("810", *segments, source="sup.acme")
    assert types(theirs) == ["supplier_invoice.received"]
    assert (theirs.events["amount"][0], when(theirs)) == ("25.00", datetime(2026, 11, 19, 12))
    assert ("inv", "I-9", "sup.acme") in theirs.mentions.select("type", "value", "issuer").rows()
    assert keys(theirs) == {"inv:I-9", "po:4500", "bol:B-1"}
    ours = sent("810", *segments, source="erp.main", mapping=mapped(tmp_path, PARTNERS), sender=US, receiver="BIGMART")
    assert types(ours) == ["invoice.posted"]
    assert ("inv", "I-9", None) in ours.mentions.select("type", "value", "issuer").rows()
    credit = sent(
        "810",
        "BIG*20261119*C-9****" + "*CR",
        "TDS*-5",
        source="erp.main",
        mapping=mapped(tmp_path, PARTNERS),
        sender=US,
        receiver="BIGMART",
    )
    assert (types(credit), keys(credit), credit.events["amount"][0]) == (["credit.issued"], {"cm:C-9"}, "-0.05")


def test_credits_and_claims(tmp_path: Path) -> None:
    """812: ours is a credit memo, a customer's is a claim against an invoice."""
    segments = ("BCD*20261120*D-1*1*12345*C*20261101*I-9***PO-1", "CDD*58**C*12345")
    claim = sent("812", *segments, source="ecom.portal")
    assert (types(claim), keys(claim)) == (["invoice.disputed"], {"inv:I-9", "cpo:PO-1"})
    assert (claim.events["amount"][0], claim.events["reason"][0], attrs(claim)["claim"]) == ("123.45", "58", "D-1")
    ours = sent("812", *segments, source="erp.main", mapping=mapped(tmp_path, PARTNERS), sender=US, receiver="BIGMART")
    assert (types(ours), keys(ours)) == (["credit.issued"], {"inv:I-9", "cpo:PO-1", "cm:D-1"})


def test_a_payment_and_what_it_settles() -> None:
    """820: the payment once, and each invoice with what was paid, owed and taken off; a day to come is not yet past."""
    segments = ("BPR*I*150.5*C*CHK************20261215", "TRN*1*T-9", "ENT*1", "RMR*IV*I-1*PO*100*110*10", "REF*PO*PO-1", "ADX*-5*59*CM*I-1",
                "RMR*IV*I-2*PO*50.5*50.5", "DTM*097*20261101")  # fmt: skip
    said = sent("820", *segments, source="fin.bank")
    assert types(said) == ["payment.received", "payment.applied", "payment.applied"]
    assert said.events["amount"].to_list() == ["150.5", "100", "50.5"]
    assert [keys(said, row) for row in range(3)] == [set(), {"inv:I-1", "cpo:PO-1"}, {"inv:I-2"}]
    assert attrs(said, 1)["adjustments"] == [{"amount": "-5", "reason": "59", "reference": "I-1"}]
    assert [one["payment_trace"] for one in (attrs(said, row) for row in range(3))] == ["T-9"] * 3
    assert when(said) == datetime(2026, 11, 20, 14, 37)


def test_goods_to_be_sent_back(tmp_path: Path) -> None:
    """180: a customer asks; our answer is what the mapping says RDR03 means, marked where it says nothing."""
    segments = ("BGN*11*REF-1*20261120*1000", "N9*RZ*RMA-5", "PRF*PO-1", "BLI*VN*A-1*2*EA", "RDR*CR*DR*{}")
    asked = sent("180", *segments[:-1], "RDR*CR*DR", source="ecom.portal")
    assert (types(asked), keys(asked), lines(asked)) == (
        ["return.requested"],
        {"rma:RMA-5", "cpo:PO-1"},
        [(None, "A-1", "2")],
    )
    source = mapped(tmp_path, PARTNERS)
    for code, expected, flags in (
        ("AC", "return.authorized", []),
        ("NO", "return.rejected", []),
        ("X", "return.authorized", ["mapping_unknown"]),
    ):
        said = sent(
            "180",
            *segments[:-1],
            segments[-1].format(code),
            source="erp.main",
            mapping=source,
            sender=US,
            receiver="BIGMART",
        )
        assert (types(said), said.events["flags"].to_list()) == ([expected], [flags])
