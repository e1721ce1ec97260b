"""X12 between us and a warehouse: 940, 943, 944, 945, 947, 846, and what a mapping changes in them."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from collectors import x12
from collectors.x12.config import load
from tests.collectors.conftest import read
from tests.collectors.interchange import FIXTURE, NODE, US, keys, lines, mapped, messages, sent, types, when

PARTNERS = """
own: ["123456789"]
zone: America/New_York
partners:
  3PLWEST:
    partner: 3pl.west
    source: 3pl.west
    zone: America/Chicago
    location: WH-W
    references: {ZZ: so, LI: line, RV: revision}
    issuers: {sh: 3pl.west}
    codes: {carrier: {UPSN: ups}, W1201: {SH: CC}, ship_to: {"0012": C-17/2}}
    returns: [RMA-]
"""


def attrs(said, row: int = 0) -> dict:  # type: ignore[no-untyped-def, type-arg]
    return json.loads(said.events["attrs"][row] or "{}")


def test_a_dispatch_and_what_was_short() -> None:
    """The trade's own example: ten and three left at 14:37 Central, two are backordered; all its numbers are keys."""
    said = read("x12", FIXTURE.encode(), name="3pl.west")
    assert said.rejections == ()
    assert types(said) == ["pick.shorted", "shipment.dispatched"]
    assert [when(said, row) for row in (0, 1)] == [datetime(2026, 11, 20, 20, 37)] * 2
    assert said.events["tz_basis"].to_list() == ["time_code"] * 2
    assert lines(said, 0) == [(None, "SKU-200", "2")]
    assert lines(said, 1) == [(None, "SKU-100", "10"), (None, "SKU-200", "3")]
    assert keys(said, 1) == {"fo:SO0012345", "sh:SHP-778", "cpo:PO-5567", "bol:BOL998877", "sscc:00106141411234567897"}
    assert messages(said, 1) == [("3PLWEST", "SW:905:945:0001"), ("3PLWEST", "SW:905")]
    assert said.events["carrier"].to_list() == ["ABCD"] * 2
    assert said.events["partner"].to_list() == ["3pl.west"] * 2
    assert said.events["reason"].to_list() == ["BP", None]
    assert attrs(said)["backordered_lines"] == ["SKU-200"]


@pytest.mark.parametrize(
    ("items", "expected", "left", "short"),
    [
        (["W12*CC*10*10*0*EA**VN*A"], ["shipment.dispatched"], ["10"], []),
        (["W12*CP*10*7*3*EA**VN*A"], ["pick.shorted", "shipment.dispatched"], ["7"], ["3"]),
        (["W12*CC*10*7**EA**VN*A"], ["pick.shorted", "shipment.dispatched"], ["7"], ["3"]),
        (["W12*BK*10*0*10*EA**VN*A"], ["pick.shorted"], [], ["10"]),
        (["W12*IC*10*0*10*EA**VN*A"], ["pick.shorted", "fulfillment.cancelled"], [], ["10"]),
        (["W12*CM*10*12**EA**VN*A"], ["shipment.dispatched"], ["12"], []),
        (["W12*CC**4**EA**VN*A", "W12*BP**1*2*EA**VN*B"], ["pick.shorted", "shipment.dispatched"], ["4", "1"], ["2"]),
        ([], ["shipment.dispatched"], [], []),
    ],
)
def test_quantities_win_over_codes(items: list[str], expected: list[str], left: list[str], short: list[str]) -> None:
    """What was ordered less what left is short, whatever the code; nothing left is no dispatch."""
    said = sent("945", "W06*F*4711*20261120*SH-1", *items)
    assert types(said) == expected
    quantities = {kind: [one[2] for one in lines(said, row)] for row, kind in enumerate(expected)}
    assert quantities.get("shipment.dispatched", []) == left
    assert quantities.get("pick.shorted", []) == short


def test_a_rest_that_will_not_come_is_told() -> None:
    """CP ships without a backorder: the line stands under the cancelled ones."""
    said = sent("945", "W06*F*4711*20261120*SH-1", "LX*1", "W12*CP*10*7*3*EA**VN*A")
    assert attrs(said)["cancelled_lines"] == ["A"]
    assert said.events["reason"][0] == "CP"


@pytest.mark.parametrize(
    ("status", "expected", "flags"),
    [
        ("N", "fulfillment.requested", []),
        ("R", "fulfillment.change_requested", []),
        ("F", "fulfillment.cancel_requested", []),
        ("D", "fulfillment.cancel_requested", []),
        ("T", "fulfillment.requested", ["resubmitted"]),
        ("A", "message.received", []),
        ("7", "fulfillment.requested", ["mapping_unknown"]),
    ],
)
def test_what_a_warehouse_order_asks_for(status: str, expected: str, flags: list[str]) -> None:
    """W0501 says whether it is an order, a change or a cancellation; a code nobody knows is marked."""
    said = sent("940", f"W05*{status}*4711-1*PO-9", sender=US, receiver=NODE, source="edi.van")
    assert types(said) == [expected]
    assert said.events["flags"].to_list() == [flags]
    assert keys(said) == {"fo:4711-1", "cpo:PO-9"}


