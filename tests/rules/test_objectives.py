"""Budgets that burn: when it is said, when it is over, what cannot be said, and what an objective may not be."""

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import WrongUse
from app.settings import Sla
from rules import book, examples, source
from rules.kinds import KINDS
from rules.kinds.slo import burning, grid, spells
from rules.objective import periods
from rules.objective.budget import figures
from rules.objective.burn import detected, in_reach, least_total, usual
from rules.objective.rule import DECIDED, Objective, decided
from rules.source import Document

RULES = book.load(KINDS)
L06 = next(rule for rule in RULES if isinstance(rule, Objective))
MONDAY = datetime(2026, 11, 2, 9)
TEXT = (book.CATALOG / "L06_slo_burning.yaml").read_text(encoding="utf-8")


def told(*rows: tuple[int, str, int]) -> pl.DataFrame:
    """Verdicts of one partner: minutes after Monday nine o'clock, state, how many."""
    made = [("3pl.west", MONDAY + timedelta(minutes=at), state, n) for at, state, n in rows]
    return pl.DataFrame(made, schema=DECIDED, orient="row")


def rule(**said: Any) -> Objective:
    """L06 with other values."""
    return Objective.model_validate(L06.model_dump() | said)


def test_exactly_at_the_factor_nothing_burns() -> None:
    """The hour's factor is 13.44, its limit 252/625: that share is not above it, one more bad one is."""
    fast = rule(burn=[{"budget": "2%", "long": "1h", "severity": "critical"}])
    assert fast.windows[0].limit(fast.aim) == Fraction(252, 625)
    assert spells(told((0, "breached", 252), (0, "met", 373)), fast).is_empty()
    found = spells(told((0, "breached", 253), (0, "met", 372)), fast).row(0, named=True)
    assert (found["raised_at"], found["bad_long"], found["total_short"]) == (MONDAY, 253, 625)
    assert found["burn_long"] == pytest.approx(253 / 625 / 0.03)


def test_a_verdict_counts_at_the_first_look_that_can_know_it() -> None:
    """At the look itself it is known; a microsecond later it waits for the next."""
    row = told((0, "breached", 40))
    late = row.with_columns(pl.col("at") + timedelta(microseconds=1))
    assert spells(row, L06)["raised_at"].min() == MONDAY
    assert spells(late, L06)["raised_at"].min() == MONDAY + timedelta(seconds=grid(L06.windows))


def test_a_window_forgets_what_is_as_old_as_it_is_long() -> None:
    """An hour after its last verdict the hour's alert is over, though nobody reported anything since."""
    found = spells(told((0, "breached", 40)), L06).filter(pl.col("window") == "2% in 1h")
    assert found.select("raised_at", "cleared_at").row(0) == (MONDAY, MONDAY + timedelta(hours=1))


def test_a_spell_is_half_open() -> None:
    """It burns at its first instant and no more at the instant at which it is over."""
    found = spells(told((0, "breached", 40)), rule(burn=[{"budget": "2%", "long": "1h", "severity": "high"}]))
    moments = [MONDAY - timedelta(microseconds=1), MONDAY, MONDAY + timedelta(minutes=59), MONDAY + timedelta(hours=1)]
    assert [burning(found, at).height for at in moments] == [0, 1, 1, 0]


def test_silence_does_not_heal_but_good_news_does() -> None:
    """While the short window is empty a spell goes on; the first good verdicts end it."""
    found = spells(told((0, "breached", 40), (30, "met", 1)), L06).filter(pl.col("window") == "2% in 1h")
    assert found["cleared_at"].to_list() == [MONDAY + timedelta(minutes=30)]


@pytest.mark.parametrize(
    ("bad", "good", "burns"), [(2, 0, False), (2, 28, False), (3, 27, True), (29, 0, False), (30, 0, True)]
)
def test_few_verdicts_say_nothing(bad: int, good: int, burns: bool) -> None:
    """Thirty in the long window, three of them bad: below that nobody is woken."""
    assert (not spells(told((0, "breached", bad), (0, "met", good)), L06).is_empty()) is burns


def test_void_and_running_never_count() -> None:
    """Only what was judged stands in numerator and denominator."""
    more = told((0, "breached", 30), (0, "void", 900), (0, "running", 900))
    assert spells(more, L06).equals(spells(told((0, "breached", 30)), L06))


