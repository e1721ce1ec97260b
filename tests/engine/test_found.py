"""Rules of one's own over findings, and orders entered twice: through the real step, whatever comes first."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.calendar import Calendars
from app.engine.judge import Judge
from app.engine.rebuild import verify
from app.model.event import Message
from rules import book, source
from rules.findings import Findings
from rules.kinds import KINDS
from rules.rule import Tolerance
from rules.sequence.constraints import violating
from tests.engine.court import CREATED, GONE, Court
from tests.laws.worlds import translation

MINE = """\
rules:
- id: M50
  code: posted_otherwise
  title: Posted otherwise than shipped
  kind: match
  check: {left: posted, equal: shipped, once: shipped, tolerance: {abs: 1}}
  since: arrived
  grace: 30m
  when: "order.customer != 'C-9'"
  owner: {posted: nobody, other: integration}
  severity: high
  runbook: Post what is missing, or reverse what is too much.
"""
START = datetime(2026, 11, 2, 8)
Seat = Callable[[str], Court]


@pytest.fixture
def seat(bare: Path, tmp_path: Path) -> Seat:
    """A court in which the rules of a text speak, and nothing else."""

    def seated(text: str) -> Court:
        entries, faults = book.understood([source.parse(text, "mine.yaml")], KINDS)
        assert faults == []
        clocks = Calendars({})
        judge = Judge((), {}, clocks, Findings(book.findings([entry.rule for entry in entries]), clocks))
        return Court.seated(bare, tmp_path / str(len(list(tmp_path.iterdir()))), judge)

    return seated


def test_a_match_of_ones_own(seat: Seat) -> None:
    """Two of ten are missing half an hour after the posting arrived; one may; and of customer C-9 nobody asks."""
    told = (
        CREATED,
        GONE,
        "+10m erp.main shipment.posted so=4711 sh@3pl.west=S1 lines=1:A-1:8:EA,2:B-2:3:EA received=+5m",
    )
    court = seat(MINE).told("2026-11-02 12:00", *told)
    assert court.codes() == set()
    found = court.at("2026-11-02 12:01").judged(code="posted_otherwise")[0]
    assert (found["rule"], found["since"], found["owner"]) == ("M50", datetime(2026, 11, 2, 12, 1), "integration")
    assert court.house.work.ask("select rule, due from alarm").rows() == [("M50", False)]
    assert seat(MINE.replace("abs: 1", "abs: 2")).told("2026-11-03 12:00", *told).codes() == set()
    assert seat(MINE.replace("C-9", "C-1")).told("2026-11-03 12:00", *told).codes() == set()


TWICE = "erp.main order.created so={} customer=C-17 cpo@C-17=P7 {}lines=1:A-1:10:EA"


@pytest.mark.parametrize("first", [1, 2])
def test_the_later_of_two_orders_is_suspected_whichever_arrives_first(court: Court, first: int) -> None:
    """F09: two hours apart, told in separate steps; cancelling the earlier one ends it, and a rebuild says the same."""
    told = {1: "2026-11-02 09:00 " + TWICE.format(1, ""), 2: "2026-11-02 11:00 " + TWICE.format(2, "")}
    court.told("2026-11-02 12:00", told[first]).told("2026-11-02 12:00", told[3 - first])
    found = court.judged(code="duplicate_order_suspect")
    assert [(r["since"], r["cause"], r["rule"]) for r in found] == [(datetime(2026, 11, 2, 11), "like 1", "U01")]
    assert "duplicate_order_suspect" in court.open()
    assert verify(court.house.work, court.house.ticker).is_empty()
    court.told("2026-11-02 12:10", "2026-11-02 12:05 erp.main order.cancelled so=1")
    assert court.judged(code="duplicate_order_suspect") == []
    assert "duplicate_order_suspect" not in court.open(), "the other order was spoken of as well"
    assert verify(court.house.work, court.house.ticker).is_empty()


def test_orders_that_a_person_calls_distinct_stay_so(court: Court) -> None:
    """Said once, it holds, also when one of them changes afterwards; a third like them is suspected all the same."""
    court.told("2026-11-02 12:00", *("2026-11-02 09:00 " + TWICE.format(n, "") for n in (1, 2)))
    assert len(court.judged(code="duplicate_order_suspect")) == 1
    court.told("2026-11-02 12:10", "2026-11-02 12:05 mw.desk suspicion.dismissed so=1,2 reason=two-shops")
    assert court.judged(code="duplicate_order_suspect") == []
    court.told("2026-11-02 12:20", "2026-11-02 12:15 erp.main order.released so=1 fo@3pl.west=F1")
    assert court.judged(code="duplicate_order_suspect") == []
    court.told("2026-11-02 12:30", "2026-11-02 12:25 " + TWICE.format(3, ""))
    assert len(court.judged(code="duplicate_order_suspect")) == 1
    assert verify(court.house.work, court.house.ticker).is_empty()


def test_a_changed_rule_speaks_anew_of_orders_and_of_what_is_none(bare: Path, tmp_path: Path) -> None:
    """The rules change their severity: a stock position and an order are judged again without having been found again."""
    rules = book.load(KINDS)

    def court(severity: str) -> Judge:
        told = book.findings(
            [r.model_copy(update={"severity": severity}) if r.id in ("I04", "B01") else r for r in rules]
        )
        return Judge((), {}, Calendars({}), Findings(told))

    seated = Court.seated(bare, tmp_path, court("low")).told(
        "2026-11-02 12:00", CREATED, "+1m erp.main order.hold_placed so=4711 hold=fraud:H1",
        "+1m 3pl.west inventory.snapshot location=W lines=1:A-1:-3",
    )  # fmt: skip
    assert {r["severity"] for r in seated.judged() if r["code"]} == {"low"}
    other = Court(seated.house, court("critical"))
    other.now = seated.now
    other.house.ticker.refold()
    assert {(r["code"], r["severity"]) for r in other.judged() if r["code"]} == {
        ("order_blocked", "critical"), ("inventory_rejected", "critical"),
    }  # fmt: skip


def test_a_tolerance_of_stock_is_measured_again(bare: Path, tmp_path: Path) -> None:
    """Four of a hundred are missing: drift; with five per cent tolerated there is none, and none that is heard of later."""
    rules = book.load(KINDS)

    def judge(share: int) -> Judge:
        changed = {"tolerance": Tolerance(pct=Decimal(share))}
        told = book.findings([r.model_copy(update=changed) if r.id == "I01" else r for r in rules])
        return Judge((), {}, Calendars({}), Findings(told))

    count = "{} inventory.snapshot location=W lines=1:A-1:{}"
    strict = Court.seated(bare, tmp_path, judge(0)).told(
        "2026-11-02 12:00", "2026-11-02 09:00 " + count.format("3pl.west", 96), "+0m " + count.format("erp.main", 100)
    )
    assert [r["code"] for r in strict.judged()] == ["inventory_drift"]
    strict.house.ticker.judge_by(judge(5))
    strict.house.ticker.run()
    assert strict.judged() == []
    strict.house.ticker.judge_by(judge(3))
    assert [r["code"] for r in strict.at("2026-11-02 12:01").judged()] == ["inventory_drift"]


TEMPLATES = ("precedence", "response", "responded_existence")
STEPS = ("order.created", "order.changed", "order.acknowledged", "order.allocated")


def constraint(number: int, template: str, a: str, b: str) -> str:
    return f"""\
