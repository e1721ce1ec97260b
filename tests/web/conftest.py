"""A server of its own for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.site import Site, site


@pytest.fixture
def anyio_backend() -> str:
    """Tests run on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Makes servers with other settings or pages, each in a folder of its own."""
    made: list[Site] = []

    def build(attach: Any = None, **server: Any) -> Site:
        made.append(site(tmp_path / str(len(made)), attach, **server))
        return made[-1]

    yield build
    for one in made:
        one.close()


@pytest.fixture
def web(build: Callable[..., Site]) -> Site:
    """The server with its default settings."""
    return build()
