"""Stock and purchase orders through the running server: what was sent is told back, with ages and disagreements."""

from typing import Any

from tests.guarantees.server import Server, event, hours_ago

LINES = [{"line": "1", "sku": "G-1", "qty": "10", "uom": "EA", "price": "2.00"}]


def counted(source: str, quantity: str, hours: float, **more: Any) -> dict[str, Any]:
    said = {"location": "DOCK-9", "lines": [{"sku": "G-1", "qty": quantity, "uom": "EA"}], **more}
    return event(f"goods-{source}-{hours}", source, "inventory.snapshot", hours_ago(hours), **said)


def test_a_position_shows_what_every_system_says(server: Server) -> None:
    """The warehouse counts 8, the ERP 10 at the same time: one row with both, minus 2, and a case that a person sees."""
    server.take(counted("3pl.west", "8", 2), counted("erp.main", "10", 1.99))
    found = server.get("/api/v1/inventory", sku="G-1", location="DOCK-9", drift="true")
    (row,) = found["items"]
    assert (found["total"], row["drift"], row["codes"]) == (1, "-2", ["inventory_drift"])
    assert {name: view["on_hand"] for name, view in row["views"].items()} == {"3pl.west": "8", "erp.main": "10"}
    assert 7000 <= row["views"]["3pl.west"]["age_seconds"] <= 7800
    assert server.get("/api/v1/inventory", sku="G-1", drift="false")["total"] == 0
    cases = server.get("/api/v1/exceptions", code="inventory_drift")["items"]
    assert [(case["subject"], case["order"]) for case in cases] == [({"type": "position", "key": "G-1@DOCK-9"}, None)]
    server.take(counted("3pl.west", "10", 1.5), counted("erp.main", "10", 1.49))
    assert server.get("/api/v1/exceptions", code="inventory_drift")["total"] == 0


def test_a_purchase_order_is_found_with_its_lines(server: Server) -> None:
    """Ordered 10, invoiced before anything came: by number, by key, in the list; a number that nobody knows is 404."""
    erp = "erp.main"
    server.take(
        event("goods-po", erp, "purchase_order.created", hours_ago(30), keys={"po": "G4500"}, partner="sup.acme", lines=LINES, amount="20.00", currency="EUR"),
        event("goods-inv", "sup.acme", "supplier_invoice.received", hours_ago(3), keys={"po": "G4500", "inv": "GI-1"}, issuers={"po": erp}, lines=LINES),
    )  # fmt: skip
    one = server.get("/api/v1/purchase-orders/G4500")
    assert (one["stage"], one["supplier"], one["amount"], one["ordered"], one["invoiced"]) == (
        "created",
        "sup.acme",
        "20.00",
        "10",
        "10",
    )
    assert one["lines"][0]["match"] == ["invoiced_before_receipt"]
    assert server.get(f"/api/v1/purchase-orders/{one['key']}")["key"] == one["key"] == "po:erp.main:G4500"
    listed = server.get("/api/v1/purchase-orders", match="invoiced_before_receipt", q="g4500")
    assert (listed["total"], listed["items"][0]["match"]) == (1, {"invoiced_before_receipt": 1})
    assert server.client.get("/api/v1/purchase-orders/G4501").status_code == 404
    assert server.client.get("/api/v1/purchase-orders", params={"colour": "red"}).status_code == 422
