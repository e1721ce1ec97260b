"""IDocs: segments by their tables, several in one file, the transmission itself, and what became of it."""

import gzip
from typing import Any

import polars as pl
import pytest

from app.model.event import Message
from app.settings import Source
from collectors.idoc import blocks
from collectors.idoc.config import load
from tests.collectors.conftest import RECEIVED, WIRES, read
from tests.collectors.idocs import DELIVERY, ORDER, delivery, idoc, item, segment, sent

ERP = Source(collector="idoc", zone="Europe/Berlin", erp="sap")


def said(*idocs: str, source: Source = ERP) -> Any:
    return read("idoc", sent(*idocs), source=source, name="erp.sap")


def types(*idocs: str) -> list[str]:
    return list(said(*idocs).events["type"])


def keys(told: Any, kind: str) -> set[tuple[str, str]]:
    """The keys of the events of that type."""
    items = told.events.filter(pl.col("type") == kind)["item"].implode()
    return set(told.mentions.filter(pl.col("item").is_in(items)).select("type", "value").rows())


def event(told: Any, kind: str) -> dict[str, Any]:
    """The one event of that type."""
    found = told.events.filter(pl.col("type") == kind)
    assert len(found) == 1
    return dict(found.row(0, named=True))


def test_an_order_that_comes_in_is_captured() -> None:
    """Its numbers, its buyer, its lines with the price of one, a sign behind the number; and the transmission."""
    told = said(idoc("ORDERS", "2", **ORDER))
    assert told.rejections == ()
    order, message = event(told, "order.captured"), event(told, "message.received")
    assert keys(told, "order.captured") == {("cpo", "PO-77"), ("msg", "123456")}
    assert keys(told, "message.received") == {("cpo", "PO-77"), ("msg", "123456")}
    assert (order["customer"], order["amount"], order["currency"]) == ("4711", "58.50", "EUR")
    assert [tuple(line.values())[:5] for line in order["lines"]] == [
        ("10", "A-1", "10.000", "PCE", "4.10"),
        ("20", "B-2", "-3.500", "PCE", None),
    ]
    assert (str(order["occurred_at"]), order["tz_basis"]) == ("2026-11-20 13:37:00", "partner_default")
    assert (str(message["occurred_at"]), message["tz_basis"]) == ("2026-11-20 13:37:00", "partner_default")
    assert (message["partner"], message["status"], order["native_id"]) == ("ACME", "30", "ACME/123456:said")


def test_a_block_is_a_hold_and_a_sales_order_a_creation() -> None:
    """Qualifier 002 makes it an order of the ERP; LIFSK puts a hold on it."""
    order = ORDER | {"E1EDK01": {"CURCY": "EUR", "LIFSK": "01", "LIFSK_BEZ": "Credit"},
                     "E1EDK02": [{"QUALF": "001", "BELNR": "PO-77"}, {"QUALF": "002", "BELNR": "0000019077"}]}  # fmt: skip
    told = said(idoc("ORDERS", "2", **order))
    assert told.events["type"].to_list() == ["message.received", "order.created", "order.hold_placed"]
    hold = event(told, "order.hold_placed")
    assert (hold["hold_kind"], hold["hold_id"], hold["reason"]) == ("delivery block", "01", "Credit")
    assert ("so", "0000019077") in keys(told, "order.hold_placed")


def test_a_confirmation_promises_the_latest_of_its_dates() -> None:
    """Until the end of that day, in Berlin. Out it answers the customer, in it is the supplier's answer about our purchase
    order."""
    lines = [item("10", "A-1", "1", E1EDP20=[{"EDATU": "20261201"}, {"EDATU": "20261203"}])]
    out = said(idoc("ORDRSP", "1", **ORDER | {"E1EDK01": {"BELNR": "19077"}, "E1EDP01": lines}))
    assert ("so", "19077") in keys(out, "order.acknowledged")
    assert str(event(out, "order.acknowledged")["promised_at"]) == "2026-12-03 22:59:59"
    back = said(idoc("ORDRSP", "2", **ORDER | {"E1EDP01": lines}))
    assert event(back, "purchase_order.acknowledged")["lines"][0]["sku"] == "B-A-1"
    assert keys(back, "purchase_order.acknowledged") == {("po", "PO-77"), ("msg", "123456")}
    assert types(idoc("ORDRSP", "2", **ORDER | {"E1EDK01": {"ACTION": "003"}}))[1] == "purchase_order.rejected"


