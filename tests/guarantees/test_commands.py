"""Commands beside a running server and without one: what they do, what they exit with, and that no mistake is a traceback."""

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guarantees.server import Server, event, hours_ago, until

Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of events: good ones, and one with a bad item."""
    folder = tmp_path_factory.mktemp("files")
    good = [event(f"cmd-{at}", "erp.main", "order.created", hours_ago(1), keys={"so": f"CMD-{at}"}) for at in range(3)]
    (folder / "good.jsonl").write_text("\n".join(json.dumps(one) for one in good), encoding="utf-8")
    (folder / "mixed.json").write_text(json.dumps([good[0], {"specversion": "1.0"}]), encoding="utf-8")
    (folder / "wrong.yaml").write_text(
        "server: {prot: 8050}\nsources:\n  erp.main: {collector: cloudevents, ownr: me}\n", encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def taken() -> Iterator[int]:
    """A port that somebody else uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        yield one.getsockname()[1]


def plain(done: Done, status: int, *words: str) -> None:
    """The command ended with this status, said these words, and showed no insides."""
    said = done.stdout + done.stderr
    assert done.returncode == status, said[-2000:]
    assert "Traceback" not in said
    assert [word for word in words if word not in " ".join(said.split())] == [], said[-2000:]


def test_ingest_beside_a_server_goes_through_it(server: Server, files: Path) -> None:
    """The server takes the files, counts them and makes orders of them; again they are duplicates."""
    counted = _counted(server)
    first = server.run("ingest", "--source", "erp.main", str(files / "good.jsonl"), "--json")
    again = server.command("ingest", "--source", "erp.main", str(files / "good.jsonl"), "--json")
    mixed = server.command("ingest", "--source", "erp.main", str(files / "mixed.json"))
    plain(first, 0)
    assert json.loads(first.stdout) == {"accepted": 3, "duplicates": 0, "rejected": 0}
    assert json.loads(again.stdout) == {"accepted": 0, "duplicates": 3, "rejected": 0}
    plain(mixed, 1, "0 accepted, 1 duplicates, 1 rejected", "bad_envelope", "dl_")
    assert _counted(server) == counted + 3
    server.settled()
    assert server.order("CMD-2")["stage"] == "created"


def test_spans_and_undeclared_sources_go_through_it_too(server: Server, tmp_path: Path) -> None:
    """A file of OTLP and events of a source that nobody declared are taken and counted beside a server."""
    span = {
        "traceId": "c" * 32,
        "spanId": "d" * 16,
        "name": "step",
        "startTimeUnixNano": "1700000000000000000",
        "endTimeUnixNano": "1700000000100000000",
    }
    (tmp_path / "otlp.json").write_text(
        json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}), encoding="utf-8"
    )
    (tmp_path / "odd.json").write_text(
        json.dumps(event("odd-1", "odd.one", "order.created", hours_ago(1), keys={"so": "CMD-ODD"})), encoding="utf-8"
    )
    otlp = server.command("ingest", "--source", "mw.any", str(tmp_path / "otlp.json"), "--json")
    odd = server.command("ingest", "--source", "odd.one", str(tmp_path / "odd.json"), "--json")
    plain(odd, 0)
    plain(otlp, 0)
    assert [span["name"] for span in server.get(f"/api/v1/traces/{'c' * 32}")["items"]] == ["step"]
    server.settled()
    assert server.order("CMD-ODD")["stage"] == "created"
    assert json.loads(odd.stdout) == {"accepted": 1, "duplicates": 0, "rejected": 0}


def test_a_mistake_is_told_in_a_line_or_two(server: Server, files: Path) -> None:
    """Wrong path, wrong key, wrong option, wrong time, wrong source, unknown order: status 2 or 1, the reason, no traceback."""
    words: tuple[tuple[str, ...], ...] = (
        ("ingest", "--source", "erp.main", str(files / "nowhere.json")),
        ("ingest", "--source", "erp.main", str(files / "good.jsonl"), "--config", str(files / "wrong.yaml")),
        ("check", "--config", str(files / "wrong.yaml")),
        ("check", "--config", str(files / "nowhere.yaml")),
        ("serve", "--as-of", "yesterday"),
        ("explain", "NO-SUCH-ORDER"),
        ("ingest", "--sauce", "erp.main", "x"),
        ("rebuild", "--verify"),
    )
    said = [server.command(*one) for one in words]
    path, key, check, none, as_of, unknown, option, used = said
    plain(path, 2, "nowhere.json", "no such file")
    plain(key, 2, "server.prot", "sources.erp.main.ownr")
    plain(check, 1, "server.prot", "sources.erp.main.ownr")
    plain(none, 1, "nowhere.yaml", "no such file")
    plain(as_of, 2, "yesterday", "is no time")
    plain(unknown, 1, "NO-SUCH-ORDER")
    plain(option, 2, "--sauce")
    plain(used, 2, "in use", "running server")
    assert server.settled()["ready"] is True


def test_two_servers_do_not_share_data_or_a_port(server: Server, taken: int, tmp_path: Path) -> None:
    """A second server of the same data, and one on a port in use, end at once with status 2 and leave the first alone."""
    other = Server(tmp_path)
    try:
        same = server.run("serve", "--port", str(other.port), "--otlp-port", "0", "--grpc-port", "0")
        port = other.command("serve", "--port", str(taken), "--otlp-port", "0", "--grpc-port", "0")
    finally:
        other.close()
    plain(same, 2, "in use")
    plain(port, 2, str(taken), "cannot be used")
    assert not (tmp_path / "data" / "server.json").exists()
    assert (server.data / "server.json").exists()
    assert server.settled()["ready"] is True


def test_explain_asks_the_running_server(server: Server) -> None:
    """`explain` gives the reason of each link beside a running server."""
    server.take(
        event(
            "cmd-explain", "erp.main", "order.created", hours_ago(0.01), keys={"so": "CMD-EXPLAIN", "ch": "W-EXPLAIN"}
        )
    )
    done = server.command("explain", "W-EXPLAIN", "--json")
    plain(done, 0)
    said = json.loads(done.stdout)
    assert said["order"]["so"] == "CMD-EXPLAIN"
    assert [(link["type"], link["rule"]) for link in said["links"]] == [("order.created", "alias:so")]


def test_a_disabled_token_is_refused(server: Server) -> None:
    """A token that the command line disables is refused by the running server within seconds."""
    added = server.command("token", "add", "--name", "cmd-end", "--scope", "read", "--json")
    headers = {"Authorization": f"Bearer {json.loads(added.stdout)['token']}"}
    assert server.client.get("/api/v1/slas", headers=headers).status_code == 200
    plain(server.command("token", "disable", "cmd-end"), 0)
    assert until(lambda: server.client.get("/api/v1/slas", headers=headers).status_code == 401)


def _counted(server: Server) -> int:
    """Events that the server has accepted over HTTP since its start."""
    line = 'orderscope_ingest_items_total{collector="cloudevents",result="accepted"}'
    found = [row for row in server.client.get("/metrics").text.splitlines() if row.startswith(line)]
    return int(float(found[0].split()[-1])) if found else 0
