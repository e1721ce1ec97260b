"""What ties: several entries of one event for one line or product, and several systems that speak at one instant."""

import itertools

import pytest

from app import stories
from tests.engine.court import Court
from tests.engine.test_stock import adjusted, snapshot, stock
from tests.engine.yard import Yard, event, lines

FIVE = "2026-11-02 09:00 erp.main order.created so=4711 customer=C-1 lines=1:A-1:6:EA,2:B-2:3:EA,1:A-1:4:EA"


def quantities(court: Court) -> dict[str, tuple[int, ...]]:
    """Line -> (ordered, allocated, backordered, released, shipped)."""
    found = court.house.work.ask(
        "select line, ordered::int, allocated::int, backordered::int, released::int, shipped::int from order_line"
    )
    return {line: tuple(rest) for line, *rest in found.iter_rows()}


@pytest.mark.parametrize("entries", itertools.permutations(["1:A-1:6:EA", "1:A-1:4:EA", "2:B-2:3:EA"]))
def test_entries_of_one_event_for_one_line_add_up(court: Court, entries: tuple[str, ...]) -> None:
    """Two lots of line 1 in one message are 6 + 4 of it, in whatever order they stand: ordered, allocated, released, shipped."""
    said = ",".join(entries)
    court.told(
        "2026-11-02T13:00",
        f"2026-11-02 09:00 erp.main order.created so=4711 customer=C-1 lines={said}",
        f"+5m erp.main order.allocated so=4711 lines={said}",
        f"+5m erp.main order.released so=4711 fo@3pl.west=F1 partner=3pl.west lines={said}",
        f"+1h 3pl.west shipment.dispatched fo=F1 sh=S1 lines={said}",
    )
    assert quantities(court) == {"1": (10, 10, 0, 10, 10), "2": (3, 3, 0, 3, 3)}
    leg = court.house.work.ask("select line, released::int, shipped::int from fulfillment_line order by line")
    assert leg.rows() == [("1", 10, 10), ("2", 3, 3)]


def test_a_line_by_its_number_and_by_its_product_is_one_line(court: Court) -> None:
    """One entry says line 1, the other only its product A-1: together they are what was shipped of line 1."""
    court.told(
        "2026-11-02T13:00",
        FIVE,
        "+5m erp.main order.released so=4711 fo@3pl.west=F1 partner=3pl.west",
        "+1h 3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:6:EA,:A-1:4:EA",
    )
    assert quantities(court)["1"][-1] == 10


def test_an_entry_without_a_quantity_tells_nothing_beside_one_that_has_one(court: Court) -> None:
    """A node reports 4 of line 1 and names line 2 without a number: 4 have left of line 1, and of line 2 nobody knows."""
    court.told(
        "2026-11-02T13:00",
        FIVE,
        "+5m erp.main order.released so=4711 fo@3pl.west=F1 partner=3pl.west lines=1:A-1:10:EA,2:B-2:3:EA",
        "+1h 3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:4:EA,2:B-2:",
    )
    assert quantities(court) == {"1": (10, 0, 0, 10, 4), "2": (3, 0, 0, 3, 0)}


def test_a_later_event_sets_what_an_earlier_one_said_in_two_entries(court: Court) -> None:
    """Two lots were backordered, then only one of them is left: the newest word counts, whole."""
    court.told(
        "2026-11-02T13:00",
        FIVE,
        "+5m erp.main order.backordered so=4711 lines=1:A-1:5:EA,1:A-1:2:EA",
        "+5m erp.main order.backordered so=4711 lines=1:A-1:2:EA",
    )
    assert quantities(court)["1"] == (10, 0, 2, 0, 0)


