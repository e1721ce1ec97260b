"""Documents about several orders: whose a line is, decides where its quantity counts."""

from collections.abc import Iterator

import pytest

from app.engine.rebuild import verify
from tests.engine.test_linking import Desk

ORDERS = (
    "2026-11-02 09:00 erp.main order.created so=1 lines=1:A:10",
    "2026-11-02 09:00 erp.main order.created so=2 lines=1:A:10,2:B:4",
)
Quantities = dict[tuple[str, str], float]


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.close()


def counted(desk: Desk, measure: str) -> Quantities:
    """(sales order, line) -> quantity, where there is any."""
    rows = desk.work.ask(
        f"select so, line, {measure}::double as n from order_line join orders using (order_no)"
    ).iter_rows()
    return {(so, line): n for so, line, n in rows if n}


def test_lines_count_for_the_orders_that_they_name(desk: Desk) -> None:
    """One invoice of two orders: each gets its own lines, however the number is padded."""
    desk.told(
        *ORDERS, "2026-11-03 09:00 erp.main invoice.posted so=1,2 inv=9 lines=1:A:6:EA:1:0001,1:A:3:EA:1:2,2:B:4:EA:1:2"
    )
    assert counted(desk, "invoiced") == {("1", "1"): 6, ("2", "1"): 3, ("2", "2"): 4}


def test_a_step_forward_that_leaves_it_open_counts_what_each_order_has(desk: Desk) -> None:
    """Nobody says which line is whose: each order takes its own products, none for more than it ordered."""
    desk.told(*ORDERS, "2026-11-03 09:00 3pl.west shipment.dispatched so=1,2 sh=S1 lines=1:A:10,1:A:10,2:B:4")
    assert counted(desk, "shipped") == {("1", "1"): 10, ("2", "1"): 10, ("2", "2"): 4}
    desk.told("2026-11-04 09:00 erp.main shipment.posted so=1,2 sh=S1 lines=2:B:3")
    assert counted(desk, "posted") == {("2", "2"): 3}


def test_what_takes_away_must_say_from_whom(desk: Desk) -> None:
    """A cancellation of some lines of two orders cancels nothing of either until it says which."""
    desk.told(*ORDERS, "2026-11-03 09:00 erp.main order.cancelled so=1,2 lines=1:A:10")
    assert counted(desk, "cancelled") == {}
    desk.told("2026-11-03 10:00 erp.main order.cancelled so=1,2 lines=1:A:10:EA:1:1")
    assert counted(desk, "cancelled") == {("1", "1"): 10}


def test_lines_of_others_are_not_ours(desk: Desk) -> None:
    """A shipment that names both orders and holds goods of one moves only that one's quantities."""
    desk.told(*ORDERS, "2026-11-03 09:00 3pl.west shipment.dispatched so=1,2 sh=S1 lines=1:A:7:EA:1:2")
    assert counted(desk, "shipped") == {("2", "1"): 7}


@pytest.mark.parametrize("early", [False, True])
def test_an_order_that_joins_later_changes_what_the_first_was_given(desk: Desk, early: bool) -> None:
    """A receipt of goods back follows its shipment; once that belongs to two orders, neither gets the quantities."""
    back = "2026-11-05 09:00 3pl.west return.received sh=S1 rma=R1 lines=1:A:2"
    desk.told(*ORDERS, "2026-11-03 09:00 3pl.west shipment.dispatched so=1 sh=S1 lines=1:A:10")
    joins = "2026-11-03 09:30 3pl.west shipment.dispatched so=2 sh=S1 lines=1:A:10"
    if not early:
        desk.told(back)
        assert counted(desk, "returned") == {("1", "1"): 2}
        desk.told(joins)
    else:
        desk.told(joins, back)
    assert counted(desk, "returned") == {}
    assert verify(desk.work, desk.ticker).is_empty()


def test_a_number_that_a_line_names_is_read_as_keys_are(desk: Desk) -> None:
    """Control characters in it, in the key or in both change nothing."""
    desk.told(
        *ORDERS, "2026-11-03 09:00 erp.main invoice.posted so=\x001,2 inv=9 lines=1:A:6:EA:1:\x001,2:B:4:EA:1:\x7f2"
    )
    assert counted(desk, "invoiced") == {("1", "1"): 6, ("2", "2"): 4}
