"""`orderscope demo --world --serve`: a played world up to now as history, and from now on as it would really come in."""

import json
import logging
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import httpx

from app import clock
from app.demo.world import folder
from app.demo.world.hours import MINUTE
from app.main.house import House, built
from app.main.scoring import put
from app.main.serve import serve
from app.main.show import Shown
from app.main.showing import emptied, greet
from app.main.worlds import Wanted
from app.settings import Settings, load

log = logging.getLogger(__name__)
#: How long the story goes on while it is served.
AHEAD_DAYS = 2
#: History is handed over in pieces of a quarter of an hour, as it arrived.
_PIECE = 15 * MINUTE
_MEDIA = {
    ".jsonl": "application/x-ndjson",
    ".edi": "application/edi-x12",
    ".csv": "text/csv",
    ".xml": "application/xml",
}


def served(wanted: Wanted, data: Path, port: int | None) -> None:
    """Make a fresh installation of the made-up company, load its history, and serve it while its day goes on."""
    stage = wanted.play(ahead=AHEAD_DAYS)
    now = int(clock.wall().timestamp())
    emptied(Settings(data=data))
    settings = _on(load(folder.configured(data / "world", data)), port)
    sent = wanted.sent(stage)
    shown = Shown()
    with shown.catching_up() as progress:
        house = built(settings)
        for bundle in folder.bundled((one for one in sent if one.arrives <= now), _PIECE):
            put(house, bundle)
        house.engine.prepare(progress)
    live = Live(list(folder.bundled((one for one in sent if one.arrives > now), 1)))
    try:
        serve(house, lambda url: _begun(house, url, live))
    finally:
        live.stop()
        house.close()


def _on(settings: Settings, port: int | None) -> Settings:
    if port is None:
        return settings
    return settings.model_copy(
        update={"server": settings.server.model_copy(update={"port": port, "otlp_port": 0, "grpc_port": 0})}
    )


def _begun(house: House, url: str, live: "Live") -> None:
    greet(house, url)
    live.start(url)


class Live:
    """Sends messages to a running server's own endpoints when their time has come."""

    def __init__(self, bundles: Iterable[folder.Bundle]) -> None:
        self._bundles = list(bundles)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, url: str) -> None:
        """Begin in a thread of its own."""
        self._thread = threading.Thread(target=self._run, args=(url,), name="demo", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send nothing more."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def _run(self, url: str) -> None:
        with httpx.Client(base_url=url, timeout=30) as client:
            for bundle in self._bundles:
                wait = (datetime.fromtimestamp(bundle.arrives, UTC) - clock.wall()).total_seconds()
                if self._stop.wait(max(0.0, wait)):
                    return
                self._send(client.post, bundle)

    def _send(self, post: Callable[..., httpx.Response], bundle: folder.Bundle) -> None:
        """One message to where its system would send it; a server that is busy is tried again once it is not."""
        try:
            path, body, headers = addressed(bundle)
            while (answer := post(path, content=body, headers=headers)).status_code in (429, 503):
                if self._stop.wait(float(answer.headers.get("retry-after", "1"))):
                    return
            if answer.is_error:
                log.warning("%s: %s %s", bundle.source, answer.status_code, answer.text[:200])
        except httpx.HTTPError as fault:
            log.warning("%s could not be sent: %s", bundle.source, fault)


def addressed(bundle: folder.Bundle) -> tuple[str, bytes, dict[str, str]]:
    """(path, body, headers) of the request by which a message comes in; headers of a webhook stand before its body."""
    if bundle.source == "mw.otlp":
        spans = [span for line in bundle.body.splitlines() for span in json.loads(line)["resourceSpans"]]
        return "/v1/traces", json.dumps({"resourceSpans": spans}).encode(), {"content-type": "application/json"}
    headers = {"content-type": _MEDIA[bundle.suffix]}
    body = bundle.body
    if body.startswith(b"#headers "):
        line, _, body = body.partition(b"\n")
        headers |= json.loads(line.removeprefix(b"#headers "))
    return f"/api/v1/inbound/{bundle.source}", body, headers
