"""The API of the made-up company's cloud ERP while it is served: what was booked, for whoever asks for it."""

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from app.pulls import RestPull
from app.settings import Settings

#: So much is remembered; who asks often enough misses nothing.
_KEPT = 1_000
#: Seconds from one question to the next, and by which each goes back behind what is known.
_EVERY, _OVERLAP = 5, 30


class Books:
    """A web service on a free port of this machine: every GET is answered with the events since an instant, as a list."""

    def __init__(self) -> None:
        self._booked: deque[dict[str, str]] = deque(maxlen=_KEPT)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._answering())
        self._thread = threading.Thread(target=self._server.serve_forever, name="books", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where to ask."""
        return f"http://127.0.0.1:{self._server.server_port}/booked"

    def add(self, page: bytes) -> None:
        """More has been booked: a JSON list of CloudEvents."""
        self._booked.extend(json.loads(page))

    def asked(self, settings: Settings, source: str) -> Settings:
        """The settings with that source asked for it, beside what it sends itself."""
        pull = RestPull(
            kind="rest", url=self.url, every=_EVERY, since_param="since", since_field="receivedat", overlap=_OVERLAP
        )
        asked = settings.sources[source].model_copy(update={"pull": pull})
        return settings.model_copy(update={"sources": settings.sources | {source: asked}})

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answering(self) -> type[BaseHTTPRequestHandler]:
        booked = self._booked

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                since = parse_qs(urlsplit(self.path).query).get("since", [""])[0]
                body = json.dumps([one for one in list(booked) if one["receivedat"] >= since]).encode()
                self.send_response(200)
                self.send_header("content-type", "application/cloudevents-batch+json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nobody reads what was asked."""

        return Answering
