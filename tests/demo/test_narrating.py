"""Every fault of the catalogue can be told: by what shows it, with the page to look at, and as its systems would send it."""

import asyncio
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from rich.console import Console

from app import clock
from app.demo.world.faults import CATALOGUE
from app.demo.world.folder import Bundle
from app.demo.world.tale import MOST
from app.errors import WrongUse
from app.main import narrating
from app.main.narrating import narrated

NOW = datetime(2026, 3, 15, 13, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _then() -> Iterator[None]:
    clock.play(NOW)
    yield
    clock.play(None)


@pytest.fixture(scope="module")
def registered() -> list[re.Pattern[str]]:
    """The addresses of the dashboard's pages."""
    import dash

    from dashboards import shell

    nobody: Any = SimpleNamespace(whoami=lambda: None)
    asyncio.run(shell.warm(shell.build(FastAPI(), nobody)))
    templates = [page["path_template"] or page["path"] for page in dash.page_registry.values()]
    return [re.compile(re.sub(r"<\w+>", "[^/]+", one)) for one in templates]


def lines_of(fault: str, tmp_path: Path, url: str = "") -> list[str]:
    said = io.StringIO()
    narrated(fault, 7, url, tmp_path, timedelta(), Console(file=said, highlight=False))
    return said.getvalue().splitlines()


@pytest.mark.parametrize("fault", CATALOGUE)
def test_every_fault_is_told(fault: str, tmp_path: Path, registered: list[re.Pattern[str]]) -> None:
    """With what was told, what should be noticed of it by a code of its own, and a page that there is."""
    lines = lines_of(fault, tmp_path)
    codes = CATALOGUE[fault].codes
    head = lines[: lines.index("")]
    told = [line for line in lines[len(head) + 1 :] if not re.search(r"Z  [→←] ", line)]
    assert head[0].startswith(f"{fault}, {CATALOGUE[fault].title}: ")
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ  \S+ +\S+", line) for line in told) and told
    assert bool(codes) == any(f"→ {code} " in line for line in lines for code in codes)
    assert bool(codes) != any("Nothing of its own may be raised" in line for line in head)
    pages = re.findall(r" (/\S+)", head[-1])
    assert pages
    assert all(any(page.fullmatch(one.split("?")[0]) for page in registered) for one in pages), pages


@pytest.mark.parametrize(
    ("fault", "word"),
    [("F27", "(written as "), ("F35", "circuit.opened"), ("F37", "(heard "), ("F38", "unknown:order.rebinned"), ("F40", "(breaks off)"),
     ("F36", "calls, "), ("F24", "a part"), ("F26", "B-777×-"), ("F33", "confirmed for ")],
)  # fmt: skip
def test_what_a_fault_is_about_is_always_told(fault: str, word: str, tmp_path: Path) -> None:
    """However much its partner says, and not more than can be listened to; it ends behind its begin."""
    lines = lines_of(fault, tmp_path)
    begun = next(at for at, line in enumerate(lines) if "  → " in line)
    assert any(word in line for line in lines)
    assert len(lines) <= MOST + 10
    assert [at for at, line in enumerate(lines) if "  ← " in line and at < begun] == []


@pytest.mark.parametrize("fault", ["F09", "F42"])
def test_two_orders_are_told_beside_each_other(fault: str, tmp_path: Path) -> None:
    """One wish entered twice, and one number of two orders: each line says whose it is, and either page is named."""
    lines = lines_of(fault, tmp_path)
    orders = re.findall(r"order ([-\w]+\d)(?=,| and)", lines[0])
    assert len(orders) == 2
    assert all(any(f" so={so} " in f"{line} " for line in lines) for so in orders)
    assert all(any(f"/order/{so.lstrip('0')}" in line for line in lines[:4]) for so in orders)


class Taking:
    """A server that takes everything."""

    def __init__(self, *_: object) -> None:
        taken.clear()

    def send(self, bundle: Bundle) -> None:
        taken.append(bundle)

    def close(self) -> None:
        pass


taken: list[Bundle] = []


@pytest.mark.parametrize(
    ("fault", "sources"),
    [("F06", {"wms.main", "crm.main"}), ("F36", {"mw.otlp"}), ("F34", {"erp.cloud", "sup.elm"}), ("F40", {"erp.cloud", "3pl.south"})],
)  # fmt: skip
def test_it_is_sent_as_its_systems_send_it(
    fault: str, sources: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In order of arrival, nothing twice, and with the rest of its orders, which a server must know to follow."""
    monkeypatch.setattr(narrating, "Systems", Taking)
    lines = lines_of(fault, tmp_path, "http://here")
    assert any(line.startswith("Look at http://here/") for line in lines)
    assert {one.source for one in taken} >= sources
    assert [one.arrives for one in taken] == sorted(one.arrives for one in taken)
    assert len({(one.source, one.body) for one in taken}) == len(taken)


@pytest.mark.parametrize("said", ["F99", "all", "F01,F02", "none"])
def test_what_is_not_one_fault_is_refused(said: str, tmp_path: Path) -> None:
    """With what to write instead."""
    with pytest.raises(WrongUse):
        lines_of(said.upper(), tmp_path)
