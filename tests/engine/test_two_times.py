"""Two times: `as_of` asks what stood then, with all that is known today; `known_at` asks what was known then.

Laws over generated worlds in which every message arrives late by some time of its own.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app import clock
from app.cases.apply import House as CaseHouse
from app.cases.past import board_of
from app.engine.judge import Judge
from app.engine.past import Pasts
from app.engine.scratch import Means, Past
from app.errors import Ambiguous, NotFound
from app.store.past import Making, PastOrder, Times
from app.store.past.copying import copy_all
from app.store.reader import Reader
from app.store.work import Work
from tests.engine.court import catalogue
from tests.laws.worlds import BASE, LINES, House, claims, noise, steps
from tests.soak import examples

LAW = settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
Event = dict[str, Any]


def judge() -> Judge:
    return catalogue()


def late(event: Event, minutes: int) -> Event:
    """The event as it arrives so many minutes after it happened."""
    return event | {"received_at": event["occurred_at"] + timedelta(minutes=minutes)}


#: Messages about one to three orders, each late by up to a week or not at all.
worlds = st.integers(1, 3).flatmap(
    lambda n: st.lists(
        st.tuples(
            st.sampled_from([e for order in range(1, n + 1) for e in steps(order) + noise(order) + claims(order)]),
            st.one_of(st.just(0), st.integers(0, 500), st.integers(0, 7 * 24 * 60)),
        ).map(lambda pair: late(*pair)),
        min_size=3, max_size=40, unique_by=lambda e: (e["native_id"], str(e.get("promised_at")), str(e["keys"])),
    )
)  # fmt: skip
instants = st.integers(0, 3 * 24 * 60).map(lambda minutes: BASE + timedelta(minutes=minutes))


class Installation:
    """A store with its engine and the means to ask about another time."""

    def __init__(self, folder: Path) -> None:
        self.house = House.build(folder / "record.duckdb", judge())
        self.means = Means(
            self.house.database, judge, lambda seen: frozenset(), lambda alarms: board_of(alarms, CaseHouse())
        )
        self.reader = Reader(self.house.database, pasts=Pasts(self.means, folder / "past"))

    def take(self, events: list[Event]) -> None:
        self.house.take(events)

    def ids(self) -> list[str]:
        return [row["order_id"] for row in self.reader.rows("select order_id from orders order by 1")]

    def then(self, key: str, as_of: datetime | None = None, known_at: datetime | None = None) -> PastOrder | None:
        """The order at that time, None where nothing of it was there."""
        try:
            return self.reader.past_order(key, as_of, known_at)
        except NotFound:
            return None

    def whole(self, times: Times) -> Reader:
        """Everything at that time, waited for."""
        while isinstance(found := self.reader.past(times.as_of, times.known_at), Making):
            assert 0 <= found.done <= found.total
        return found

    def close(self) -> None:
        self.reader.close()
        self.house.close()


@contextmanager
def installation(*batches: list[Event]) -> Iterator[Installation]:
    with tempfile.TemporaryDirectory() as folder:
        made = Installation(Path(folder))
        try:
            for batch in batches:
                made.take(batch)
            yield made
        finally:
            made.close()


def shown(past: PastOrder) -> tuple[Any, ...]:
    """All that an answer says."""
    return past.order, past.timeline, past.links, past.traces


@LAW
@given(world=worlds, at=instants)
def test_what_comes_later_never_changes_what_was_known(world: list[Event], at: datetime) -> None:
    """Messages and corrections that arrive after T leave every answer `known_at` T as it was, to the byte."""
    before = [e for e in world if e["received_at"] <= at]
    after = [e for e in world if e["received_at"] > at]
    with installation() as there:
        if before:
            there.take(before)
        ids = there.ids()
        first = {key: there.then(key, known_at=at) for key in ids}
        if after:
            there.take(after)
        for key, was in first.items():
            now = there.then(key, known_at=at)
            assert (was is None) == (now is None), key
            assert was is None or now is None or shown(now) == shown(was)


@LAW
@given(world=worlds, as_of=st.none() | instants, known_at=st.none() | instants)
def test_one_orders_past_is_that_of_the_whole(
    world: list[Event], as_of: datetime | None, known_at: datetime | None
) -> None:
    """What bears on an order is enough: its past is the same as in the past of the whole store."""
    times = Times(as_of, known_at or (None if as_of else BASE))
    with installation(world) as there:
        record, whole = Work(there.house.database), Past(there.means, times)
        copy_all(record, whole.work, 0, times)
        whole.settle()
        whole.work.run("past/prune", now=times.now)
        for key in there.ids():
            found = there.then(key, times.as_of, times.known_at)
            if found:
                order = whole.reader.order(found.order["order_id"], whole.board, times.now)
                assert found.order == order
                assert found.timeline == whole.reader.timeline(order["order_id"], times.now)
        told = {past.order["order_id"] for key in there.ids() if (past := there.then(key, times.as_of, times.known_at))}
        stood = {row["order_id"] for row in whole.reader.rows("select order_id from orders")}
        assert told <= stood
        record.close()
        whole.discard()


@LAW
@given(world=worlds, at=instants)
def test_as_of_is_what_an_installation_with_a_stopped_clock_says(world: list[Event], at: datetime) -> None:
    """The state `as_of` T is the state of the same messages in an installation whose clock stands at T."""
    plain = [{k: v for k, v in event.items() if k != "received_at"} for event in world]
    with installation(plain) as there:
        clock.freeze(clock.aware(at))
        try:
            with installation(plain) as stopped:
                for row in stopped.reader.rows("select order_id, stage, events from orders"):
                    found = there.then(row["order_id"], as_of=at)
                    assert found is not None
                    assert (found.order["stage"], found.order["events"]) == (row["stage"], row["events"])
        finally:
            clock.freeze(None)


def test_a_late_message_belongs_to_the_past_of_its_time_but_was_not_known_then() -> None:
    """Released at 08:16, and the ERP says so at 20:16: as of noon released; known at noon, only created."""
    created, released = steps(1)[1], late(steps(1)[4], 12 * 60)
    noon = BASE + timedelta(hours=4)
    with installation([late(created, 0)], [released]) as there:
        then, known = there.then("so:1", as_of=noon), there.then("so:1", known_at=noon)
        both = there.then("so:1", as_of=noon, known_at=noon + timedelta(hours=12))
        assert then and known and both
        assert (then.order["stage"], known.order["stage"], both.order["stage"]) == ("released", "created", "released")
        assert known.order["keys"].get("fo") is None, "the warehouse's number came with the later message"
        assert [row["type"] for row in known.links] == ["order.created"]


def test_a_correction_changes_the_past_but_not_what_was_known() -> None:
    """The same message again with another quantity, recorded later: as_of takes the new one, known_at keeps the old."""
    said = late(steps(1)[1] | {"recorded_at": BASE}, 0)
    mended = late(said | {"lines": [{**LINES[0], "qty": "7"}], "recorded_at": BASE + timedelta(days=1)}, 3 * 24 * 60)
    at = BASE + timedelta(hours=2)
    with installation([said]) as there:
        first = [there.then("so:1", as_of=at), there.then("so:1", known_at=at)]
        there.take([mended])
        then, known = there.then("so:1", as_of=at), there.then("so:1", known_at=at)
        assert then and known and first[0] and first[1]
        assert [line["ordered"] for line in then.order["lines"]] == ["7"]
        assert [line["ordered"] for line in known.order["lines"]] == ["10", "3"]
        assert shown(known) == shown(first[1])
        assert shown(then) != shown(first[0])


def test_two_orders_that_became_one_were_two() -> None:
    """A shop order and an ERP order, tied by a message of the next day: known before that, each number is its own."""
    at = BASE + timedelta(hours=1)
    shop, erp = late(steps(1)[0], 0), late(steps(1)[1] | {"keys": {"so": "1"}}, 0)
    tie = late({**steps(1)[1], "native_id": "tie"}, 24 * 60)
    with installation([shop, erp, tie]) as there:
        assert len(there.ids()) == 1
        of_shop, of_erp = there.then("ch:W1", known_at=at), there.then("so:1", known_at=at)
        assert of_shop and of_erp
        assert of_shop.order["order_id"] != of_erp.order["order_id"]
        assert (of_shop.order["stage"], of_erp.order["stage"]) == ("captured", "created")
        today = there.then("ch:W1", as_of=at)
        assert today
        assert today.order["order_id"] == of_erp.order["order_id"], "today it is known that they are one"


def test_a_number_that_was_one_orders_before_it_was_shared() -> None:
    """A message id of a batch is taken for one order's until a second order has it: known before, it was his."""
    at = BASE + timedelta(hours=9)
    first, second = late(noise(1)[0], 0), late(noise(2)[0], 24 * 60)
    with installation([late(steps(1)[1], 0), late(steps(2)[1], 0), first, second]) as there:
        before = there.then("corr:BATCH", known_at=at)
        assert before
        assert before.order["so"] == "1"
        with pytest.raises(Ambiguous) as several:
            there.then("corr:BATCH", known_at=at + timedelta(days=2))
        assert [found["so"] for found in several.value.extra["candidates"]] == ["1", "2"]  # type: ignore[attr-defined]


