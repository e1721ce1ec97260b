"""Stories of quantities, documents and steps that do not fit: each has its code, and the story beside it has none."""

from datetime import datetime

from app.engine.service import unrated_rules
from app.model.judgements import feeds
from tests.engine.court import CREATED, GONE, SENT, TAKEN, Court

BOOKED = "+10m erp.main shipment.posted so=4711 sh@3pl.west=S1 lines=1:A-1:10:EA,2:B-2:3:EA"
LEFT = "+1h 3pl.west shipment.dispatched fo=F1 sh=S1"


def test_more_shipped_than_ordered(court: Court) -> None:
    """F14: twelve of ten; two come back, and it is settled."""
    court.told(
        "2026-11-02 12:00", CREATED.replace(",2:B-2:3:EA:9", ""), TAKEN.replace(",2:B-2:3:EA", ""),
        "+1h 3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:12:EA",
    )  # fmt: skip
    found = court.judged(code="over_shipped")[0]
    assert (found["cause"], found["since"], found["severity"], found["owner"]) == (
        "more_than_ordered", datetime(2026, 11, 2, 10, 16), "medium", "warehouse",
    )  # fmt: skip
    court.told("2026-11-04 12:00", "2026-11-04 09:00 3pl.west return.received so=4711 rma@erp.main=R1 lines=1:A-1:2:EA")
    assert "over_shipped" not in court.codes()


def test_exactly_what_was_ordered_in_two_shipments(court: Court) -> None:
    """Eight and two of ten are ten."""
    court.told(
        "2026-11-02 12:00", CREATED, TAKEN, LEFT + " lines=1:A-1:8:EA", "+1m 3pl.west shipment.dispatched fo=F1 sh=S2 lines=1:A-1:2:EA,2:B-2:3:EA",
        "+1m erp.main shipment.posted so=4711 sh@3pl.west=S1 lines=1:A-1:8:EA", "+1m erp.main shipment.posted so=4711 sh@3pl.west=S2 lines=1:A-1:2:EA,2:B-2:3:EA",
    )  # fmt: skip
    assert court.codes() == set()


def test_a_shipment_that_nobody_booked(court: Court) -> None:
    """F20: half an hour after the dispatch was reported it should be booked; booked late, it clears."""
    court.told("2026-11-02 11:40", CREATED, GONE.replace("carrier=ups", "carrier=ups received=+10m"))
    assert court.codes() == set()
    assert court.at("2026-11-02 12:06").open() == {"shipment_unposted"}
    assert ("raise", "shipment_unposted", "sh:3pl.west:S1") in court.said()
    court.told(
        "2026-11-02 12:10",
        "2026-11-02 12:08 erp.main shipment.posted so=4711 sh@3pl.west=S1 lines=1:A-1:10:EA,2:B-2:3:EA",
    )
    assert (court.codes(), court.open()) == (set(), set())


def test_a_shipment_booked_with_another_quantity(court: Court) -> None:
    """Eight of ten are booked: after the grace it is unposted by quantity."""
    court.told("2026-11-02 12:30", CREATED, GONE, BOOKED.replace("1:A-1:10", "1:A-1:8"))
    assert [r["cause"] for r in court.judged(code="shipment_unposted")] == ["quantity"]


def test_a_shipment_booked_before_its_node_told_of_it(court: Court) -> None:
    """The ERP's word of the second shipment overtakes the node's file: nothing is compared until that has come, then all is."""
    court.told(
        "2026-11-02 13:00", CREATED, TAKEN, LEFT + " lines=1:A-1:8:EA", "+1m erp.main shipment.posted so=4711 sh@3pl.west=S1 lines=1:A-1:8:EA",
        "+1m erp.main shipment.posted so=4711 sh@3pl.west=S2 lines=1:A-1:2:EA,2:B-2:3:EA",
    )  # fmt: skip
    assert "shipment_unposted" not in court.codes()
    court.told(
        "2026-11-02 14:00",
        "2026-11-02 11:25 3pl.west shipment.dispatched fo=F1 sh=S2 lines=1:A-1:1:EA,2:B-2:3:EA received=2026-11-02T13:05Z",
    )
    assert [r["cause"] for r in court.judged(code="shipment_unposted")] == ["quantity"]


