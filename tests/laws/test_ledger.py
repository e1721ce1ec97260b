"""The quantity ledger against a plain model of it: whatever was said, in whatever order it arrived.

One example holds many orders, so that a run tries hundreds of them.
"""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from app.calendar import Calendars
from app.engine.judge import Judge
from tests.laws.worlds import BASE, House
from tests.soak import examples

Said = tuple[str, str, int, str, str]
Ledger = dict[str, dict[str, int]]
KINDS = ("changed", "cancelled", "released", "picked", "dispatched", "voided", "posted", "delivered", "invoiced", "returned", "credited")  # fmt: skip
TYPES = {
    "changed": ("erp.main", "order.changed"), "cancelled": ("erp.main", "order.cancelled"),
    "released": ("erp.main", "order.released"), "picked": ("3pl.west", "pick.confirmed"),
    "dispatched": ("3pl.west", "shipment.dispatched"), "voided": ("3pl.west", "shipment.voided"),
    "posted": ("erp.main", "shipment.posted"), "delivered": ("carrier.ups", "shipment.delivered"),
    "invoiced": ("erp.main", "invoice.posted"), "returned": ("3pl.west", "return.received"),
    "credited": ("erp.main", "credit.issued"),
}  # fmt: skip
MEASURE = {"dispatched": "shipped"}

action = st.tuples(
    st.sampled_from(KINDS), st.sampled_from(["1", "2"]), st.integers(1, 9), st.sampled_from("ab"), st.sampled_from("xyz")
)  # fmt: skip
orders = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, 9), st.lists(action, max_size=12)), min_size=25, max_size=25
)


def sensible(actions: list[Said]) -> list[Said]:
    """Without words about shipments that nobody dispatched yet; a leg keeps to its shipments."""
    out: list[Said] = []
    gone: dict[str, str] = {}
    for kind, line, qty, leg, box in actions:
        if kind == "dispatched":
            out.append((kind, line, qty, gone.setdefault(box, leg), box))
        elif kind not in ("voided", "posted", "delivered") or box in gone:
            out.append((kind, line, qty, leg, box))
    return out


def events(number: int, first: int, second: int, actions: list[Said]) -> list[dict[str, Any]]:
    """The messages of one order, a minute apart."""
    created = {
        "type": "order.created",
        "source": "erp.main",
        "keys": {"so": f"{number}"},
        "lines": lines({"1": first, "2": second}),
    }
    said = [created] + [spoken(number, at, *one) for at, one in enumerate(actions)]
    return [e | {"native_id": f"{number}/{i}", "occurred_at": BASE + timedelta(minutes=i)} for i, e in enumerate(said)]


def lines(quantities: dict[str, int]) -> list[dict[str, str | None]]:
    return [{"line": k, "sku": f"SKU-{k}", "qty": str(q), "uom": "EA", "price": None} for k, q in quantities.items()]


def spoken(number: int, at: int, kind: str, line: str, qty: int, leg: str, box: str) -> dict[str, Any]:
    """One action as its system would say it."""
    source, type_ = TYPES[kind]
    keys = {"so": f"{number}"}
    if kind == "released":
        keys["fo"] = f"{number}{leg}"
    if kind in ("dispatched", "voided", "posted", "delivered"):
        keys = {"sh": f"{number}{box}"} | ({"fo": f"{number}{leg}"} if kind == "dispatched" else {})
        keys |= {"so": f"{number}"} if kind in ("dispatched", "posted") else {}
    told: dict[str, Any] = {"type": type_, "source": source, "keys": keys, "partner": "3pl.west"}
    if kind == "changed":
        told["revision"] = at + 2
    return told if kind in ("voided", "delivered") else told | {"lines": lines({line: qty})}


def model(first: int, second: int, actions: list[Said]) -> Ledger:
    """The ledger as a clerk would keep it with a pencil, one word after the other."""
    ordered = {"1": first, "2": second}
    documents: dict[tuple[str, str, str], int] = {}  # measure, document, line -> quantity
    for at, (kind, line, qty, leg, box) in enumerate(actions):
        if kind == "changed":
            ordered[line] = qty
        elif kind == "voided":
            documents = {
                k: q for k, q in documents.items() if not (k[1] == box and k[0] in ("shipped", "posted", "delivered"))
            }
        elif kind == "delivered":
            carried = {k[2]: q for k, q in documents.items() if k[:2] == ("shipped", box)}
            documents |= {("delivered", box, k): q for k, q in carried.items()}
        else:
            document = {"released": leg, "dispatched": box, "posted": box}.get(kind, f"{at}")
            documents[(MEASURE.get(kind, kind), document, line)] = qty
    found: Ledger = {k: defaultdict(int, {"ordered": q}) for k, q in ordered.items()}
    for (measure, _, line), qty in documents.items():
        found[line][measure] += qty
    return found


def settled(actions: list[Said]) -> list[Said]:
    """Deliveries come last for their shipment: what is corrected after a delivery is another story."""
    last = [a for a in actions if a[0] == "delivered"]
    voids = {a[4] for a in actions if a[0] == "voided"}
    return [a for a in actions if a[0] != "delivered"] + [a for a in last if a[4] not in voids]


#: A shipment that is voided and leaves again with another line carries only that.
AGAIN: list[Said] = [("dispatched", "2", 1, "b", "z"), ("voided", "2", 1, "b", "z"), ("dispatched", "1", 4, "b", "z")]


@pytest.mark.parametrize("seed", ["forwards", "backwards"])
@settings(
    max_examples=examples(4),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(world=orders)
@example(world=[(9, 9, AGAIN)])
def test_the_ledger_is_what_a_clerk_would_have_written(
    world: list[tuple[int, int, list[Said]]], tmp_path_factory: pytest.TempPathFactory, seed: str
) -> None:
    """Hundreds of orders, arriving forwards or backwards: every quantity of every line equals the model's."""
    told = {n: (a, b, settled(sensible(actions))) for n, (a, b, actions) in enumerate(world, start=1)}
    wire = [event for n, (a, b, actions) in told.items() for event in events(n, a, b, actions)]
    found = ledgers(tmp_path_factory.mktemp("ledger") / "record.duckdb", wire if seed == "forwards" else wire[::-1])
    for number, (a, b, actions) in told.items():
        for line, expected in model(a, b, actions).items():
            ours = found[(f"{number}", line)]
            assert {k: ours[k] for k in ours} == {k: Decimal(expected[k]) for k in ours}, (number, actions)


def ledgers(path: Path, wire: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Decimal]]:
    """What the product makes of it: the quantities per order number and line."""
    house = House.build(path, Judge((), {}, Calendars({})))
    half = len(wire) // 2
    house.take(wire[:half], wire[half:])
    rows = house.work.ask(
        "select o.so, l.line, ordered, cancelled, released, picked, shipped, posted, delivered, invoiced, returned, credited"
        " from order_line l join orders o using (order_no)"
    ).to_dicts()
    house.close()
    return {(r.pop("so"), r.pop("line")): r for r in rows}