def test_dues_and_exceptions_are_those_of_the_time() -> None:
    """An order that nobody releases: before its deadline the clock runs, after it the exception stands, later it is met."""
    created, released = late(steps(1)[1], 0), late(steps(1)[4] | {"occurred_at": BASE + timedelta(days=20)}, 0)
    with installation([created, released]) as there:
        states = []
        for after in (timedelta(minutes=10), timedelta(days=15), timedelta(days=21)):
            found = there.then("so:1", as_of=BASE + after)
            assert found
            due = next(d for d in found.order["dues"] if d["sla"] == "S02")
            states.append((due["state"], due["met_at"] is not None))
        assert states == [("running", False), ("breached", False), ("breached", True)]
        open_then = there.then("so:1", as_of=BASE + timedelta(days=15))
        assert open_then
        assert open_then.order["exceptions"]
        rows, _ = there.whole(Times(as_of=BASE + timedelta(days=15))).orders({}, [], 0, 10, BASE + timedelta(days=15))
        assert [row["so"] for row in rows] == ["1"]


def test_a_stopped_clock_takes_the_time_of_a_message_for_its_arrival() -> None:
    """In an installation of historical data `known_at` counts what had happened, unless the arrival was given."""
    plain = steps(1)[1]
    given_late = late(steps(1)[4], 12 * 60)
    clock.freeze(clock.aware(BASE + timedelta(days=3)))
    with installation([plain, given_late]) as there:
        early, noon, night = (there.then("so:1", known_at=BASE + timedelta(hours=h)) for h in (0, 4, 13))
        assert early is None
        assert noon and night
        assert (noon.order["stage"], night.order["stage"]) == ("created", "released")


