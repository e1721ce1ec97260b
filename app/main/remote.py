"""Commands beside a running server: it owns the stores, so they ask it over loopback."""

import gzip
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import Any

from app.contracts import Receipt, Refused
from app.errors import Busy, OrderscopeError, WrongUse
from app.main.loading import Loaded, bodies, wire_of
from app.settings import Settings
from app.web.auth.gate import is_ingest

_JSON = "application/json"
_SECONDS, _A_DAY = 120, 86_400
_PIECE = 2**20


class Remote:
    """The running server of this data directory."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self._token = url, token

    @classmethod
    def running(cls, settings: Settings) -> "Remote | None":
        """The server that uses this data directory now, if one does."""
        try:
            said = json.loads((settings.data / "server.json").read_text())
            os.kill(said["pid"], 0)
        except (OSError, ValueError, KeyError):
            return None
        return cls(said["url"], said["token"])

    def get(self, path: str) -> Any:
        """The JSON answer of a GET; raises the error that the server names."""
        return json.loads(self._ask("GET", path, None, _JSON))

    def all(self, path: str) -> list[dict[str, Any]]:
        """Everything that a list holds, page by page."""
        items: list[dict[str, Any]] = []
        page = self.get(path)
        while True:
            items += page["items"]
            if not page["next"]:
                return items
            page = self.get(f"{path}?cursor={page['next']}")

    def ask(self, path: str, what: dict[str, Any]) -> Any:
        """The JSON answer of a POST of JSON; raises the error that the server names."""
        return json.loads(self._ask("POST", path, json.dumps(what).encode(), _JSON))

    def say(self, how: str, path: str, what: dict[str, Any] | None) -> Any:
        """The JSON answer of a request by any method; raises the error that the server names."""
        return json.loads(self._ask(how, path, None if what is None else json.dumps(what).encode(), _JSON))

    def save(self, path: str, file: Path, told: Callable[[int, int], None]) -> HTTPMessage:
        """Write the answer of a GET into a file, piece by piece; gives its headers. The server may take its time."""
        with self._opened("GET", path, None, _JSON, _A_DAY) as answer, file.open("wb") as out:
            size = int(answer.headers["Content-Length"])
            while piece := answer.read(_PIECE):
                out.write(piece)
                told(out.tell(), size)
            if out.tell() != size:
                raise OrderscopeError("The server broke off in the middle.", "Its log says why; then try again.")
            return answer.headers

    def post(self, path: str, body: bytes, media: str) -> Receipt:
        """A message to an ingest endpoint; what became of it."""
        try:
            said = json.loads(self._ask("POST", path, body, media) or b"{}")
        except OrderscopeError as fault:
            said = fault.extra
            if "rejected" not in said:
                raise
        rejected = [Refused(r["index"], r["id"], r["reason"], r["dead_letter"]) for r in said.get("rejected", [])]
        return Receipt(said.get("accepted", 0), said.get("duplicates", 0), tuple(rejected))

    def load(
        self, settings: Settings, code: str, file: Path, historical: bool = False,
        progress: Callable[[Loaded], None] = lambda loaded: None,
    ) -> Loaded:  # fmt: skip
        """Load one file through the server, message by message."""
        collector, source = wire_of(settings, code, file)
        asked = {"collector": collector.name} | ({"historical": "true"} if historical else {})
        path = f"/api/v1/inbound/{urllib.parse.quote(code, safe='')}?{urllib.parse.urlencode(asked)}"
        loaded = Loaded()
        media = "application/cloudevents-batch+json" if collector.name == "cloudevents" else collector.media
        for body in bodies(collector, source, file, loaded):
            loaded.add(self._patiently(path, body, media))
            progress(loaded)
        return loaded

    def _patiently(self, path: str, body: bytes, media: str) -> Receipt:
        """Post, waiting while the server is busy: a file is in no hurry."""
        while True:
            try:
                return self.post(path, body, media)
            except Busy as busy:
                time.sleep(busy.retry_after)

    def _ask(self, method: str, path: str, body: bytes | None, media: str) -> bytes:
        with self._opened(method, path, body, media, _SECONDS) as answer:
            return bytes(answer.read())

    @contextmanager
    def _opened(self, method: str, path: str, body: bytes | None, media: str, seconds: int) -> Iterator[HTTPResponse]:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": media, "Accept": _JSON}
        if body is not None and is_ingest(path.partition("?")[0]):
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                yield answer
        except urllib.error.HTTPError as fault:
            raise _error(fault) from None
        except (urllib.error.URLError, ConnectionError, TimeoutError, HTTPException) as fault:
            raise WrongUse(f"The server at {self.url} does not answer: {fault}", "Start it again.") from None


def _error(fault: urllib.error.HTTPError) -> OrderscopeError:
    try:
        said = json.loads(fault.read())
    except ValueError:
        said = {}
    if fault.code in (429, 503):
        return Busy(str(said.get("detail", "")))
    extra = {k: v for k, v in said.items() if k in ("candidates", "accepted", "rejected")}
    return OrderscopeError(str(said.get("detail") or fault.reason), str(said.get("mend", "")), **extra)
