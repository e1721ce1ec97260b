"""Stories of what keeps an order: blocked, stuck, late, silent and at risk, since when, and how it comes to the cases."""

from datetime import datetime

import polars as pl

from app.cases.board import BOARD
from app.engine.rebuild import verify
from app.engine.state import publish_profile
from app.store.questions import lists
from tests.engine.court import CREATED, GONE, SENT, TAKEN, Court

BOOKED = "+10m erp.main shipment.posted so=4711 sh@3pl.west=S1 lines=1:A-1:10:EA,2:B-2:3:EA"


def test_a_healthy_order_is_not_judged(court: Court) -> None:
    """Released, taken, picked, shipped and booked in time: nothing is wrong."""
    court.told("2026-11-02 11:40", CREATED, GONE, BOOKED)
    assert court.judged() == []
    assert court.said() == []


def test_a_hold_blocks_from_its_start_to_its_end(court: Court) -> None:
    """Credit holds it at 9:10 and lets it go at 10:10: blocked for an hour, raised once, cleared once."""
    court.told("2026-11-02 09:30", CREATED, "+10m erp.main order.credit_held so=4711 hold=credit:H1")
    held = court.judged("blocked")[0]
    assert (held["cause"], held["since"], held["system"], held["owner"], held["severity"]) == (
        "hold:credit", datetime(2026, 11, 2, 9, 10), "erp.main", "credit", "medium",
    )  # fmt: skip
    assert court.open() == {"order_blocked"}
    court.told("2026-11-02 10:30", "2026-11-02 10:10 erp.main order.credit_released so=4711 hold=credit:H1")
    assert court.judged("blocked") == []
    assert [action for action, *_ in court.said()] == ["raise", "clear"]


def test_one_case_says_that_an_order_is_blocked_whatever_the_causes(court: Court) -> None:
    """Two holds: both are shown, the first one carries the exception; when it ends the other does, and the case stays."""
    court.told(
        "2026-11-02 09:30", CREATED,
        "+5m erp.main order.hold_placed so=4711 hold=fraud:H1",
        "+5m erp.main order.hold_placed so=4711 hold=address:H2",
    )  # fmt: skip
    assert court.causes() == {"hold:fraud", "hold:address"}
    assert [r["code"] for r in court.judged("blocked")] == ["order_blocked", None]
    court.told("2026-11-02 09:40", "2026-11-02 09:35 erp.main order.hold_released so=4711 hold=fraud:H1")
    assert court.causes() == {"hold:address"}
    assert [action for action, *_ in court.said()] == ["raise", "raise", "clear"]


def test_no_stock_blocks_unless_supply_has_a_date(court: Court) -> None:
    """A backorder without a date blocks and is undated; with a date it only waits."""
    court.told("2026-11-02 09:30", CREATED, "+5m erp.main order.backordered so=4711 lines=1:A-1:10:EA")
    assert court.causes() == {"no_stock"}
    assert court.codes() == {"backorder_undated"}
    court.told(
        "2026-11-02 09:40",
        "2026-11-02 09:35 erp.main order.backordered so=4711 lines=1:A-1:10:EA promised=2026-11-05T09:00Z",
    )
    assert (court.causes(), court.codes()) == (set(), set())


def test_a_refusing_node_blocks_until_another_is_asked(court: Court) -> None:
    """The west refuses for capacity: blocked, on that fulfillment order; released to the east: on its way again."""
    court.told("2026-11-02 10:00", CREATED, SENT, "+10m 3pl.west fulfillment.rejected fo=F1 reason=capacity")
    refused = court.judged("blocked")[0]
    assert (refused["code"], refused["subject_type"], refused["subject"], refused["partner"]) == (
        "node_rejected", "fo", "fo:3pl.west:F1", "3pl.west",
    )  # fmt: skip
    court.told(
        "2026-11-02 11:00",
        "2026-11-02 10:30 erp.main order.released so=4711 fo@3pl.east=F2 partner=3pl.east lines=1:A-1:10:EA,2:B-2:3:EA",
    )
    assert "node_rejected" not in court.causes()


