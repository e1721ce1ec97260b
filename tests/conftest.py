"""What holds for every test: the clock runs, the browser comes last, and no installation at hand is written to."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import clock
from app.settings import Settings
from tests.conformance import report

BROWSER = Path(__file__).parent / "browser"
#: Settings of an installation, which whoever runs the tests may have set for another terminal's work.
for _name in [name for name in os.environ if name.startswith("ORDERSCOPE_")]:
    if _name.removeprefix("ORDERSCOPE_").partition("__")[0].lower() in {*Settings.model_fields, "config"}:
        del os.environ[_name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests go last: while a browser is open its event loop stands in the way of any other."""
    items.sort(key=lambda item: BROWSER in item.path.parents)


def pytest_report_collectionfinish() -> list[str]:
    """How many cases of the conformance kit run, and how many are left out."""
    return [f"conformance {line}" for line in report()]


@pytest.fixture(autouse=True)
def running_clock() -> Iterator[None]:
    """No test leaves the clock stopped for the next one."""
    yield
    clock.freeze(None)
