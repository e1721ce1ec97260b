"""Stories of the fold: what a distributor's systems said, and where the order, its lines and its parts stand then."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app import stories
from app.calendar import Calendars
from app.engine.judge import Judge
from app.model.event import Message
from tests.laws.worlds import House

Row = dict[str, Any]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with its tables and nothing in it, to copy."""
    folder = tmp_path_factory.mktemp("empty")
    House.build(folder / "record.duckdb", Judge((), {}, Calendars({}))).close()
    return folder


@pytest.fixture
def house(empty: Path, tmp_path: Path) -> Iterator[House]:
    shutil.copytree(empty, tmp_path / "store")
    made = House.build(tmp_path / "store" / "record.duckdb", Judge((), {}, Calendars({})))
    yield made
    made.close()


def told(house: House, story: str) -> None:
    house.intake.put(Message("x", "x", "x", b"", datetime(2026, 11, 3)), stories.parse(story)).result()
    house.ticker.run()


def rows(house: House, query: str) -> list[Row]:
    return house.work.ask(f"from ({query})").to_dicts()


def one(house: House, query: str) -> Row:
    found = rows(house, query)
    assert len(found) == 1, found
    return found[0]


def ledger(house: House, line: str = "1") -> dict[str, float]:
    found = one(house, f"select * exclude (revision) from order_line where line = '{line}'")
    return {
        k: float(v)
        for k, v in found.items()
        if v and k not in ("order_no", "stage_rank") and not isinstance(v, str | bool | datetime)
    }


CREATED = "2026-11-02 09:00 erp.main order.created so=4711 customer=C-1 amount=68 currency=EUR lines=1:A-1:10:EA:4.10,2:B-2:3:EA:9"


def test_a_short_pick_holds_the_rest_back_as_a_backorder(house: House) -> None:
    """Eight of ten shipped, two backordered with a date: the line is backordered, the order partly shipped."""
    told(
        house,
        f"""
        {CREATED}
        +5m  erp.main order.released so=4711 fo=F1 partner=3pl.west lines=1:A-1:10:EA,2:B-2:3:EA
        +1m  mw.bus   fulfillment.requested fo=F1 partner=3pl.west
        +30m 3pl.west fulfillment.acknowledged fo=F1
        +1h  3pl.west pick.shorted fo=F1 lines=1:A-1:2:EA reason=stock
        +1h  3pl.west pick.confirmed fo=F1 lines=1:A-1:8:EA,2:B-2:3:EA
        +1h  3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:8:EA,2:B-2:3:EA
        +1h  erp.main order.backordered so=4711 lines=1:A-1:2:EA promised=2026-11-20T00:00Z
    """,
    )
    assert ledger(house) == {
        "ordered": 10, "backordered": 2, "released": 10, "acknowledged": 10, "picked": 8, "shipped": 8, "open_qty": 2,
    }  # fmt: skip
    lines = {r["line"]: (r["stage"], r["expected_at"]) for r in rows(house, "from order_line")}
    assert lines == {"1": ("backordered", datetime(2026, 11, 20)), "2": ("dispatched", None)}
    order = one(house, "from orders")
    assert (order["stage"], order["partly"]) == ("backordered", True)
    assert one(house, "from fulfillment_line where line = '1'")["shorted"] == 2


def test_the_rest_of_a_backorder_goes_its_own_way(house: House) -> None:
    """After the backorder two more are allocated and released to a second node: the line stands where that leg stands."""
    told(
        house,
        f"""
        {CREATED}
        +5m  erp.main order.released so=4711 fo=F1 partner=3pl.west lines=1:A-1:10:EA,2:B-2:3:EA
        +30m 3pl.west fulfillment.acknowledged fo=F1
        +1h  3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:8:EA,2:B-2:3:EA
        +1h  erp.main order.backordered so=4711 lines=1:A-1:2:EA
        +2d  erp.main order.allocated so=4711 lines=1:A-1:2:EA
        +1h  erp.main order.released so=4711 fo=F2 partner=3pl.east lines=1:A-1:2:EA
    """,
    )
    assert [r["stage"] for r in rows(house, "from order_line order by line")] == ["released", "dispatched"]
    told(house, "2026-11-05 09:00 3pl.east fulfillment.acknowledged fo@3pl.east=F2 id=a2")
    assert one(house, "from orders")["stage"] == "acknowledged"
    told(
        house,
        """
        2026-11-05 12:00 3pl.east shipment.dispatched fo@3pl.east=F2 sh=S2 lines=1:A-1:2:EA id=d2
        2026-11-06 12:00 carrier.ups shipment.delivered sh@3pl.west=S1 id=x1
    """,
    )
    order = one(house, "from orders")
    assert (order["stage"], order["partly"]) == ("dispatched", True)
    assert ledger(house)["delivered"] == 8