@pytest.mark.parametrize("legs", ["F1,F2", "F2,F1"])
def test_what_is_set_for_two_legs_at_once_adds_up(court: Court, legs: str) -> None:
    """Line 1 went to two nodes, 6 and 4; a backorder that names both and no lines holds back 10."""
    court.told(
        "2026-11-02T13:00",
        FIVE,
        "+5m erp.main order.released so=4711 fo@3pl.west=F1 partner=3pl.west lines=1:A-1:6:EA",
        "+1m erp.main order.released so=4711 fo@3pl.west=F2 partner=3pl.west lines=1:A-1:4:EA",
        f"+5m erp.main order.backordered so=4711 fo@3pl.west={legs} partner=3pl.west",
    )
    assert quantities(court)["1"][2] == 10


HELD = (
    "2026-11-02T09:30 erp.main order.hold_placed so=4711 hold=fraud:H1",
    "2026-11-02T09:30 fin.main order.hold_placed so=4711 hold=fraud:H1",
)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("kind", ["hold_placed", "credit_held"])
def test_a_hold_that_two_systems_place_at_one_instant_is_the_owners(court: Court, kind: str, first: int) -> None:
    """The ERP and finance say it at the same instant, in either order of arrival: the hold is the ERP's."""
    told = [line.replace("hold_placed", kind) for line in HELD]
    court.told("2026-11-02T10:00", FIVE, told[first]).told("2026-11-02T10:01", told[1 - first])
    assert court.house.work.ask("select system from hold")["system"].to_list() == ["erp.main"]


def test_two_bins_of_one_product_are_one_count() -> None:
    """A snapshot that lists a product once per bin counts both; the next counts anew; a bin of less than nothing is refused."""
    yard = Yard()
    yard.take(snapshot(60, "- A 40", "- B 7", "- A 60"))
    assert (stock(yard), stock(yard, "B")) == (100, 7)
    yard.take(snapshot(90, "- A 30"))
    assert stock(yard) == 30
    yard.take(snapshot(120, "- A 50", "- A -3"))
    assert (stock(yard), [code for code, _, _ in yard.judged()]) == (30, ["inventory_rejected"])
    yard.close()


def test_an_adjustment_in_two_entries_counts_both() -> None:
    """One numbered adjustment takes 5 and then 3 of the same product: it is no repetition of itself."""
    yard = Yard().take(snapshot(60, "- A 100"))
    both = adjusted(70, "- A -5", "J1")
    yard.take(both | {"lines": [*both["lines"], {**both["lines"][0], "qty": "-3"}]})
    assert stock(yard) == 92
    assert yard.judged() == []
    yard.close()


@pytest.mark.parametrize("together", [True, False])
def test_a_second_view_that_begins_to_speak_decides_where_the_account_rests(together: bool) -> None:
    """The node's account of four hours has come to rest when the ERP is first heard, of the hour between: it rests no more."""
    node = [snapshot(minutes, "- A 40") for minutes in (50, 220)]
    erp = event("erp.main", "availability.published", 130, location="W", lines=lines("- A 9"))
    yard = Yard()
    yard.take(*node, erp) if together else yard.take(*node).take(erp)
    assert yard.rows("from stock_pace") == []
    assert yard.differences().is_empty()
    yard.close()


def test_an_event_that_a_shared_number_lets_go_is_unmatched(court: Court) -> None:
    """A hold named only by the customer's PO number follows the one order that has it; a second order with that number
    makes it nobody's, and after a day somebody is told. It is the same when both orders were there before."""
    hold = "2026-11-02 10:00 erp.main order.credit_held cpo=PO-1 customer=C-1 hold=credit:H1"
    orders = [f"2026-11-02 09:00 erp.main order.created so={so} cpo=PO-1 customer=C-1 lines=1:A-1:1" for so in (1, 2)]
    court.told("2026-11-02 11:00", orders[0], hold)
    linked = "select count(*) as n from link l join event e on l.seq = e.seq where e.type = 'order.credit_held'"
    assert court.house.work.ask(linked)["n"][0] == 1
    court.told("2026-11-02 12:00", orders[1])
    assert court.house.work.ask(linked)["n"][0] == 0
    assert ("raise", "event_unmatched", "cpo:C-1:PO-1") in court.at("2026-11-03 11:00").said()