def test_the_highest_severity_speaks_for_a_partner() -> None:
    """One line each, however many windows burn."""
    found = burning(spells(told((0, "breached", 40)), L06), MONDAY + timedelta(minutes=1))
    assert found.select("partner", "severity", "window").rows() == [("3pl.west", "critical", "2% in 1h")]
    assert burning(spells(told((0, "breached", 40)), L06), MONDAY - timedelta(seconds=1)).is_empty()


def test_no_verdicts_no_spells() -> None:
    """An empty frame is answered with an empty one."""
    assert spells(told(), L06).is_empty()


ROW = st.tuples(st.integers(0, 400), st.sampled_from(["met", "breached"]), st.integers(1, 30))


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, max_size=12), st.integers(0, 500), st.randoms())
def test_what_burned_by_now_does_not_depend_on_what_came_later(rows: list[Any], now: int, random: Any) -> None:
    """Nor on the order in which verdicts are listed, nor on how they are bundled."""
    at = MONDAY + timedelta(minutes=now)
    shuffled = random.sample(rows, len(rows))
    single = [(minute, state, 1) for minute, state, n in shuffled for _ in range(n)]
    known = [row for row in single if row[0] <= now]
    later, before = (burning(spells(told(*some), L06), at).drop("cleared_at") for some in (rows, known))
    assert later.equals(before)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=12), st.integers(0, 130))
def test_a_look_is_what_one_counts_by_hand(rows: list[Any], look: int) -> None:
    """Without empty windows between, a spell covers exactly the looks at which both shares are above the limit."""
    fast = rule(burn=[{"budget": "2%", "long": "1h", "severity": "high"}])
    every = [*rows, *((5 * n, "met", 1) for n in range(131))]
    at = 5 * look

    def within(minutes: int) -> tuple[int, int]:
        seen = [(state, n) for minute, state, n in every if at - minutes < minute <= at]
        return sum(n for state, n in seen if state == "breached"), sum(n for _, n in seen)

    (bad, total), (lately, some) = within(60), within(5)
    limit = Fraction(252, 625)
    expected = Fraction(bad, total) > limit and Fraction(lately, some) > limit and total >= 30 and bad >= 3
    found = spells(told(*every), fast)
    instant = MONDAY + timedelta(minutes=at)
    assert bool(burning(found, instant).height) is expected


def test_a_window_out_of_reach_is_left_out_with_a_notice() -> None:
    """At 90 % no failure burns faster than ten times; the other windows stay."""
    low = rule(objective="90%")
    assert [window.name for window in low.windows] == ["5% in 6h", "10% in 1d", "10% in 3d"]
    assert low.notices == ("2% in 1h: a factor of 13.44 is out of reach; this objective burns 10 times at most",)
    assert L06.notices == ()
    assert [w.name for w in in_reach(usual(28 * 86_400), Fraction(1, 2))[0]] == ["long"]


def test_how_many_verdicts_a_single_failure_needs_beside_it() -> None:
    """From that number on, three bad ones are not above the limit; with one fewer they are."""
    least = least_total(L06.aim, L06.windows[0].factor)
    limit = L06.windows[0].limit(L06.aim)
    assert Fraction(3, least) <= limit < Fraction(3, least - 1)


def test_what_is_exactly_at_the_limit_is_never_noticed() -> None:
    """A share that is not above it never raises; a little more fills the window at last."""
    aim, window = L06.aim, L06.windows[0]
    limit = window.limit(aim)
    assert detected(aim, limit, window.long, window.factor) is None
    more = detected(aim, limit * Fraction(11, 10), window.long, window.factor)
    assert more == Fraction(window.long) / Fraction(11, 10)


def test_what_is_left_of_a_budget_may_be_negative() -> None:
    """Counts, and the part of the budget: four of a hundred where three are allowed."""
    row = figures(pl.DataFrame({"good": [96], "total": [100]}), L06.aim).row(0, named=True)
    assert (row["left"], row["status"]) == (-1, "violated")
    assert row["remaining"] == pytest.approx(-1 / 3)
    kept = figures(pl.DataFrame({"good": [97], "total": [100]}), L06.aim).row(0, named=True)
    assert (kept["left"], kept["status"]) == (0, "healthy")
    used = figures(pl.DataFrame({"good": [88], "total": [100], "expected": [400]}), L06.aim).row(0, named=True)
    assert (used["left"], used["status"]) == (0, "violated")
    early = figures(pl.DataFrame({"good": [96], "total": [100], "expected": [400]}), L06.aim).row(0, named=True)
    assert (early["left"], early["status"]) == (8, "degrading")