def test_a_refusal_written_before_the_node_was_asked_is_one(court: Court) -> None:
    """A clock eight hours behind: nothing is released, since it was asked; its deadlines are void; asked again, it is open."""
    refused = "2026-11-02 01:20 3pl.west fulfillment.rejected fo=F1 reason=capacity received=+8h1m"
    court.told("2026-11-03 09:00", CREATED, SENT, refused)
    node = court.judged("blocked")[0]
    assert (node["code"], node["subject"], node["since"]) == (
        "node_rejected",
        "fo:3pl.west:F1",
        datetime(2026, 11, 2, 9, 6),
    )
    released = "select sum(released) from order_line"
    assert court.house.work.number(released) == 0
    assert court.open() & {"ack_overdue", "ship_overdue"} == set()
    court.told("2026-11-03 09:10", SENT.replace("+5m ", "2026-11-03 09:01"))
    assert (court.causes(), court.house.work.number(released)) == (set(), 13)
    assert verify(court.house.work, court.house.ticker).is_empty()


def test_an_acknowledgment_of_another_node_does_not_unblock(court: Court) -> None:
    """Two legs: one refused, the other acknowledged afterwards. The refused one still needs somebody."""
    court.told(
        "2026-11-02 10:00", CREATED, SENT, "+1m erp.main order.released so=4711 fo@3pl.east=F2 partner=3pl.east lines=2:B-2:3:EA",
        "+1m 3pl.west fulfillment.rejected fo=F1", "+9m 3pl.east fulfillment.acknowledged fo=F2",
    )  # fmt: skip
    assert court.causes() == {"node_rejected"}


def test_a_dead_release_needs_replay_and_an_answer(court: Court) -> None:
    """F02: the message died; replayed, it still blocks until the warehouse answers."""
    court.told("2026-11-02 09:30", CREATED, SENT, "+2m mw.bus message.dead_lettered fo@3pl.west=F1 partner=3pl.west")
    assert court.causes() == {"message_dead"}
    court.told("2026-11-02 09:40", "2026-11-02 09:35 mw.bus message.replayed fo@3pl.west=F1")
    assert court.causes() == {"message_dead"}
    court.told("2026-11-02 09:50", "2026-11-02 09:45 3pl.west fulfillment.acknowledged fo=F1")
    assert court.causes() == set()


def test_a_dead_message_to_the_crm_blocks_no_goods(court: Court) -> None:
    """A message about the order that was not for a warehouse is not in the way of it."""
    court.told("2026-11-02 09:30", CREATED, SENT, "+2m mw.bus message.dead_lettered so=4711 partner=crm.main")
    assert court.causes() == set()


def test_a_technical_refusal_blocks_until_it_is_read(court: Court) -> None:
    """F03: a 997 refuses the 940; the corrected one is accepted."""
    court.told("2026-11-02 09:30", CREATED, SENT, "+2m edi.van message.rejected fo@3pl.west=F1 partner=3pl.west")
    assert court.causes() == {"message_rejected"}
    court.told("2026-11-02 09:40", "2026-11-02 09:35 edi.van message.acknowledged fo@3pl.west=F1 partner=3pl.west")
    assert court.causes() == set()


def test_a_hold_at_the_node_conflicts_with_the_release(court: Court) -> None:
    """F15: the ERP released what the warehouse holds; when the ERP holds it too there is no conflict."""
    court.told("2026-11-02 10:00", CREATED, TAKEN, "+10m 3pl.west fulfillment.held fo=F1 hold=quality:Q1")
    assert (court.causes(), court.codes()) == ({"node_hold"}, {"hold_conflict"})
    court.told("2026-11-02 10:10", "2026-11-02 10:05 erp.main order.hold_placed so=4711 hold=quality:E1")
    assert court.codes() == set()
    assert court.causes() == {"node_hold", "hold:quality"}


def test_a_carrier_exception_blocks_its_shipment_until_it_moves(court: Court) -> None:
    """Damaged in the hub, twice reported; a scan afterwards ends it."""
    bad = "+1h carrier.ups shipment.exception tr=1Z1 reason=damage"
    court.told(
        "2026-11-02 16:00", CREATED, GONE, BOOKED, "+1m 3pl.west shipment.label_created sh=S1 tr=1Z1 carrier=ups",
        "+1h carrier.ups shipment.in_transit tr=1Z1", bad, bad,
    )  # fmt: skip
    trouble = court.judged("blocked")[0]
    assert (trouble["cause"], trouble["since"], trouble["owner"]) == (
        "carrier_exception", datetime(2026, 11, 2, 13, 27), "carrier-desk",
    )  # fmt: skip
    court.told("2026-11-02 17:00", "2026-11-02 16:30 carrier.ups shipment.in_transit tr=1Z1")
    assert court.causes() == set()