def test_a_split_stands_with_its_slowest_leg(house: House) -> None:
    """One line at each node: the order is where the slower leg is."""
    told(
        house,
        f"""
        {CREATED}
        +5m  erp.main order.released so=4711 fo=F1 partner=3pl.west lines=1:A-1:10:EA
        +0m  erp.main order.released so=4711 fo=F2 partner=3pl.east lines=2:B-2:3:EA
        +30m 3pl.west fulfillment.acknowledged fo=F1
        +1h  3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:10:EA
    """,
    )
    assert [r["stage"] for r in rows(house, "from order_line order by line")] == ["dispatched", "released"]
    assert {r["key"]: r["stage"] for r in rows(house, "from fulfillment")} == {
        "fo:3pl.west:F1": "dispatched",
        "fo:3pl.east:F2": "released",
    }
    assert one(house, "from orders")["stage"] == "released"


def test_one_line_split_over_two_nodes_stands_with_the_slower(house: House) -> None:
    """Six from one node, four from the other: what is still here decides."""
    told(
        house,
        f"""
        {CREATED}
        +5m  erp.main order.released so=4711 fo=F1 partner=3pl.west lines=1:A-1:6:EA
        +0m  erp.main order.released so=4711 fo=F2 partner=3pl.east lines=1:A-1:4:EA
        +30m 3pl.west fulfillment.acknowledged fo=F1
        +1h  3pl.west pick.confirmed fo=F1 lines=1:A-1:6:EA
    """,
    )
    assert one(house, "from order_line where line = '1'")["stage"] == "released"
    told(
        house,
        """
        2026-11-02 12:00 3pl.east fulfillment.acknowledged fo=F2 id=b1
        2026-11-02 12:10 3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:6:EA id=b2
    """,
    )
    assert one(house, "from order_line where line = '1'")["stage"] == "acknowledged"


def test_a_revision_sets_the_lines_it_names_and_zero_deletes(house: House) -> None:
    """Revision 2 makes eight of ten and drops line 2; a late duplicate of revision 1 changes nothing."""
    told(
        house,
        f"""
        {CREATED} rev=1
        +1h  erp.main order.changed so=4711 rev=2 lines=1:A-1:8:EA,2:B-2:0:EA
        +1h  erp.main order.changed so=4711 rev=1 lines=1:A-1:10:EA
    """,
    )
    assert (ledger(house)["ordered"], one(house, "from orders")["revision"]) == (8, 2)
    assert one(house, "from order_line where line = '2'")["stage"] == "cancelled"


def test_what_the_node_shipped_is_told_by_its_content(house: House) -> None:
    """The node acknowledged revision 2 and shipped what revision 1 said: the facts say both."""
    told(
        house,
        f"""
        {CREATED} rev=1
        +5m  erp.main order.released so=4711 fo=F1 rev=1 partner=3pl.west lines=1:A-1:10:EA,2:B-2:3:EA
        +10m erp.main order.changed so=4711 rev=2 lines=1:A-1:8:EA
        +1m  mw.bus   fulfillment.change_requested fo=F1 rev=2 partner=3pl.west
        +10m 3pl.west fulfillment.acknowledged fo=F1
        +2h  3pl.west pick.confirmed fo=F1 lines=1:A-1:10:EA,2:B-2:3:EA
        +1h  3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:10:EA,2:B-2:3:EA
    """,
    )
    leg = one(house, "from fulfillment")
    assert (leg["revision_sent"], leg["revision_effective"], leg["revision_basis"]) == (2, 2, "acknowledged")
    assert (leg["revision_shipped"], leg["revision_confidence"]) == (1, 0.8)
    assert ledger(house)["open_qty"] == -2


def test_a_cancellation_of_the_order_leaves_what_has_gone(house: House) -> None:
    """Three of line 2 left before the cancellation: only the rest is cancelled."""
    told(
        house,
        f"""
        {CREATED}
        +5m erp.main order.released so=4711 fo=F1 partner=3pl.west lines=1:A-1:10:EA,2:B-2:3:EA
        +1h 3pl.west shipment.dispatched fo=F1 sh=S1 lines=2:B-2:3:EA
        +1h erp.main order.cancelled so=4711
    """,
    )
    assert ledger(house)["cancelled"] == 10
    assert ledger(house, "2") == {"ordered": 3, "released": 3, "shipped": 3}
    assert one(house, "from orders")["stage"] == "dispatched"