def test_a_change_deletes_lines() -> None:
    """ACTION 003 of a line is a quantity of 0, of the document a request to cancel it."""
    order = ORDER | {"E1EDP01": [item("10", "A-1", "7", ACTION="002"), item("20", "B-2", "3", ACTION="003")]}
    changed = event(said(idoc("ORDCHG", "2", **order)), "order.changed")
    assert [(line["line"], line["qty"]) for line in changed["lines"]] == [("10", "7"), ("20", "0")]
    assert types(idoc("ORDCHG", "2", **order | {"E1EDK01": {"ACTION": "003"}}))[1] == "order.cancel_requested"
    assert types(idoc("ORDCHG", "1", **order))[1] == "purchase_order.changed"


@pytest.mark.parametrize(
    ("message", "direction", "qualifiers", "expected"),
    [
        ("SHPORD", "1", (), ["message.sent", "fulfillment.requested", "order.released"]),
        ("WHSORD", "1", ("CHG",), ["message.sent", "fulfillment.change_requested"]),
        ("WHSORD", "1", ("DEL",), ["message.sent", "fulfillment.cancel_requested"]),
        ("WHSCON", "2", ("PIC",), ["message.received", "pick.confirmed"]),
        ("SHPCON", "2", ("PIC", "PGI"), ["message.received", "pick.confirmed", "shipment.dispatched"]),
        ("SHPCON", "2", (), ["message.received", "idoc.shpcon"]),
        ("DESADV", "1", (), ["message.sent", "asn.sent"]),
        ("DESADV", "2", (), ["message.received", "asn.received"]),
        ("MATMAS", "1", (), ["message.sent", "idoc.matmas"]),
    ],
)
def test_deliveries_by_message_and_qualifier(
    message: str, direction: str, qualifiers: tuple[str, ...], expected: list[str]
) -> None:
    """Request, change, cancellation, pick, goods issue and notice; what no table knows is kept and marked."""
    told = said(delivery(message, direction, qualifiers))
    assert told.events["type"].to_list() == expected
    marked = told.events.filter(pl.col("flags").list.contains("mapping_unknown"))["type"].to_list()
    assert marked == [one for one in expected if one.startswith("idoc.")]


def test_a_delivery_carries_its_order_and_packages() -> None:
    """Delivery, bill of lading, SSCC and handling unit are keys; lines are those of the order; materials lose their zeros."""
    told = said(delivery("SHPCON", "2", ("PGI",), E1EDT13=[{"QUALF": "006", "ISDD": "20261120", "ISDZ": "091500"}]))
    assert keys(told, "shipment.dispatched") == {
        ("msg", "123456"), ("fo", "0080001234"), ("sh", "0080001234"), ("bol", "BOL-9"), ("so", "19077"),
        ("sscc", "00106141412345678908"), ("pk", "HU-1"),
    }  # fmt: skip
    dispatched = event(told, "shipment.dispatched")
    assert [tuple(line.values())[:5] for line in dispatched["lines"]] == [
        ("20", "4242", "10.000", "PCE", None),
        ("30", "B-2", "4", "PCE", None),
    ]
    assert (str(dispatched["occurred_at"]), dispatched["tz_basis"]) == ("2026-11-20 08:15:00", "partner_default")
    assert (dispatched["location"], dispatched["carrier"], dispatched["partner"]) == ("WH-W", "UPS", "ACME")


