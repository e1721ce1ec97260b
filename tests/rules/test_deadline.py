"""What the kind `deadline` makes of turns that only some rules have: holds, occurrences, promises, labels."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import polars as pl

from app.calendar import Calendars
from app.contracts import DUE, MOMENT
from app.settings import Calendar
from rules import book
from rules.kinds import KINDS
from rules.moments import judged

Judge = Callable[..., list[dict[str, Any]]]
LATER = "2026-11-30 12:00"
Moments = Callable[[str], pl.DataFrame]
WEEK: Any = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-18:00")
MONDAYS: Any = {"mon": "08:00-12:00"}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026."""
    return datetime(2026, 11, day, hour, minute)


def test_dues_have_the_agreed_columns_even_when_there_are_none() -> None:
    """Every rule of the catalogue, on no moments at all."""
    for rule in book.resolve(book.load(KINDS)):
        found = judged(pl.DataFrame(schema=MOMENT), [rule], Calendars({}), KINDS[rule.kind])
        assert found.schema == pl.Schema(DUE)
        assert found.is_empty()


def test_release_counts_from_the_end_of_the_last_hold(judge: Judge) -> None:
    """
    2026-11-02 09:00 erp.main order.created         so=1
    09:30            erp.main order.credit_held     so=1 hold=credit:H1
    09:40            erp.main order.hold_placed     so=1 hold=fraud:H2
    10:00            erp.main order.credit_released so=1 hold=credit:H1
    12:00            erp.main order.hold_released   so=1 hold=fraud:H2
    """
    due = judge("S02", test_release_counts_from_the_end_of_the_last_hold.__doc__, LATER)[0]
    assert (due["started_at"], due["warn_at"], due["due_at"]) == (at(2, 12), at(2, 13, 36), at(2, 14))


def test_holds_one_after_another_each_begin_it_again(judge: Judge) -> None:
    """
    2026-11-02 09:00 erp.main order.created       so=1
    10:59            erp.main order.hold_placed   so=1 hold=fraud:H1
    12:00            erp.main order.hold_released so=1 hold=fraud:H1
    13:59            erp.main order.hold_placed   so=1 hold=fraud:H2
    15:00            erp.main order.hold_released so=1 hold=fraud:H2
    """
    due = judge("S02", test_holds_one_after_another_each_begin_it_again.__doc__, LATER)[0]
    assert (due["started_at"], due["due_at"], due["state"]) == (at(2, 15), at(2, 17), "breached")


def test_a_hold_at_the_due_moment_comes_too_late(judge: Judge) -> None:
    """
    2026-11-02 09:00 erp.main order.created       so=1
    11:00            erp.main order.hold_placed   so=1 hold=fraud:H1
    15:00            erp.main order.hold_released so=1 hold=fraud:H1
    """
    due = judge("S02", test_a_hold_at_the_due_moment_comes_too_late.__doc__, LATER)[0]
    assert (due["started_at"], due["due_at"], due["state"]) == (at(2, 9), at(2, 11), "breached")


def test_while_a_hold_is_open_nothing_is_due(judge: Judge) -> None:
    """
    2026-11-02 09:00 erp.main order.created       so=1
    10:00            erp.main order.hold_placed   so=1 hold=fraud:H1
    10:30            erp.main order.hold_placed   so=1 hold=address:H2
    11:00            erp.main order.hold_released so=1 hold=fraud:H1
    """
    due = judge("S02", test_while_a_hold_is_open_nothing_is_due.__doc__, LATER)[0]
    assert (due["due_at"], due["warn_at"], due["state"]) == (None, None, "running")


def test_a_hold_after_the_release_changes_nothing(judge: Judge) -> None:
    """
    2026-11-02 09:00 erp.main order.created     so=1
    10:00            erp.main order.released    so=1
    10:00            erp.main order.hold_placed so=1 hold=fraud:H1
    """
    due = judge("S02", test_a_hold_after_the_release_changes_nothing.__doc__, LATER)[0]
    assert (due["started_at"], due["due_at"], due["state"]) == (at(2, 9), at(2, 11), "met")


def test_a_release_under_a_hold_is_met(judge: Judge) -> None:
    """
    2026-11-02 09:00 erp.main order.created       so=1
    10:00            erp.main order.hold_placed   so=1 hold=fraud:H1
    15:00            erp.main order.released      so=1
    16:00            erp.main order.hold_released so=1 hold=fraud:H1
    """
    due = judge("S02", test_a_release_under_a_hold_is_met.__doc__, LATER)[0]
    assert (due["due_at"], due["met_at"], due["state"]) == (None, at(2, 15), "met")


def test_a_release_in_the_moment_in_which_the_hold_ends_is_met_at_once(judge: Judge) -> None:
    """
    2026-11-02 09:00 erp.main order.created       so=1
    10:00            erp.main order.hold_placed   so=1 hold=fraud:H1
    15:00            erp.main order.hold_released so=1 hold=fraud:H1
    15:00            erp.main order.released      so=1
    """
    due = judge("S02", test_a_release_in_the_moment_in_which_the_hold_ends_is_met_at_once.__doc__, LATER)[0]
    assert (due["started_at"], due["met_at"], due["due_at"], due["state"]) == (at(2, 15), at(2, 15), at(2, 17), "met")


