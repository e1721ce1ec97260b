"""More than the server can write: some are sent away with a time to come back, and what was taken is whole."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.guarantees.server import BATCH, Event, Server, event, hours_ago, running

CLIENTS, ROUNDS, EVENTS = 24, 8, 60
QUEUE = "server: {queue_items: 100}\n"
REFUSALS = (429, 503)


def batch(name: str) -> list[Event]:
    """Events of one order."""
    keys = {"so": name}
    first = event(f"{name}-0", "erp.main", "order.created", hours_ago(0.5), keys=keys)
    return [first] + [
        event(f"{name}-{at}", "erp.main", "order.changed", hours_ago(0.4), keys=keys, revision=at + 1)
        for at in range(1, EVENTS)
    ]


def flooded(server: Server) -> dict[str, httpx.Response]:
    """Many clients that all begin at the same moment: the name of each batch, and its answer."""
    answers: dict[str, httpx.Response] = {}
    together = threading.Barrier(CLIENTS)

    def client(number: int) -> None:
        with httpx.Client(base_url=server.url, headers=server.client.headers, timeout=60) as http:
            together.wait(60)
            for at in range(ROUNDS):
                name = f"FLOOD-{number:02}-{at:02}"
                answers[name] = http.post("/api/v1/events", json=batch(name), headers={"Content-Type": BATCH})

    with ThreadPoolExecutor(CLIENTS) as pool:
        for done in [pool.submit(client, number) for number in range(CLIENTS)]:
            done.result(120)
    return answers


def stored(server: Server) -> dict[str, int]:
    """Each order of the flood with the number of its events."""
    rows = server.get("/api/v1/orders", q="FLOOD-", limit=1000)
    assert rows["next"] is None
    return {row["so"]: row["events"] for row in rows["items"]}


def test_a_flood_is_sent_away_and_nothing_is_half_stored(tmp_path: Path) -> None:
    """With room for 100 items and 24 clients some batches are refused; taken ones are whole and survive a power cut."""
    with running(tmp_path, QUEUE) as server:
        answers = flooded(server)
        counts = Counter(answer.status_code for answer in answers.values())
        assert len(answers) == CLIENTS * ROUNDS
        assert set(counts) <= {200, *REFUSALS}
        assert counts[200] > 0
        assert sum(counts[status] for status in REFUSALS) > 0
        refused = {name: answer for name, answer in answers.items() if answer.status_code in REFUSALS}
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused.values())
        assert all(answer.headers["content-type"].startswith("application/problem+json") for answer in refused.values())
        taken = {name for name, answer in answers.items() if answer.status_code == 200}
        assert all(answers[name].json() == {"accepted": EVENTS, "duplicates": 0, "rejected": []} for name in taken)
        server.kill()
        server.start().sign_in()
        assert stored(server) == dict.fromkeys(taken, EVENTS)
        for name in list(refused)[:8]:
            server.take(*batch(name))
        assert stored(server) == dict.fromkeys(taken | set(list(refused)[:8]), EVENTS)