def test_a_delivery_of_two_orders_says_which_line_is_whose() -> None:
    """One event per order, each with its own lines and number, all with the delivery's."""
    lines = [dict(one) for one in DELIVERY["E1EDL20"]["E1EDL24"]]
    lines[1]["VGBEL"] = "0000019078"
    told = said(delivery("SHPORD", "1", E1EDL24=lines))
    parts = told.events.filter(pl.col("type") == "fulfillment.requested")
    assert parts["native_id"].to_list() == ["PRDCLNT100/123456:said:19077", "PRDCLNT100/123456:said:19078"]
    for at, order in enumerate(("19077", "19078")):
        mine = told.mentions.filter(pl.col("item") == parts["item"][at]).filter(pl.col("type").is_in(["so", "fo"]))
        assert mine["value"].to_list() == ["0080001234", order]
        assert len(parts["lines"][at]) == 1


@pytest.mark.parametrize(
    ("date", "hour", "expected", "basis"),
    [
        ("20261120", "091500", "2026-11-20 08:15:00", "partner_default"),
        ("20261120", "000000", "2026-11-20 13:37:00", "assumed"),
        ("20261118", "000000", "2026-11-17 23:00:00", "assumed"),
        ("00000000", "000000", "2026-11-20 13:37:00", "partner_default"),
    ],
)
def test_a_goods_issue_without_a_time_of_day(date: str, hour: str, expected: str, basis: str) -> None:
    """Of the day of the IDoc it is the IDoc's time, of another day its midnight, both marked as assumed."""
    told = said(delivery("SHPCON", "2", ("PGI",), E1EDT13=[{"QUALF": "006", "ISDD": date, "ISDZ": hour}]))
    dispatched = event(told, "shipment.dispatched")
    assert (str(dispatched["occurred_at"]), dispatched["tz_basis"]) == (expected, basis)


def test_an_idoc_that_does_not_say_when_happened_when_it_arrived() -> None:
    """Those that no SAP system made often have no CREDAT."""
    told = said(idoc("ORDERS", "2", {"CREDAT": "", "CRETIM": ""}, **ORDER))
    assert told.events.select("occurred_at", "tz_basis").unique().rows() == [(RECEIVED, "received")]


def test_invoices_and_credits() -> None:
    """Posted when it leaves, a credit by its kind, the supplier's when it comes; the line is that of the order."""
    order = {"E1EDP02": [{"QUALF": "002", "BELNR": "0000019077", "ZEILE": "000020"}]}
    bill = {
        "E1EDK01": {"CURCY": "EUR", "BELNR": "90005604", "BSART": "INVO"},
        "E1EDK02": [{"QUALF": "009", "BELNR": "0090005604"}, {"QUALF": "001", "BELNR": "PO-77"}, {"QUALF": "012", "BELNR": "0080001234"}],
        "E1EDP01": [item("000010", "A-1", "10", **order)],
        "E1EDS01": [{"SUMID": "010", "SUMME": "41.00"}, {"SUMID": "011", "SUMME": "48.79"}],
    }  # fmt: skip
    told = said(idoc("INVOIC", "1", **bill))
    invoice = event(told, "invoice.posted")
    assert (invoice["amount"], invoice["lines"][0]["line"]) == ("48.79", "20")
    assert keys(told, "invoice.posted") == {
        ("msg", "123456"), ("inv", "0090005604"), ("cpo", "PO-77"), ("fo", "0080001234"), ("so", "19077"),
    }  # fmt: skip
    credit = said(idoc("INVOIC", "1", **bill | {"E1EDK01": {"BELNR": "1", "BSART": "CRME"}}))
    assert ("cm", "0090005604") in keys(credit, "credit.issued")
    assert types(idoc("INVOIC", "2", **bill))[1] == "supplier_invoice.received"


