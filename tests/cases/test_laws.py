"""Laws: whatever happens, in whatever order, the states are legal, the history is complete, the board is right."""

import tempfile
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app import clock
from app.cases import Board, Cases
from app.cases.life_cycle import ALLOWED, CONDITIONS, DECIDED, OPEN, SEVERITIES, STATUSES
from app.cases.tables import case, move
from app.errors import OrderscopeError
from tests.cases.desk import KIM, LEE, START, desk, everything, intent
from tests.soak import examples

CODES = ("release_overdue", "ack_overdue", "delivery_late", "order_blocked", "hold_overdue")
ENGINE_WORDS = ("action", "code", "occurrence", "severity", "late")
ENGINE = st.tuples(
    st.sampled_from(["raise", "raise", "clear", "void", "update"]), st.sampled_from(CODES), st.sampled_from("12"),
    st.sampled_from(["low", "high", "critical"]), st.booleans(),
)  # fmt: skip
PEOPLE = st.tuples(
    st.integers(0, 99), st.integers(0, 9), st.sampled_from("nnnno"), st.sampled_from(["accepted", "fixed", ""]),
)  # fmt: skip
RAISED = st.lists(ENGINE.map(lambda step: ("raise", *step[1:4], False)), min_size=1, max_size=3)
LIFE = st.lists(st.one_of(PEOPLE, ENGINE, PEOPLE, st.integers(1, 40)), min_size=6, max_size=25)
STEPS = st.tuples(RAISED, LIFE).map(lambda parts: [*parts[0], *parts[1]])


def _engine(cases: Cases, seq: int, step: Any, hours: int) -> None:
    action, code, occurrence, severity, late = step
    late = late and action == "raise"
    said = {"occurrence": occurrence, "severity": severity, "condition": "cleared" if late else "active"}
    cases.apply([intent(seq, action, code, subject=code, found_late=late, minutes=60 * hours, **said)])


def _person(cases: Cases, step: Any) -> None:
    """One of the actions that the case allows as it stands, or any of them by who saw an older version."""
    what, which, seen_as, reason = step
    rows = sorted(everything(cases).values(), key=lambda r: r["id"])
    row = rows[which % len(rows)]
    fresh = seen_as == "n"
    fitting = [action for action in sorted(ALLOWED) if not fresh or row["status"] in ALLOWED[action]]
    action = fitting[what % len(fitting)]
    words = {"reason": reason, "owner": "ann", "on": "them", "until": clock.instant() + timedelta(hours=30)}
    seen = row["version"] if fresh else row["version"] - 1
    with suppress(OrderscopeError):
        cases.act(row["id"], action, seen, LEE if what % 3 == 0 else KIM, **words)


def _run(cases: Cases, steps: list[Any]) -> None:
    hours = 0
    for seq, step in enumerate(steps, 1):
        hours += step if isinstance(step, int) else 0
        _step(cases, seq, step, hours)


def _step(cases: Cases, seq: int, step: Any, hours: int) -> None:
    if isinstance(step, int):
        cases.tidy(START + timedelta(hours=hours))
    elif len(step) == len(ENGINE_WORDS):
        _engine(cases, seq, step, hours)
    else:
        _person(cases, step)


def _stored(cases: Cases) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    with cases.store.reading() as connection:
        rows = [dict(r) for r in connection.execute(select(case)).mappings()]
        return rows, [dict(m) for m in connection.execute(select(move).order_by(move.c.sequence)).mappings()]