def test_a_persons_word_is_of_today_and_was_not_known_before() -> None:
    """An invoice that names nothing is given to the order by hand, and the hand later withdrawn: as_of follows it."""
    lost = late(steps(1)[13] | {"keys": {"inv": "LOST"}, "native_id": "lost"}, 0)
    at = BASE + timedelta(hours=10)

    def word(n: int, days: int, **attrs: str) -> Event:
        said = {"source": "people", "native_id": f"w{n}", "type": "link.added", "keys": {}, "attrs": json.dumps(attrs)}
        return late(said | {"occurred_at": BASE + timedelta(days=days)}, 0)

    def types(past: PastOrder | None) -> set[str]:
        assert past
        return {row["type"] for row in past.links}

    with installation([late(steps(1)[1], 0), lost]) as there:
        lost_id = there.reader.rows("select format('{:016x}', event_id) as id from event where native_id = 'lost'")[0][
            "id"
        ]
        there.take([word(1, 2, order="so:erp:1", event_id=lost_id, reason="seen on paper", person="kim")])
        link = there.reader.rows("select format('{:016x}', event_id) as id from event where native_id = 'w1'")[0]["id"]
        assert "invoice.posted" in types(there.then("so:1", as_of=at))
        assert "invoice.posted" not in types(there.then("so:1", known_at=at))
        assert "invoice.posted" in types(there.then("so:1", known_at=BASE + timedelta(days=3)))
        there.take([word(2, 4, undoes=link, reason="a mistake", person="kim")])
        assert "invoice.posted" not in types(there.then("so:1", as_of=at))
        assert "invoice.posted" in types(there.then("so:1", known_at=BASE + timedelta(days=3)))