def test_status_records_say_what_became_of_messages() -> None:
    """Passed on is not delivered; each record is an event of the message it names, under the same number."""
    records = [
        {"DOCNUM": "0000000000123456", "LOGDAT": "20261120", "LOGTIM": f"1500{at:02}", "STATUS": code, "STATXT": f"text {code}"}
        for at, code in enumerate(("03", "16", "17", "51", "53", "68", "70", "30", "77"))
    ]  # fmt: skip
    told = said(idoc("STATUS", "2", {"IDOCTYP": "SYSTAT01", "DOCNUM": "9"}, E1STATS=records))
    assert told.events.select("status", "type").rows() == [
        ("03", "message.sent"), ("16", "message.acknowledged"), ("17", "message.rejected"),
        ("51", "message.dead_lettered"), ("53", "message.acknowledged"), ("68", "message.rejected"),
        ("70", "message.duplicate_dropped"), ("30", "idoc.status"), ("77", "idoc.status"),
    ]  # fmt: skip
    assert set(told.mentions["value"]) == {"123456"}
    assert (told.events["reason"][2], told.events["flags"][-1].to_list()) == ("text 17", ["mapping_unknown"])
    assert told.events["native_id"].n_unique() == 9


def test_a_status_in_its_own_idoc_names_the_order() -> None:
    """The record of the very IDoc carries the keys of what it says; that of another names the message only."""
    record = {"CREDAT": "20261120", "CRETIM": "150000", "STATUS": "51"}
    for number, more in (("123456", {("so", "19077"), ("fo", "0080001234")}), ("9", set())):
        body = delivery("SHPORD").replace("</IDOC>", segment("EDI_DS40", record | {"DOCNUM": number}) + "</IDOC>")
        found = keys(said(body), "message.dead_lettered")
        assert ("msg", number) in found
        assert {key for key in found if key[0] in ("so", "fo")} == more


