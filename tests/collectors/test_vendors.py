"""The shipped mappings of vendors: small documents in the published shapes, and real ones counted independently."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.model.event import Message, Translation
from app.model.taxonomy import EVENTS
from app.settings import Source
from collectors.webhook import COLLECTOR
from collectors.webhook.config import load
from tests.collectors.conftest import RECEIVED, read

VENDORS = (
    "aftership", "business-central", "easypost", "extensiv", "netsuite", "odoo", "salesforce", "shippo", "shipbob",
    "shopify", "zendesk",
)  # fmt: skip
ORDER = {
    "id": 450789469, "name": "#1001", "order_number": 1001, "created_at": "2026-11-20T10:00:00-05:00", "total_price": "41.00",
    "currency": "USD", "financial_status": "paid", "customer": {"id": 9}, "po_number": "PO-7", "test": False,
    "line_items": [{"id": 1, "sku": "A-1", "quantity": 2, "price": "20.50"}],
}  # fmt: skip
CHANGE = {
    "entityName": "Order", "changeType": "UPDATE", "changedFields": ["Status", "LastModifiedDate"], "transactionKey": "k1",
    "sequenceNumber": 1, "commitTimestamp": 1795514400000, "recordIds": ["801A", "801B"],
}  # fmt: skip
NETSUITE = {
    "id": "5", "recordType": "salesOrder", "tranId": "SO5", "otherRefNum": "PO-1", "status": {"id": "B", "refName": "Pending Fulfillment"},
    "createdDate": "2026-11-20T10:00:00Z", "lastModifiedDate": "2026-11-20T12:00:00Z", "total": 41.0, "entity": {"id": "17"},
    "item": {"items": [{"line": 1, "item": {"id": "3", "refName": "A-1"}, "quantity": 2.0, "rate": 20.5}]},
}  # fmt: skip
CENTRAL = {
    "id": "o1", "number": "S-ORD1", "externalDocumentNumber": "PO-1", "orderDate": "2026-11-20", "customerNumber": "C1",
    "status": "Open", "totalAmountIncludingTax": 41, "lastModifiedDateTime": "2026-11-20T12:00:00Z", "fullyShipped": False,
    "requestedDeliveryDate": "0001-01-01", "salesOrderLines": [{"sequence": 10000, "lineObjectNumber": "A-1", "quantity": 2}],
}  # fmt: skip
ODOO = {
    "id": 42, "name": "S00042", "state": "sale", "date_order": "2026-11-20 10:00:00", "write_date": "2026-11-20 12:00:00",
    "amount_total": 41.0, "client_order_ref": False, "partner_id": [7, "Azure"], "commitment_date": False,
    "order_line": [{"id": 9, "product_id": [3, "A-1"], "product_uom_qty": 2.0}],
}  # fmt: skip
PICKING = {
    "id": 7, "name": "WH/OUT/7", "state": "done", "origin": "S00042", "picking_type_id": [2, "Delivery"], "date_done": "2026-11-21 08:00:00",
    "carrier_tracking_ref": "1Z9", "move_ids": [{"product_id": [3, "A-1"], "quantity": 2.0, "sale_line_id": [9, "x"]}],
}  # fmt: skip
EXTENSIV = {
    "readOnly": {
        "orderId": 77, "creationDate": "2026-11-20T09:00:00", "pickDoneDate": "2026-11-20T10:00:00", "isClosed": True,
        "processDate": "2026-11-20T11:00:00", "facilityIdentifier": {"name": "Reno"}, "packages": [{"trackingNumber": "1Z1"}, {"trackingNumber": "1Z2"}],
    },
    "referenceNum": "FO-1", "poNum": "PO-1", "routingInfo": {"scacCode": "UPSN"},
    "orderItems": [{"itemIdentifier": {"sku": "A-1"}, "qty": 2.0}],
}  # fmt: skip
SHIPMENT = {
    "id": 11,
    "order_id": 22,
    "reference_id": "FO-1",
    "status": "Exception",
    "last_update_at": "2026-11-20T10:00:00Z",
}
ZEN = {
    "type": "zen:event-type:ticket.status_changed", "id": "z1", "time": "2026-11-20T10:00:00Z", "subject": "zen:ticket:5",
    "detail": {"id": "5", "status": "SOLVED", "subject": "Where is SO-4711?"}, "event": {"current": "SOLVED", "previous": "OPEN"},
}  # fmt: skip
SHIPPO = {
    "event": "track_updated", "test": False,
    "data": {
        "tracking_number": "92", "carrier": "usps", "eta": "2026-11-23T00:00:00Z", "tracking_status": {"status": "TRANSIT", "status_date": "2026-11-21T10:00:00Z"},
        "tracking_history": [
            {"status": "UNKNOWN", "status_date": "2026-11-20T09:00:00Z"},
            {"status": "TRANSIT", "status_date": "2026-11-20T10:00:00Z", "substatus": {"code": "package_accepted"}},
            {"status": "TRANSIT", "status_date": "2026-11-21T10:00:00Z", "substatus": {"code": "package_departed"}},
        ],
    },
}  # fmt: skip
AFTERSHIP = {
    "event": "tracking_update", "event_id": "e1",
    "msg": {
        "id": "t1", "tracking_number": "00340", "slug": "dhl", "order_id": "W-55",
        "checkpoints": [
            {"tag": "InfoReceived", "checkpoint_time": "2026-11-20T08:00:00", "created_at": "2026-11-20T09:00:00+00:00"},
            {"tag": "Exception", "subtag": "Exception_011", "checkpoint_time": "2026-11-21T08:00:00+01:00"},
            {"tag": "Pending", "checkpoint_time": "2026-11-19"},
        ],
    },
}  # fmt: skip
#: vendor, headers, document -> (type, native id, keys without those of lines)
SAMPLES: list[tuple[str, dict[str, str], Any, list[tuple[str, str, set[str]]]]] = [
    ("shopify", {"x-shopify-topic": "orders/create"}, ORDER,
     [("order.captured", "450789469:captured", {"ch:#1001", "ch:450789469", "cpo:PO-7"})]),
    ("shopify", {"x-shopify-topic": "orders/updated"}, ORDER | {"cancelled_at": "2026-11-21T00:00:00Z"},
     [("order.cancel_requested", "450789469:cancel", {"ch:#1001", "ch:450789469", "cpo:PO-7"})]),
    ("shopify", {"x-shopify-topic": "orders/create"}, ORDER | {"test": True}, []),
    ("shopify", {"x-shopify-topic": "products/update"}, {"id": 1}, []),
    ("shopify", {"x-shopify-topic": "fulfillment_orders/placed_on_hold", "x-shopify-webhook-id": "w1", "x-shopify-triggered-at": "2026-11-20T10:00:00Z"},
     {"fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/8", "status": "on_hold"}},
     [("fulfillment.held", "w1:notice", {"fo:8"})]),
    ("shopify", {"x-shopify-topic": "fulfillment_orders/teleported", "x-shopify-webhook-id": "w2", "x-shopify-triggered-at": "2026-11-20T10:00:00Z"},
     {"fulfillment_order": {"id": 8}}, [("unknown:fulfillment_orders/teleported", "w2:notice", {"fo:8"})]),
    ("shopify", {"x-shopify-topic": "returns/request", "x-shopify-webhook-id": "w3", "x-shopify-triggered-at": "2026-11-20T10:00:00Z"},
     {"id": 3, "name": "#1001-R1", "order": {"id": 450789469}}, [("return.requested", "w3:return", {"rma:#1001-R1", "ch:450789469"})]),
    ("shopify", {}, {"fulfillment_orders": [{"id": 8, "order_id": 70, "assigned_location_id": 3, "status": "open", "created_at": "2026-11-20T10:00:00Z", "line_items": [{"fulfillment_order_id": 8, "line_item_id": 1, "quantity": 2}]}]},
     [("order.released", "8:released", {"fo:8", "ch:70"})]),
    ("easypost", {}, {"object": "Event", "description": "batch.updated", "result": {"object": "Batch", "id": "b1"}}, []),
    ("easypost", {}, {"result": {"object": "Tracker", "id": "trk", "tracking_code": "EZ1", "status": "in_transit", "updated_at": "2026-11-20T10:00:00Z", "est_delivery_date": "2026-11-23T00:00:00Z", "tracking_details": [{"status": "unknown", "datetime": "2026-11-20T09:00:00Z"}]}},
     [("shipment.eta_changed", "trk|2026-11-20T10:00:00Z:eta", {"tr:EZ1"})]),
    ("salesforce", {}, {"schema": "s", "payload": {"ChangeEventHeader": CHANGE, "Status": "Shipped", "ERP_Order_Number__c": "4711"}},
     [("crm.order_status_updated", "k1|1|801A:status", {"crm:801A", "so:4711"}), ("crm.order_status_updated", "k1|1|801B:status", {"crm:801B", "so:4711"})]),
    ("salesforce", {}, {"payload": {"ChangeEventHeader": CHANGE | {"changedFields": ["Phone"]}}}, []),
    ("salesforce", {}, {"data": {"payload": {"ChangeEventHeader": CHANGE | {"changeType": "GAP_UPDATE"}}}},
     [("batch.missing", "k1|1:gap", {"crm:801A", "crm:801B"})]),
    ("salesforce", {}, {"payload": {"ChangeEventHeader": CHANGE | {"entityName": "Case", "changeType": "CREATE", "recordIds": ["500A"]}, "CaseNumber": "0001", "Subject": "SO-4711 late"}},
     [("ticket.opened", "k1|1|500A:opened", {"ticket:500A", "ticket:0001", "so:SO-4711"})]),
    ("salesforce", {}, {"data": {"payload": {"Order_Event__c": "status", "CreatedDate": 1795514400000, "ERP_Order_Number__c": "4711"}, "event": {"EventUuid": "u1"}}},
     [("crm.order_status_updated", "u1:order", {"so:4711"})]),
    ("netsuite", {}, NETSUITE,
     [("order.created", "5:created", {"so:SO5", "cpo:PO-1"}), ("order.released", "5|B|2026-11-20T12:00:00Z:status", {"so:SO5", "cpo:PO-1"}),
      ("order.hold_released", "5|2026-11-20T12:00:00Z:approved", {"so:SO5", "cpo:PO-1"})]),
    ("netsuite", {}, NETSUITE | {"recordType": "itemFulfillment", "tranId": "IF9", "shipStatus": {"id": "C"}, "createdFrom": {"refName": "Sales Order #SO5"}},
     [("shipment.posted", "5|C:fulfillment", {"sh:IF9", "so:SO5"})]),
    ("business-central", {}, {"value": [CENTRAL]},
     [("order.created", "o1:created", {"so:S-ORD1", "cpo:PO-1"}), ("order.hold_released", "o1|2026-11-20T12:00:00Z:approved", {"so:S-ORD1", "cpo:PO-1"}),
      ("order.released", "o1|2026-11-20T12:00:00Z:released", {"so:S-ORD1", "cpo:PO-1"})]),
    ("business-central", {}, {"value": [{"subscriptionId": "salesOrders", "clientState": "x", "resource": "companies(1)/salesOrders(2)", "changeType": "updated", "lastModifiedDateTime": "2026-11-20T12:00:00Z"}]},
     [("message.received", "salesOrders|companies(1)/salesOrders(2)|2026-11-20T12:00:00Z:notice", {"msg:companies(1)/salesOrders(2)"})]),
    ("business-central", {}, {"id": "s1", "number": "SH1", "orderNumber": "S-ORD1", "postingDate": "2026-11-21", "customerNumber": "C1"},
     [("shipment.posted", "s1:posted", {"sh:SH1", "so:S-ORD1"})]),
    ("business-central", {}, {"id": "i1", "number": "INV1", "orderNumber": "S-ORD1", "invoiceDate": "2026-11-21", "customerNumber": "C1", "remainingAmount": 4, "status": "Open"},
     [("invoice.posted", "i1:posted", {"inv:INV1", "so:S-ORD1"})]),
    ("odoo", {}, {"result": [ODOO]}, [("order.created", "42:created", {"so:S00042"})]),
    ("odoo", {}, {"_model": "sale.order", "_id": 42} | ODOO | {"state": "cancel"}, [("order.cancelled", "42:cancelled", {"so:S00042"})]),
    ("odoo", {}, [PICKING], [("shipment.posted", "7|done:transfer", {"sh:WH/OUT/7", "so:S00042", "tr:1Z9"})]),
    ("odoo", {}, PICKING | {"state": "confirmed", "date_done": False, "write_date": "2026-11-20 08:00:00"},
     [("order.backordered", "7|confirmed:transfer", {"sh:WH/OUT/7", "so:S00042", "tr:1Z9"})]),
    ("zendesk", {}, ZEN, [("ticket.resolved", "z1:ticket", {"ticket:5", "so:SO-4711"})]),
    ("zendesk", {}, ZEN | {"type": "zen:event-type:ticket.comment_added"}, [("ticket.updated", "z1:ticket", {"ticket:5", "so:SO-4711"})]),
    ("zendesk", {}, {"ticket_id": 5, "status": "Open", "updated_at": "2026-11-20T10:00:00Z", "order_number": "4711"},
     [("ticket.updated", "5|2026-11-20T10:00:00Z:ticket", {"ticket:5", "so:4711"})]),
    ("shipbob", {"x-webhook-topic": "order.shipped", "webhook-id": "m1"}, SHIPMENT | {"tracking": {"carrier": "USPS", "tracking_number": "92"}},
     [("shipment.label_created", "11|m1:shipment", {"fo:FO-1", "xo:22", "sh:11", "tr:92"})]),
    ("shipbob", {"x-webhook-topic": "order.shipment.exception", "webhook-id": "m2"}, SHIPMENT,
     [("fulfillment.held", "11|m2:shipment", {"fo:FO-1", "xo:22", "sh:11"})]),
    ("shipbob", {"x-webhook-topic": "order.shipment.tracking.updated", "webhook-id": "m3"}, SHIPMENT | {"tracking": {"status": "Delivered"}},
     [("shipment.delivered", "11|m3:tracking", {"fo:FO-1", "xo:22", "sh:11"})]),
    ("extensiv", {}, {"resource": EXTENSIV},
     [("fulfillment.acknowledged", "77:acknowledged", {"fo:FO-1", "xo:77", "cpo:PO-1"}), ("pick.confirmed", "77:picked", {"fo:FO-1", "xo:77", "cpo:PO-1"}),
      ("shipment.dispatched", "77:dispatched", {"fo:FO-1", "xo:77", "sh:77", "cpo:PO-1", "tr:1Z1", "tr:1Z2"})]),
    ("extensiv", {}, {"order_id": 9, "status": "at_wms", "updated_at": "2026-11-20T10:00:00Z", "reference_number": "FO-1"},
     [("fulfillment.acknowledged", "9|at_wms:status", {"fo:FO-1", "xo:9"})]),
    ("shippo", {}, SHIPPO,
     [("shipment.picked_up", "92|TRANSIT|2026-11-20T10:00:00Z:tracking", {"tr:92"}), ("shipment.in_transit", "92|TRANSIT|2026-11-21T10:00:00Z:tracking", {"tr:92"}),
      ("shipment.eta_changed", "92|2026-11-23T00:00:00Z:eta", {"tr:92"})]),
    ("shippo", {}, SHIPPO | {"test": True}, []),
    ("aftership", {}, AFTERSHIP,
     [("shipment.label_created", "00340|InfoReceived|2026-11-20T08:00:00:checkpoint", {"tr:00340", "ch:W-55"}),
      ("shipment.returned_to_sender", "00340|Exception_011|2026-11-21T08:00:00+01:00:checkpoint", {"tr:00340", "ch:W-55"})]),
]  # fmt: skip


def said(vendor: str, document: Any, headers: dict[str, str] | None = None) -> Translation:
    """What a document of a vendor says, with the headers that came with it."""
    assert COLLECTOR.pack is not None
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read("webhook", COLLECTOR.pack(headers or {}, body), source=Source(collector="webhook", mapping=vendor))


@pytest.mark.parametrize(("vendor", "headers", "document", "events"), SAMPLES)
def test_a_published_shape_becomes_its_events(
    vendor: str, headers: dict[str, str], document: Any, events: list[tuple[str, str, set[str]]]
) -> None:
    """Types, ids and keys; nothing refused; only what the vendor's table does not know is marked."""
    found = said(vendor, document, headers)
    assert found.rejections == ()
    told = [
        (type_, native, {f"{k}:{v}" for at, k, v, _ in found.mentions.rows() if at == item})
        for item, type_, native in found.events.select("item", "type", "native_id").rows()
    ]
    assert told == events
    unknown = [type_ for type_, flags in found.events.select("type", "flags").rows() if flags]
    assert unknown == [type_ for type_, _, _ in events if type_ not in EVENTS]


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just("2026-11-20T10:00:00Z"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def changed(document: Any, data: st.DataObject) -> Any:
    """The document with anything in one place, however deep."""
    if isinstance(document, dict) and document and data.draw(st.booleans() | st.just(True)):
        name = data.draw(st.sampled_from(sorted(document)))
        return document | {name: changed(document[name], data)}
    if isinstance(document, list) and document and data.draw(st.booleans() | st.just(True)):
        return [changed(document[0], data), *document[1:]]
    return data.draw(ANY)


@settings(max_examples=80, deadline=None)
@given(sample=st.sampled_from(SAMPLES), data=st.data())
def test_no_changed_sample_makes_a_mapping_fail(
    sample: tuple[str, dict[str, str], Any, Any], data: st.DataObject
) -> None:
    """Anything in any place of a vendor's document gives events and refusals, each item once, and keys of events only."""
    vendor, headers, document, _ = sample
    body = json.dumps(changed(document, data)).encode()
    found = said(vendor, body, headers)
    items = found.events["item"].to_list() + [one.item for one in found.rejections]
    assert items == [-1] or sorted(items) == list(range(len(items)))
    assert set(found.mentions["item"]) <= set(found.events["item"])
    message = Message("x", "webhook", "", body, RECEIVED)
    assert all(COLLECTOR.unread(message, Source(collector="webhook", mapping=vendor)))


@pytest.mark.parametrize(
    ("vendor", "document", "line"),
    [
        ("shopify", {"order": ORDER}, ("1", "A-1", "2", None, "20.50")),
        ("netsuite", NETSUITE, ("1", "A-1", "2.0", None, "20.5")),
        ("business-central", CENTRAL, ("10000", "A-1", "2", None, None)),
        ("odoo", ODOO, ("9", "A-1", "2.0", None, None)),
        ("odoo", PICKING, ("9", "A-1", "2.0", None, None)),
        ("extensiv", {"readOnly": {"orderId": 1, "pickDoneDate": "2026-11-20"}} | {k: EXTENSIV[k] for k in ("referenceNum", "orderItems")}, (None, "A-1", "2.0", None, None)),
    ],
)  # fmt: skip
def test_lines_are_read(vendor: str, document: Any, line: tuple[str | None, ...]) -> None:
    """Line, item, quantity, unit and price of each vendor's lines."""
    lines = [one for some in said(vendor, document).events["lines"].to_list() if some for one in some]
    assert tuple(lines[0].values()) == (*line, None), "and no order of its own"


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_vendor_says_what_it_assumes(vendor: str) -> None:
    """Each mapping is sound, tells what it takes for granted, and is named in the README with its dedupe key."""
    source = Source(collector="webhook", mapping=vendor)
    declared = load(source)
    assert COLLECTOR.examples(source) == []
    assert len(declared.about) > 200
    readme = (Path(load.__code__.co_filename).parent / "README.md").read_text(encoding="utf-8")
    assert f"`{vendor}`" in readme


def test_real_documents_of_easypost(shared: Path) -> None:
    """Every entry of every tracker is one event at its own time, every bought shipment a label; a pickup is refused."""
    entries, labels, events = Counter[str](), Counter[str](), Counter[str]()
    refused = []
    for file in sorted((shared / "carrier-easypost").rglob("*.json")):
        document = json.loads(file.read_text())
        for one in [*document.get("trackers", []), *document.get("shipments", []), document]:
            tracker = one.get("tracker") or (one if one.get("object") == "Tracker" else {})
            entries.update(
                f"{tracker['id']}|{d['status']}|{d['datetime']}:tracking" for d in tracker.get("tracking_details", [])
            )
            labels.update([f"{one['id']}:label"] if one.get("postage_label") else [])
        found = said("easypost", file.read_bytes())
        refused += [document.get("object") for _ in found.rejections]
        events.update(found.events.filter(type="shipment.label_created")["native_id"])
    print(f"tracker entries {entries.total()}, labels {labels.total()}, events {events.total()}, refused {refused}")
    assert events == entries + labels and entries.total() > 0 and labels.total() > 0
    assert refused == ["Pickup"]


def test_real_documents_of_shopify(shared: Path) -> None:
    """Orders, lines, refunds and stock levels as an independent reading of the same files counts them."""
    folder = shared / "ecommerce-shopify" / "shopify_python_api"
    order = json.loads((folder / "order.json").read_text())["order"]
    levels = json.loads((folder / "inventory_levels.json").read_text())["inventory_levels"]
    refund = json.loads((folder / "refund.json").read_text())["refund"]
    captured = said("shopify", (folder / "order.json").read_bytes()).events.filter(type="order.captured")
    assert [(one["line"], one["sku"], one["qty"]) for one in captured["lines"].item()] == [
        (str(one["id"]), one["sku"], str(one["quantity"])) for one in order["line_items"]
    ]
    assert captured["amount"].to_list() == [order["total_price"]]
    refunded = said("shopify", (folder / "refund.json").read_bytes()).events
    assert refunded["amount"].to_list() == [one["amount"] for one in refund["transactions"] if one["kind"] == "refund"]
    stock = said("shopify", (folder / "inventory_levels.json").read_bytes()).events
    assert [(one["location"], one["lines"][0]["sku"], one["lines"][0]["qty"]) for one in stock.to_dicts()] == [
        (str(one["location_id"]), str(one["inventory_item_id"]), str(one["available"])) for one in levels
    ]
    assert len(said("shopify", (folder / "orders.json").read_bytes()).events) == 1
    print(f"order lines {len(order['line_items'])}, levels {len(levels)}, refunds {len(refunded)}")


def test_real_order_of_dynamics(shared: Path) -> None:
    """The sample order has no time: it is captured when it arrives, and says so."""
    file = shared / "erp-dynamics365" / "intelligent-order-management-docs" / "lab_sample_order.json"
    event = said("business-central", file.read_bytes()).events.row(0, named=True)
    assert (event["type"], event["tz_basis"]) == ("order.captured", "received")
    assert [(one["sku"], one["qty"], one["uom"]) for one in event["lines"]] == [
        (one["sku"], str(one["quantity"]), one["unit"]) for one in json.loads(file.read_text())["orderdetails"]
    ]
