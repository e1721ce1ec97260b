"""Interfaces that get worse, as stories: spans come in, quarters of an hour are judged, an exception opens and clears."""

import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app import stories
from app.calendar import Calendars
from app.engine.judge import Judge
from app.engine.rebuild import rebuild, verify
from app.engine.tick import Ticker
from app.engine.watch import Watch
from app.model.event import METRIC, SPAN, Message, Translation
from app.store.reader import Reader
from rules.book import load, watches
from rules.degradation.rule import Degrading
from rules.kinds import KINDS
from tests.laws.worlds import House

MONDAY = datetime(2026, 11, 2)
QUARTER = timedelta(minutes=15)
RULES = watches(load(KINDS))
Row = dict[str, Any]


class Tower:
    """A store that is told of calls and looks at a set time."""

    def __init__(self, house: House) -> None:
        self.house, self.now = house, MONDAY
        house.ticker = Ticker(house.work, Judge((), {}, Calendars({}), watch=Watch(RULES)), now=lambda: self.now)

    def calls(self, at: datetime, good: int, bad: int = 0, ms: float = 100, **more: Any) -> list[Row]:
        """Spans of the middleware's calls to a partner within one quarter, some of which failed."""
        made = []
        for n in range(good + bad):
            name = f"{at.isoformat()} {n} {good} {bad} {ms} {more}"
            id = sha256(name.encode()).hexdigest()
            attrs = {"peer.service": "3pl.west"} | ({"error.type": "timeout"} if n >= good else {})
            made.append({
                "item": n, "trace_id": id[:32], "span_id": id[32:48], "source": "mw.hub", "name": "send",
                "kind": "client", "started_at": at + timedelta(seconds=n), "duration_ns": int(ms * 1e6), "status": "",
                "keys": [], "links": [], "attrs": json.dumps(attrs), **more,
            })  # fmt: skip
        return made

    def take(self, spans: list[Row], now: datetime) -> "Tower":
        """Store spans and look at `now`."""
        self.now = now
        self.house.intake.put(
            Message("mw.hub", "otlp", "", b"", now), Translation(spans=pl.DataFrame(spans, schema=SPAN))
        ).result()
        self.house.ticker.run()
        return self

    def quarters(self, since: datetime, count: int, good: int = 40, bad: int = 0, ms: float = 100) -> "Tower":
        """So many quarters alike, all stored at once, looked at when the last one is over."""
        spans = [row for n in range(count) for row in self.calls(since + n * QUARTER, good, bad, ms)]
        return self.take(spans, since + count * QUARTER + timedelta(minutes=3))

    def alarms(self) -> list[tuple[str, str, str]]:
        """(subject, cause, since) of the interfaces that people have been told of."""
        return self.house.work.ask(
            "select subject, cause, strftime(due_at, '%d %H:%M') from alarm where condition = 'active' order by all"
        ).rows()

    def said(self) -> list[str]:
        """What was said so far."""
        return self.house.work.ask("select action from case_intent order by seq")["action"].to_list()

    def same(self) -> bool:
        """Whether a rebuild would find what stands."""
        return verify(self.house.work, self.house.ticker).is_empty()


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that knows two ordinary days of an interface, until Wednesday midnight, to copy."""
    folder = tmp_path_factory.mktemp("ordinary")
    tower = Tower(House.build(folder / "record.duckdb", Judge((), {}, Calendars({}))))
    tower.quarters(MONDAY, 48 * 4)
    assert tower.alarms() == [] and tower.same()
    tower.house.close()
    return folder


@pytest.fixture
def tower(ordinary: Path, tmp_path: Path) -> Iterator[Tower]:
    """A tower after these two days."""
    shutil.copytree(ordinary, tmp_path / "store")
    made = Tower(House.build(tmp_path / "store" / "record.duckdb", Judge((), {}, Calendars({}))))
    yield made
    made.house.close()


WEDNESDAY = MONDAY + timedelta(days=2)
WEST = "mw.hub:client:3pl.west"


def test_two_bad_quarters_raise_and_three_good_ones_clear(tower: Tower) -> None:
    """A tenth fails: nothing after one quarter, an exception after two; over after the third good quarter, not before."""
    tower.quarters(WEDNESDAY, 1, 36, 4)
    assert tower.alarms() == []
    tower.quarters(WEDNESDAY + QUARTER, 1, 36, 4)
    assert tower.alarms() == [(WEST, "error share, error share drifts", "04 00:30")]
    (evidence,) = tower.house.work.ask("select evidence from alarm")["evidence"].item()
    assert "4 of 40 failed (10.0%), above 2%" in evidence and "since 2026-11-04 00:30" in evidence
    assert tower.same()
    tower.quarters(WEDNESDAY + 2 * QUARTER, 2)
    assert len(tower.alarms()) == 1
    tower.quarters(WEDNESDAY + 4 * QUARTER, 1)
    assert tower.alarms() == [] and tower.said() == ["raise", "clear"]
    assert tower.same()


def test_what_former_rules_said_goes_with_them(tower: Tower) -> None:
    """Without a rule over interfaces nothing degrades any more; with it again it is said again."""
    tower.quarters(WEDNESDAY, 2, 36, 4)
    ticker, work = tower.house.ticker, tower.house.work
    for rules, alarms, looks in (((), 0, 0), (RULES, 1, work.number("select count(*) from interface_look"))):
        ticker.judge_by(Judge((), {}, Calendars({}), watch=Watch(rules)))
        assert ticker.rejudge(1) == 0
        assert (len(tower.alarms()), work.number("select count(*) from interface_look")) == (alarms, looks)


def test_a_slow_drift_raises(tower: Tower) -> None:
    """A tenth slower than usual, inside every limit: within two hours it is an exception that names what is usual."""
    tower.quarters(WEDNESDAY, 2, ms=112)
    assert tower.alarms() == []
    tower.quarters(WEDNESDAY + 2 * QUARTER, 6, ms=112)
    ((subject, cause, _),) = tower.alarms()
    assert (subject, cause) == (WEST, "latency drifts")
    (evidence,) = tower.house.work.ask("select evidence from alarm")["evidence"].item()
    assert "median 112 ms where 100 ms is usual at this hour" in evidence
    tower.quarters(WEDNESDAY + 8 * QUARTER, 3)
    assert tower.alarms() == []


def test_a_spike_of_a_few_calls_raises_nothing(tower: Tower) -> None:
    """Twenty-nine calls, all of which fail, for two hours: too few to say anything, and nothing is said."""
    tower.quarters(WEDNESDAY, 8, 0, 29)
    assert tower.alarms() == [] and tower.said() == []
    assert tower.house.work.ask("select count(*) from interface_look where holds is null").item() == 8


def test_flapping_around_a_limit_stays_one_exception(tower: Tower) -> None:
    """Bad, bad, good, good, bad, good, good, bad: never three good quarters in a row, so it is one all the time."""
    tower.quarters(WEDNESDAY, 2, 36, 4)
    for n, bad in enumerate((0, 0, 4, 0, 0, 4), start=2):
        tower.quarters(WEDNESDAY + n * QUARTER, 1, 40 - bad, bad)
    assert len(tower.alarms()) == 1 and tower.said() == ["raise"]


def test_what_comes_late_or_twice_is_judged_as_if_it_had_come_in_time(tower: Tower) -> None:
    """The failures of the first quarter arrive an hour later: the exception says since when, and a rebuild agrees."""
    late = tower.calls(WEDNESDAY, 0, 6)
    tower.quarters(WEDNESDAY, 1)
    tower.quarters(WEDNESDAY + QUARTER, 1, 36, 4)
    tower.quarters(WEDNESDAY + 2 * QUARTER, 1)
    assert tower.alarms() == []
    tower.take(late, tower.now + timedelta(minutes=20))
    assert [since for *_, since in tower.alarms()] == ["04 00:30"]
    tower.take(late, tower.now)
    assert tower.same() and rebuild(tower.house.work, tower.house.ticker) == 0


def test_a_spell_is_not_learned_as_usual(tower: Tower) -> None:
    """A day at three times the usual time: the next day the same is still not usual."""
    tower.quarters(WEDNESDAY, 96, ms=300)
    ((_, cause, since),) = tower.alarms()
    assert cause.startswith("p95") and since == "04 00:30"
    tower.quarters(WEDNESDAY + timedelta(days=1), 8, ms=300)
    usual = tower.house.work.ask("select max(exp(log_latency_usual)) as ms from interface_look").item()
    assert len(tower.alarms()) == 1 and usual == pytest.approx(100)
    assert tower.same()


def test_without_new_spans_a_step_looks_at_nothing(tower: Tower) -> None:
    """The quarter at hand waits until it is over; until then, and after it, there is nothing to do."""
    needed = tower.house.work.ask("watch/needed", before=tower.now).item()
    tower.take(tower.calls(WEDNESDAY + QUARTER, 40), WEDNESDAY + QUARTER + timedelta(minutes=5))
    assert needed is False
    work = tower.house.work
    assert work.ask("watch/needed", before=tower.now - QUARTER).item() is False
    assert work.ask("watch/needed", before=WEDNESDAY + QUARTER).item() is True
    assert work.ask("select count(*) from interface_window where begun_at >= $w", w=WEDNESDAY).item() == 0


def test_what_waits_too_long_is_a_queue_that_lags(tower: Tower) -> None:
    """Two thousand messages wait, forty are taken in a quarter of an hour: that takes days, and is raised."""
    at = WEDNESDAY
    for n in (1, 2):
        now = at + QUARTER
        taken = tower.calls(at, 40, kind="consumer", attrs=json.dumps({"messaging.destination.name": "orders"}))
        tower.house.intake.put(
            Message("mw.hub", "otlp", "", b"", now), Translation(metrics=pl.DataFrame([lag(at, n)], schema=METRIC))
        ).result()
        tower.take(taken, now + timedelta(minutes=3))
        at = now
    assert tower.alarms() == [("mw.kafka:queue:orders", "lag", "04 00:30")]
    assert "what waits needs 45,000 s" in tower.house.work.ask("select evidence[1] from alarm").item()


def lag(at: datetime, n: int) -> Row:
    """What a consumer group's lag was within a quarter."""
    return {
        "item": 0, "source": "mw.kafka", "interface": "orders", "side": "queue", "name": "kafka.consumer_group.lag",
        "series": "p0", "delta": False, "failed": False, "started_at": None, "ended_at": at + timedelta(minutes=n), "count": None,
        "total": None, "most": None, "bounds": [], "buckets": [], "value": 2000.0, "received_at": None,
    }  # fmt: skip


