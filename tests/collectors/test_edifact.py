"""EDIFACT: what each message of the trade becomes, told by small interchanges."""

import json

import pytest

from tests.collectors.edi import interchange, message, one, rows, said

ORDER = """
BGM+220+{number}+{function}
DTM+137:202611200930:203
DTM+2:20261124:102
NAD+BY+4099999000007::9
NAD+DP+4099999000014::9
CUX+2:EUR:9
LIN+1++4012345000016:EN
PIA+1+A-1:SA+77:IN
QTY+21:10:PCE
PRI+AAA:4.10
LIN+2++4012345000023:EN
QTY+21:2,5:KGM
UNS+S
MOA+86:53.50
CNT+2:2
"""
ANSWER = """
BGM+231+A-9+{}
DTM+137:202611201000:203
DTM+67:20261125:102
RFF+ON:4500001
RFF+VN:SUP-1
LIN+10+5+4012345000016:EN
QTY+113:8:PCE
QTY+83:2:PCE
LIN+20+7+4012345000023:EN
QTY+21:3:PCE
UNS+S
"""


def test_an_order_of_a_customer() -> None:
    """Captured, with the customer's number, our item numbers, decimals by either mark, what was asked for and the total."""
    event = one("ORDERS", ORDER.format(number="PO-77", function=9), name="edi.main")
    assert (event["type"], event["at"], event["tz_basis"]) == ("order.captured", "2026-11-20 09:30", "partner_default")
    assert event["keys"] == ["cpo:PO-77"]
    assert (event["customer"], event["amount"], event["currency"], event["channel"]) == (
        "4099999000007",
        "53.50",
        "EUR",
        "edi",
    )
    assert event["rows"] == [("1", "A-1", "10", "PCE"), ("2", "4012345000023", "2.5", "KGM")]
    assert event["lines"][0]["price"] == "4.10"
    attrs = json.loads(event["attrs"])
    assert (attrs["requested_at"], attrs["ship_to"]) == ("2026-11-24T23:59:59", "4099999000014")
    assert attrs["lines"]["1"]["items"] == {"EN": "4012345000016", "SA": "A-1", "IN": "77"}
    assert event["flags"] == ["side_assumed"]


@pytest.mark.parametrize(
    ("name", "function", "kind", "key"),
    [
        ("shop.b2b", "9", "order.captured", "cpo:4500001"),
        ("ecom.b2b", "1", "order.cancel_requested", "cpo:4500001"),
        ("ecom.b2b", "5", "order.changed", "cpo:4500001"),
        ("erp.main", "9", "purchase_order.sent", "po:4500001"),
        ("erp.main", "1", "purchase_order.cancelled", "po:4500001"),
        ("erp.main", "4", "purchase_order.changed", "po:4500001"),
    ],
)
def test_the_side_and_the_function_tell_what_an_order_is(name: str, function: str, kind: str, key: str) -> None:
    """ORDERS from a customer, or from ourselves to a supplier; new, changed, cancelled."""
    event = one("ORDERS", ORDER.format(number="4500001", function=function), name=name)
    assert (event["type"], event["keys"]) == (kind, [key])
    assert json.loads(event["attrs"])["function"] == function


def test_a_change_names_its_lines() -> None:
    """A deleted line has the quantity 0; a hold of the customer is a hold; without a reference the number is the order's."""
    body = "BGM+230+{}+{}\nDTM+137:20261120:102\n{}LIN+1+3+A-1:SA\nQTY+21:4\nLIN+2+2+A-2:SA\nQTY+21:9"
    event = one("ORDCHG", body.format("C-1", 4, "RFF+ON:PO-77\n"), name="ecom.b2b")
    assert (event["type"], event["keys"], event["at"]) == ("order.changed", ["cpo:PO-77"], "2026-11-20 10:35")
    assert event["rows"] == [("1", "A-1", "4", None), ("2", "A-2", "0", None)]
    assert event["flags"] == ["time_of_interchange"]
    held = one("ORDCHG", body.format("PO-77", 23, ""), name="ecom.b2b")
    assert (held["type"], held["hold_kind"], held["keys"]) == ("order.hold_placed", "customer", ["cpo:PO-77"])


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        ("29", "purchase_order.acknowledged"), ("28", "purchase_order.acknowledged"), ("30", "purchase_order.acknowledged"),
        ("34", "purchase_order.acknowledged"), ("4", "purchase_order.acknowledged"), ("27", "purchase_order.rejected"),
        ("12", "message.acknowledged"),
    ],
)  # fmt: skip
def test_only_an_acceptance_is_one(function: str, kind: str) -> None:
    """29 and amendments accept, 27 refuses, 12 has been received and not processed: no acceptance."""
    event = one("ORDRSP", ANSWER.format(function), name="sup.acme")
    assert (event["type"], event["keys"], event["partner"]) == (kind, ["po:4500001"], "sup.acme")
    assert f"{event['promised_at']:%Y-%m-%d %H:%M:%S}" == "2026-11-25 23:59:59", "until the end of that day"
    assert event["rows"] == [("10", "4012345000016", "8", "PCE"), ("20", "4012345000023", "0", "PCE")]
    assert json.loads(event["attrs"])["lines"]["10"]["backordered"] == "2"


