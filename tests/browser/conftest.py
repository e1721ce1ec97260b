"""A real browser against a real server. `server` says where the product is; the rest does not care which one it is.

A page fails its test on any uncaught error, any error on the console, and any request that leaves the machine.
"""

import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dashboards import shell
from dashboards.static import Static
from tests.dashboards.sample import sampled

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
#: A busy machine may take long for the first page; no test measures time unless it says so.
expect.set_options(timeout=15_000)
#: What a browser says when one navigates away from a request that is under way; no fault of a page.
HARMLESS = ("net::ERR_ABORTED", "Failed to load resource: net::ERR_NETWORK_CHANGED")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """Debian's Chromium where there is one; otherwise the one that Playwright installed."""
    own = {"executable_path": CHROMIUM} if Path(CHROMIUM).exists() else {}
    return {**browser_type_launch_args, **own, "args": list(QUIET)}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the product, with somebody signed in."""
    app = FastAPI(lifespan=lifespan)
    app.state.dash = shell.build(app, sampled(tmp_path_factory.mktemp("browser")))
    app.add_middleware(Static)
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        process = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=process.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not process.started and time.monotonic() < deadline:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        process.should_exit = True
        thread.join(10)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """What the product does at start, too."""
    await shell.warm(app.state.dash)
    yield


@pytest.fixture(scope="session")
def base_url(server: str) -> str:
    """Where `page.goto("/")` goes."""
    return server


@pytest.fixture
def watched() -> Iterator[Callable[[Page], Page]]:
    """Gives a function that watches a page; what it saw is asserted when the test is over."""
    faults: list[str] = []

    def watch(page: Page) -> Page:
        page.on("pageerror", lambda error: faults.append(f"uncaught: {error}"))
        page.on(
            "console",
            lambda said: (
                faults.append(f"console: {said.text}")
                if said.type == "error" and not said.text.startswith(HARMLESS)
                else None
            ),
        )
        page.on("request", lambda asked: faults.append(f"left the machine: {asked.url}") if leaves(asked.url) else None)
        page.on("response", lambda said: faults.append(f"{said.status}: {said.url}") if said.status >= 400 else None)
        return page

    yield watch
    assert not faults, "\n".join(faults)


def leaves(url: str) -> bool:
    """Whether a request goes to another machine."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOOPBACK


@pytest.fixture
def page(context: BrowserContext, watched: Callable[[Page], Page]) -> Page:
    """A watched tab."""
    return watched(context.new_page())


@pytest.fixture
def phone(browser: Browser, server: str, watched: Callable[[Page], Page]) -> Iterator[Page]:
    """A watched tab of a phone's width, with a finger."""
    narrow = browser.new_context(base_url=server, viewport={"width": 390, "height": 844}, has_touch=True)
    yield watched(narrow.new_page())
    narrow.close()
