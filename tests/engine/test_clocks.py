"""Clocks of what is no order or only a part of one: purchase orders, holds, returns; and what is told of late reports."""

from typing import Any

from app import stories
from app.calendar import Calendars
from app.engine.judge import Judge
from app.engine.rebuild import verify
from app.model.event import Message
from rules.book import load, resolve
from rules.kinds import KINDS
from tests.engine.court import CREATED, GONE, Court

Row = dict[str, Any]
SENT = "2026-11-02 09:00 erp.main purchase_order.sent po=45 supplier=sup.acme x.supplier=sup.acme promised=2026-11-20T12:00Z lines=1:A-1:10:EA"


def dues(court: Court, rule: str) -> list[Row]:
    """The Dues of a rule, in order."""
    rows = court.house.work.ask("select * from due order by started_at, subject, occurrence").to_dicts()
    return [row for row in rows if row["rule"] == rule]


def same_when_rebuilt(court: Court) -> bool:
    """Whether deriving everything anew gives what stands."""
    return verify(court.house.work, court.house.ticker).is_empty()


def test_a_purchase_order_has_clocks_of_its_own(court: Court) -> None:
    """Unanswered after a working day it is the buyer's, worse after two; the answer ends both, and a rebuild says the same."""
    court.told("2026-11-02 10:00", SENT.replace(" supplier=sup.acme", ""))
    assert court.open() == set()
    assert court.at("2026-11-03 09:00:01").open() == {"po_ack_overdue"}
    assert court.at("2026-11-04 09:00:01").said() == [
        ("raise", "po_ack_overdue", "po:erp:45"),
        ("raise", "po_ack_overdue", "po:erp:45"),
    ]
    assert [(due["partner"], due["severity"], due["order_no"] < 0) for due in dues(court, "S24a")] == [
        ("sup.acme", "high", True)
    ]
    assert court.reader().purchase("45", court.now)["codes"] == ["po_ack_overdue"]
    assert same_when_rebuilt(court)
    court.told("2026-11-04 12:00", "2026-11-04 11:00 sup.acme purchase_order.acknowledged po@erp=45")
    assert court.open() == set()
    told = {due["sla"]: due["state"] for due in court.reader().purchase("45", court.now)["dues"]}
    assert told == {"S24": "breached", "S24a": "breached", "S25": "running"}
    assert same_when_rebuilt(court)


def test_clocks_of_purchase_orders_stand_when_all_is_judged_again(court: Court) -> None:
    """As after a change of rules or calendars, when no event came."""
    court.told(
        "2026-11-02 10:00", SENT.replace(" supplier=sup.acme", ""), "2026-11-02 09:30 erp.main order.created so=1"
    )
    before = dues(court, "S24")
    court.house.work.run_sql("delete from due")
    court.house.ticker.refold()
    assert dues(court, "S24") == before != []
    assert len(dues(court, "S02")) == 1


def test_a_hold_is_decided_or_overdue_each_for_itself(court: Court) -> None:
    """Two holds of one order, one released: the case is the other's, and the order shows its clock."""
    court.told(
        "2026-11-02 10:00",
        CREATED,
        "2026-11-02 09:10 erp.main order.credit_held   so=4711 hold=credit:H1",
        "2026-11-02 09:20 erp.main order.hold_placed   so=4711 hold=address:A1",
        "2026-11-02 09:50 erp.main order.hold_released so=4711 hold=address:A1",
    )
    court.at("2026-11-02 13:30")
    (late,) = [row for row in court.said() if row[1] == "hold_overdue"]
    order = court.document()["order_id"]
    assert late == ("raise", "hold_overdue", f"hold:{order}:credit:H1")
    shown = {due["subject"]: due["state"] for due in court.document()["dues"] if due["sla"] == "S03"}
    assert shown == {f"hold:{order}:credit:H1": "breached", f"hold:{order}:address:A1": "met"}
    assert [due["owner"] for due in dues(court, "S03")] == ["credit", "order-desk"]
    assert same_when_rebuilt(court)


def test_a_late_report_of_what_was_done_in_time_is_its_senders(court: Court) -> None:
    """The breach is taken back, and a case that is over at once says who reported late."""
    court.told("2026-11-02 09:30", CREATED, "+5m erp.main order.released so=4711 fo@3pl.west=F1 partner=3pl.west")
    court.at("2026-11-02 09:40")
    assert court.open() == {"release_not_sent"}
    said = stories.parse(
        "2026-11-02 09:06 mw.bus fulfillment.requested fo@3pl.west=F1 partner=3pl.west received=+40m", "late"
    )
    court.now = stories.instant("2026-11-02 09:50")
    court.house.intake.put(Message("x", "x", "x", b"", court.now), said).result()
    court.house.ticker.run()
    assert court.open() == set()
    told = court.house.work.ask(
        "select action, code, reason, condition, found_late from case_intent order by seq"
    ).rows()
    assert ("void", "release_not_sent", "reported_late", "void", False) in told
    assert ("raise", "reported_late", "", "cleared", True) in told
    assert same_when_rebuilt(court)


def test_a_shipment_that_is_not_posted_is_the_rules_alone(court: Court) -> None:
    """One code from the clock, until it is posted; a quantity that differs is found for itself."""
    court.told("2026-11-02 11:30", CREATED, GONE)
    dispatched = dues(court, "S10")[0]["started_at"]
    assert court.at(str(dispatched.replace(minute=dispatched.minute + 31))).open() == {"shipment_unposted"}
    assert court.judged(code="shipment_unposted") == []
    court.told(
        "2026-11-02 14:00",
        "2026-11-02 12:50 erp.main shipment.posted so=4711 sh@3pl.west=S1 lines=1:A-1:10:EA,2:B-2:2:EA",
    )
    assert [row["cause"] for row in court.judged(code="shipment_unposted")] == ["quantity"]