def test_a_failed_posting_and_a_mapping_that_failed_block(court: Court) -> None:
    """The booking of the shipment is refused; before, a field could not be read until something followed."""
    court.told("2026-11-02 09:05", CREATED, "+1m mw.bus mapping.failed so=4711 reason=uom")
    assert court.causes() == {"data_invalid"}
    court.told(
        "2026-11-02 11:30", "2026-11-02 09:05 erp.main order.allocated so=4711", SENT.replace("+5m", "+1m"),
        TAKEN.removeprefix(SENT), GONE.removeprefix(TAKEN), "+1m mw.bus message.rejected sh@3pl.west=S1 partner=erp.main",
    )  # fmt: skip
    assert court.causes() == {"posting_failed"}
    court.told("2026-11-02 11:31", "2026-11-02 11:30:30 erp.main shipment.posted so=4711 sh@3pl.west=S1")
    assert court.causes() == set()


def test_returned_goods_wait_for_a_disposition(court: Court) -> None:
    """Inspected and nobody said what becomes of them; restocked is said, and the block is gone."""
    back = (
        "2026-11-05 09:00 3pl.west return.received so=4711 rma@erp.main=R1 lines=1:A-1:1:EA",
        "+1h 3pl.west return.inspected rma@erp.main=R1",
    )
    court.told("2026-11-05 12:00", CREATED, GONE, BOOKED, *back)
    assert "disposition_pending" in court.causes()
    court.told("2026-11-05 13:00", "2026-11-05 12:30 3pl.west return.inspected rma@erp.main=R1 x.disposition=restock")
    assert "disposition_pending" not in court.causes()


def test_stuck_says_how_far_the_release_came(court: Court) -> None:
    """Not sent; sent and not read; refused; read and not answered: each in its turn, from the missed clock on."""
    court.told("2026-11-02 10:00", CREATED, "+5m erp.main order.released so=4711 fo@3pl.west=F1 partner=3pl.west")
    stuck = court.judged("stuck")[0]
    assert (stuck["cause"], stuck["since"], stuck["owner"]) == ("not_sent", datetime(2026, 11, 2, 9, 10), "integration")
    court.told("2026-11-02 10:10", "2026-11-02 10:05 mw.bus fulfillment.requested fo@3pl.west=F1 partner=3pl.west")
    assert court.causes("stuck") == set(), "inside its clock it waits"
    court.at("2026-11-02 14:06")
    assert court.causes("stuck") == {"unacknowledged_technically"}
    assert court.causes() == {"ack_overdue"}
    assert court.open() == {"ack_overdue"}
    court.told("2026-11-02 14:10", "2026-11-02 14:08 edi.van message.rejected fo@3pl.west=F1 partner=3pl.west")
    assert court.causes("stuck") == {"rejected_technically"}
    court.told("2026-11-02 14:20", "2026-11-02 14:15 edi.van message.acknowledged fo@3pl.west=F1 partner=3pl.west")
    assert court.causes("stuck") == {"no_business_ack"}
    court.told("2026-11-02 14:30", "2026-11-02 14:25 3pl.west fulfillment.acknowledged fo=F1")
    assert (court.causes("stuck"), court.causes()) == (set(), set())


def test_a_partner_that_cannot_be_reached_has_one_case_and_blocks_its_orders(court: Court) -> None:
    """F35: the circuit to the west opens: a case on the partner, the waiting order blocked; closed, both are gone."""
    court.told("2026-11-02 09:20", CREATED, SENT)
    court.told("2026-11-02 09:40", "2026-11-02 09:30 mw.bus circuit.opened partner=3pl.west reason=timeouts")
    assert court.causes() == {"partner_outage"}
    assert court.said() == [("raise", "partner_outage", "3pl.west")]
    court.at("2026-11-02 13:10")
    assert court.causes("stuck") == {"partner_down"}
    court.told("2026-11-02 13:30", "2026-11-02 13:20 mw.bus circuit.closed partner=3pl.west")
    assert "partner_outage" not in court.causes()
    assert court.said()[-1] == ("clear", "partner_outage", "3pl.west")


