"""The whole program fetches; killed in the midst of it, it goes on where the data on disk ends."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.feeds.brokers import Broker, standing
from tests.feeds.depot import MAPPING, event
from tests.guarantees.server import Server, running, until

CONFIG = """
sources:
  erp:
    pull: {{kind: rabbitmq, host: 127.0.0.1, queue: {queue}, batch: 20}}
  wms:
    collector: csv
    mapping: rows.yaml
    pull: {{kind: sql, url: "sqlite:///{folder}/wms.db", table: orders, watermark: changed, tie: [id], every: 1, batch: 30}}
"""


def table(folder: Path, rows: int) -> None:
    """A table of rows that share one watermark."""
    (folder / "rows.yaml").write_text(MAPPING, encoding="utf-8")
    con = sqlite3.connect(folder / "wms.db")
    con.execute("create table orders (id integer, number text, changed text, amount text, revision integer, note text)")
    values = [(n, f"SO-W{n}") for n in range(rows)]
    con.executemany("insert into orders values (?, ?, '2026-11-20 10:00:00', '1.10', 1, null)", values)
    con.commit()
    con.close()


def killed(folder: Path, broker: Broker) -> None:
    """Let a process fetch until the first messages are on their way, and end it as a power cut would."""
    waiting = broker.left()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.feeds.worker", str(folder / "orderscope.yaml")], cwd=Path(__file__).parents[2],
        env=os.environ | {"ORDERSCOPE_DATA": str(folder / "data")},
    ) as process:  # fmt: skip
        until(lambda: broker.left() < waiting, 60)
        os.kill(process.pid, signal.SIGKILL)


def listed(server: Server) -> dict[str, dict[str, Any]]:
    """What `orderscope source list` says."""
    done = server.command("source", "list", "--json")
    assert done.returncode == 0, done.stderr
    return {row["source"]: row for row in json.loads(done.stdout)}


def count(server: Server) -> tuple[int, int]:
    """(orders, events)."""
    orders = server.get("/api/v1/orders", limit=1000, q="SO-")["items"]
    return len(orders), sum(row["events"] for row in orders)


def test_a_server_goes_on_where_a_killed_process_ended(tmp_path: Path) -> None:
    """Killed while it fetches from a queue and a table; the next start has each message and row once, and says how it stands."""
    sent, rows = 200, 150
    table(tmp_path, rows)
    with standing("RabbitMQ") as broker:
        (tmp_path / "orderscope.yaml").write_text(CONFIG.format(queue=broker.queue, folder=tmp_path), encoding="utf-8")
        broker.send([event(f"M{n}") for n in range(sent)])
        killed(tmp_path, broker)
        with running(tmp_path) as server:
            until(lambda: count(server) == (sent + rows, sent + rows) or None, 60, lambda: str(count(server)))
            until(lambda: broker.left() == 0, 30)
            until(
                lambda: (
                    (told := listed(server))["wms"]["last_success_at"]
                    and told["erp"]["accepted"] + told["erp"]["duplicates"] >= sent
                ),
                30,
            )
            assert count(server) == (sent + rows, sent + rows)
            told = listed(server)
    assert (told["erp"]["pull"], told["erp"]["failing"]) == ("rabbitmq", False)
    assert told["wms"]["position"] == {"watermark": "2026-11-20 10:00:00"}


def test_a_pull_that_can_never_work_is_found_at_start(tmp_path: Path) -> None:
    """`check` and `serve` name the source and the fault: a secret in the address, a wire that reads no rows, no database."""
    sql = "{{pull: {{kind: sql, url: '{}', table: t, watermark: w, tie: [a]}}}}"
    secret = f"sources: {{erp: {sql.format('postgresql://me:secret@db/erp')}}}"
    others = f"sources: {{erp: {sql.format('sqlite:///x.db')}, wms: {sql.format('nosql://x')}}}"
    for config, words in (
        (secret, ["erp.pull", "password"]),
        (others, ["erp.pull", "collector csv", "wms.pull", "`url`"]),
    ):
        server = Server(tmp_path, config)
        for command in ("check", "serve"):
            done = server.command(command)
            said = " ".join((done.stdout + done.stderr).split())
            assert done.returncode == (1 if command == "check" else 2), said
            assert [word for word in words if word not in said and command == "check"] == [], said
            assert "sources.erp.pull" in said
            assert "secret@" not in said
        server.close()
