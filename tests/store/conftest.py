"""The store that exports are made of, and a way to make it seem large."""

from collections.abc import Iterator

import pytest

from tests.laws.worlds import House, claims, noise, steps
from tests.store.exported import build, odd


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A store with ordinary orders, hubs, an id that was claimed twice, and everything odd."""
    made = build(tmp_path_factory.mktemp("house"))
    made.take([one for n in range(1, 5) for one in steps(n) + noise(n) + claims(n)], odd())
    yield made
    made.close()


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is read a few rows at a time, as large stores are."""
    monkeypatch.setattr("app.store.export.ocel._AT_ONCE", 7)
    monkeypatch.setattr("app.store.export.tables._AT_ONCE", 7)