def test_what_bears_on_an_order_without_naming_it_is_of_its_time() -> None:
    """The customer's parent, told later, and the outage of the warehouse that the order waits for."""

    def told(name: str, source: str, type: str, hours: int, **more: Any) -> Event:
        return late(
            {"source": source, "native_id": name, "type": type, "occurred_at": BASE + timedelta(hours=hours), "keys": {}}
            | more, 0,
        )  # fmt: skip

    parent = told(
        "p", "crm.main", "customer.updated", 30, keys={"cust": "C-1"}, customer="C-1", attrs='{"parent": "P-9"}'
    )
    down = told("d", "mw.bus", "partner.outage_started", 3, partner="3pl.west")
    up = told("u", "mw.bus", "partner.outage_ended", 6, partner="3pl.west")
    order = [late(e | {"customer": "C-1"}, 0) for e in steps(1)[1:6] if "credit" not in e["type"]]
    with installation([*order, *steps(2), parent, down, up]) as there:
        before, after = (
            there.then("so:1", as_of=BASE + timedelta(hours=29)),
            there.then("so:1", as_of=BASE + timedelta(hours=31)),
        )
        assert before and after
        assert (before.order["parent_customer"], after.order["parent_customer"]) == (None, "P-9")
        causes = []
        for hours in (2, 4, 7):
            found = there.then("so:1", as_of=BASE + timedelta(hours=hours))
            assert found
            causes.append("partner_outage" in {why["cause"] for why in found.order["blocked"]})
        assert causes == [False, True, False]


@LAW
@given(world=worlds, at=instants, cut=st.integers(0, 40))
def test_a_whole_past_takes_what_arrives_meanwhile(world: list[Event], at: datetime, cut: int) -> None:
    """Lists and figures of the past, asked before and after more was stored, are those of everything at once."""
    times = Times(as_of=at)

    def seen(there: Installation) -> tuple[Any, ...]:
        whole = there.whole(times)
        rows, total = whole.orders({}, [("so", "asc")], 0, 100, at)
        return rows, total, whole.kpis(at), whole.slas(at)

    with installation(world[:cut] or world[:1]) as there, installation(world) as once:
        seen(there)
        there.take(world)
        assert seen(there) == seen(once)


def test_only_few_whole_pasts_are_kept(tmp_path: Path) -> None:
    """The ones asked about last stay; files of the others go, and at the end all."""
    there = Installation(tmp_path)
    there.take(steps(1))
    for hour in range(1, 6):
        there.whole(Times(as_of=BASE + timedelta(hours=hour)))
    kept = sorted(file.name for file in (tmp_path / "past").glob("*.duckdb") if "spans" not in file.name)
    assert kept == ["past3.duckdb", "past4.duckdb", "past5.duckdb"]
    there.close()
    assert not (tmp_path / "past").exists()


def test_the_present_is_not_touched() -> None:
    """Asking about the past writes nothing, says nothing, and leaves the clock running."""
    with installation(steps(1)) as there:
        before = there.house.picture()
        said = there.house.work.number("select count(*) from case_intent")
        there.then("so:1", as_of=BASE + timedelta(hours=1))
        there.whole(Times(known_at=BASE + timedelta(days=2)))
        assert there.house.picture() == before
        assert there.house.work.number("select count(*) from case_intent") == said
        assert clock.frozen() is None


def test_nothing_was_there_yet() -> None:
    """Before its first message an order is not found; neither is what never was one."""
    with installation(steps(1)) as there:
        with pytest.raises(NotFound, match="at that time"):
            there.reader.past_order("so:1", as_of=BASE - timedelta(days=1))
        with pytest.raises(NotFound, match="No order is known"):
            there.reader.past_order("so:77", as_of=BASE)