def test_an_answer_without_a_code_is_flagged() -> None:
    """Where the code says nothing, the lines do, and the event says that it was unclear."""
    event = one("ORDRSP", ANSWER.format("9"), name="sup.acme")
    assert (event["type"], event["flags"]) == ("purchase_order.acknowledged", ["function_unclear"])
    refused = one("ORDRSP", "BGM+231+A+9\nRFF+ON:1\nLIN+1+7\nLIN+2+10", name="sup.acme")
    assert refused["type"] == "purchase_order.rejected"


def test_our_own_answer_tells_what_is_short() -> None:
    """To a customer: an acknowledgement, and the backorder of the line that has one, both by sales order and customer's number."""
    told = said(interchange(message("ORDRSP", ANSWER.format("29"))), name="erp.main")
    first, second = rows(told)
    assert (first["type"], first["keys"]) == ("order.acknowledged", ["cpo:4500001", "so:SUP-1"])
    assert (second["type"], second["rows"]) == ("order.backordered", [("10", "4012345000016", "2", "PCE")])


DESPATCH = """
BGM+351+D-1+9
DTM+137:20261120:102
DTM+11:202611191800:203
DTM+17:20261123:102
RFF+DQ:LS-1
RFF+BM:BOL-5
TDT+20++30+31+DHL
CPS+1
PAC+1++201
CPS+2+1
PAC+2++CT
PCI+33E
GIN+BJ+340123450000000017+340123450000000024
LIN+1++4012345000016:EN
QTY+12:6:PCE
QTY+21:8:PCE
RFF+ON:4500001:10
CPS+3+1
GIN+BJ+340123450000000031
LIN+2++4012345000023:EN
QTY+12:4
RFF+ON:4500002:20
"""


def test_a_despatch_advice_of_two_orders() -> None:
    """One notice per order, with the order's own line number, its packages and their SSCCs and no one else's."""
    told = said(interchange(message("DESADV", DESPATCH)), name="sup.acme")
    first, second = rows(told)
    assert (first["type"], first["at"], first["carrier"]) == ("asn.received", "2026-11-19 18:00", "DHL")
    assert first["keys"] == [
        "asn:D-1",
        "asn:LS-1",
        "bol:BOL-5",
        "po:4500001",
        "sscc:340123450000000017",
        "sscc:340123450000000024",
    ]
    assert first["rows"] == [("10", "4012345000016", "6", "PCE")]
    assert second["keys"] == ["asn:D-1", "asn:LS-1", "bol:BOL-5", "po:4500002", "sscc:340123450000000031"]
    assert second["rows"] == [("20", "4012345000023", "4", None)]
    attrs = json.loads(first["attrs"])
    assert attrs["eta"] == "2026-11-23T23:59:59"
    assert attrs["packages"] == [
        {"id": "1", "type": "201"},
        {"id": "2", "in": "1", "type": "CT", "sscc": ["340123450000000017", "340123450000000024"], "lines": ["1"]},
    ]


def test_a_despatch_of_a_warehouse() -> None:
    """From a 3PL the same message is the dispatch of a fulfillment order, and its cancellation voids it."""
    body = (
        "BGM+351+D-1+{}\nDTM+11:202611191800:203\nRFF+ON:4711-1\nRFF+VN:W-99\nNAD+SF+WH-W::92\nLIN+1++A-1:SA\nQTY+12:6"
    )
    event = one("DESADV", body.format(9), name="3pl.west")
    assert (event["type"], event["keys"]) == ("shipment.dispatched", ["sh:D-1", "fo:4711-1", "xo:W-99"])
    assert (event["partner"], event["location"]) == ("3pl.west", "WH-W")
    assert one("DESADV", body.format(1), name="3pl.west")["type"] == "shipment.voided"