def test_a_change_that_never_came(court: Court) -> None:
    """F40: the third revision is known and the second is not; a first word of the fourth leaves no hole before it."""
    court.told(
        "2026-11-02 09:30",
        CREATED.replace("so=4711", "so=4711 rev=4"),
        "+10m erp.main order.changed so=4711 rev=6 lines=1:A-1:8:EA",
    )
    assert court.open() == {"sequence_gap"}
    assert [r["cause"] for r in court.judged(code="sequence_gap")] == ["revision_5"]
    court.told(
        "2026-11-02 09:40",
        "2026-11-02 09:05 erp.main order.changed so=4711 rev=5 lines=2:B-2:2:EA received=2026-11-02T09:35Z",
    )
    assert (court.codes(), court.open()) == (set(), set())


def test_a_feed_that_nobody_sends_accuses_nobody(court: Court) -> None:
    """Where no source delivers postings, a missing one proves nothing."""
    court.house.ticker.unrated = frozenset({"S17", "feed:shipment.posted"})
    court.told("2026-11-02 15:00", CREATED, GONE)
    assert court.codes() == set()


def test_an_invoice_before_the_goods(court: Court) -> None:
    """F21: all is invoiced and half has left; the rest leaves; a bill-and-hold order may."""
    court.told("2026-11-02 10:00", CREATED, TAKEN, "+1m erp.main invoice.posted so=4711 inv=I1 lines=1:A-1:10:EA")
    assert court.codes() == {"invoiced_not_shipped"}
    court.told("2026-11-02 10:20", "2026-11-02 10:15 3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:10:EA")
    assert court.codes() == set()


def test_bill_and_hold_is_invoiced_first(court: Court) -> None:
    """The customer pays and collects later."""
    court.told(
        "2026-11-02 10:00",
        CREATED + " x.kind=bill_and_hold",
        TAKEN,
        "+1m erp.main invoice.posted so=4711 inv=I1 lines=1:A-1:10:EA",
    )
    assert court.codes() == set()


def test_a_short_pick_with_a_backorder(court: Court) -> None:
    """F12: eight of ten, the rest backordered without a date: short and undated; dated and then shipped: neither."""
    court.told(
        "2026-11-02 11:40", CREATED, TAKEN, "+30m 3pl.west pick.shorted fo=F1 lines=1:A-1:2:EA", LEFT + " lines=1:A-1:8:EA,2:B-2:3:EA",
        "+5m erp.main order.backordered so=4711 lines=1:A-1:2:EA", "+1m erp.main shipment.posted so=4711 sh@3pl.west=S1 lines=1:A-1:8:EA,2:B-2:3:EA",
    )  # fmt: skip
    assert court.codes() == {"short_ship", "backorder_undated"}
    court.told(
        "2026-11-02 12:00",
        "2026-11-02 11:50 erp.main order.backordered so=4711 lines=1:A-1:2:EA promised=2026-11-06T09:00Z",
    )
    assert court.codes() == {"short_ship"}
    court.told("2026-11-02 12:10", "2026-11-02 12:01 erp.main order.cancelled so=4711 lines=1:A-1:2:EA")
    assert court.codes() == set()


def test_a_short_pick_that_the_erp_never_heard_of(court: Court) -> None:
    """F13: the warehouse is done with eight of ten and the ERP waits for two: after an hour it is unresolved."""
    court.told(
        "2026-11-02 11:00", CREATED, TAKEN, "+30m 3pl.west pick.shorted fo=F1 lines=1:A-1:2:EA", LEFT + " lines=1:A-1:8:EA,2:B-2:3:EA",
        "+1m erp.main shipment.posted so=4711 sh@3pl.west=S1 lines=1:A-1:8:EA,2:B-2:3:EA",
    )  # fmt: skip
    assert court.at("2026-11-02 11:00").codes() == {"short_ship_unresolved"}
    court.told(
        "2026-11-02 11:20",
        "2026-11-02 11:10 erp.main order.released so=4711 fo@3pl.east=F2 partner=3pl.east lines=1:A-1:2:EA",
    )
    assert court.codes() == {"short_ship"}