- id: Q{number}
  code: wrong_{chr(87 + number)}
  title: A constraint
  kind: sequence
  expect: [{{{template}: [{a}, {b}]}}]
  owner: desk
  runbook: Look for it where it was last seen.
"""


def test_constraints_say_what_the_plain_functions_say(seat: Seat) -> None:
    """Sixty orders at random, an hour between any two steps: the statement and the oracle find the same orders."""
    dice = random.Random(5)
    asked = [(template, *dice.sample(STEPS, 2)) for template in TEMPLATES for _ in range(3)]
    court = seat("rules:\n" + "".join(constraint(n + 10, *one) for n, one in enumerate(asked)))
    told: list[dict[str, Any]] = []
    for n in range(60):
        steps = [dice.choice(STEPS) for _ in range(dice.randint(1, 5))]
        told += [
            {"source": "erp.main", "native_id": f"{n}/{i}", "type": step, "occurred_at": START + timedelta(hours=i), "keys": {"so": str(n)}}
            for i, step in enumerate(steps)
        ]  # fmt: skip
    court.now = START + timedelta(days=2)
    court.house.intake.put(Message("x", "x", "x", b"", START + timedelta(days=1)), translation(told)).result()
    court.house.ticker.run()
    found = court.house.work.ask(
        "select o.so, j.rule from judgement j join orders o using (order_no) where j.code is not null"
    )
    events = pl.DataFrame(
        {
            "subject": [e["keys"]["so"] for e in told],
            "activity": [e["type"] for e in told],
            "place": [e["occurred_at"] for e in told],
        }
    )
    for n, (template, a, b) in enumerate(asked):
        mine = set(found.filter(pl.col("rule") == f"Q{n + 10}")["so"])
        assert mine == set(violating(events, template, a, b)), (template, a, b)
    assert len(found) > 60
