"""Real document chains and shared packages: orders and what belongs to them, beside an independent count of the files.

The files are not part of the project: without them these tests are skipped.
"""

import csv
import gzip
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app import clock
from app.main.house import opened
from app.settings import load
from tests.guarantees.server import Server

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("ORDERSCOPE_SHARED") or ROOT.parent / "shared") / "data"
FLOW = DATA / "event-log" / "sap-vbfa-document-flow" / "VBFA.csv.gz"
PACKAGES = DATA / "ocel" / "pm4py-order-management" / "ocel_order_simulated.csv.gz"
pytestmark = pytest.mark.skipif(
    not (FLOW.is_file() and PACKAGES.is_file()),
    reason=f"{FLOW} and {PACKAGES} are not there; ORDERSCOPE_SHARED names their folder",
)
CONFIG = """
sources:
  sap: {collector: csv, mapping: sap-vbfa, erp: sap}
  shop: {collector: csv, mapping: order-management, erp: shop}
"""
END, MIDST = "2021-08-01T00:00:00+00:00", "2019-09-02T00:00:00+00:00"
#: Categories of documents that are orders, and movement types by which goods leave for a customer.
ORDER, ISSUE = ("C", "I"), ("601", "621", "631")
#: Steps of an item in the order in which an order waits for its slowest.
STEPS = {
    "place order": "captured", "confirm order": "created", "item out of stock": "backordered", "pick item": "picking",
    "create package": "packed", "send package": "dispatched", "failed delivery": "in_transit", "package delivered": "delivered",
}  # fmt: skip
LADDER = list(STEPS.values())
Row = dict[str, str]
Belongings = dict[str, set[str]]


@dataclass(frozen=True)
class Facts:
    """What the product says: per order its documents, its events by what the file called them, and its stage."""

    documents: Belongings
    events: dict[str, Counter[str]]
    stages: dict[str, str]


@cache
def rows(file: Path) -> list[Row]:
    """The file as it is, without the blanks around its cells."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
        return [{name: cell.strip() for name, cell in row.items()} for row in csv.DictReader(text)]


def plain(number: str) -> str:
    """A document number without its padding."""
    return number.lstrip("0") or number


def document(row: Row) -> str:
    """The delivery, goods issue or invoice that a row is about; "" for any other document."""
    if row["VBTYP_N"] == "J":
        return f"fo:{plain(row['VBELN'])}"
    if row["VBTYP_N"] == "M":
        return f"inv:{plain(row['VBELN'])}"
    return f"sh:{row['VBELN']}/{row['ERDAT'][:4]}" if row["VBTYP_N"] == "R" and row["BWART"] in ISSUE else ""


@cache
def chains() -> Belongings:
    """Per document the orders it belongs to: those the table sets it beside, else those of the delivery before it."""
    beside, after = defaultdict(set), defaultdict(set)
    for row in rows(FLOW):
        if name := document(row):
            if row["VBTYP_V"] in ORDER:
                beside[name].add(plain(row["VBELV"]))
            elif row["VBTYP_V"] == "J":
                after[name].add(f"fo:{plain(row['VBELV'])}")
    led = {name: {one for delivery in before for one in beside.get(delivery, ())} for name, before in after.items()}
    return {name: orders for name, orders in (led | beside).items() if orders}


def united(groups: Belongings) -> dict[str, str]:
    """Union-find: each order and document to the root of its chain, where documents of several orders join nothing."""
    root: dict[str, str] = {}

    def find(one: str) -> str:
        while root.setdefault(one, one) != one:
            root[one] = one = root[root[one]]
        return one

    for name, orders in groups.items():
        for order in orders:
            find(order)
            if len(orders) == 1:
                root[find(name)] = find(order)
    return {one: find(one) for one in list(root)}


def inverted(groups: Belongings) -> Belongings:
    """Per order its documents, of documents and their orders."""
    found = defaultdict(set)
    for name, orders in groups.items():
        for order in orders:
            found[order].add(name)
    return dict(found)


def several(cell: str) -> list[str]:
    """The values of a cell that holds a list."""
    return re.findall(r"'([^']+)'", cell)


def objects(row: Row, kind: str) -> list[str]:
    return several(row[f"ocel:type:{kind}"])


@cache
def order_of() -> dict[str, str]:
    """Per item the order that it was placed with."""
    placed = (row for row in rows(PACKAGES) if row["ocel:activity"] == "place order")
    return {item: objects(row, "orders")[0] for row in placed for item in objects(row, "items")}


@cache
def inside() -> dict[str, list[str]]:
    """Per package its items."""
    made = (row for row in rows(PACKAGES) if row["ocel:activity"] == "create package")
    return {objects(row, "packages")[0]: objects(row, "items") for row in made}


def items_of(row: Row) -> list[str]:
    """The items that a row concerns, named or inside the package that it names."""
    return objects(row, "items") or [item for package in objects(row, "packages") for item in inside()[package]]


def orders_of(row: Row) -> set[str]:
    return {*objects(row, "orders"), *(order_of()[item] for item in items_of(row))}


def counted_stages(now: str) -> dict[str, str]:
    """How far each order has come at that moment: as far as its slowest item."""
    reached: dict[str, str] = {}
    for row in rows(PACKAGES):
        step = STEPS.get(row["ocel:activity"])
        if step is None or datetime.fromisoformat(row["ocel:timestamp"]) > datetime.fromisoformat(now):
            continue
        orders = objects(row, "orders") if step == "created" else []
        reached |= dict.fromkeys(items_of(row), step)
        reached |= {
            item: step for item, order in order_of().items() if order in orders and reached.get(item) == "captured"
        }
    found: dict[str, str] = {}
    for item, step in reached.items():
        order = order_of()[item]
        found[order] = min(step, found.get(order, step), key=LADDER.index)
    return found


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An installation into which two commands have loaded the files."""
    server = Server(tmp_path_factory.mktemp("documents"), CONFIG, "--as-of", END)
    try:
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def receipts(loaded: Server) -> dict[str, dict[str, int]]:
    """What the commands said of the two files; the first has rows that are refused, which its exit status tells."""
    done = {name: loaded.run("ingest", "--source", name, str(file), "--json") for name, file in (("sap", FLOW), ("shop", PACKAGES))}  # fmt: skip
    assert [one.returncode for one in done.values()] == [1, 0], [one.stderr for one in done.values()]
    return {name: json.loads(one.stdout) for name, one in done.items()}


