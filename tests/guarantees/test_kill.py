"""What was answered with success survives a power cut at any moment after the answer."""

import json
import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.guarantees.server import BATCH, Event, Server, event, hours_ago, running, until

ROUNDS, SENDERS = 3, 4
LARGEST = 80


@dataclass
class Sent:
    """What one sender tried: batches and traces with whether they were answered."""

    batches: dict[str, tuple[list[Event], bool]] = field(default_factory=dict)
    traces: dict[str, bool] = field(default_factory=dict)


def batch(name: str, size: int) -> list[Event]:
    """One order with so many events."""
    keys = {"so": name}
    events = [event(f"{name}-0", "erp.main", "order.created", hours_ago(9), keys=keys)]
    return events + [
        event(f"{name}-{at}", "erp.main", "order.changed", hours_ago(8), keys=keys, revision=at + 1)
        for at in range(1, size)
    ]


def trace(trace_id: str, size: int = 5) -> dict[str, Any]:
    """A trace in OTLP's JSON."""
    now = time.time_ns()
    spans = [
        {"traceId": trace_id, "spanId": f"{at + 1:016x}", "name": f"step {at}", "startTimeUnixNano": str(now), "endTimeUnixNano": str(now + 10**6)}
        for at in range(size)
    ]  # fmt: skip
    return {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}


def sending(server: Server, name: str, sent: Sent, chance: random.Random) -> None:
    """Send until the server is gone; note what was answered."""
    with httpx.Client(base_url=server.url, headers=server.client.headers, timeout=30) as http:
        for at in range(10_000):
            one = f"{name}-{at}"
            events, trace_id = batch(one, chance.randint(1, LARGEST)), f"{chance.getrandbits(128):032x}"
            sent.batches[one] = events, False
            try:
                answer = http.post("/api/v1/events", json=events, headers={"Content-Type": BATCH})
                if answer.status_code == 200:
                    assert answer.json()["accepted"] == len(events)
                    sent.batches[one] = events, True
                sent.traces[trace_id] = False
                sent.traces[trace_id] = http.post("/v1/traces", json=trace(trace_id)).status_code == 200
            except httpx.TransportError:
                return


def cut_short(server: Server, name: str, chance: random.Random) -> list[Sent]:
    """Several senders, and a power cut in the middle."""
    notes = [Sent() for _ in range(SENDERS)]
    threads = [
        threading.Thread(target=sending, args=(server, f"{name}-{at}", note, random.Random(chance.random())))
        for at, note in enumerate(notes)
    ]
    for thread in threads:
        thread.start()
    time.sleep(chance.uniform(0.5, 2.5))
    server.kill()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return notes


def orders(server: Server) -> dict[str, int]:
    """Every order with the number of its events."""
    found: dict[str, int] = {}
    cursor = ""
    while cursor is not None:
        page = server.get("/api/v1/orders", q="KILL-", limit=1000, cursor=cursor)
        found |= {row["so"]: row["events"] for row in page["items"]}
        cursor = page["next"]
    return found


def acknowledged(server: Server) -> dict[str, Any]:
    """An exception that somebody has taken, answered just now."""
    keys = {"so": "TAKEN-1"}
    server.take(
        event("taken-1", "erp.main", "order.created", hours_ago(9), keys=keys),
        event("taken-2", "erp.main", "order.credit_held", hours_ago(8), keys=keys, hold={"kind": "credit", "id": "H1"}),
    )  # fmt: skip
    case = until(lambda: server.get("/api/v1/exceptions", q="TAKEN-1")["items"] or None)[0]
    answer = server.client.post(
        f"/api/v1/exceptions/{case['id']}/acknowledge", headers={"If-Match": str(case["version"])}
    )
    assert answer.status_code == 200
    return dict(answer.json())


def test_nothing_that_was_answered_is_lost(tmp_path: Path) -> None:
    """Three power cuts under load: answered batches, spans and actions are there, no batch is partial, rebuild agrees."""
    chance = random.Random(20261124)
    notes, case = list[Sent](), dict[str, Any]()
    with running(tmp_path) as server:
        for at in range(ROUNDS):
            case = case or acknowledged(server)
            notes += cut_short(server, f"KILL-{at}", chance)
            if at == ROUNDS - 1:
                verified = server.run("rebuild", "--verify", "--json")
                assert (verified.returncode, json.loads(verified.stdout)) == (0, {"differences": []}), verified.stderr
            server.start().sign_in()
        everything = {name: said for note in notes for name, said in note.batches.items()}
        answered = {name: len(events) for name, (events, ok) in everything.items() if ok}
        found = orders(server)
        assert len(answered) > ROUNDS * SENDERS
        assert {name: found.get(name) for name in answered} == answered
        assert all(size == len(everything[name][0]) for name, size in found.items()), "a batch is there in part"
        _sent_again(server, everything, found)
        _traced(server, notes)
        kept = server.get(f"/api/v1/exceptions/{case['id']}")
        assert (kept["status"], kept["version"]) == ("acknowledged", case["version"])
        assert [move["action"] for move in kept["history"]].count("acknowledge") == 1


def _sent_again(server: Server, everything: dict[str, tuple[list[Event], bool]], found: dict[str, int]) -> None:
    """What is there is a duplicate, what is not is taken, and then all of it is there once."""
    for name, (events, _) in everything.items():
        said = server.post(events).json()
        fresh = 0 if name in found else len(events)
        assert (said["accepted"], said["duplicates"], said["rejected"]) == (fresh, len(events) - fresh, [])
    server.settled()
    assert orders(server) == {name: len(events) for name, (events, _) in everything.items()}


def _traced(server: Server, notes: list[Sent]) -> None:
    """Every trace that was answered is whole; none is there in part."""
    told = {trace_id: ok for note in notes for trace_id, ok in note.traces.items()}
    assert any(told.values())
    sampled = [one for one, ok in told.items() if not ok] + [one for one, ok in told.items() if ok][-150:]
    sizes = {one: len(server.get(f"/api/v1/traces/{one}")["items"]) for one in sampled}
    assert set(sizes.values()) <= {0, 5}
    assert [one for one, size in sizes.items() if told[one] and size != 5] == []


def test_a_service_that_is_asked_to_end_ends_in_order(tmp_path: Path) -> None:
    """SIGTERM, as a service manager sends it: status 0, and the token left for commands is ended, its file gone."""
    with running(tmp_path) as server:
        server.take(event("end-0", "erp.main", "order.created", hours_ago(1), keys={"so": "END"}))
        assert (server.data / "server.json").exists()
        server.stop()
        assert server.process is not None
        assert server.process.returncode == 0
        assert not (server.data / "server.json").exists()
        tokens = json.loads(server.command("token", "list", "--json").stdout)
        assert [one for one in tokens if one["name"].startswith("command-line") and not one["disabled"]] == []
