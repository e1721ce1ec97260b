"""A real purchase-to-pay log: what the product says of its purchase orders equals an independent count of the file.

The file is not part of the project: without it these tests are skipped.
"""

import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.guarantees.server import Server

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("ORDERSCOPE_SHARED") or ROOT.parent / "shared")
LOG = SHARED / "data" / "event-log" / "bpi-challenge-2019" / "bpic2019_one_trace_per_variant.xes.gz"
pytestmark = pytest.mark.skipif(not LOG.is_file(), reason=f"{LOG} is not there; ORDERSCOPE_SHARED names its folder")
CONFIG = "sources: {p2p: {collector: xes, mapping: bpi-2019}}"
CREATED, RECEIVED, INVOICED, CLEARED = (
    "Create Purchase Order Item",
    "Record Goods Receipt",
    "Record Invoice Receipt",
    "Clear Invoice",
)
Trace = list[tuple[str, str]]


def traces() -> Iterator[tuple[str, Trace]]:
    """(case, [(activity, time)]) as the file has them."""
    with gzip.open(LOG) as file:
        for _, element in ElementTree.iterparse(file):
            if element.tag == "trace":
                named = {one.get("key"): one.get("value") or "" for one in element if one.tag == "string"}
                steps = [{one.get("key"): one.get("value") or "" for one in event} for event in element.iter("event")]
                yield named["concept:name"], [(step["concept:name"], step["time:timestamp"]) for step in steps]
                element.clear()


@pytest.fixture(scope="module")
def counted() -> Counter[str]:
    """What the file itself says, by item and by purchase order."""
    found: Counter[str] = Counter()
    orders: dict[str, Counter[str]] = {}
    for case, steps in traces():
        order, _, _ = case.rpartition("_")
        seen = orders.setdefault(order, Counter())
        seen.update(activity for activity, _ in steps)
        first = {
            name: min((at for activity, at in steps if activity == name), default="")
            for name in (RECEIVED, INVOICED, CLEARED)
        }
        found["items"] += 1
        found["cleared"] += bool(first[CLEARED])
        found["cleared_without_receipt"] += bool(first[CLEARED] and not first[RECEIVED])
        found["invoiced_before_receipt"] += bool(
            first[INVOICED] and (not first[RECEIVED] or first[INVOICED] < first[RECEIVED])
        )
        found["invoiced, never received"] += bool(first[INVOICED] and not first[RECEIVED])
    found["orders"] = len(orders)
    found["orders cleared without any receipt"] = sum(
        bool(seen[CLEARED] and not seen[RECEIVED]) for seen in orders.values()
    )
    found["orders received"] = sum(bool(seen[RECEIVED]) for seen in orders.values())
    found["orders confirmed"] = sum(
        bool(seen["Receive Order Confirmation"] + seen["Update Order Confirmation"]) for seen in orders.values()
    )
    return found


@pytest.fixture(scope="module")
def purchases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict[str, Any]]]:
    """All purchase orders of an installation into which one command has loaded the log."""
    server = Server(tmp_path_factory.mktemp("purchases"), CONFIG, "--as-of", "2019-12-31T00:00:00Z")
    try:
        done = server.run("ingest", "--source", "p2p", str(LOG), "--json", wait=900)
        assert (done.returncode, json.loads(done.stdout)) == (
            0,
            {"accepted": 101_629, "duplicates": 0, "rejected": 0},
        ), done.stderr
        server.start().sign_in()
        yield list(_all(server))
    finally:
        server.close()


def _all(server: Server) -> Iterator[dict[str, Any]]:
    cursor = ""
    while True:
        page = server.get("/api/v1/purchase-orders", limit=1000, sort="key", **({"cursor": cursor} if cursor else {}))
        yield from page["items"]
        cursor = page["next"]
        if not cursor:
            return


def test_the_purchase_orders_are_those_of_the_file(purchases: list[dict[str, Any]], counted: Counter[str]) -> None:
    """Orders, items, paid without a receipt, invoiced before the receipt: each equal to the count of the file alone."""
    lines = Counter[str]()
    for order in purchases:
        lines.update(order["match"])
    ours = {
        "orders": len(purchases),
        "cleared_without_receipt": lines["cleared_without_receipt"],
        "invoiced_before_receipt": lines["invoiced_before_receipt"],
        "orders cleared without any receipt": sum(bool(o["cleared_at"] and not o["posted_at"]) for o in purchases),
        "orders received": sum(bool(o["posted_at"]) for o in purchases),
        "orders confirmed": sum(bool(o["acknowledged_at"]) for o in purchases),
    }
    for name, figure in ours.items():
        print(f"{name}: {figure:,} (counted independently: {counted[name]:,})")
    assert ours == {name: counted[name] for name in ours}
    assert (ours["orders"], ours["cleared_without_receipt"], ours["invoiced_before_receipt"]) == (6_513, 157, 1_005)


def test_no_purchase_order_is_taken_for_an_order(purchases: list[dict[str, Any]]) -> None:
    """Every order has its supplier's side only; nobody misses an advance notice that this company never uses."""
    said = {code for order in purchases for code in order["codes"]}
    assert said <= {"po_ack_overdue", "supply_update_unplanned"}, (
        "unanswered orders, and later dates nobody planned with"
    )
    assert {order["stage"] for order in purchases} <= {
        "created",
        "sent",
        "acknowledged",
        "posted",
        "invoiced",
        "cancelled",
    }
