"""Statements that have nothing to do are left out, and nobody can tell."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from app.engine.tick import Ticker
from app.store import statements
from app.store.database import Database
from app.store.scratchpad import steps
from app.store.work import Work
from tests.engine.court import catalogue

HOME = Path(statements.__file__).parent

BASKET = "create or replace temp table basket (fruit varchar)"
JUICE = "-- needs basket\ncreate or replace temp table juice as select fruit, 1 as glasses from basket"
STONED = "-- needs basket, fruit.plum or fruit.peach\ncreate or replace temp table stoned as from basket where fruit = 'plum'"


@pytest.fixture(scope="module")
def work() -> Iterator[Work]:
    database = Database.scratch()
    made = Work(database)
    yield made
    made.close()
    database.discard()


def test_a_table_whose_input_is_gone_stands_empty_with_its_columns(work: Work) -> None:
    """Also where another statement, or nobody, had made it before."""
    work.run_sql(f"{BASKET}; {JUICE}")
    assert (work.ask("from juice").columns, work.count("juice")) == (["fruit", "glasses"], 0)
    work.run_sql(f"insert into basket values ('pear'), ('plum'); {JUICE}")
    assert work.ask("from juice").height == work.count("juice") == 2
    work.run_sql(f"{BASKET}; {JUICE}")
    assert work.ask("from juice").height == work.count("juice") == work.count("basket") == 0
    work.run_sql(f"create or replace temp table juice as select 1 as price; {JUICE}")
    assert (work.ask("from juice").columns, work.ask("from juice").height) == (["fruit", "glasses"], 0)


def test_a_word_among_the_events_at_hand_can_be_needed(work: Work) -> None:
    """One of several words will do, and all that is named between commas must be there."""
    work.run_sql(f"{BASKET}; insert into basket values ('plum')")
    work.say({"fruit.plum", "fruit.pear"})
    work.run_sql(STONED)
    assert work.count("stoned") == 1
    work.say({"fruit.pear"})
    work.run_sql(STONED)
    assert work.count("stoned") == 0


def test_what_was_taken_back_is_not_believed(work: Work) -> None:
    """A transaction that fails takes its temporary tables with it."""
    work.run_sql(f"{BASKET}; insert into basket values ('pear'); {JUICE}")
    with pytest.raises(duckdb.ConversionException), work.transaction():
        work.run_sql(f"delete from basket; {JUICE}; select 'pear'::integer")
    assert (work.count("basket"), work.count("juice")) == (1, 1)
    work.run_sql(JUICE)
    assert work.ask("from juice").height == 1


def test_whatever_a_statement_needs_is_made_by_some_statement_or_is_a_word(work: Work) -> None:
    """A name that nothing makes would count as filled for ever, and a misspelt word as never there."""
    folder = Path(statements.__file__).parent
    every = [step for part in ("agreement", "apart", "correlate", "fold", "judge", "procure", "state") for file in (folder / part).glob("*.sql")
             for step in steps(f"{part}/{file.stem}")]  # fmt: skip
    held = set(work.ask("select table_name as name from duckdb_tables() where temporary")["name"])
    made = {step.makes for step in every} | held | {"touched", "also_touched", "clock", "work"}
    words = set(work.ask("from event_type")["type"]) | {f"{kind}:" for kind in work.ask("from key_kind")["kind"]}
    needed = {name for step in every for group in step.needs for name in group}
    assert len(needed) > 30 and needed <= made | words, needed - made - words


def test_what_is_told_at_the_start_is_made_anew_by_no_statement() -> None:
    """Rules and words are told once; a statement that made a table of such a name would take them away."""
    told: set[str] = set()

    class Listened(Work):
        def hold(self, name: str, frame: pl.DataFrame) -> None:
            """Remember the name."""
            told.add(name)
            super().hold(name, frame)

    database = Database.scratch()
    Ticker(Listened(database), catalogue())
    database.discard()
    made = {
        step.makes
        for file in HOME.rglob("*.sql")
        if "temp table" in file.read_text(encoding="utf-8")
        for step in steps(file.relative_to(HOME).with_suffix("").as_posix())
    }
    assert len(told) > 20
    assert {"touched", "reset"} <= made
    assert told & made == set()