def test_a_short_pick_for_which_the_erp_has_found_goods(court: Court) -> None:
    """Backordered, then set aside from another shelf and not released yet: the rest is not forgotten."""
    court.told(
        "2026-11-02 12:00", CREATED, TAKEN, "+30m 3pl.west pick.shorted fo=F1 lines=1:A-1:2:EA", LEFT + " lines=1:A-1:8:EA,2:B-2:3:EA",
        "+5m erp.main order.backordered so=4711 lines=1:A-1:2:EA promised=2026-11-05T17:00Z",
    )  # fmt: skip
    assert court.codes() == {"short_ship"}
    court.told("2026-11-03 12:00", "2026-11-03 11:00 erp.main order.allocated so=4711 lines=1:A-1:2:EA")
    assert "short_ship" in court.codes()
    assert "short_ship_unresolved" not in court.codes()


def test_shipped_while_on_hold(court: Court) -> None:
    """F16: a fraud hold came after the release and the goods left all the same; a hold that ended before is no matter."""
    hold = "2026-11-02 10:20 erp.main order.hold_placed so=4711 hold=fraud:H1"
    court.told("2026-11-02 11:40", CREATED, GONE, BOOKED, hold)
    found = court.judged(code="shipped_on_hold")[0]
    assert (found["subject"], found["since"], found["severity"]) == (
        "sh:3pl.west:S1",
        datetime(2026, 11, 2, 11, 16),
        "critical",
    )
    court.told("2026-11-02 11:50", "2026-11-02 11:00 erp.main order.hold_released so=4711 hold=fraud:H1")
    assert "shipped_on_hold" not in court.codes(), "it had ended before, and was only told late"


def test_shipped_after_the_node_had_cancelled(court: Court) -> None:
    """F16: cancelled, accepted, and shipped; a cancellation that the node refused is another story."""
    court.told(
        "2026-11-02 12:00", CREATED, TAKEN, "+1m mw.bus fulfillment.cancel_requested fo@3pl.west=F1", "+1m 3pl.west fulfillment.cancelled fo=F1",
        LEFT + " lines=1:A-1:10:EA,2:B-2:3:EA",
    )  # fmt: skip
    assert "shipped_after_cancel" in court.codes()
    assert court.judged(code="shipped_after_cancel")[0]["partner"] == "3pl.west"


def test_a_cancellation_that_came_too_late_is_refused(court: Court) -> None:
    """Requested after the pick, refused, shipped: nobody did wrong."""
    court.told(
        "2026-11-02 11:40", CREATED, TAKEN, "+30m 3pl.west pick.confirmed fo=F1", "+1m mw.bus fulfillment.cancel_requested fo@3pl.west=F1",
        "+1m 3pl.west fulfillment.cancel_rejected fo=F1", LEFT + " lines=1:A-1:10:EA,2:B-2:3:EA", BOOKED,
    )  # fmt: skip
    assert court.codes() == set()


def test_an_old_revision_shipped(court: Court) -> None:
    """F06: revision 2 acknowledged at nine, picked at eleven, and what left is revision 1."""
    changed = (
        "+5m erp.main order.changed so=4711 rev=2 lines=1:A-1:6:EA",
        "+1m mw.bus fulfillment.change_requested fo@3pl.west=F1 rev=2 lines=1:A-1:6:EA", "+5m 3pl.west fulfillment.acknowledged fo=F1 rev=2",
        "+1h 3pl.west pick.confirmed fo=F1",
    )  # fmt: skip
    court.told("2026-11-02 12:00", CREATED, TAKEN, *changed, LEFT + " rev=1 lines=1:A-1:10:EA,2:B-2:3:EA")
    found = court.judged(code="stale_revision_shipped")[0]
    assert (found["cause"], found["subject"], found["severity"]) == ("1_of_2", "fo:3pl.west:F1", "critical")


