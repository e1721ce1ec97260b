"""The register of interfaces: what the page says of sample rows."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from dashboards import context
from dashboards.context import Context
from dashboards.pages import interfaces
from tests.dashboards.sample import sampled
from tests.dashboards.test_pages import words_of

NOW = datetime(2026, 11, 21, 12)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Context]:
    made = sampled(tmp_path)
    context.use(made)
    yield made
    made.cases.close()


def test_an_interface_stands_with_all_that_is_declared_and_measured(world: Context) -> None:
    """Exceptions by kind, arrival beside what is tolerated, contract, plan, and the last extract."""
    said = words_of(asyncio.run(interfaces.layout()))
    for text in (
        "9 warehouse acknowledgment overdue, 3 shipped short",
        "95% in 1 h 30 min",
        "15 min tolerated",
        "version 2.1 · production",
        "Retire",
        "replaces 3pl.west",
    ):
        assert text in said, text
    assert "Differs" in said and "Agrees" in said


def test_old_and_new_stand_beside_each_other(world: Context) -> None:
    """By the same measures, the old one first."""
    found = world.reader.register({}, NOW)
    said = words_of(interfaces.beside([one for one in found if one["old"]]))
    assert said.index("3PL west old") < said.index("Middleware bus new")


def test_differences_of_an_extract_are_named(world: Context) -> None:
    """Which order, what differs, and what each side says; nothing in it is markup."""
    said = words_of(interfaces.compared(world.reader.extracts(), NOW))
    assert "240 orders compared, 1 further there than here." in said
    assert "so:erp:4711" in said and "<i>dispatched</i>" in said
    assert "240 orders compared, no difference." in said


def test_nothing_yet_says_what_to_do(world: Context) -> None:
    """An empty register and no extract each say how to begin."""
    assert "Declare your systems" in words_of(interfaces.body([], [], NOW))
    assert "orderscope reconcile" in words_of(interfaces.compared([], NOW))
