"""The systems of the made-up company as senders: each message by the way that its system would take to a running server.

Events by CloudEvents, spans by OTLP, webhooks one by one and signed as their vendors sign, tables as files in the inbox,
everything else to its source's own address.
"""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import httpx

from app import clock
from app.demo.world import folder
from app.demo.world.signing import SIGNERS
from app.demo.world.wires.sent import PAGE

log = logging.getLogger(__name__)
_MEDIA = {
    ".jsonl": "application/x-ndjson",
    ".edi": "application/edi-x12",
    ".edifact": "application/EDIFACT",
    ".csv": "text/csv",
    ".xml": "application/xml",
}
#: Who speaks OTLP, and where its signals go.
_TELEMETRY, _SIGNALS = "mw.otlp", {"resourceSpans": "/v1/traces", "resourceMetrics": "/v1/metrics"}
#: Those whose lines are CloudEvents.
_EVENTS = ("erp.cloud", "mw.bus", "tms.main", "wms.main")
_BUSY = (429, 503)
Request = tuple[str, bytes, dict[str, str]]


class Systems:
    """All who send to the server at `url`; what they share with it lies in the `data` of its installation, if that is here.

    `wait` sleeps so many seconds and says whether to give up.
    """

    def __init__(self, url: str, data: Path, wait: Callable[[float], bool]) -> None:
        self._client = httpx.Client(base_url=url, timeout=30)
        self._inbox = data / "inbox"
        self._secrets = folder.secrets_in(data / folder.INSTALLED)
        self._wait = wait
        self._sent = 0

    def close(self) -> None:
        """Send nothing more."""
        self._client.close()

    def send(self, bundle: folder.Bundle) -> None:
        """One message; a server that is busy is tried again once it is not. Raises httpx.HTTPError when it is refused."""
        self._sent += 1
        if bundle.suffix == ".csv" and (self._inbox / bundle.source).is_dir():
            return self._drop(bundle)
        path, body, headers = addressed(bundle)
        if secret := self._secrets.get(bundle.source):
            now = int(clock.wall().timestamp())
            headers |= SIGNERS[bundle.source](secret, body, now, f"msg_{bundle.arrives}_{self._sent}")
        while (answer := self._client.post(path, content=body, headers=headers)).status_code in _BUSY:
            if self._wait(float(answer.headers.get("retry-after", "1"))):
                return None
        answer.raise_for_status()
        return None

    def _drop(self, bundle: folder.Bundle) -> None:
        """A file into the partner's folder, with a name under which it is not looked at until it is whole."""
        place = self._inbox / bundle.source
        file = place / f"{bundle.arrives}-{self._sent}.csv"
        begun = file.with_name(f".{file.name}")
        begun.write_bytes(bundle.body)
        begun.rename(file)


def addressed(bundle: folder.Bundle) -> Request:
    """(path, body, headers) of the request by which a message comes in; headers of a webhook stand before its body."""
    lines = bundle.body.splitlines()
    if bundle.source == _TELEMETRY:
        name = next(iter(json.loads(lines[0])))
        told = [one for line in lines for one in json.loads(line)[name]]
        return _SIGNALS[name], json.dumps({name: told}).encode(), {"content-type": "application/json"}
    if bundle.source in _EVENTS:
        page = bundle.body if bundle.suffix == PAGE else b"[" + b",".join(lines) + b"]"
        return "/api/v1/events", page, {"content-type": "application/cloudevents-batch+json"}
    headers = {"content-type": _MEDIA[bundle.suffix]}
    body = bundle.body
    if body.startswith(b"#headers "):
        line, _, body = body.partition(b"\n")
        headers |= json.loads(line.removeprefix(b"#headers "))
    return f"/api/v1/inbound/{bundle.source}", body, headers
