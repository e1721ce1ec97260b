"""What tests of the engine share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.court import Court, catalogue
from tests.engine.yard import Yard
from tests.laws.worlds import House


@pytest.fixture
def yard() -> Iterator[Yard]:
    """An empty yard."""
    made = Yard()
    yield made
    made.close()


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with its tables and nothing in it, to copy."""
    folder = tmp_path_factory.mktemp("bare")
    House.build(folder / "record.duckdb", catalogue()).close()
    return folder


@pytest.fixture
def court(bare: Path, tmp_path: Path) -> Iterator[Court]:
    """An empty court."""
    made = Court.seated(bare, tmp_path, catalogue())
    yield made
    made.house.close()