@settings(max_examples=60, deadline=None)
@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)),
    st.sampled_from(["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Tehran", "UTC"]),
    st.sampled_from(["day", "week", "month", "quarter", "year"]),
)
def test_calendar_periods_tile_time(now: datetime, zone: str, unit: Any) -> None:
    """Every instant lies in exactly one; where one ends the next begins."""
    start, end = periods.current(now, unit, zone)
    assert start <= now < end
    assert periods.current(end, unit, zone)[0] == end
    assert periods.current(end - timedelta(microseconds=1), unit, zone)[0] == start
    assert periods.anchored(now, start, unit, 1, zone)[0] == start
    assert periods.anchored(start, start, unit, 1, zone)[0] == start
    assert periods.anchored(end, start, unit, 1, zone)[0] == end


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("objective: 97%", "objective: 100%", 11, "not a share"),
        ("objective: 97%", "objectiv: 97%", 11, "Did you mean `objective`?"),
        ("min_total: 30", "min_total: 0", 13, "greater than or equal to 1"),
        ("long: 6h", "long: 7m", 16, "multiple of 12 minutes"),
        ("long: 3d", "long: 30d", 2, "longer than the period"),
        ("{rolling: 28d}", "{rolling: 28d, calendar: month}", 12, "either `rolling` or `calendar`"),
        ("{rolling: 28d}", "{calendar: month, zone: Mars/Base}", 12, "Mars/Base"),
        ("state: met}", "state: [met, breached]}", 2, "`good` must be a part"),
        ("good: {due: S06", "good: {due: S02", 2, "`good` must be a part"),
        ("3pl.west  met=300", "3pl.west  mett=300", 25, "line 1"),
        (
            "partner: 3pl.east\n    state: met",
            "partner: 3pl.east\n    state: breached",
            44,
            "example 4: is met and not",
        ),
    ],
)
def test_a_fault_in_an_objective_is_said_with_its_line(old: str, new: str, line: int, what: str) -> None:
    """As with deadlines: file, line, what is wrong."""
    assert old in TEXT
    document = source.parse(TEXT.replace(old, new, 1), "L06.yaml")
    deadlines = (book.CATALOG / "S06_ack_overdue.yaml").read_text(encoding="utf-8")
    entries, wrong = book.understood([document, source.parse(deadlines, "S06.yaml")], KINDS)
    found = [fault for fault in wrong + examples.check(entries, KINDS) if what in str(fault)]
    assert [fault.line for fault in found] == [line]


def test_an_objective_needs_the_rule_that_it_counts() -> None:
    """Of Dues that nobody makes there is no share."""
    document = source.parse(TEXT, "L06.yaml")
    assert isinstance(document, Document)
    _, wrong = book.understood([document], KINDS)
    assert [(fault.line, "no rule S06" in fault.what) for fault in wrong] == [(9, True)]


def test_settings_of_an_objective() -> None:
    """It can be switched off and given an owner; anything else would silently do nothing and is refused."""
    every = [one.id for one in book.objectives(RULES)]
    assert {"L06", "L07", "L14", "L16", "L19"} <= set(every)
    assert [one.id for one in book.objectives(RULES, {"L06": Sla(enabled=False)})] == [
        id for id in every if id != "L06"
    ]
    assert book.objectives(RULES, {"L06": Sla(owner="quality")})[0].owner == "quality"
    with pytest.raises(WrongUse, match=r"slas\.L06\.target"):
        book.objectives(RULES, {"L06": Sla(target="2h")})
    assert "L06" not in {one.id for one in book.resolve(RULES, {"L06": Sla(owner="quality")})}


def test_another_objective_is_another_version() -> None:
    """And another runbook is not."""
    assert rule().rule_version == L06.rule_version
    assert rule(objective="98%").rule_version != L06.rule_version
    assert rule(runbook="Something else that one can do.").rule_version == L06.rule_version


@pytest.mark.parametrize(
    "text", ["x", "2026-11-02 09:00", "2026-11-02 09:00 a", "+1h a met=1", "2026-11-02 09:00 a met=-1"]
)
def test_a_tally_that_cannot_be_read(text: str) -> None:
    """Says in which line."""
    with pytest.raises(ValueError, match="line 1"):
        decided(text)
