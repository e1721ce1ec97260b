"""What pages are shown of: the sample installation, thrown away after each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards import context
from dashboards.context import Context
from tests.dashboards.sample import sampled


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Context]:
    """The sample installation in a folder of its own."""
    made = sampled(tmp_path)
    context.use(made)
    yield made
    made.cases.close()
