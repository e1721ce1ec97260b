"""The demo as a process of its own, for the browser story and for the pictures of the README (`make picture`)."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "data" / "samples"
#: The picture of an order is of the first that is blocked.
SHOWN = (
    ("blocked-orders", "/", "light", 900),
    ("order", "", "dark", 1180),
    ("slas", "/slas", "light", 1180),
)
CHROMIUM = "/usr/bin/chromium"
_LINK = re.compile(r"(operations manager|executive|owner)\s+(http://\S+)")
_ROLES = 3


@contextmanager
def demo(folder: Path, *wanted: str) -> Iterator[dict[str, str]]:
    """Run `orderscope demo --serve` in a folder; gives the sign-in link of each role."""
    log = folder / "log"
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ORDERSCOPE_")}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [Path(sys.executable).parent / "orderscope", "demo", "--serve", "--port", "0", *wanted],
            cwd=ROOT, env=kept | {"ORDERSCOPE_DATA": str(folder / "data")}, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 600
        while time.monotonic() < deadline and process.poll() is None and len(_LINK.findall(log.read_text())) < _ROLES:
            time.sleep(0.2)
        found = dict(_LINK.findall(log.read_text()))
        assert len(found) == _ROLES, log.read_text()[-3000:]
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def paint() -> None:
    """Write the pictures that the README shows."""
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as links, sync_playwright() as player:
        own = {"executable_path": CHROMIUM} if Path(CHROMIUM).exists() else {}
        browser = player.chromium.launch(args=["--no-sandbox", "--disable-gpu"], **own)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(links["operations manager"])
        base = "/".join(page.url.split("/")[:3])
        for name, path, scheme, height in SHOWN:
            page.set_viewport_size({"width": 1440, "height": height})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            if path:
                page.goto(base + path)
            else:
                page.locator(".ag-row a").first.click()
                page.wait_for_url("**/order/**")
            page.get_by_role("heading", level=1).wait_for()
            page.wait_for_timeout(3_000)
            page.screenshot(path=PICTURES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    paint()
