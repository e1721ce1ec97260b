"""A desk of its own for each test, and a clock that may be pushed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import clock
from app.cases import Cases
from tests.cases.desk import desk


@pytest.fixture
def cases(tmp_path: Path) -> Iterator[Cases]:
    """An empty desk."""
    made = desk(tmp_path)
    yield made
    made.close()


@pytest.fixture
def noon() -> Iterator[datetime]:
    """The domain's clock stands at noon of the first day; tests push it with `clock.freeze`."""
    clock.freeze(datetime(2026, 11, 2, 12, tzinfo=UTC))
    yield datetime(2026, 11, 2, 12)
    clock.freeze(None)