def test_a_hold_before_the_order_was_created_does_not_count(judge: Judge) -> None:
    """
    2026-11-02 07:00 erp.main order.hold_placed   so=1 hold=fraud:H1
    08:00            erp.main order.hold_released so=1 hold=fraud:H1
    09:00            erp.main order.created       so=1
    """
    due = judge("S02", test_a_hold_before_the_order_was_created_does_not_count.__doc__, LATER)[0]
    assert (due["started_at"], due["due_at"]) == (at(2, 9), at(2, 11))


def test_each_fulfillment_order_has_its_own_clock(judge: Judge) -> None:
    """
    2026-11-02 09:00 erp.main order.released        so=1 fo@w=1-1
    09:01            erp.main order.released        so=1 fo@w=1-2
    09:02            mw.hub   fulfillment.requested so=1 fo@w=1-2
    09:03            erp.main order.released        so=1
    """
    dues = judge("S04", test_each_fulfillment_order_has_its_own_clock.__doc__, LATER)
    assert [(due["subject"], due["state"]) for due in dues] == [("fo:w:1-1", "breached"), ("fo:w:1-2", "met")]


def test_a_start_that_names_no_fulfillment_order_is_the_orders(judge: Judge) -> None:
    """
    2026-11-02 09:00 erp.main order.released so=1
    """
    dues = judge("S04", test_a_start_that_names_no_fulfillment_order_is_the_orders.__doc__, LATER)
    assert [(due["subject_type"], due["state"]) for due in dues] == [("order", "breached")]


def test_the_crm_has_a_clock_for_each_step_and_a_later_status_serves_earlier_ones(judge: Judge) -> None:
    """
    2026-11-02 09:00 erp.main order.created            so=1
    09:05            crm.main crm.order_status_updated so=1 status=Processing
    10:00            erp.main order.released           so=1
    10:10            wms.east shipment.dispatched      so=1 received=+5m
    10:12            crm.main crm.order_status_updated so=1 status=Held
    10:30            crm.main crm.order_status_updated so=1 status=Shipped
    """
    story = test_the_crm_has_a_clock_for_each_step_and_a_later_status_serves_earlier_ones.__doc__
    dues = {due["occurrence"]: due for due in judge("S17", story, LATER)}
    assert {name: due["state"] for name, due in dues.items()} == {
        "order.created": "met",
        "order.released": "breached",
        "shipment.dispatched": "met",
    }
    assert dues["shipment.dispatched"]["started_at"] == at(2, 10, 15)
    assert dues["order.released"]["met_at"] == at(2, 10, 30)


def test_only_a_cancelled_status_tells_the_crm_of_a_cancellation(judge: Judge) -> None:
    """
    2026-11-02 09:00 erp.main order.created            so=1
    09:05            crm.main crm.order_status_updated so=1 status=Processing
    10:00            erp.main order.cancelled          so=1
    10:05            crm.main crm.order_status_updated so=1 status=Delivered
    10:20            crm.main crm.order_status_updated so=1 status=Cancelled
    """
    story = test_only_a_cancelled_status_tells_the_crm_of_a_cancellation.__doc__
    dues = {due["occurrence"]: due for due in judge("S17", story, LATER)}
    assert dues["order.cancelled"]["state"] == "breached"
    assert dues["order.cancelled"]["met_at"] == at(2, 10, 20)


def test_a_status_with_no_known_meaning_stops_nothing(judge: Judge) -> None:
    """
    2026-11-02 09:00 erp.main order.created            so=1
    09:05            crm.main crm.order_status_updated so=1 status="in the works"
    """
    assert judge("S17", test_a_status_with_no_known_meaning_stops_nothing.__doc__, LATER)[0]["state"] == "breached"


def test_the_last_promise_counts_and_without_one_nothing_is_due(judge: Judge) -> None:
    """
    2026-11-02 09:00 erp.main order.created         so=1 promised=2026-11-20T09:00Z
    2026-11-03 09:00 erp.main order.promise_changed so=1 promised=2026-11-10T09:00Z
    2026-11-04 09:00 erp.main order.released        so=1
    """
    due = judge("S14", test_the_last_promise_counts_and_without_one_nothing_is_due.__doc__, LATER)[0]
    assert due["due_at"] == at(10, 9)
    assert due["warn_at"] == at(2, 9) + (at(10, 9) - at(2, 9)) * 0.8
    assert judge("S14", "2026-11-02 09:00 erp.main order.created so=1", LATER) == []


