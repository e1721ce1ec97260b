"""The whole program fetches: killed in the midst of it, it goes on where the data on disk ends."""

import json
import sqlite3
from pathlib import Path
from typing import Any

from tests.feeds.brokers import standing
from tests.feeds.depot import MAPPING, event
from tests.guarantees.server import Server, running, until

SENT, ROWS = 600, 300
CONFIG = """
sources:
  erp:
    pull: {{kind: rabbitmq, host: 127.0.0.1, queue: {queue}, batch: 20}}
  wms:
    collector: csv
    mapping: rows.yaml
    pull: {{kind: sql, url: "sqlite:///{folder}/wms.db", table: orders, watermark: changed, tie: [id], every: 1, batch: 30}}
"""


def listed(server: Server) -> dict[str, dict[str, Any]]:
    """What `orderscope source list` says."""
    done = server.command("source", "list", "--json")
    assert done.returncode == 0, done.stderr
    return {row["source"]: row for row in json.loads(done.stdout)}


def count(server: Server) -> dict[str, int]:
    """The events of each source, and how many of them are distinct."""
    orders = server.get("/api/v1/orders", limit=1000, q="SO-")
    found = {"orders": len(orders["items"]), "events": 0}
    while True:
        found["events"] += sum(row["events"] for row in orders["items"])
        if not orders["next"]:
            return found
        orders = server.get("/api/v1/orders", limit=1000, q="SO-", cursor=orders["next"])
        found["orders"] += len(orders["items"])


def test_a_killed_server_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Killed while it fetches from a queue and a table: in the end each message and each row is there once."""
    with sqlite3.connect(tmp_path / "wms.db") as con:
        con.execute(
            "create table orders (id integer, number text, changed text, amount text, revision integer, note text)"
        )
        con.executemany(
            "insert into orders values (?, ?, '2026-11-20 10:00:00', '1.10', 1, null)",
            [(n, f"SO-W{n}") for n in range(ROWS)],
        )
    con.close()
    (tmp_path / "rows.yaml").write_text(MAPPING, encoding="utf-8")
    with standing("RabbitMQ") as broker:
        broker.send([event(f"M{n}") for n in range(SENT)])
        with running(tmp_path, CONFIG.format(queue=broker.queue, folder=tmp_path)) as server:
            server.kill()
            begun = broker.left()
            server.start().sign_in()
            assert begun < SENT, "it had not begun"
            until(lambda: broker.left() == 0, 60)
            until(lambda: listed(server)["wms"]["last_success_at"], 60)
            server.settled()
            assert count(server) == {"orders": SENT + ROWS, "events": SENT + ROWS}
            told = listed(server)
        assert broker.left() == 0
    assert told["erp"]["pull"] == "rabbitmq"
    assert told["erp"]["last_success_at"]
    assert told["wms"]["position"] == {"watermark": "2026-11-20 10:00:00"}
    assert told["wms"]["failing"] is False


def test_a_pull_that_can_never_work_is_found_at_start(tmp_path: Path) -> None:
    """`check` and `serve` name the source and the fault: a wire that reads no rows, a secret in the address."""
    pull = 'kind: sql, url: "{url}", table: t, watermark: w, tie: [a]'
    wrong = [("sqlite:///x.db", "collector csv"), ("postgresql://me:secret@db/erp", "password"), ("nosql://x", "url")]
    for url, words in wrong:
        server = Server(tmp_path, "sources: {erp: {pull: {" + pull.format(url=url) + "}}}")
        for command in ("check", "serve"):
            done = server.command(command)
            assert done.returncode in (1, 2), url
            said = " ".join((done.stdout + done.stderr).split())
            assert words in said, said
            assert "sources.erp.pull" in said
            assert "secret@" not in said
        server.close()