def test_an_outage_concerns_only_the_legs_that_wait_there(court: Court) -> None:
    """Two legs: the one in the west waits for it, the one in the east was answered; a rebuild says the same."""
    court.told(
        "2026-11-02 09:20", CREATED, SENT, "+1m erp.main order.released so=4711 fo@3pl.east=F2 partner=3pl.east lines=2:B-2:3:EA",
        "+1m 3pl.east fulfillment.acknowledged fo=F2",
    )  # fmt: skip
    court.told("2026-11-02 09:40", "2026-11-02 09:30 mw.bus partner.outage_started partner=3pl.west")
    blocked = court.judged("blocked")
    assert [(b["cause"], b["subject"]) for b in blocked] == [("partner_outage", "fo:3pl.west:F1")]
    assert verify(court.house.work, court.house.ticker).is_empty()
    court.told("2026-11-02 09:50", "2026-11-02 09:45 mw.bus circuit.opened partner=3pl.east")
    assert [b["subject"] for b in court.judged("blocked")] == ["fo:3pl.west:F1"]


def test_late_from_the_promise_on(court: Court) -> None:
    """The promise passes with goods on the road; delivery ends it."""
    court.told("2026-11-09 17:00", CREATED, GONE, BOOKED)
    assert "promise_passed" in court.causes("late")
    assert "at_risk" not in {r["kind"] for r in court.at("2026-11-03 09:00").judged()}
    court.told("2026-11-10 09:00", "2026-11-10 08:00 3pl.west shipment.delivered so=4711 sh=S1")
    court.told("2026-11-10 09:01", "2026-11-10 08:00 carrier.ups shipment.delivered sh@3pl.west=S1")
    assert court.causes("late") == set()


def test_silent_after_twice_the_usual_pause(court: Court) -> None:
    """Nothing heard for three days; then a word."""
    court.told("2026-11-02 12:00", CREATED, GONE, BOOKED)
    assert court.at("2026-11-05 11:25:59").causes("silent") == set()
    assert court.at("2026-11-05 11:26").causes("silent") == {"nothing_heard"}
    court.told("2026-11-05 12:00", "2026-11-05 11:30 carrier.ups shipment.in_transit sh@3pl.west=S1")
    assert court.causes("silent") == set()


def test_at_risk_when_the_usual_steps_no_longer_fit(court: Court) -> None:
    """Taken by the warehouse, which ships within a day: long overdue, and half a day before the promise at risk, until there
    is a new one and half an hour has passed."""
    court.told("2026-11-02 09:30", CREATED, TAKEN)
    assert court.at("2026-11-09 05:19").causes("at_risk") == set()
    risk = court.at("2026-11-09 05:20").judged("at_risk")[0]
    assert (risk["cause"], risk["since"], risk["code"]) == ("slow", datetime(2026, 11, 9, 5, 20), None)
    moved = "2026-11-09 06:30 erp.main order.promise_changed so=4711 promised=2026-11-20T17:00Z"
    assert court.told("2026-11-09 06:59", moved).causes("at_risk") == {"slow"}
    assert court.at("2026-11-09 07:00").causes("at_risk") == set()


def test_blocked_near_the_promise_is_at_risk(court: Court) -> None:
    """Held, and two working days before Monday the 9th lies a weekend: from Thursday 17:00."""
    court.told("2026-11-02 09:30", CREATED, "+10m erp.main order.hold_placed so=4711 hold=fraud:H1")
    assert court.at("2026-11-05 16:59").causes("at_risk") == set()
    assert court.at("2026-11-05 17:00").causes("at_risk") == {"blocked"}