def test_a_receipt_that_differs() -> None:
    """Counted by the warehouse, with what differs told beside; from a customer it is the delivery."""
    body = """
    BGM+632+RC-1+9
    DTM+50:202611200800:203
    RFF+ON:4500001
    RFF+AAK:D-1
    LIN+1++A-1:IN
    QTY+12:10
    QTY+48:8
    QTY+195:1
    QVR+-2:12+AF
    LIN+2++A-2:IN
    QTY+48:5
    """
    told = said(interchange(message("RECADV", body)), name="3pl.west")
    first, second = rows(told)
    assert (first["type"], first["keys"]) == ("receipt.counted", ["rc:RC-1", "po:4500001", "asn:D-1"])
    assert first["rows"] == [("1", "A-1", "8", None), ("2", "A-2", "5", None)]
    assert json.loads(first["attrs"])["lines"]["1"]["discrepancy"] == {"qty": "-2", "code": "AF"}
    assert (second["type"], second["rows"]) == ("receipt.discrepancy", [("1", "A-1", "8", None)])
    delivered = one("RECADV", body, name="ecom.b2b")
    assert (delivered["type"], delivered["keys"]) == ("shipment.delivered", ["cpo:4500001", "asn:D-1"])


def test_invoices_and_credits() -> None:
    """Ours are posted invoices and credits; a supplier's number is the supplier's, not one of ours."""
    body = "BGM+{}+90001+9\nDTM+137:20261119:102\nRFF+IV:80001\nLIN+1++A-1:SA\nQTY+47:3\nPRI+AAA:2.00\nRFF+ON:PO-77\nUNS+S\nMOA+77:7.14:EUR\nMOA+176:1.14\nMOA+79:6.00"
    posted = one("INVOIC", body.format(380), name="erp.main")
    assert (posted["type"], posted["keys"]) == ("invoice.posted", ["inv:90001", "cpo:PO-77"])
    attrs = json.loads(posted["attrs"])
    assert (attrs["cites"], attrs["tax"], attrs["net"]) == (["80001"], "1.14", "6.00")
    assert (posted["amount"], posted["currency"], posted["rows"]) == ("7.14", "EUR", [("1", "A-1", "3", None)])
    credit = one("INVOIC", body.format(381), name="erp.main")
    assert (credit["type"], credit["keys"]) == ("credit.issued", ["cm:90001", "inv:80001", "cpo:PO-77"])
    told = said(interchange(message("INVOIC", body.format(380))), name="sup.acme")
    assert rows(told)[0]["type"] == "supplier_invoice.received"
    assert ("inv", "90001", "sup.acme") in told.mentions.select("type", "value", "issuer").rows()


def test_a_credit_that_we_got_takes_back() -> None:
    """What a supplier credits counts below nothing, so that invoiced quantities add up; a price for a hundred is divided."""
    body = "BGM+381+C-1+9\nRFF+IV:90001\nLIN+1++A-1:IN\nQTY+47:54:PCE\nPRI+AAA:3630.1724::NTP:100:C62\nRFF+ON:4500001\nUNS+S\nMOA+77:1960.29:EUR"
    event = one("INVOIC", body, name="sup.acme")
    assert (event["type"], event["amount"], event["rows"]) == (
        "supplier_invoice.received",
        "-1960.29",
        [("1", "A-1", "-54", "PCE")],
    )
    assert event["lines"][0]["price"] == "36.301724"


def test_a_schedule_is_no_further_quantity() -> None:
    """What stands behind SCC says when the quantity of the line is wanted; without a total the schedule is the total."""
    body = (
        "BGM+220+PO-1+9\nLIN+1++A-1:SA\n{}SCC+1\nQTY+21:4\nDTM+2:20261201:102\nSCC+1\nQTY+21:6\nLIN+2++A-2:SA\nQTY+21:5"
    )
    assert one("ORDERS", body.format("QTY+21:10\n"), name="ecom.b2b")["rows"] == [
        ("1", "A-1", "10", None),
        ("2", "A-2", "5", None),
    ]
    assert one("ORDERS", body.format(""), name="ecom.b2b")["rows"] == [
        ("1", "A-1", "10", None),
        ("2", "A-2", "5", None),
    ]


def test_a_line_that_cannot_be_read_is_missed() -> None:
    """It is refused alone, with its place, and the event says that one is missing."""
    told = said(
        interchange(message("ORDERS", "BGM+220+PO-1+9\nLIN+1++A-1:SA\nQTY+21:x\nLIN+2++A-2:SA\nQTY+21:5")),
        name="ecom.b2b",
    )
    assert rows(told)[0]["rows"] == [("2", "A-2", "5", None)]
    assert "line_refused" in told.events["flags"][0]
    assert [one.detail for one in told.rejections] == ["segment 5: 'x' is no number."]