def test_a_refused_order_is_released_elsewhere(house: House) -> None:
    """The first node refused: what was released to it no longer counts, the second node's step does."""
    told(
        house,
        f"""
        {CREATED}
        +5m erp.main order.released so=4711 fo=F1 partner=3pl.west lines=1:A-1:10:EA,2:B-2:3:EA
        +1h 3pl.west fulfillment.rejected fo=F1 reason=capacity
        +1h erp.main order.released so=4711 fo=F2 partner=3pl.east lines=1:A-1:10:EA,2:B-2:3:EA
        +1h 3pl.east fulfillment.acknowledged fo=F2
    """,
    )
    assert ledger(house)["released"] == 10
    stages = {r["key"]: (r["stage"], r["reason"]) for r in rows(house, "from fulfillment")}
    assert stages == {"fo:3pl.west:F1": ("rejected", "capacity"), "fo:3pl.east:F2": ("acknowledged", None)}
    assert one(house, "from orders")["stage"] == "acknowledged"


def test_a_voided_shipment_carried_nothing(house: House) -> None:
    """Void, then a new one: only the second counts."""
    told(
        house,
        f"""
        {CREATED}
        +5m erp.main order.released so=4711 fo=F1 partner=3pl.west lines=1:A-1:10:EA,2:B-2:3:EA
        +1h 3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:10:EA
        +1h 3pl.west shipment.voided fo=F1 sh=S1
    """,
    )
    assert "shipped" not in ledger(house)
    assert one(house, "from shipment")["status"] == "voided"
    told(house, "2026-11-02 13:00 3pl.west shipment.dispatched fo=F1 sh=S2 lines=1:A-1:10:EA id=v2")
    assert ledger(house)["shipped"] == 10


def test_units_are_those_of_the_order(house: House) -> None:
    """The warehouse counts cases of twelve; the product's pack table knows."""
    house.work.run_sql("insert into master (kind, key, packs) values ('product', 'A-1', '{\"CS\": \"12\"}')")
    told(
        house,
        """
        2026-11-02 09:00 erp.main order.created so=4711 lines=1:A-1:24:EA
        +1h 3pl.west shipment.dispatched so=4711 sh=S1 lines=1:A-1:2:CS
    """,
    )
    assert ledger(house) == {"ordered": 24, "shipped": 24}


def test_the_same_document_twice_counts_once(house: House) -> None:
    """A confirmation sent again under another id names the same shipment: nothing is added."""
    told(
        house,
        f"""
        {CREATED}
        +1h 3pl.west shipment.dispatched so=4711 sh=S1 lines=1:A-1:10:EA
        +2h 3pl.west shipment.dispatched so=4711 sh=S1 lines=1:A-1:10:EA
    """,
    )
    assert ledger(house)["shipped"] == 10


def test_a_drop_shipped_order_follows_its_purchase_order(house: House) -> None:
    """The supplier's acknowledgement and ASN stand for the node's acknowledgement and dispatch."""
    told(
        house,
        f"""
        {CREATED} x.kind=drop_ship
        +5m erp.main purchase_order.sent so=4711 po=P1
        +1h sup.acme purchase_order.acknowledged so=4711 po=P1
    """,
    )
    order = one(house, "from orders")
    assert (order["kind"], order["stage"]) == ("drop_ship", "acknowledged")
    told(house, "2026-11-03 09:00 sup.acme asn.received so=4711 po=P1 asn=A1 lines=1:A-1:10:EA,2:B-2:3:EA id=asn")
    assert (one(house, "from orders")["stage"], ledger(house)["shipped"]) == ("dispatched", 10)


def test_will_call_and_bill_and_hold_keep_their_order_of_steps(house: House) -> None:
    """Handed over at the counter; invoiced before it leaves: stages follow the goods, billing follows the invoice."""
    told(
        house,
        """
        2026-11-02 09:00 erp.main order.created so=1 lines=1:A-1:2:EA x.kind=will_call
        +1h 3pl.west shipment.dispatched so=1 sh=S1 lines=1:A-1:2:EA
        +1h carrier.own shipment.available_for_pickup sh@3pl.west=S1
        2026-11-02 09:00 erp.main order.created so=2 lines=1:A-1:2:EA x.kind=bill_and_hold
        +1h erp.main invoice.posted so=2 inv=I2 amount=10 lines=1:A-1:2:EA
    """,
    )
    found = {r["so"]: (r["kind"], r["stage"], r["billing"]) for r in rows(house, "from orders")}
    assert found == {"1": ("will_call", "in_transit", "none"), "2": ("bill_and_hold", "created", "invoiced")}
    told(house, "2026-11-03 09:00 carrier.own shipment.delivered sh@3pl.west=S1 id=handed")
    assert one(house, "select * from orders where so = '1'")["stage"] == "delivered"


