"""What the tests of the feeds share: a depot for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.feeds.depot import Depot

Opened = Callable[..., Depot]


@pytest.fixture
def depot(tmp_path: Path) -> Iterator[Opened]:
    """Makes depots that are closed at the end."""
    made: list[Depot] = []

    def open_one(collector: str, pull: dict[str, Any], **more: Any) -> Depot:
        folder = tmp_path / f"depot{len(made)}"
        folder.mkdir()
        made.append(Depot(folder, collector, pull, **more))
        return made[-1]

    yield open_one
    for one in made:
        one.close()
