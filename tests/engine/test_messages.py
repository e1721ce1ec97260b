"""What is said of messages finds its order by the number of the message, and nothing else does."""

from collections.abc import Iterator

import pytest

from tests.engine.test_linking import ONE, TWO, Desk

ORDER = "2026-11-02 10:00 erp.main fulfillment.requested so={so} fo@3pl.west={so}-1 msg@ACME=OW:905:940:{at} partner=3pl.west"
REFUSED = "2026-11-02 11:00 edi.gateway message.rejected msg@ACME=OW:905:940:{at} partner=3pl.west"


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.close()


@pytest.mark.parametrize("early", [False, True])
def test_an_acknowledgement_finds_the_order_of_its_message(desk: Desk, early: bool) -> None:
    """Whatever comes first: the refusal of an interchange's second document is the second order's alone."""
    said = [
        ONE,
        TWO,
        ORDER.format(so=1, at="0001"),
        ORDER.format(so=2, at="0002"),
        REFUSED.format(at="0002"),
    ]
    desk.told(*(reversed(said) if early else said))
    assert desk.orders() == {
        "1": ["order.created", "fulfillment.requested"],
        "2": ["order.created", "fulfillment.requested", "message.rejected"],
    }
    assert desk.links("2")[-1]["rule"] == "shared:msg"


def test_the_fulfillment_order_of_the_message_is_concerned(desk: Desk) -> None:
    """An order with two fulfillment orders: the refusal speaks of the one that its message was about."""
    desk.told(
        ONE,
        ORDER.format(so=1, at="0001"),
        "2026-11-02 10:05 erp.main fulfillment.requested so=1 fo@3pl.east=1-2 msg@ACME=OW:906:940:0001 partner=3pl.east",
        REFUSED.format(at="0001"),
    )
    concerned = desk.work.ask(
        "select l.fo from event_leg l join trail t on l.act_no = t.act_no where t.type = 'message.rejected'"
    )
    assert concerned["fo"].to_list() == ["fo:3pl.west:1-1"]


def test_a_number_that_two_orders_share_attaches_nothing(desk: Desk) -> None:
    """The number of a group in which two orders went out says nothing of either."""
    group = "2026-11-02 10:00 erp.main fulfillment.requested so={0} fo@3pl.west={0}-1 msg@ACME=OW:905 partner=3pl.west"
    refused = "2026-11-02 11:00 edi.gateway message.rejected msg@ACME=OW:905 partner=3pl.west"
    desk.told(ONE, group.format(1), refused)
    assert desk.orders()["1"][-1] == "message.rejected"
    desk.told(TWO, group.format(2))
    assert [kinds[-1] for kinds in desk.orders().values()] == ["fulfillment.requested"] * 2


def test_nothing_else_follows_a_message(desk: Desk) -> None:
    """A stray parcel in the same message is not the order's: only words about messages follow its number."""
    desk.told(
        ONE,
        ORDER.format(so=1, at="0001"),
        "2026-11-02 12:00 3pl.west shipment.dispatched sh=S9 msg@ACME=OW:905:940:0001 partner=3pl.west",
    )
    assert desk.orders() == {"1": ["order.created", "fulfillment.requested"]}