def test_profiles_are_published_and_never_changed(court: Court) -> None:
    """Thirty orders took two days to leave: one that is there since has less time left than the usual day says."""
    many = [
        line for n in range(100, 130)
        for line in (
            f"2026-10-28 08:00 erp.main order.created so={n}",
            f"2026-10-28 09:00 3pl.west fulfillment.acknowledged so={n} partner=3pl.west",
            f"2026-10-30 09:00 3pl.west shipment.dispatched so={n} partner=3pl.west",
        )
    ]  # fmt: skip
    court.told("2026-11-02 08:00", *many)
    forecast = court.house.ticker.judging.forecast
    assert publish_profile(court.house.work, forecast, court.now) > 0
    shipped = "from profile where step = 'ship' and weekday = '' and version = 1 order by at_node"
    known = court.house.work.ask(shipped).to_dicts()
    assert [(p["version"], p["at_node"], p["samples"], p["p80_seconds"]) for p in known] == [
        (1, "", 30, 48 * 3600), (1, "3pl.west", 30, 48 * 3600),
    ]  # fmt: skip
    court.told("2026-11-02 09:30", CREATED, TAKEN)
    assert court.at("2026-11-08 17:20").judged("at_risk")[0]["since"] == datetime(2026, 11, 8, 17, 20)
    publish_profile(court.house.work, forecast, court.now)
    assert court.house.work.ask(shipped).to_dicts() == known


def test_what_is_no_order_is_raised_by_the_sweep_and_cleared(court: Court) -> None:
    """A judgement on a key without an order, whose moment lies ahead: nothing is said, then it is raised, then it heals."""
    work = court.told("2026-11-02 11:40", CREATED, GONE, BOOKED).house.work
    work.run_sql(
        "insert into judgement by name select -77 as order_no, 'unmatched' as kind, 'event_unmatched' as code, 'no_order' as cause,"
        " 'fo' as subject_type, 'fo:3pl.west:X' as subject, '1' as occurrence, timestamp '2026-11-03 09:00' as since, '3pl.west' as system,"
        " 'integration' as owner, 'medium' as severity"
    )
    assert court.at("2026-11-03 08:59").said() == []
    assert court.at("2026-11-03 09:00").said()[-1:] == [("raise", "event_unmatched", "fo:3pl.west:X")]
    intent = work.ask("from case_intent where code = 'event_unmatched'").to_dicts()[0]
    assert (intent["order_id"], intent["system"], intent["rule"]) == (None, "3pl.west", "unmatched")
    said = len(court.said())
    assert len(court.at("2026-11-03 09:30").said()) == said, "once is enough"
    work.run_sql("delete from judgement where order_no = -77")
    with work.transaction():
        court.house.ticker.speak_of_all()
    assert court.said()[-1] == ("clear", "event_unmatched", "fo:3pl.west:X")


def test_the_document_says_what_is_judged(court: Court) -> None:
    """Held, and the CRM denies it: blocked with its exception and owner, diverged with both values; nothing of the rest."""
    court.told(
        "2026-11-02 10:00", CREATED, "+10m erp.main order.credit_held so=4711 hold=credit:H1",
        "+1m crm.main crm.order_status_updated so=4711 status=Processing",
    )  # fmt: skip
    order = court.document()["order_id"]
    cases = [{"case_id": "exc_1", "code": "order_blocked", "order_id": order, "subject": order, "owner": "kim"}]
    said = court.document(board=pl.DataFrame(cases, schema=BOARD))
    assert [(b["cause"], b["owner"], b["exception"]) for b in said["blocked"]] == [("hold:credit", "kim", "exc_1")]
    assert said["blocked"][0]["since"] == "2026-11-02T09:10:00Z"
    assert [(d["field"], d["truth"], d["view"], d["view_value"], d["direction"]) for d in said["diverged"]] == [
        ("held", "erp", "crm", "false", "behind"),
    ]  # fmt: skip
    assert (said["late"], said["at_risk"], said["silent"], said["stuck"]) == (False, False, False, [])


def test_lists_ask_the_judgements(court: Court) -> None:
    """Of two orders one is held: the filters find it and leave the other; when its promise has passed it is late as well."""
    court.told(
        "2026-11-02 10:00", CREATED, "+10m erp.main order.credit_held so=4711 hold=credit:H1",
        CREATED.replace("4711", "4712"), "+1m crm.main crm.order_status_updated so=4712 status=Shipped",
    )  # fmt: skip

    def found(**where: object) -> list[str]:
        rows, _ = lists.orders(court.reader(), where, [], 0, 10, pl.DataFrame(schema=BOARD), court.now)
        return sorted(row["so"] for row in rows)

    assert found(blocked=True) == found(cause="hold:credit") == found(owner="credit") == ["4711"]
    assert found(blocked=False) == found(diverged=True) == ["4712"]
    assert found(late=True) == found(at_risk=True) == []
    court.at("2026-11-10 09:00")
    assert found(late=True, blocked=True) == ["4711", "4712"]
