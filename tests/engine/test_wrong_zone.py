"""A warehouse behind UTC that writes its local time as UTC: found by what it cannot have done yet, and then trusted no more."""

from tests.engine.test_listening import WEST, Post
from tests.engine.yard import Yard

#: Asked at nine; the warehouse answers in minutes and picks in hours, and writes all of it eight hours early.
_ORDER = """
2026-11-02 16:00 erp.main order.created so={so} partner=3pl.west promised=2026-11-09T17:00Z lines=1:A-1:10:EA
2026-11-02 17:00 erp.main order.released so={so} fo@3pl.west={so}-1 partner=3pl.west lines=1:A-1:10:EA
2026-11-02 17:01 mw.bus   fulfillment.requested so={so} fo@3pl.west={so}-1 partner=3pl.west
"""
_ANSWER = "2026-11-02 09:20 3pl.west fulfillment.acknowledged fo={so}-1 received=+8h1m\n"
_GONE = "2026-11-02 17:30 3pl.west shipment.dispatched fo={so}-1 sh=S{so} lines=1:A-1:10:EA received=+8h1m\n"


def told(text: str, *orders: int) -> str:
    """The same of several orders."""
    return "".join(text.format(so=so) for so in orders)


def test_a_partner_whose_work_comes_before_it_was_asked_has_a_wrong_zone(yard: Yard) -> None:
    """One order may have been given by telephone. With the second the clock is wrong, and what seemed to be reported late by
    it is taken back, of orders of which nothing is impossible too; then nothing more is raised by it, a rebuild finds the
    same, and twenty events in later hours end it. A warehouse whose messages are late by no whole hours is not doubted."""
    post = Post(yard, {})
    early = told(_ORDER, 1, 2, 3) + told(_ANSWER, 1)
    post.tell("2026-11-02 17:30", early)
    assert post.alarms("clock_or_zone_error", "reported_late", "ack_overdue") == {}
    last = _ORDER.format(so=9).replace("2026-11-02 1", "2026-11-01 1")
    post.tell("2026-11-03 01:31", last + told(_GONE, 1, 9))
    assert set(post.alarms("clock_or_zone_error")) == set()
    late = {row["subject"] for row in yard.rows("select subject from alarm where code = 'confirmation_late'")}
    assert late == {"sh:3pl.west:S1", "sh:3pl.west:S9"}
    post.tell("2026-11-03 01:40", told(_ANSWER, 2).replace("8h1m", "8h15m"))
    assert set(post.alarms("clock_or_zone_error")) == {"clock_or_zone_error"}
    assert yard.rows("select subject from alarm where code = 'confirmation_late'") == []
    post.tell("2026-11-03 01:50", told(_GONE, 2))
    assert yard.rows("select subject from alarm where code in ('confirmation_late', 'reported_late')") == []
    # Released at eight and sent in the evening: answered before that, as the warehouse writes it, and after the five minutes.
    sent = (
        told(_ORDER, 5).replace("2026-11-02 17:00", "2026-11-02 08:00").replace("2026-11-02 16:00", "2026-11-02 07:00")
    )
    post.tell("2026-11-03 01:55", sent + told(_ANSWER, 5))
    assert [row["condition"] for row in yard.rows("select condition from alarm where code = 'release_not_sent'")] == [
        "cleared"
    ]
    assert yard.differences().is_empty()
    right = "".join(f"2026-11-03 10:10 3pl.west pick.confirmed fo={n}-1\n" for n in range(20, 40))
    post.tell("2026-11-03 11:00", right)
    assert set(post.alarms("clock_or_zone_error")) == set()
    # A scan within a day of when the parcel left, heard more than a day after when it is said to have left.
    scan = "2026-11-03 03:00 carrier.ups shipment.in_transit sh@3pl.west=S2 received=+14h40m\n"
    post.tell("2026-11-03 17:45", scan)
    assert [due["flags"] for due in yard.rows("select flags from due where rule = 'S12' and subject like '%S2'")] == [
        ["reported_late"]
    ]
    assert yard.rows("select subject from alarm where code = 'reported_late'") == []


def test_one_order_is_enough_where_all_that_a_partner_sends_is_as_many_hours_old(yard: Yard) -> None:
    """The first order is written before its release, the others were released long before; twenty events that are as old heal
    nothing, twenty that are not do. Where what else comes is new, the one order was given by telephone."""
    post = Post(yard, {})
    sent = told(_ORDER, 1) + told(_ORDER, 2, 3, 4, 5).replace("11-02 17:0", "11-02 08:0").replace(
        "11-02 16:", "11-02 07:"
    )
    post.tell("2026-11-02 17:25", sent + told(_ANSWER, 1, 2, 3))
    assert post.alarms("clock_or_zone_error") == {}
    post.tell("2026-11-02 17:26", told(_ANSWER, 4, 5))
    assert set(post.alarms("clock_or_zone_error")) == {"clock_or_zone_error"}
    assert yard.differences().is_empty()
    old = "".join(f"2026-11-02 11:{n} 3pl.west pick.confirmed fo={n}-1 received=+8h2m\n" for n in range(20, 45))
    post.tell("2026-11-02 20:30", old)
    assert set(post.alarms("clock_or_zone_error")) == {"clock_or_zone_error"}
    post.tell(
        "2026-11-02 22:30", "".join(f"2026-11-02 22:10 3pl.west pick.confirmed fo={n}-1\n" for n in range(50, 70))
    )
    assert post.alarms("clock_or_zone_error") == {}


def test_one_order_before_its_release_is_no_wrong_zone_where_the_rest_is_new(yard: Yard) -> None:
    """Told by telephone, and entered in the evening as of the morning; the same warehouse tells of others as it works."""
    post = Post(yard, {})
    post.tell("2026-11-02 17:25", told(_ORDER, 1) + told(_ANSWER, 1))
    post.tell(
        "2026-11-02 18:00", "".join(f"2026-11-02 17:50 3pl.west pick.confirmed fo={n}-1\n" for n in range(20, 30))
    )
    assert post.alarms("clock_or_zone_error") == {}


def test_work_before_the_release_that_came_at_once_is_no_wrong_zone(yard: Yard) -> None:
    """Two orders were picked by telephone and released afterwards; the warehouse says so as it happens."""
    post = Post(yard, {})
    soon = _ANSWER.replace("received=+8h1m", "received=+1m")
    post.tell("2026-11-02 18:00", told(_ORDER, 1, 2) + told(soon, 1, 2))
    assert post.alarms("clock_or_zone_error") == {}
    assert WEST in yard.rows("select partner from fulfillment")[0]["partner"]