def test_a_simulation_asks_for_nothing() -> None:
    """W0501 X is refused, and kept as a refusal with its place."""
    said = sent("940", "W05*X*4711-1")
    assert [one.reason for one in said.rejections] == ["simulation"]
    assert "at segment 3" in said.rejections[0].detail
    assert len(said.events) == 0


def test_a_warehouse_order_with_a_mapping(tmp_path: Path) -> None:
    """Our order to the node: from the source that delivers it, for the partner, with lines, revision and ship-by."""
    segments = ("W05*N*4711-1*PO-9**M-1", "N1*ST*ACME*92*0012", "N9*ZZ*4711", "N9*RV*2", "G62*10*20261123*1*1700*ET",
                "W66*PP*M***GROUND*****UPSN", "LX*1", "W01*10*EA**VN*SKU-100", "N9*LI*20", "W76*10")  # fmt: skip
    said = sent("940", *segments, source="edi.van", mapping=mapped(tmp_path, PARTNERS), sender=US, receiver=NODE)
    (row,) = said.events.rows(named=True)
    assert (row["source"], row["partner"], row["carrier"], row["location"], row["revision"]) == (
        "edi.van", "3pl.west", "ups", "WH-W", 2,
    )  # fmt: skip
    assert row["promised_at"] == datetime(2026, 11, 23, 22)
    assert lines(said) == [("20", "SKU-100", "10")]
    assert keys(said) == {"fo:4711-1", "cpo:PO-9", "so:4711"}
    assert attrs(said)["ship_to"] == "C-17/2"
    assert messages(said)[0] == ("123456789", "OW:905:940:0001")


def test_what_a_partner_sends_comes_from_its_own_source(tmp_path: Path) -> None:
    """One mailbox delivers for many: the mapping names the source, the zone, the issuer, and translates codes."""
    segments = ("W06*F*4711-1*20261119*SH-1", "LX*1", "W12*SH*10*10*0*EA**VN*A")
    said = sent("945", *segments, source="edi.van", mapping=mapped(tmp_path, PARTNERS))
    (row,) = said.events.rows(named=True)
    assert (row["source"], row["partner"], row["status"]) == ("3pl.west", "3pl.west", "CC")
    assert row["occurred_at"] == datetime(2026, 11, 19, 18)
    assert row["flags"] == ["date_only"]
    assert ("sh", "SH-1", "3pl.west") in said.mentions.select("type", "value", "issuer").rows()


def test_a_receipt_and_its_discrepancies() -> None:
    """944: what was counted, and beside it what was damaged and how far the total is off."""
    segments = ("W17*F*20261120*RC-1*PO-7*ASN-3", "W07*10*EA**VN*A*UP*012345678905*LOT1", "W13*2*EA*01", "W13*8*EA*07",
                "W07*5*EA**VN*B", "W14*15*17*2")  # fmt: skip
    said = sent("944", *segments)
    assert types(said) == ["receipt.counted", "receipt.discrepancy"]
    assert lines(said, 0) == [(None, "A", "10"), (None, "B", "5")]
    assert lines(said, 1) == [(None, "A", "2")]
    assert keys(said) == {"rc:RC-1", "po:PO-7", "asn:ASN-3"}
    assert said.events["reason"].to_list() == [None, "damaged"]
    assert (attrs(said, 1)["difference"], attrs(said)["lots"]) == ("2", ["LOT1"])
    assert when(said) == datetime(2026, 11, 20, 14, 37)


@pytest.mark.parametrize(
    ("head", "more"), [("W17*F*20261120*RC-1*RMA-55", ()), ("W17*F*20261120*RC-1*4711", ("N9*RZ*RMA-55",))]
)
def test_goods_that_come_back(tmp_path: Path, head: str, more: tuple[str, ...]) -> None:
    """A depositor order that the mapping calls a return, or an N9*RZ, makes the receipt one of a return."""
    said = sent("944", head, *more, "W07*1*EA**VN*A", mapping=mapped(tmp_path, PARTNERS))
    assert types(said) == ["return.received"]
    assert keys(said) == {"rc:RC-1", "rma:RMA-55"}
    assert types(sent("944", head, "N9*RZ*RMA-55", "W07*1*EA**VN*A", "W13*1*EA*01")) == [
        "return.received",
        "return.inspected",
    ]


