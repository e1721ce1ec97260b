"""The parts of an order: fulfillment orders, shipments with their parcels, invoices, returns, tickets."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from app.clock import written
from app.store.questions.asking import Asking, Row

#: What stands in the document of an order -> the table it is read from.
PARTS = {
    "fulfillments": "fulfillment", "shipments": "shipment", "packages": "package", "invoices": "invoice",
    "returns": "rma", "tickets": "ticket",
}  # fmt: skip
_SUPPLY = """
select p.key, p.supplier, p.stage, p.need_by, p.confirmed_at, p.asn_eta_at, p.counted_at, p.posted_at
from object o join purchase_key k on hash(o.key) = k.key join purchase_order p on k.no = p.no
where o.order_no = $no and o.kind = 'po' order by p.key
"""


def parts(reader: Asking, order_no: int) -> dict[str, list[Row]]:
    """Each part with its times, quantities and state; `lines` of a fulfillment order stand inside it."""
    at = {"no": order_no}
    found = {
        name: [plain(row) for row in reader.rows(f"select * exclude (order_no) from {table} where order_no = $no order by last_at, key", at)]
        for name, table in PARTS.items()
    }  # fmt: skip
    lines = reader.rows("select * exclude (order_no) from fulfillment_line where order_no = $no order by key, line", at)
    found["purchase_orders"] = [plain(row) for row in reader.rows(_SUPPLY, at)]
    for part in found["fulfillments"]:
        part["lines"] = [
            plain({k: v for k, v in row.items() if k != "key"}) for row in lines if row["key"] == part["key"]
        ]
    return found


def plain(row: Row) -> Row:
    """A row as it is written out: instants in Z, quantities and money as decimal text without idle zeros."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return written(value)
    return quantity(value) if isinstance(value, Decimal) else value


def quantity(value: Any) -> str:
    """A quantity as people write it: no exponent, no idle zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