QUESTIONS = {
    "orders": "select distinct o.order_no, o.so, o.stage, split_part(n.text, ':', 2) as scope"
    " from orders o join node n using (order_no) where n.kind = 'so' and n.hub = 0",
    "keys": "select order_no, kind || ':' || split_part(text, ':', 3) as document from node where hub = 0 and kind = 'fo'"
    " union select order_no, kind || ':' || split_part(text, ':', 3) from reach where kind in ('sh', 'inv', 'pk')",
    "steps": "select order_no, attrs ->> '$.activity' as step, count(*) as n from link join event using (seq)"
    " where source = 'shop' group by all",
    "types": "select type, count(*) as n from event where source = 'sap' group by type",
    "crowded": "select order_no from node where kind = 'so' and hub = 0 group by order_no having count(*) > 1",
    "hubs": "select kind, count(*) as n from node where hub <> 0 group by kind",
    "shared": "select count(*) as n from (select key from reach where kind = 'sh' and text like 'sh:sap:%' group by key"
    " having count(distinct order_no) > 1)",
    "crm": "select n.text, o.so from node n join orders o using (order_no) where n.text like 'crm:%'",
    "days": "select text from node where text like '%20200327%' union select text from reach where text like '%20200327%'",
}
Answers = dict[str, list[dict[str, Any]]]