def test_goods_on_their_way_to_the_warehouse() -> None:
    """943: the notice names shipment and purchase order."""
    said = sent(
        "943",
        "W06*F*PO-7*20261120*ASN-3**PO-7",
        "W04*24*CA**VN*A",
        "W03*24",
        sender=US,
        receiver=NODE,
        source="erp.main",
    )
    assert types(said) == ["asn.sent"]
    assert keys(said) == {"po:PO-7", "asn:ASN-3"}
    assert lines(said) == [(None, "A", "24")]


def test_adjustments_count_once_each() -> None:
    """947: signed quantities, each numbered by the adjustment and its place."""
    said = sent("947", "W15*20261120*AJ-1*N-1", "W19*AC*-3*EA**VN*A*L7", "W19*AB*4*EA**VN*A")
    assert types(said) == ["inventory.adjusted"] * 2
    assert [lines(said, row) for row in (0, 1)] == [[(None, "A", "-3")], [(None, "A", "4")]]
    assert [attrs(said, row)["adjustment"] for row in (0, 1)] == ["AJ-1/1", "AJ-1/2"]
    assert said.events["reason"].to_list() == ["AC", "AB"]


def test_kinds_of_stock_are_never_added() -> None:
    """846: on hand and available stand beside each other; kinds add up only with themselves, unknown ones are marked."""
    said = sent("846", "BIA*00*SI*R-1*20261120*0600", "DTM*007*20261120*0545*ET", "N1*WH*WEST*92*W1", "LIN*1*VN*A", "QTY*17*90", "QTY*17*10",
                "QTY*33*80", "QTY*15*5*EA", "LIN*2*VN*B", "QTY*QQ*1", "CTT*2")  # fmt: skip
    assert types(said) == ["inventory.snapshot"] * 2
    found = attrs(said)
    assert (found["on_hand"], found["available"], found["held"]) == ("100", "80", "5")
    assert "complete" not in found
    assert lines(said) == [(None, "A", None)]
    assert said.events["flags"].to_list() == [[], ["mapping_unknown"]]
    assert (when(said), said.events["location"][0]) == (datetime(2026, 11, 20, 10, 45), "W1")


def test_stock_of_several_sites() -> None:
    """SDQ gives one count per site, of the kind that stands before it."""
    said = sent("846", "BIA*00*SI*R-1*20261120*0600", "LIN**VN*A", "QTY*17*12*EA", "SDQ*EA*92*W1*5*W2*7")
    assert said.events["location"].to_list() == ["W1", "W2"]
    assert [attrs(said, row)["on_hand"] for row in (0, 1)] == ["5", "7"]
    nameless = sent("846", "BIA*00*SI*R-1*20261120*0600", "LIN*1*VN*A", "QTY*17*12*EA", "LIN*2", "QTY*17*3")
    assert (types(nameless), nameless.events["flags"].to_list()) == (["inventory.snapshot"], [["item_missing"]])


@pytest.mark.parametrize(
    ("segment", "reason"),
    [
        ("W12*CC*10*ten*0*EA**VN*A", "bad_quantity"),
        ("W12*CC*10*1e400*0*EA**VN*A", "bad_quantity"),
        (f"N9*BM*{'9' * 300}", "key_too_long"),
        ("G62*11*20271120*W*1437*CT", "time_out_of_range"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(segment: str, reason: str) -> None:
    """A quantity, key or time that cannot be refuses the transaction, and says where it stands."""
    said = sent("945", "W06*F*4711*20261120*SH-1", segment)
    assert [(one.reason, one.native_id.split("/")[-1]) for one in said.rejections] == [(reason, "0001")]
    assert len(said.events) == 0


def test_the_example_of_the_documents_is_a_mapping(tmp_path: Path) -> None:
    """What the README of the wire shows can be copied."""
    readme = (Path(x12.__file__).parent / "README.md").read_text(encoding="utf-8")
    source = mapped(tmp_path, readme.split("```yaml\n")[1].split("```")[0])
    declared = load(source)
    assert declared.partners["3PLWEST"].references["DP"] == ""
    assert sent("945", "W06*F*4711*20261120*SH-1", mapping=source).events["source"].to_list() == ["3pl.west"]


def test_a_wrong_mapping_is_told_and_nothing_is_read(tmp_path: Path) -> None:
    """An element or zone that is none refuses the message, naming the key."""
    source = mapped(tmp_path, "partners: {X: {elements: {W05: so}, zone: Mars}}")
    said = read("x12", FIXTURE.encode(), source=source)
    assert [one.reason for one in said.rejections] == ["mapping_invalid"]
    assert "partners.X.zone" in said.rejections[0].detail