@pytest.mark.parametrize("first", ["sscc", "tr"])
def test_a_parcels_days_do_not_depend_on_which_key_came_first(court: Court, first: str) -> None:
    """A scan names parcel and tracking number; whichever of the two ties it first, the number is the order's that day."""
    scan = "2026-11-04 09:00 carrier.ups shipment.in_transit sscc=00106141411234567897 tr=1Z9 carrier=ups"
    tie = {
        "sscc": "2026-11-03 09:00 wms.main package.packed so=4711 sscc=00106141411234567897",
        "tr": "2026-11-03 10:00 wms.main shipment.label_created so=4711 tr=1Z9 carrier=ups",
    }
    last = "tr" if first == "sscc" else "sscc"
    court.told("2026-11-04 10:00", FIVE, tie[first], scan).told("2026-11-04 11:00", tie[last])
    days = court.house.work.ask("select from_at::date::varchar as d from reach where text = 'tr:ups:1Z9' order by d")
    assert days["d"].to_list() == ["2026-11-03", "2026-11-04"]


def test_lots_do_not_hide_which_revision_was_shipped(court: Court) -> None:
    """Revision 1 ordered 6 + 4 and the node shipped 5 + 5 of it, when revision 2 wanted 8: the content says revision 1."""
    court.told(
        "2026-11-02T16:00",
        f"{FIVE} rev=1",
        "+5m  erp.main order.released so=4711 fo@3pl.west=F1 rev=1 partner=3pl.west",
        "+10m erp.main order.changed so=4711 rev=2 lines=1:A-1:5:EA,1:A-1:3:EA",
        "+1m  mw.bus   fulfillment.change_requested fo@3pl.west=F1 rev=2 partner=3pl.west",
        "+10m 3pl.west fulfillment.acknowledged fo=F1",
        "+2h  3pl.west pick.confirmed fo=F1 lines=1:A-1:5:EA,1:A-1:5:EA,2:B-2:3:EA",
        "+1h  3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:5:EA,1:A-1:5:EA,2:B-2:3:EA",
    )
    leg = court.house.work.ask("select revision_effective, revision_shipped from fulfillment")
    assert leg.rows() == [(2, 1)]


@pytest.mark.parametrize("first", [0, 1])
def test_two_writes_that_did_nothing_at_one_instant_name_the_same_system(court: Court, first: int) -> None:
    """Two ERPs accept a shipment in one message and book nothing: the exception names the first by name, always."""
    said = [
        f"2026-11-02T09:30 mw.bus message.acknowledged so=4711 sh=S1 partner=erp.{erp}" for erp in ("main", "second")
    ]
    court.told("2026-11-02T09:40", FIVE, said[first]).told("2026-11-02T11:00", said[1 - first])
    found = [r for r in court.judged("outcome") if r["cause"] == "shipment.posted"]
    assert [r["system"] for r in found] == ["erp.main"]


@pytest.mark.parametrize("first", [0, 1])
def test_two_nodes_that_hold_at_one_instant_give_one_exception_of_the_same(court: Court, first: int) -> None:
    """Both hold the order at once, for other reasons: one row carries the code, the same in either order of arrival."""
    said = [
        "2026-11-02T09:30 3pl.west fulfillment.held so=4711 hold=quality:H",
        "2026-11-02T09:30 wms.main fulfillment.held so=4711 hold=damage:H",
    ]
    court.told("2026-11-02T09:40", FIVE, said[first]).told("2026-11-02T09:41", said[1 - first])
    assert [r["system"] for r in court.judged("blocked") if r["code"]] == ["3pl.west"]


def test_the_stories_say_what_they_mean() -> None:
    """The grammar keeps two entries of one line apart, and a line without a number."""
    lines = stories.parse(FIVE).events["lines"][0]
    assert [one["qty"] for one in lines] == ["6", "3", "4"]
