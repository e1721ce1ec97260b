"""The simulated distributor: the same seed plays the same, its own clocks hold, and its truth adds up."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.calendar import Calendars
from app.demo.world import score
from app.demo.world.company import NODES, OFFICE
from app.demo.world.faults import CATALOGUE, FAULTS, chosen
from app.demo.world.hours import DAY, HOUR, Hours
from app.demo.world.play import played
from app.demo.world.stage import Expected, Stage
from app.demo.world.truth import MEASURES, last, story, told
from app.model.taxonomy import EVENTS
from app.settings import Calendar
from tests.demo.conftest import START

#: What stands open in a world without faults: holds that wait, steps that a partner has no word for, slow carriers.
INNOCENT = {"order_blocked", "milestone_missing", "delivery_late"}


def test_a_seed_plays_the_same_world_again() -> None:
    """Facts, their times and what should be seen are the same for a seed, and others for another."""
    first, again, other = (played(30, START, START + 5 * DAY, seed, FAULTS) for seed in (5, 5, 6))
    assert first.facts == again.facts
    assert first.expected == again.expected
    assert first.facts != other.facts


def test_nobody_acts_before_having_heard(stormy: Stage) -> None:
    """No message arrives before it happened, and an order is not entered before it was placed."""
    assert all(fact.at <= fact.heard <= fact.arrives for fact in stormy.facts)
    entered = {fact.so: fact.at for fact in stormy.facts if fact.type == "order.created"}
    assert all(entered[order.number] > order.placed for order in stormy.orders if order.number in entered)


def test_a_calm_world_keeps_every_clock(calm: Stage) -> None:
    """Without faults no service level is missed but the promise, by carriers that are slow now and then."""
    seen = Counter(one.code for one in score.expectations(calm, calm.end))
    assert set(seen) <= INNOCENT
    assert seen["delivery_late"] < len(calm.orders) * 0.1


def test_the_company_is_as_lively_as_the_trade_says(calm: Stage) -> None:
    """Weekends are quieter, some orders are split, changed or held, and most reach their customers."""
    placed = Counter(datetime.fromtimestamp(order.placed, UTC).weekday() for order in calm.orders)
    assert sum(placed[day] for day in range(5)) / 5 > sum(placed[day] for day in (5, 6)) / 2
    kinds = Counter(fact.type for fact in calm.facts)
    assert kinds["order.changed"] and kinds["order.credit_held"]
    assert any(len(order.legs) > 1 for order in calm.orders)
    assert kinds["shipment.delivered"] > len(calm.orders) / 2


def test_quantities_of_a_calm_world_add_up(calm: Stage) -> None:
    """Shipped is posted and never more than ordered; billed and delivered is never more than shipped."""
    for facts in score.facts_by_order(calm).values():
        state = last(facts, calm.end)
        assert state
        for line in state.ledger().values():
            assert list(line) == list(MEASURES)
            assert line["shipped"] <= line["ordered"] - line["cancelled"]
            assert line["posted"] <= line["shipped"]
            assert max(line["invoiced"], line["delivered"]) <= line["shipped"]


def test_stages_only_go_forward_in_a_calm_world(calm: Stage) -> None:
    """Without holds, cancellations and short picks the truth of an order never falls back."""
    from app.model.taxonomy import RANK

    for facts in score.facts_by_order(calm).values():
        if any("hold" in fact.data or "cancel" in fact.type for fact in facts):
            continue
        ranks = [RANK[state.stage()] for _, state in story(facts, calm.end)]
        assert ranks == sorted(ranks), facts[0].so


def test_every_built_order_fault_strikes() -> None:
    """In a world that is large enough, each fault of the catalogue that is built leaves its mark."""
    stage = played(900, START, START + 14 * DAY, seed=2, faults=FAULTS)
    seen = [*stage.expected, *score.expectations(stage, stage.end)]
    marked = {one.fault.removesuffix(" done") for one in seen} | {
        "F11" for one in seen if one.code == "confirmation_late"
    }
    silent = {fault.id for fault in FAULTS if not fault.codes}
    assert {fault.id for fault in FAULTS if fault.built} - silent - marked == set()


def test_facts_are_of_the_trade(stormy: Stage) -> None:
    """Every fact is an event of the taxonomy, but for the word that nobody knows (F38)."""
    assert {fact.type for fact in stormy.facts} - set(EVENTS) <= {"unknown:order.rebinned"}


def test_the_same_number_at_two_nodes_is_two_orders(stormy: Stage) -> None:
    """Fulfillment orders of two nodes carry the same numbers: a trap that must not merge orders."""
    numbers = Counter(leg.fo for order in stormy.orders for leg in order.legs)
    assert numbers.most_common(1)[0][1] > 1


def test_a_line_of_the_truth_says_all_of_an_order(stormy: Stage) -> None:
    """Stage, holds, keys and thirteen quantities per line, after every fact."""
    facts = next(f for f in score.facts_by_order(stormy).values() if len(f) > 12)
    lines = [told(fact, state) for fact, state in story(facts, stormy.end)]
    assert len(lines) == len([fact for fact in facts if fact.arrives <= stormy.end])
    assert {"stage", "holds", "ledger", "keys"} <= set(lines[-1])


@pytest.mark.parametrize("said", ["F99", "F01,nothing"])
def test_an_unknown_fault_is_refused(said: str) -> None:
    """A name that is not in the catalogue is a mistake, not a world without faults."""
    with pytest.raises(ValueError, match="there is no fault"):
        chosen(said)
    assert chosen("f06, F35") == (CATALOGUE["F06"], CATALOGUE["F35"])


@settings(deadline=None, max_examples=60)
@given(
    hours=st.sampled_from([OFFICE, *(node.hours for node in NODES.values())]),
    begin=st.integers(START, START + 40 * DAY), seconds=st.integers(0, 60 * HOUR), days=st.integers(1, 5),
)  # fmt: skip
def test_the_worlds_hours_are_those_of_the_product(hours: Hours, begin: int, seconds: int, days: int) -> None:
    """Two independent reckonings of working time agree, the change of clocks in March included."""
    clocks = Calendars({"place": Calendar.model_validate(hours.said())})
    instant = pl.Series([datetime(1970, 1, 1) + timedelta(seconds=begin)], dtype=pl.Datetime("us"))
    name = pl.Series(["place"])
    added = clocks.add(instant, pl.Series([seconds], dtype=pl.Int64), name)[0]
    assert (added - datetime(1970, 1, 1)).total_seconds() == hours.add(begin, seconds)
    later = clocks.add_days(instant, pl.Series([days], dtype=pl.Int64), name)[0]
    assert (later - datetime(1970, 1, 1)).total_seconds() == hours.days_later(begin, days)


def test_expectations_of_one_order_and_code_are_one() -> None:
    """A code is expected once per order, from the first moment, and for as long as any of its causes lasts."""
    made = score.merged([Expected("a", "1", 20, 30), Expected("a", "1", 10, None), Expected("a", "2", 5, 9)])
    assert [(one.so, one.since, one.until) for one in made] == [("2", 5, 9), ("1", 10, None)]


def test_the_score_counts_found_missed_and_false() -> None:
    """Found by code and order, missed otherwise; an exception that nobody expects is false, a folded one follows on."""
    at = datetime(2026, 3, 3, 10)
    since = int(at.replace(tzinfo=UTC).timestamp())
    expected = [Expected("late", "SO-1", since, since + 60), Expected("late", "SO-2", since)]
    said = [
        score.Said("late", "SO-1", "x", at + timedelta(minutes=5), None, False, False),
        score.Said("late", "SO-3", "x", at, None, False, False),
        score.Said("late", "SO-4", "x", at, None, False, True),
        score.Said("late", "SO-5", "x", at, None, True, False),
    ]
    tally = score.compared(expected, said, {"late"}, since + HOUR)["late"]
    assert (tally.expected, tally.found, len(tally.missed), len(tally.false), tally.consequences) == (2, 1, 1, 1, 1)
    assert tally.delay == 300
    assert [one.so for one in tally.still_open] == ["SO-1"]