def asked(server: Server, now: str) -> Answers:
    """What the store of an installation answers as it stands at that moment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORDERSCOPE_DATA", str(server.data))
        clock.freeze(datetime.fromisoformat(now))
        try:
            with opened(load(server.folder / "orderscope.yaml")) as house:
                return {name: house.reader.rows(question) for name, question in QUESTIONS.items()}
        finally:
            clock.freeze(None)


def facts(answers: Answers, scope: str) -> Facts:
    """What the product says of the orders of one ERP."""
    own = [row for row in answers["orders"] if row["scope"] == scope]
    so = {row["order_no"]: row["so"] for row in own}
    assert len(set(so.values())) == len(so)
    documents: Belongings = defaultdict(set)
    steps: dict[str, Counter[str]] = defaultdict(Counter)
    for row in (row for row in answers["keys"] if row["order_no"] in so):
        documents[so[row["order_no"]]].add(row["document"])
    for row in (row for row in answers["steps"] if row["order_no"] in so):
        steps[so[row["order_no"]]][row["step"]] = row["n"]
    return Facts(dict(documents), dict(steps), {row["so"]: row["stage"] for row in own})


@pytest.fixture(scope="module")
def answers(loaded: Server, receipts: dict[str, dict[str, int]]) -> Answers:
    """What the store answers when all is over."""
    return asked(loaded, END)


@pytest.fixture(scope="module")
def flow(answers: Answers) -> Facts:
    """What the product says of the document flow."""
    return facts(answers, "sap")


@pytest.fixture(scope="module")
def packages(answers: Answers) -> Facts:
    """What the product says of orders, items and packages."""
    return facts(answers, "shop")


def test_the_steps_of_the_document_flow_are_those_of_the_file(
    answers: Answers, receipts: dict[str, dict[str, int]]
) -> None:
    """Per kind of step as many events as rows that tell it; two rows without their document before are refused."""
    pair = Counter((row["VBTYP_V"], row["VBTYP_N"]) for row in rows(FLOW))
    moved = Counter((row["VBTYP_V"], row["BWART"]) for row in rows(FLOW) if row["VBTYP_N"] == "R")
    days = sum(row["VBTYP_V"] + row["VBTYP_N"] == "JQ" and len(row["VBELN"]) == 8 for row in rows(FLOW))
    expected = {
        "order.released": pair["C", "J"] + pair["I", "J"],
        "pick.confirmed": days,
        "wave.released": pair["J", "Q"] - days,
        "shipment.dispatched": sum(moved["J", kind] for kind in ISSUE),
        "shipment.posted": sum(moved[order, kind] for order in ORDER for kind in ISSUE),
        "invoice.posted": pair["C", "M"] + sum(row["FKTYP"] == "S" for row in rows(FLOW) if row["VBTYP_N"] == "M"),
        "shipment.booked": pair["J", "8"],
        "package.packed": pair["J", "X"],
        "purchase_order.created": pair["C", "V"],
        "credit.issued": pair["C", "N"] + pair["M", "N"],
        "return.authorized": pair["C", "H"] + pair["M", "H"],
        "order.created": sum(n for (before, after), n in pair.items() if before in "ABCDG12bl" and after in ORDER),
    }
    counts = {row["type"]: row["n"] for row in answers["types"]}
    print(f"\n{len(rows(FLOW))} rows: " + ", ".join(f"{kind} {counts[kind]}/{n}" for kind, n in expected.items()))
    assert {kind: counts[kind] for kind in expected} == expected
    assert receipts["sap"] == {"accepted": sum(counts.values()), "duplicates": 0, "rejected": 2}


def test_the_document_chains_are_those_of_the_file(flow: Facts) -> None:
    """Each order has exactly the deliveries, goods issues and invoices of the file; those of several orders join none."""
    groups = chains()
    hubs = {name for name, orders in groups.items() if len(orders) > 1}
    collective = {name for name in hubs if name.startswith("fo:")}
    expected = {order: names - collective for order, names in inverted(groups).items()}
    named = {
        plain(row[n]) for row in rows(FLOW) for n, c in (("VBELV", "VBTYP_V"), ("VBELN", "VBTYP_N")) if row[c] in ORDER
    }
    found = {
        order: {name for name in flow.documents.get(order, ()) if not name.startswith("pk:")} for order in expected
    }
    kinds = Counter(name.split(":")[0] for name in groups)
    print(f"\norders {len(flow.stages)}/{len(named)}, documents {sum(map(len, found.values()))}/{sum(map(len, expected.values()))}, "
          f"chains {len(set(united(groups).values()))}, of several orders {Counter(name.split(':')[0] for name in hubs)}, {kinds}")  # fmt: skip
    assert (kinds, len(collective)) == ({"fo": 6_743, "sh": 6_368, "inv": 6_217}, 18)
    assert found == expected
    assert set(flow.stages) <= named
    assert named - set(flow.stages) == _only_named_beside_what_is_no_step(named)


def _only_named_beside_what_is_no_step(named: set[str]) -> set[str]:
    """Orders of which the file tells nothing but a contract, a debit or credit request, a handling unit."""
    told = {plain(row["VBELV"]) for row in rows(FLOW) if row["VBTYP_V"] in ORDER and row["VBTYP_N"] in "JMNVH"}
    told |= {
        plain(row["VBELV"]) for row in rows(FLOW) if row["VBTYP_V"] in ORDER and row["VBTYP_N"] == "R" and row["BWART"]
    }
    told |= {plain(row["VBELN"]) for row in rows(FLOW) if row["VBTYP_N"] in ORDER}
    return named - told


def test_no_chain_holds_two_orders(answers: Answers) -> None:
    """As in the plain union-find: whatever numbers are shared, two orders of the file are never one order."""
    roots = united(chains())
    assert len({roots[order] for order in inverted(chains())}) == len(inverted(chains()))
    crm = defaultdict(set)
    for row in rows(FLOW):
        if row["VBTYP_V"] in ("2", "b", "l") and row["VBTYP_N"] == "C":
            crm[row["VBELV"]].add(row["VBELN"])
    shared = sum(len(orders) > 1 for orders in crm.values())
    movements = sum(len(orders) > 1 for name, orders in chains().items() if name.startswith("sh:"))
    print(
        f"\nhubs {answers['hubs']}, goods issues of several orders {answers['shared'][0]['n']}/{movements}, CRM transactions with several {shared}"
    )
    assert answers["crowded"] == []
    assert {row["kind"]: row["n"] for row in answers["hubs"]} == {"fo": 18, "crm": shared}
    assert answers["shared"][0]["n"] == movements


def test_false_keys_tie_no_strangers(answers: Answers, flow: Facts) -> None:
    """Numbers that strangers share in the file: of another year, of another category, a day, small and capital letters."""
    beside = defaultdict(set)
    for row in rows(FLOW):
        if row["VBTYP_N"] == "R" and row["VBTYP_V"] in ORDER and row["BWART"] in ISSUE:
            beside[row["VBELN"]].add(plain(row["VBELV"]))
    without_year = {number for number, orders in beside.items() if len(orders) > 1}
    orders = {plain(row["VBELV"]) for row in rows(FLOW) if row["VBTYP_V"] == "C"}
    crm = {plain(row["VBELV"]) for row in rows(FLOW) if row["VBTYP_V"] in ("2", "l") and row["VBTYP_N"] == "C"}
    outside = {row["VBELV"] for row in rows(FLOW) if row["VBTYP_V"] == "2" and row["VBTYP_N"] == "M"}
    days = {row["VBELN"] for row in rows(FLOW) if row["VBTYP_N"] == "Q" and len(row["VBELN"]) == 8}
    print(f"\nwithout its year a goods issue would tie the orders of {len(without_year)} numbers, {len(crm & orders)} CRM numbers "
          f"are also orders, {len(days)} picks are days, {len(outside)} external numbers are {len({n.upper() for n in outside})} in capitals")  # fmt: skip
    assert "5337" in crm & orders
    assert {row["text"]: row["so"] for row in answers["crm"]}["crm:sap:0000005337"] == "16752"
    assert answers["days"] == []
    assert flow.documents["5337"] == {"fo:80003731", "sh:0049007004/1998", "inv:90005604"}


def test_pieces_and_packages_belong_to_their_orders(packages: Facts, receipts: dict[str, dict[str, int]]) -> None:
    """A package belongs to every order of which it holds an item, and joins none of them."""
    expected = {order: {f"sh:{package}" for package, items in inside().items() if any(order_of()[item] == order for item in items)} for order in set(order_of().values())}  # fmt: skip
    found = {order: {name for name in names if name.startswith("sh:")} for order, names in packages.documents.items()}
    per_package = Counter(len({order_of()[item] for item in items}) for items in inside().values())
    print(f"\norders {len(found)}/{len(expected)}, packages {len(inside())}, in orders {sum(map(len, found.values()))}/"
          f"{sum(map(len, expected.values()))}, orders per package {sorted(per_package.items())}")  # fmt: skip
    assert receipts["shop"] == {"accepted": len(rows(PACKAGES)), "duplicates": 0, "rejected": 0}
    assert len(packages.stages) == 1_425
    assert found == expected


def test_what_is_told_of_a_piece_stays_with_its_order(packages: Facts) -> None:
    """Picks and shortages of an item are told in its own order, not in those that share its package."""
    expected: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows(PACKAGES):
        for order in orders_of(row):
            expected[order][row["ocel:activity"]] += 1
    found, wanted = sum(packages.events.values(), Counter()), sum(expected.values(), Counter())
    print("\nevents in orders: " + ", ".join(f"{step} {found[step]}/{wanted[step]}" for step in sorted(wanted)))
    assert packages.events == expected
    pieces = {
        order: {name.removeprefix("pk:") for name in names if name.startswith("pk:")}
        for order, names in packages.documents.items()
    }
    assert pieces == inverted({item: {order} for item, order in order_of().items()})


def test_an_order_is_as_far_as_its_slowest_piece(loaded: Server, packages: Facts) -> None:
    """In the midst of it all, each order stands at the stage of its slowest item, whatever packages have left."""
    expected, found = counted_stages(MIDST), facts(asked(loaded, MIDST), "shop").stages
    pairs = Counter((stage, found.get(order, "")) for order, stage in expected.items())
    print("\nstages counted → said: " + ", ".join(f"{a} → {b} {n}" for (a, b), n in pairs.most_common()))
    assert found == expected


def test_they_can_be_looked_up(loaded: Server, flow: Facts, packages: Facts) -> None:
    """Beside a server: any number of a chain finds its order; a number that several orders share offers them all."""
    server = loaded.start().sign_in()
    order = server.order("fo:sap:80018920")
    assert (order["so"], order["stage"]) == ("19077", "dispatched")
    assert order["keys"]["sh"] == ["4900005445/2020"]
    assert server.get("/api/v1/orders", limit=1)["total"] == len(flow.stages) + len(packages.stages)
    package = max(inside(), key=lambda one: len({order_of()[item] for item in inside()[one]}))
    answer = server.client.get(f"/api/v1/orders/sh:shop:{package}")
    assert answer.status_code == 300
    assert {one["so"] for one in answer.json()["candidates"]} == {order_of()[item] for item in inside()[package]}