def test_the_new_revision_shipped(court: Court) -> None:
    """The same, and what left is revision 2."""
    court.told(
        "2026-11-02 11:45", CREATED, TAKEN, "+5m erp.main order.changed so=4711 rev=2 lines=1:A-1:6:EA",
        "+1m mw.bus fulfillment.change_requested fo@3pl.west=F1 rev=2 lines=1:A-1:6:EA", "+5m 3pl.west fulfillment.acknowledged fo=F1 rev=2",
        "+1h 3pl.west pick.confirmed fo=F1", LEFT + " rev=2 lines=1:A-1:6:EA,2:B-2:3:EA",
    )  # fmt: skip
    assert court.codes() == set()


def test_a_change_after_the_pick(court: Court) -> None:
    """F07: ours, not the partner's; their answer ends it."""
    court.told(
        "2026-11-02 11:00",
        CREATED,
        TAKEN,
        "+1h 3pl.west pick.confirmed fo=F1 lines=1:A-1:10:EA,2:B-2:3:EA",
        "+5m erp.main order.changed so=4711 rev=2 lines=1:A-1:6:EA",
    )
    assert court.codes() == {"change_too_late"}
    court.told("2026-11-02 11:30", "2026-11-02 11:20 3pl.west fulfillment.acknowledged fo=F1 rev=2")
    assert court.codes() == set()


def test_a_leg_of_which_nothing_is_heard(court: Court) -> None:
    """F31: one part delivered, of the other no word; its acknowledgment ends it."""
    split = (
        "+5m erp.main order.released so=4711 fo@3pl.west=F1 partner=3pl.west lines=1:A-1:10:EA", "+1m erp.main order.released so=4711 fo@3pl.east=F2 partner=3pl.east lines=2:B-2:3:EA",
        "+1m mw.bus fulfillment.requested fo@3pl.west=F1 partner=3pl.west", "+1m mw.bus fulfillment.requested fo@3pl.east=F2 partner=3pl.east",
        "+9m 3pl.west fulfillment.acknowledged fo=F1", "+1h 3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:10:EA carrier=ups",
    )  # fmt: skip
    court.told(
        "2026-11-02 10:30", CREATED, *split, "+5m erp.main shipment.posted so=4711 sh@3pl.west=S1 lines=1:A-1:10:EA"
    )
    assert "split_leg_missing" not in court.codes()
    court.told("2026-11-03 09:00", "2026-11-03 08:00 carrier.ups shipment.delivered sh@3pl.west=S1")
    assert court.judged(code="split_leg_missing")[0]["subject"] == "fo:3pl.east:F2"
    court.told("2026-11-03 09:10", "2026-11-03 09:05 3pl.east fulfillment.acknowledged fo=F2")
    assert "split_leg_missing" not in court.codes()


def test_the_same_shipment_invoiced_twice(court: Court) -> None:
    """F22: after a replay a second invoice bills the same lines of the same shipment; its credit ends it."""
    bill = "erp.main invoice.posted so=4711 sh@3pl.west=S1 lines=1:A-1:10:EA amount=41 currency=EUR inv="
    court.told("2026-11-02 11:45", CREATED, GONE, BOOKED, f"+1m {bill}I1")
    assert court.codes() == set()
    court.told("2026-11-02 11:50", f"2026-11-02 11:48 {bill}I2")
    found = court.judged(code="duplicate_invoice")[0]
    assert (found["subject_type"], found["cause"], found["severity"]) == ("inv", "inv:erp:I1", "critical")
    court.told("2026-11-02 12:00", "2026-11-02 11:55 erp.main credit.issued so=4711 inv=I2 cm=C1 amount=41")
    assert "duplicate_invoice" not in court.codes()


