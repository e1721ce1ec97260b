"""The real product as a process of its own: started on free ports of this machine, asked over HTTP, ended by its pid."""

import gzip
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from app import clock
from app.main import commands

PROGRAM = Path(sys.executable).parent / "orderscope"
PATIENCE = 60.0
BATCH = "application/cloudevents-batch+json"
Event = dict[str, Any]


class Server:
    """One installation in a folder: its process, while it runs, and a client that may do everything."""

    def __init__(self, folder: Path, config: str = "", *words: str) -> None:
        self.folder, self.words = folder, words
        self.data = folder / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.port, self.otlp_port, self.grpc_port = free_ports(3)
        self.url, self.otlp_url = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.otlp_port}"
        self.log = folder / "server.log"
        if config:
            (folder / "orderscope.yaml").write_text(config, encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None
        self.client = httpx.Client(base_url=self.url, timeout=PATIENCE)

    def start(self) -> "Server":
        """Start the process and wait until it is ready with nothing left to judge."""
        ports = ("--port", str(self.port), "--otlp-port", str(self.otlp_port), "--grpc-port", str(self.grpc_port))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "serve", *ports, *self.words],
                cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.settled()
        return self

    @property
    def environment(self) -> dict[str, str]:
        """What the program finds around it: nobody's settings but those of this folder."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORDERSCOPE_", "OTEL_"))}
        return kept | {"ORDERSCOPE_DATA": str(self.data)}

    def settled(self, patience: float = PATIENCE) -> dict[str, Any]:
        """Wait until everything stored is judged."""
        return until(self._settled, patience, lambda: self.log.read_text(encoding="utf-8", errors="replace")[-3000:])

    def _settled(self) -> dict[str, Any] | None:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text(encoding="utf-8", errors="replace")[-3000:]
        try:
            answer = self.client.get("/readyz")
        except httpx.TransportError:
            return None
        said: dict[str, Any] = answer.json()
        return said if answer.status_code == 200 and said["ready"] and said["lag_events"] == 0 else None

    def run(self, *words: str, wait: float = 120) -> subprocess.CompletedProcess[str]:
        """A command of the program beside or without the server."""
        return subprocess.run(
            [PROGRAM, *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=wait, check=False
        )  # fmt: skip

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The same without a process of its own, which spares the seconds of its start; not for two threads at once."""
        out, err = io.StringIO(), io.StringIO()
        before, kept = dict(os.environ), sys.argv
        with redirect_stdout(out), redirect_stderr(err), chdir(self.folder):
            sys.argv = ["orderscope", *words]
            os.environ.clear()
            os.environ.update(self.environment)
            try:
                status = _exit_status(commands.main)
            finally:
                sys.argv = kept
                os.environ.clear()
                os.environ.update(before)
                clock.freeze(None)
        return subprocess.CompletedProcess(words, status, out.getvalue(), err.getvalue())

    def token(self, name: str, *scopes: str) -> str:
        """The secret of a new token."""
        asked = [word for scope in scopes for word in ("--scope", scope)]
        done = self.command("token", "add", "--name", name, *asked, "--json")
        assert done.returncode == 0, done.stderr
        secret: str = json.loads(done.stdout)["token"]
        return secret

    def sign_in(self, token: str = "") -> "Server":
        """Let the client do everything: with a token of its own, or the one that the server leaves for commands."""
        secret = token or json.loads((self.data / "server.json").read_text(encoding="utf-8"))["token"]
        self.client.headers["Authorization"] = f"Bearer {secret}"
        return self

    @contextmanager
    def grows_at_most(self, limit: int) -> Iterator[None]:
        """Fails when the process ever held `limit` bytes more than at the beginning; Linux keeps the peak."""
        assert self.process is not None
        before = self._memory("VmRSS")
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", encoding="ascii")
        yield
        grown = self._memory("VmHWM") - before
        assert grown < limit, f"the server grew by {grown / 2**20:.0f} MiB"

    def _memory(self, name: str) -> int:
        assert self.process is not None
        lines = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name + ":")) * 1024

    def kill(self) -> None:
        """End the process as a power cut would."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def stop(self) -> None:
        """Ask the process to end and see that it does, by its own pid and no other."""
        if self.process is None or self.process.poll() is not None:
            return
        os.kill(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()

    def close(self) -> None:
        """Stop, and let the client's connections go."""
        self.stop()
        self.client.close()

    def post(self, events: list[Event] | Event, **more: Any) -> httpx.Response:
        """Send events as one batch."""
        batch = events if isinstance(events, list) else [events]
        return self.client.post("/api/v1/events", content=json.dumps(batch), headers={"Content-Type": BATCH}, **more)

    def take(self, *events: Event) -> dict[str, Any]:
        """Send events that must all be good, and wait until they are judged."""
        answer = self.post(list(events))
        said: dict[str, Any] = answer.json()
        assert (answer.status_code, said["rejected"]) == (200, []), answer.text
        self.settled()
        return said

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of an answer that must be good."""
        answer = self.client.get(path, params=params)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def order(self, key: str) -> dict[str, Any]:
        """One order by any key."""
        found: dict[str, Any] = self.get(f"/api/v1/orders/{key}")
        return found

    def letters(self) -> list[dict[str, Any]]:
        """Every dead letter, newest first."""
        found: list[dict[str, Any]] = self.get("/api/v1/dead-letters", limit=1000)["items"]
        return found


def _exit_status(main: Callable[[], None]) -> int:
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@contextmanager
def running(folder: Path, config: str = "", *words: str) -> Iterator[Server]:
    """A server that is ready and whose client may do everything; ended whatever happens."""
    server = Server(folder, config, *words)
    try:
        yield server.start().sign_in()
    finally:
        server.close()


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody uses just now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def until(look: Callable[[], Any], patience: float = 5.0, why: Callable[[], str] = str) -> Any:
    """What `look` finds, as soon as it finds something; fails after `patience` seconds."""
    end = time.monotonic() + patience
    while (found := look()) is None or found is False:
        assert time.monotonic() < end, f"nothing within {patience} s. {why()}"
        time.sleep(0.05)
    return found


def hours_ago(hours: float) -> str:
    """An instant so many hours before now, as RFC 3339."""
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event(id: str, source: str, type: str, at: str | None = None, **data: Any) -> Event:
    """A canonical event; `at` defaults to now."""
    said = {"specversion": "1.0", "id": id, "source": source, "type": type, "time": at or hours_ago(0), "data": data}
    return {name: value for name, value in said.items() if value is not None}


def zeros(path: Path, size: int = 2**30) -> Path:
    """A gzip file that unpacks to `size` zeros; written in pieces."""
    piece = bytes(2**20)
    with gzip.open(path, "wb", compresslevel=9) as out:
        for _ in range(size // len(piece)):
            out.write(piece)
    return path