@settings(max_examples=examples(20), deadline=None)
@given(STEPS)
def test_no_sequence_of_actions_leaves_an_illegal_state(steps: list[Any]) -> None:
    """Statuses, conditions, one open case per key, folds of depth one, and fields that fit the status."""
    with tempfile.TemporaryDirectory() as folder:
        cases = desk(Path(folder))
        _run(cases, steps)
        rows, _ = _stored(cases)
        cases.close()
    by_id = {r["id"]: r for r in rows}
    opened = [r["key"] for r in rows if r["status"] in OPEN]
    assert len(opened) == len(set(opened))
    for r in rows:
        assert r["status"] in STATUSES and r["condition"] in CONDITIONS
        assert (r["resolved_at"] is not None) == (r["status"] in ("resolved", "closed"))
        assert (r["snoozed_until"] is not None) == (r["status"] == "snoozed")
        assert r["acknowledged_by"] is not None or r["status"] != "acknowledged"
        assert bool(r["active"]) == (r["condition"] in ("presumed", "active"))
        assert (r["calm_at"] is None) == (r["calm_severity"] is None)
        if r["rests_at"]:
            assert r["status"] in OPEN and r["condition"] == "cleared"
        if r["flapping"] or r["calm_at"]:
            assert r["status"] in OPEN
        if r["status"] in OPEN and r["folded_under"]:
            parent = by_id[r["folded_under"]]
            assert parent["status"] in OPEN and parent["folded_under"] is None


@settings(max_examples=examples(20), deadline=None)
@given(STEPS)
def test_every_change_has_exactly_one_move(steps: list[Any]) -> None:
    """The moves of a case, replayed, give the case as it stands; versions and sequence have no gaps."""
    with tempfile.TemporaryDirectory() as folder:
        cases = desk(Path(folder))
        _run(cases, steps)
        rows, moves = _stored(cases)
        cases.close()
    assert [m["sequence"] for m in moves] == list(range(1, len(moves) + 1))
    for r in rows:
        mine = [m for m in moves if m["case_id"] == r["id"]]
        assert mine[0]["from_status"] is None and mine[-1]["sequence"] == r["touched"]
        for before, after in pairwise(mine):
            decided = any(name in DECIDED for name in after["changes"])
            assert after["from_status"] == before["to_status"] and after["version"] == before["version"] + decided
        last = {name: pair[1] for m in mine for name, pair in m["changes"].items() if name in DECIDED}
        assert last == {name: r[name] for name in last} and mine[-1]["version"] == r["version"]


@settings(max_examples=examples(13), deadline=None)
@given(STEPS)
def test_nothing_in_the_history_is_ever_changed_and_versions_only_grow(steps: list[Any]) -> None:
    """Whatever is done next, the moves so far stay as they are, and no case goes back to an earlier version."""
    with tempfile.TemporaryDirectory() as folder:
        cases = desk(Path(folder))
        told: list[dict[str, Any]] = []
        versions: dict[str, int] = {}
        for at, step in enumerate(steps):
            _step(cases, at + 1, step, 2 * at)
            rows, moves = _stored(cases)
            assert moves[: len(told)] == told
            assert all(r["version"] >= versions.get(r["id"], 1) for r in rows)
            told, versions = moves, {r["id"]: r["version"] for r in rows}
        cases.close()


@settings(max_examples=examples(13), deadline=None)
@given(STEPS)
def test_an_open_case_gets_milder_only_after_a_while(steps: list[Any]) -> None:
    """In the whole history severity falls by the house's hand, after it was said to; or with what was not being worked on."""
    with tempfile.TemporaryDirectory() as folder:
        cases = desk(Path(folder))
        _run(cases, steps)
        _, moves = _stored(cases)
        cases.close()
    ranks = {name: rank for rank, name in enumerate(SEVERITIES)}
    fell = [
        m
        for m in moves
        if "severity" in m["changes"] and ranks[m["changes"]["severity"][0]] < ranks[m["changes"]["severity"][1]]
    ]
    assert all(m["action"] in ("tidy", "reopen") or m["from_status"] in ("resolved", "closed") for m in fell)


@settings(max_examples=examples(10), deadline=None)
@given(STEPS, st.sets(st.integers(0, 25)))
def test_the_board_is_what_a_full_reading_would_give(steps: list[Any], looks: set[int]) -> None:
    """Refreshed at any moments, the frame equals the one that a new board reads."""
    with tempfile.TemporaryDirectory() as folder:
        cases = desk(Path(folder))
        board = Board(cases.store)
        for at, step in enumerate(steps):
            if at in looks:
                board.frame()
            _step(cases, at + 1, step, 0)
        kept, read = board.frame().sort("case_id"), Board(cases.store).frame().sort("case_id")
        cases.close()
    assert kept.equals(read)
