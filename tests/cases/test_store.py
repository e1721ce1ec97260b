"""The workflow store: its shape, its durability, lists page by page, and the board beside it."""

import sqlite3
import time
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.cases import Board, Cases
from app.cases.ledger import Ledger
from app.cases.repeats import Repeats
from app.cases.tables import METADATA, case
from app.errors import BadInput, Conflict
from tests.cases.desk import KIM, START, desk, everything, intent, moves, only


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


def test_an_intent_that_cannot_be_applied_stops_no_other(cases: Cases, caplog: pytest.LogCaptureFixture) -> None:
    """It is set aside whole, with the reason, once; nothing of it is half done, and those behind it are applied."""
    said = [intent(n, subject=f"fo:{n}", **({"evidence": [object()]} if n in (4, 5) else {})) for n in range(1, 10)]
    assert cases.apply(said) == 9 and cases.apply(said) == 0
    subjects = {one["subject"]["key"] for one in everything(cases).values()}
    assert subjects == {f"fo:{n}" for n in (1, 2, 3, 6, 7, 8, 9)} and len(moves(cases)) == 7
    assert cases.applied_seq() == 9
    count, last = cases.set_aside(START)
    assert (count, last["code"], last["subject"]) == (2, "ack_overdue", "fo:5")
    assert "object" in last["detail"] and "so='4711'" in last["intent"]
    assert len([one for one in caplog.records if "set aside" in one.message]) == 2


def test_where_the_store_cannot_be_written_nothing_is_set_aside(cases: Cases, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is no intent's fault: the piece is tried again, whole."""

    def full(ledger: Ledger) -> int:
        raise OperationalError("insert", {}, Exception("database or disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "flush", full)
        with pytest.raises(OperationalError):
            cases.apply([intent(1), intent(2, subject="fo:b")])
    assert cases.applied_seq() == 0 and cases.set_aside(START) == (0, {})
    assert cases.apply([intent(1), intent(2, subject="fo:b")]) == 2


def test_no_text_of_a_case_has_a_nul(cases: Cases) -> None:
    """PostgreSQL would refuse it; SQLite shows what is before it."""
    odd = {"subject": "fo:3pl\x00.west:1", "so": "47\x0011", "partner": "3pl\x00.west", "cause": "a\x00b"}
    cases.apply([intent(1, code="order_blocked", **odd)])
    cases.apply([intent(2, "update", code="order_blocked", **odd | {"cause": "c\x00d"})])
    cases.act(only(cases)["id"], "acknowledge", 1, KIM, text="I am\x00 on it")
    assert moves(cases)[-1].reason == "I am on it"
    with cases.store.reading() as connection:
        [row] = connection.execute(select(case)).mappings()
    assert not any("\x00" in said for said in row.values() if isinstance(said, str))
    assert (row["subject"], row["owner"], row["title"]) == ("fo:3pl.west:1", "3pl.west-desk", "Order blocked: cd")


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