def test_a_credit_that_is_not_the_goods_at_their_price(court: Court) -> None:
    """F32: one piece at 4.10 posted and 9.00 credited; the right amount is no matter."""
    back = (
        "2026-11-04 09:00 erp.main return.authorized so=4711 rma=R1", "+1d 3pl.west return.received rma@erp=R1 lines=1:A-1:1:EA",
        "+1h erp.main return.posted rma=R1 lines=1:A-1:1:EA",
    )  # fmt: skip
    court.told("2026-11-05 12:00", CREATED, GONE, BOOKED, *back, "+1h erp.main credit.issued rma=R1 cm=C1 amount=4.10")
    assert "credit_mismatch" not in court.codes()
    court.told("2026-11-05 13:00", "2026-11-05 12:30 erp.main credit.issued rma=R1 cm=C2 amount=4.90")
    found = court.judged(code="credit_mismatch")[0]
    assert (found["cause"], found["subject_type"], found["owner"]) == ("amount", "rma", "finance")


def test_a_step_that_was_never_reported(court: Court) -> None:
    """F10: shipped without a word of the pick: a day later that is noted, lowly; the late word ends it."""
    court.told("2026-11-02 12:00", CREATED, TAKEN, LEFT + " lines=1:A-1:10:EA,2:B-2:3:EA", BOOKED)
    assert court.codes() == set()
    found = court.at("2026-11-03 10:16").judged(code="milestone_missing")[0]
    assert (found["cause"], found["severity"], found["owner"]) == ("pick.confirmed", "low", "partner")
    court.told("2026-11-03 11:00", "2026-11-02 10:00 3pl.west pick.confirmed fo=F1 received=+1d")
    assert "milestone_missing" not in court.codes()


def test_supply_after_the_promise(court: Court) -> None:
    """F33: the backordered goods are confirmed for the 12th, the promise is the 9th; confirmed for the 5th there is no matter."""
    order = "+5m erp.main order.backordered so=4711 po=P1 lines=1:A-1:10:EA"
    bought = "2026-11-01 09:00 erp.main purchase_order.created po=P1 lines=1:A-1:10:EA"
    court.told(
        "2026-11-02 10:00",
        bought,
        CREATED,
        order,
        "+10m sup.acme purchase_order.acknowledged po@erp=P1 promised=2026-11-12T09:00Z",
    )
    assert court.causes() == {"supply_late"}
    assert court.open() == {"supply_late_for_order"}
    court.told(
        "2026-11-02 10:50", "2026-11-02 10:30 sup.acme purchase_order.acknowledged po@erp=P1 promised=2026-11-05T09:00Z"
    )
    assert court.causes() == set()


def test_an_unknown_dispatch_falls_on_nobody_else(court: Court) -> None:
    """Two orders share a consolidated shipment that is not booked: each has its own clock on it."""
    other = CREATED.replace("4711", "4712"), SENT.replace("4711", "4712").replace("F1", "F2")
    court.told(
        "2026-11-02 13:00", CREATED, SENT, *other, "+1h 3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:10:EA,2:B-2:3:EA",
        "+1m 3pl.west shipment.dispatched fo=F2 sh=S1 lines=1:A-1:10:EA,2:B-2:3:EA",
    )  # fmt: skip
    found = court.house.work.ask("select subject, occurrence from due where rule = 'S10' and met_at is null").rows()
    assert len(set(found)) == 2
    assert {subject for subject, _ in found} == {"sh:3pl.west:S1"}
    raised = [row for row in court.said() if row[1] == "shipment_unposted"]
    assert raised == [("raise", "shipment_unposted", "sh:3pl.west:S1")] * 2


def test_a_step_that_the_node_never_sends_is_not_missed_of_it(court: Court) -> None:
    """Of a 3PL whose source sends no picks none is missing; of another one it is."""
    unrated = unrated_rules(
        feeds(()), {"3pl.west": ("fulfillment.acknowledged", "shipment.dispatched"), "erp.main": None}
    )
    court.told("2026-11-04 12:00", CREATED, TAKEN, LEFT + " lines=1:A-1:10:EA,2:B-2:3:EA")
    for seen, codes in (((), {"milestone_missing"}), (("3pl.west", "erp.main"), set[str]())):
        court.house.ticker.unrated = frozenset({"S17"}) | unrated(seen)
        court.house.ticker.refold()
        assert {one for one in court.codes() if one == "milestone_missing"} == codes
