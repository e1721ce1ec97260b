"""The workflow store: its shape, its durability, lists page by page, and the board beside it."""

import sqlite3
import time
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import StatementError

from app.cases import Board, Cases
from app.cases.repeats import Repeats
from app.cases.tables import METADATA
from app.errors import BadInput, Conflict
from tests.cases.desk import KIM, START, desk, everything, intent, only


def test_the_migrations_give_exactly_the_tables(cases: Cases) -> None:
    """Nothing is in the tables that no migration made, and the other way round."""
    with cases.store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_opening_again_finds_everything_and_migrates_nothing(tmp_path: Path) -> None:
    """A second process, or the same after a restart, sees what was committed."""
    first = desk(tmp_path)
    first.apply([intent(1)])
    second = desk(tmp_path)
    assert everything(second) == everything(first) and second.applied_seq() == 1


def test_every_commit_reaches_the_disk(cases: Cases, tmp_path: Path) -> None:
    """WAL with synchronous=FULL on each connection of the pool."""
    with cases.store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    assert sqlite3.connect(tmp_path / "workflow.sqlite").execute("select count(*) from move").fetchone() == (0,)


def test_a_failure_in_the_middle_leaves_nothing_behind(cases: Cases) -> None:
    """An intent that cannot be applied takes the whole piece with it; nothing is half done."""
    bad = intent(2, evidence=[object()], subject="fo:b")
    with pytest.raises((StatementError, TypeError)):
        cases.apply([intent(1), bad, intent(3, subject="fo:c")])
    assert everything(cases) == {} and cases.applied_seq() == 0


def test_a_list_is_read_page_by_page_without_loss(cases: Cases) -> None:
    """Every sort, both directions: the pages together are the list, once each, also with equal and empty values."""
    cases.apply([
        intent(n, subject=f"fo:{n}", order_id=None, severity=("low", "high")[n % 2], value=(None, "9.5", "10")[n % 3],
               due_at=START + timedelta(hours=n % 4) if n % 5 else None)
        for n in range(1, 24)
    ])  # fmt: skip
    for sort in ("severity,due_at", "-severity,-due_at", "value", "-value", "due_at", "-opened_at", "partner", "id"):
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            rows, cursor, total = cases.list({}, sort, 5, cursor)
            seen += [row["id"] for row in rows]
        assert total == len(seen) == len(set(seen)) == 23, sort
    money = [r["value_at_risk"] or "0" for r in cases.list({}, "-value", 100)[0]]
    assert money == sorted(money, key=float, reverse=True)


def test_a_list_refuses_what_it_does_not_know(cases: Cases) -> None:
    """A filter, sort, status or cursor that means nothing is an error, never silently ignored."""
    for filters, sort, cursor in (
        ({"colour": "red"}, "id", ""), ({}, "1;drop table move", ""), ({"status": "gone"}, "id", ""), ({}, "id", "%%%"),
        ({}, "id", "W10"),
    ):  # fmt: skip
        with pytest.raises(BadInput):
            cases.list(filters, sort, 10, cursor)


def test_filters_choose(cases: Cases) -> None:
    """By owner or team, by order, by text taken literally, several values at once."""
    other = intent(2, subject="fo:b", customer="100% Cotton_Co", code="hold_overdue", order_id="ord_2", so="1")
    cases.apply([intent(1), other])
    assert cases.list({"owner": "nobody,3pl.west-desk"})[2] == 2
    assert cases.list({"order": "4711"})[2] == 1 and cases.list({"order": "ord_2"})[2] == 1
    assert cases.list({"q": "100% cotton_"})[2] == 1 and cases.list({"q": "%"})[2] == 1
    assert cases.list({"code": "hold_overdue,ack_overdue"})[2] == 2 and cases.list({"status": "resolved"})[2] == 0


def test_the_board_tells_its_listeners_and_forgets_what_is_over(cases: Cases) -> None:
    """Each change raises the version; a resolved case leaves the frame."""
    board = Board(cases.store)
    heard: list[int] = []
    board.on_change(heard.append)
    cases.apply([intent(1)])
    assert board.frame()["severity_rank"].to_list() == [1] and heard == [1] and board.version == 1
    cases.act(only(cases)["id"], "resolve", 1, KIM, reason="accepted")
    assert len(board.frame()) == 0 and heard == [1, 2]


def test_an_answer_is_kept_under_its_key_for_a_day(cases: Cases) -> None:
    """The same body gets the same answer, another body is refused."""
    repeats = Repeats(cases.store)
    assert repeats.find("k", "b") is None
    repeats.keep("k", "b", {"accepted": 1})
    assert repeats.find("k", "b") == {"accepted": 1}
    with pytest.raises(Conflict):
        repeats.find("k", "other")


def test_twenty_thousand_intents_take_seconds(cases: Cases) -> None:
    """Bulk, not row by row. The bound is wide: it catches a change of order, not a slow machine."""
    many = [intent(n, subject=f"fo:{n}", order_id=f"ord_{n // 2}") for n in range(1, 20_001)]
    begun = time.perf_counter()
    assert cases.apply(many) == 20_000
    assert time.perf_counter() - begun < 30
    assert len(Board(cases.store).frame()) == 20_000