def test_open_orders_on_the_way_of_a_degrading_interface_are_endangered(tower: Tower) -> None:
    """One whose partner it serves, one of which a span went over it; not one elsewhere, and not one that is closed."""
    tower.quarters(WEDNESDAY, 2, 36, 4)
    call = tower.calls(WEDNESDAY + 2 * QUARTER, 1, keys=["so:S2"])
    tower.take(call, tower.now)
    said = stories.parse(
        """
        2026-11-04 00:00 erp.main order.created so=S1 partner=3pl.west amount=40 currency=EUR lines=1:A-1:10:EA:4
        2026-11-04 00:00 erp.main order.created so=S2 partner=3pl.east amount=7.50 currency=EUR
        2026-11-04 00:00 erp.main order.created so=S3 partner=3pl.east amount=100 currency=EUR
        2026-11-04 00:00 erp.main order.created so=S4 partner=3pl.west amount=100 currency=EUR
        2026-11-04 00:01 erp.main order.cancelled so=S4
        """
    )
    tower.house.intake.put(Message("x", "x", "x", b"", tower.now), said).result()
    tower.house.ticker.run()
    reader = Reader(tower.house.database)
    (verdict,) = reader.verdicts(tower.now, "mw.hub")
    assert (verdict["verdict"], verdict["subject"]) == ("degrading", WEST)
    told = reader.endangered("mw.hub", "client", "3pl.west", "3pl.west", tower.now)
    assert sorted(one["so"] for one in told["items"]) == ["S1", "S2"]
    assert (told["orders"], told["money"]) == (2, [{"currency": "EUR", "value": "47.50"}])
    nobody = reader.endangered("mw.hub", "client", "3pl.north", "3pl.north", tower.now)
    assert (nobody["orders"], nobody["dues"], nobody["money"], nobody["items"]) == (0, 0, [], [])
    course = reader.course("mw.hub", WEDNESDAY, WEDNESDAY + 2 * QUARTER)
    assert [(one["state"], one["error_share"]) for one in course] == [("pending", 0.1), ("firing", 0.1)]
    assert course[0]["usual"] == pytest.approx(100) and course[0]["low"] < 100 < course[0]["high"]
    reader.close()