def test_each_message_waits_for_its_own_answer(court: Court) -> None:
    """By its number, on the fulfillment order that it was about."""
    court.told(
        "2026-11-02 09:30",
        CREATED,
        "+5m erp.main order.released so=4711 fo@3pl.west=F1 partner=3pl.west",
        "+1m mw.bus message.sent fo@3pl.west=F1 so=4711 msg@x=A partner=3pl.west x.document=940",
        "+1m mw.bus message.sent fo@3pl.west=F1 so=4711 msg@x=B partner=3pl.west x.document=940",
        "+1m mw.bus message.acknowledged msg@x=B fo@3pl.west=F1",
    )
    found = {due["occurrence"]: (due["subject"], due["met_at"] is None) for due in dues(court, "S05")}
    assert found == {"msg:x:A": ("fo:3pl.west:F1", True), "msg:x:B": ("fo:3pl.west:F1", False)}
    assert {due["due_at"].hour for due in dues(court, "S05")} == {13}


def test_a_promise_that_is_moved_late_takes_the_breach_back_with_both_moments(court: Court) -> None:
    """The change was made before the promised moment, and heard of after it: the case hears of old and new."""
    court.told("2026-11-09 18:00", CREATED)
    court.told("2026-11-09 19:00", "2026-11-08 09:00 erp.main order.promise_changed so=4711 promised=2026-11-12T17:00Z")
    told = court.house.work.ask(
        "select action, reason, due_at from case_intent where code = 'delivery_late' order by seq"
    ).rows()
    assert [(action, reason, str(due)) for action, reason, due in told] == [
        ("raise", "", "2026-11-09 17:00:00"),
        ("void", "due_moved", "2026-11-12 17:00:00"),
    ]


def test_where_a_condition_cannot_be_told_the_clock_says_so(court: Court) -> None:
    """A rule over the order's worth, of an order without any: void, flagged and counted, and nobody is accused."""
    rule = next(r for r in resolve(load(KINDS)) if r.id == "S04").model_copy(update={"when": "order.value > 100.0"})
    court.house.ticker.judge_by(Judge((rule,), KINDS, Calendars({})))
    released = "2026-11-02 09:00 erp.main order.released so={0} fo@w={0}-1"
    worth = "2026-11-02 08:00 erp.main order.created so={0} amount={1} currency=EUR"
    court.told(
        "2026-11-02 10:00",
        *(worth.format(so, sum_) for so, sum_ in ((1, 500), (2, 50))),
        *(released.format(so) for so in (1, 2, 3)),
    )
    assert {(due["subject"], tuple(due["flags"]), due["void_at"] is None) for due in dues(court, "S04")} == {
        ("fo:w:1-1", (), True),
        ("fo:w:3-1", ("when_unknown",), False),
    }
    assert court.open() == {"release_not_sent"}
    assert court.reader().attainment_totals(None, None, court.now)["S04"]["untold"] == 1


def test_an_order_in_two_shipments_is_delivered_with_the_last(court: Court) -> None:
    """The first half was there in time; the promise is broken until the other is, which is then late. In whatever order the
    two are heard, and not by another scan of what is there."""
    court.told(
        "2026-11-04 12:00",
        "2026-11-02 09:00 erp.main order.created so=1 promised=2026-11-05T17:00Z lines=1:A-1:10:EA,2:B-1:5:EA",
        "2026-11-02 09:10 erp.main order.released so=1 fo@3pl.west=F1 partner=3pl.west lines=1:A-1:10:EA",
        "2026-11-02 09:11 erp.main order.released so=1 fo@3pl.east=F2 partner=3pl.east lines=2:B-1:5:EA",
        "2026-11-03 09:00 3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:10:EA",
        "2026-11-03 10:00 3pl.east shipment.dispatched fo=F2 sh=S2 lines=2:B-1:5:EA",
        "2026-11-04 09:00 carrier.ups shipment.delivered sh@3pl.west=S1",
    )
    assert [due["met_at"] for due in dues(court, "S14")] == [None]
    assert "delivery_late" in court.at("2026-11-05 17:00:01").open()
    court.told(
        "2026-11-06 12:00",
        "2026-11-06 09:00 carrier.ups shipment.delivered sh@3pl.east=S2",
        "2026-11-06 10:00 carrier.ups shipment.delivered sh@3pl.west=S1",
    )
    assert [str(due["met_at"]) for due in dues(court, "S14")] == ["2026-11-06 09:00:00"]
    assert "delivery_late" not in court.open()
    assert same_when_rebuilt(court)


def test_who_acts_is_the_node_and_never_whom_a_message_went_to(court: Court) -> None:
    """A 3PL whose reports name no partner speaks for itself, and a receipt for the ERP makes nobody a warehouse."""
    ack = "2026-11-02 10:00 mw.bus message.acknowledged so=4711 sh@3pl.west=S1 partner=erp.main"
    court.told("2026-11-02 16:00", CREATED, GONE.replace(" carrier=ups", " received=+3h"), ack)
    assert [due["partner"] for due in dues(court, "S08")] == ["3pl.west"]
    assert court.house.work.ask("select partner from orders")["partner"].to_list() == ["3pl.west"]
