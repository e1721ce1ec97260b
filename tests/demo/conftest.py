"""A small world that the tests share."""

from datetime import UTC, datetime

import pytest

from app.demo.world.faults import chosen
from app.demo.world.hours import DAY
from app.demo.world.play import played
from app.demo.world.stage import Stage

START = int(datetime(2026, 3, 3, tzinfo=UTC).timestamp())


@pytest.fixture(scope="session")
def calm() -> Stage:
    """Twelve days in which nothing goes wrong."""
    return played(120, START, START + 12 * DAY, seed=3)


@pytest.fixture(scope="session")
def stormy() -> Stage:
    """Twelve days with every fault."""
    return played(160, START, START + 12 * DAY, seed=3, faults=chosen("all"))