def test_a_return_is_three_facts(house: House) -> None:
    """Goods received, stock posted and credit issued are told apart, with their quantities and times."""
    told(
        house,
        f"""
        {CREATED}
        +1d desk.main return.requested  so=4711 rma=R1 reason=damaged lines=1:A-1:2:EA
        +1h erp.main  return.authorized so=4711 rma=R1 lines=1:A-1:2:EA
        +2d 3pl.west  return.received   rma@erp=R1 rc=RC1 lines=1:A-1:2:EA
        +1h 3pl.west  return.inspected  rma@erp=R1 x.disposition=scrap
    """,
    )
    back = one(house, "from rma")
    assert (back["state"], back["received"], back["posted"], back["disposition"]) == ("inspected", 2, None, "scrap")
    assert one(house, "from orders")["return_state"] == "received"
    told(
        house,
        """
        2026-11-06 09:00 erp.main return.posted so=4711 rma=R1 lines=1:A-1:2:EA id=p
        2026-11-07 09:00 erp.main credit.issued so=4711 rma=R1 cm=C1 amount=8.20 currency=EUR id=c
    """,
    )
    back = one(house, "from rma")
    assert (back["state"], back["posted"], float(back["credited"])) == ("credited", 2, 8.2)
    assert [r["kind"] for r in rows(house, "from invoice")] == ["credit"]


def test_holds_are_intervals_with_an_owner(house: House) -> None:
    """A credit hold that ended and a warehouse hold that stands."""
    told(
        house,
        f"""
        {CREATED}
        +1h erp.main order.credit_held so=4711 hold=credit:H1
        +1h erp.main order.credit_released so=4711 hold=credit:H1
        +1h erp.main order.released so=4711 fo=F1 partner=3pl.west
        +1h 3pl.west fulfillment.held fo=F1 hold=quality:Q1
    """,
    )
    found = {(r["kind"], r["owner"], r["ended_at"] is None) for r in rows(house, "from hold")}
    assert found == {("credit", "credit", False), ("quality", "partner", True)}


def test_the_customers_structure_and_places_come_from_master_data(house: House) -> None:
    """Parent, region and product family stand with the order."""
    house.work.run_sql(
        "insert into master (kind, key, parent, tier, region, family) values ('customer', 'C-1', 'GROUP-1', 'gold', null, null),"
        " ('location', 'WH-W', null, null, 'west', null), ('product', 'A-1', null, null, null, 'valves')"
    )
    told(
        house,
        "2026-11-02 09:00 erp.main order.created so=1 customer=C-1 location=WH-W lines=1:A-1:2:EA x.ship_to=S-9 x.bill_to=B-1",
    )
    order = one(house, "from orders")
    assert (order["parent_customer"], order["tier"], order["region"], order["family"]) == (
        "GROUP-1",
        "gold",
        "west",
        "valves",
    )
    assert (order["sold_to"], order["bill_to"], order["ship_to"]) == ("C-1", "B-1", "S-9")


def test_views_keep_both_ages(house: House) -> None:
    """What the CRM shows, when it said so and when we heard it, beside the truth."""
    told(
        house,
        f"""
        {CREATED}
        +1h crm.main crm.order_status_updated so=4711 status=shipped received=+3h
    """,
    )
    crm = one(house, "select * from view where system = 'crm'")
    assert (crm["raw"], crm["stage"]) == ("shipped", "dispatched")
    assert (crm["said_at"], crm["said_arrived_at"]) == (datetime(2026, 11, 2, 10), datetime(2026, 11, 2, 13))


def test_a_parcel_carries_what_was_packed_into_it(house: House) -> None:
    """Two parcels of one order; the first leaves without saying what is in it: only its content has gone."""
    told(
        house,
        f"""
        {CREATED}
        +5m erp.main order.released so=4711 fo=F1 partner=3pl.west lines=1:A-1:10:EA,2:B-2:3:EA
        +1h wms.west package.packed fo@3pl.west=F1 tr=1Z1 carrier=ups lines=1:A-1:10:EA
        +0m wms.west package.packed fo@3pl.west=F1 tr=1Z2 carrier=ups lines=2:B-2:3:EA
        +1h 3pl.west shipment.dispatched fo=F1 tr=1Z1 carrier=ups
    """,
    )
    assert [(r["line"], r["stage"]) for r in rows(house, "from order_line order by line")] == [
        ("1", "dispatched"),
        ("2", "packed"),
    ]