def test_several_idocs_and_one_that_is_broken() -> None:
    """Each is refused alone: no control record, no number, a test, a quantity that is none, no date; the others stand."""
    told = said(
        idoc("ORDERS", "2", {"DOCNUM": "1"}, **ORDER), "<IDOC><E1EDK01/></IDOC>", idoc("ORDERS", "2", {"DOCNUM": ""}, **ORDER),
        idoc("ORDERS", "2", {"TEST": "X"}, **ORDER), idoc("ORDERS", "2", **ORDER | {"E1EDP01": [item("10", "A", "ten")]}),
        idoc("ORDERS", "2", {"CREDAT": "20261345"}, **ORDER), idoc("ORDERS", "2", {"DOCNUM": "7"}, **ORDER),
    )  # fmt: skip
    assert [(one.reason, one.item // 1_000) for one in told.rejections] == [
        ("malformed", 1), ("missing_id", 2), ("test_data", 3), ("bad_quantity", 4), ("bad_time", 5),
    ]  # fmt: skip
    assert told.events["native_id"].to_list() == [
        "ACME/1:message", "ACME/1:said", "ACME/123456:message", "ACME/7:message", "ACME/7:said",
    ]  # fmt: skip


def test_a_mapping_of_ones_own_goes_first(tmp_path: Any) -> None:
    """Own segments, partners and the direction of IDocs that do not say it."""
    (tmp_path / "own.yaml").write_text(
        """
events: [{name: said, messages: [ZSTOCK], direction: out, reads: counted, type: inventory.snapshot}]
reads:
  counted:
    fields: {location: Z1HEAD.WERKS, partner: "#partner"}
    lines: {segment: Z1ITEM, sku: [Z1ITEM.MATNR], qty: [Z1ITEM.LABST], uom: [Z1ITEM.MEINS]}
statuses: {"77": message.retried}
partners: {3PLWEST: 3pl.west}
direction: out
"""
    )
    own = Source(collector="idoc", mapping="own.yaml", base=str(tmp_path))
    told = said(
        idoc("ZSTOCK", "", {"RCVPRN": "3PLWEST"}, Z1HEAD={"WERKS": "W1"}, Z1ITEM=[{"MATNR": "007", "LABST": "5", "MEINS": "EA"}],
             EDI_DS40={"DOCNUM": "5", "CREDAT": "20261120", "CRETIM": "160000", "STATUS": "77"}), source=own,
    )  # fmt: skip
    assert told.events["type"].to_list() == ["message.sent", "inventory.snapshot", "message.retried"]
    stock = event(told, "inventory.snapshot")
    assert (stock["location"], stock["partner"], stock["lines"][0]["sku"]) == ("W1", "3pl.west", "7")
    for wrong in (
        "events: [{name: a, messages: [X], reads: none, type: order.created}]",
        "reads: {a: {keys: [{at: x, key: so}]}}",
    ):
        (tmp_path / "own.yaml").write_text(wrong)
        assert [one.reason for one in said(idoc("ORDERS", "2"), source=own).rejections] == ["mapping_invalid"]


def test_a_partners_own_idocs_are_read_from_our_side(tmp_path: Any) -> None:
    """What leaves the customer's SAP comes in to us: its purchase order is an order, and it is the partner."""
    (tmp_path / "theirs.yaml").write_text("mirrored: true")
    theirs = Source(collector="idoc", mapping="theirs.yaml", base=str(tmp_path))
    told = said(idoc("ORDERS", "1", {"SNDPRN": "CUST"}, **ORDER), source=theirs)
    assert told.events["type"].to_list() == ["message.received", "order.captured"]
    assert event(told, "message.received")["partner"] == "CUST"


def test_what_became_nothing_is_told() -> None:
    """A number of an unknown qualifier, a contents' quantity, a charge; and a message without a table."""
    body = sent(
        idoc(
            "ORDERS", "2", **ORDER | {"E1EDK02": [{"QUALF": "001", "BELNR": "PO-77"}, {"QUALF": "043", "BELNR": "X-1"}]}
        ),
        delivery("SHPORD"),
        idoc("MATMAS", "1"),
    )
    assert WIRES["idoc"].unread(Message("erp.sap", "idoc", "", body, RECEIVED), ERP) == [
        "IDoc 1: E1EDK01 BELNR PO-77: nothing reads it",
        "IDoc 1: E1EDK02 043 BELNR X-1: nothing reads it",
        "IDoc 2: E1EDL44 VEMNG 4.000: nothing reads it",
        "IDoc 3: MATMAS: no event of the trade",
    ]


def test_a_file_is_cut_between_idocs(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five IDocs in documents of two say together what the whole says, packed or not."""
    monkeypatch.setattr(blocks, "BLOCK_IDOCS", 2)
    body = sent(*(idoc("ORDERS", "2", {"DOCNUM": str(n)}, **ORDER) for n in range(1, 6)))
    for name, written in (("a.xml", body), ("a.xml.gz", gzip.compress(body))):
        (tmp_path / name).write_bytes(written)
        cut = list(WIRES["idoc"].split(tmp_path / name, ERP))
        assert len(cut) == 3
        parts = pl.concat([read("idoc", block, source=ERP, name="erp.sap").events for block in cut])
        assert parts.drop("item").equals(read("idoc", body, source=ERP, name="erp.sap").events.drop("item"))
    (tmp_path / "none.xml").write_bytes(b"<ORDERS05/>")
    assert list(WIRES["idoc"].split(tmp_path / "none.xml", ERP)) == [b"<ORDERS05/>"]


def test_every_entry_of_the_table_can_be_reached() -> None:
    """Each entry names messages, a reading that exists, and no earlier entry hides it."""
    table = load(ERP)
    seen: list[tuple[str, str, str]] = []
    for one in table.events:
        for message in one.messages:
            hidden = [first for first in seen if first in ((one.name, message, one.direction), (one.name, message, ""))]
            assert hidden == [], f"{one} is hidden"
            seen += [(one.name, message, one.direction)] if not one.when else []
    assert {one.reads for one in table.events} <= table.reads.keys()