def test_the_same_rules_judge_nothing_twice(tower: Tower) -> None:
    """Orders that are judged again leave the looks as they are; another version of the rule makes them all anew."""
    tower.quarters(WEDNESDAY, 2, 36, 4)
    work = tower.house.work
    work.run_sql("update interface_look set holds = null where begun_at < timestamp '2026-11-03'")
    tower.house.ticker.refold()
    marked = "select count(*) from interface_look where holds is null"
    assert work.number(marked) == 96 and len(tower.alarms()) == 1
    strict = Degrading.model_validate(RULES[0].model_dump(by_alias=True) | {"version": 2, "min_count": 41})
    Watch([strict]).anew(work)
    assert work.number(marked) == 194 and work.number("select count(*) from judgement where kind = 'interface'") == 0


def test_a_count_that_says_nothing_yet_changes_nothing(tower: Tower) -> None:
    """The first total of a count that is days old adds up to no calls, and nothing is judged because of it."""
    old = lag(WEDNESDAY, 1) | {
        "side": "server", "name": "http.server.request.duration", "started_at": MONDAY, "count": 900, "total": 9.0, "value": None,
    }  # fmt: skip
    tower.house.work.run_sql("update interface_look set holds = null")
    tower.house.intake.put(
        Message("mw.hub", "otlp", "", b"", WEDNESDAY), Translation(metrics=pl.DataFrame([old], schema=METRIC))
    ).result()
    tower.now = WEDNESDAY + timedelta(hours=1)
    tower.house.ticker.run()
    assert tower.house.work.number("select count(*) from interface_pending") == 0
    assert tower.house.work.number("select count(*) from interface_look where holds is not null") == 0