def test_a_promise_may_be_for_the_whole_day(judge: Judge) -> None:
    """
    2026-11-02 09:00 erp.main    order.created      so=1 promised=2026-11-05T03:00Z
    2026-11-06 02:59 carrier.ups shipment.delivered so=1
    """
    story = test_a_promise_may_be_for_the_whole_day.__doc__
    assert judge("S14", story, LATER)[0]["state"] == "breached"
    due = judge("S14", story, LATER, sla={"basis": "day", "zone": "America/Sao_Paulo"})[0]
    assert (due["state"], due["due_at"]) == ("met", datetime(2026, 11, 6, 2, 59, 59, 999_999))


def test_labels_of_the_start_choose_the_values_field_by_field(judge: Judge) -> None:
    """
    2026-11-02 09:00 mw.hub fulfillment.requested fo=1-1 partner=3pl.west channel=api tier=gold
    09:00            mw.hub fulfillment.requested fo=1-2 partner=3pl.east channel=api
    09:00            mw.hub fulfillment.requested fo=1-3 partner=3pl.east tier=silver
    """
    sla = {
        "override": [
            {"when": {"partner": "3pl.west", "tier": ["gold", "platinum"]}, "severity": "critical"},
            {"when": {"partner": "3pl.west"}, "severity": "low", "target": "2h", "owner": "west-desk"},
            {"when": {"tier": "bronze"}, "target": "9h"},
        ]
    }
    story = test_labels_of_the_start_choose_the_values_field_by_field.__doc__
    dues = judge("S06", story, LATER, sla=sla)
    assert [(due["severity"], due["owner"], due["due_at"].hour) for due in dues] == [
        ("high", "partner", 10),
        ("high", "partner", 13),
        ("critical", "west-desk", 11),
    ]


def test_each_partner_works_by_its_own_calendar(judge: Judge) -> None:
    """
    2026-11-02 09:00 mw.hub fulfillment.requested fo=1-1 partner=3pl.east
    09:00            mw.hub fulfillment.requested fo=1-2 partner=3pl.west
    09:00            mw.hub fulfillment.requested fo@x=1-3
    """
    calendars = {"default": Calendar(hours={"mon": "08:00-18:00"}), "mondays": Calendar(hours=MONDAYS)}
    story = test_each_partner_works_by_its_own_calendar.__doc__
    dues = judge("S06", story, LATER, calendars=calendars, partners={"3pl.west": "mondays"})
    assert [due["due_at"] for due in dues] == [at(2, 13), at(9, 9), at(2, 13)]


def test_ties_go_to_the_first_source_and_then_to_the_event(judge: Judge) -> None:
    """
    2026-11-02 10:00 wms.east fulfillment.acknowledged fo@w=1-1
    10:00            3pl.west fulfillment.acknowledged fo@w=1-1
    09:00            mw.hub   fulfillment.requested    fo@w=1-1
    """
    due = judge("S06", test_ties_go_to_the_first_source_and_then_to_the_event.__doc__, LATER)[0]
    assert (due["start_event"], due["stop_event"]) == (2, 1)


def test_a_rejected_order_that_is_entered_again_is_judged_again(judge: Judge) -> None:
    """
    2026-11-02 09:00 erp.main order.rejected so=1
    10:00            erp.main order.created  so=1
    """
    due = judge("S02", test_a_rejected_order_that_is_entered_again_is_judged_again.__doc__, LATER)[0]
    assert (due["state"], due["void_at"]) == ("breached", None)


def test_any_known_status_serves_the_first_stage_and_a_cancelled_one_does_not(moments: Moments) -> None:
    """
    2026-11-02 09:00 ecom.shop order.captured          so=1
    09:01            crm.main crm.order_status_updated so=1 status=Cancelled
    09:02            crm.main crm.order_status_updated so=1 status=Processing
    """
    rule = next(rule for rule in book.resolve(book.load(KINDS)) if rule.id == "S17")
    rule = rule.model_copy(update={"start": ("order.captured",)})
    story = test_any_known_status_serves_the_first_stage_and_a_cancelled_one_does_not.__doc__ or ""
    found = judged(moments(story), [rule], Calendars({}), KINDS["deadline"])
    assert found["met_at"].to_list() == [at(2, 9, 2)]


def test_a_promise_may_be_moved_by_an_offset(moments: Moments) -> None:
    """
    2026-11-02 09:00 erp.main order.created so=1 promised=2026-11-09T09:00Z
    """
    rule = next(rule for rule in book.resolve(book.load(KINDS)) if rule.id == "S14")
    story = moments(test_a_promise_may_be_moved_by_an_offset.__doc__ or "")
    office = Calendars({"default": Calendar(hours=WEEK)})
    for offset, clock, due in (("-24h", "E", at(8, 9)), ("1h", "E", at(9, 10)), ("-2h", "B", at(6, 17))):
        moved = rule.model_copy(update={"offset": offset, "clock": clock})
        assert judged(story, [moved], office, KINDS["deadline"])["due_at"].to_list() == [due]
    moved = rule.model_copy(update={"offset": "-1 working day", "clock": "B"})
    assert judged(story, [moved], office, KINDS["deadline"])["due_at"].to_list() == [at(6, 9)]
