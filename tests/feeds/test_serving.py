"""The whole program fetches; killed in the midst of it, it goes on where the data on disk ends."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from app.settings import load
from app.store.database import Database
from tests.feeds.brokers import standing
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
KILLS = 2


def table(folder: Path, rows: int) -> None:
    """A table of rows that share one watermark."""
    (folder / "rows.yaml").write_text(MAPPING, encoding="utf-8")
    con = sqlite3.connect(folder / "wms.db")
    con.execute("create table orders (id integer, number text, changed text, amount text, revision integer, note text)")
    values = [(n, f"SO-W{n}") for n in range(rows)]
    con.executemany("insert into orders values (?, ?, '2026-11-20 10:00:00', '1.10', 1, null)", values)
    con.commit()
    con.close()


def killed(config: Path, pause: float) -> None:
    """Let a process fetch for a moment, and end it as a power cut would."""
    environment = os.environ | {"ORDERSCOPE_DATA": str(config.parent / "data")}
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.feeds.worker", str(config)], cwd=root, env=environment, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"fetching\n"
        time.sleep(pause)
        os.kill(process.pid, signal.SIGKILL)


def stored(config: Path) -> tuple[int, int]:
    """(events, distinct events) on disk."""
    os.environ["ORDERSCOPE_DATA"] = str(config.parent / "data")
    try:
        database = Database.of(load(config))
    finally:
        del os.environ["ORDERSCOPE_DATA"]
    with database.connection() as con:
        [found] = con.execute("select count(*), count(distinct (source, native_id)) from event").fetchall()
    database.close()
    return found


def test_killed_again_and_again(tmp_path: Path) -> None:
    """A process that fetches from a queue and a table is killed while it does: each message and row is there once."""
    sent, rows = 400, 300
    table(tmp_path, rows)
    config = tmp_path / "orderscope.yaml"
    with standing("RabbitMQ") as broker:
        config.write_text(CONFIG.format(queue=broker.queue, folder=tmp_path), encoding="utf-8")
        messages = [event(f"M{n}") for n in range(sent)]
        for at in range(KILLS):
            broker.send(messages[at * sent // KILLS : (at + 1) * sent // KILLS])
            killed(config, 0.1 + at * 0.1)
        begun = stored(config)
        killed(config, 6)
        assert broker.left() == 0
    assert 0 < begun[0] == begun[1] < sent + rows, "no kill came in the midst of it"
    assert stored(config) == (sent + rows, sent + rows)


def listed(server: Server) -> dict[str, dict[str, Any]]:
    """What `orderscope source list` says."""
    done = server.command("source", "list", "--json")
    assert done.returncode == 0, done.stderr
    return {row["source"]: row for row in json.loads(done.stdout)}


def test_the_server_fetches_and_says_how_it_stands(tmp_path: Path) -> None:
    """`serve` starts what is declared, and `source list` tells it beside the server."""
    table(tmp_path, 5)
    with (
        standing("RabbitMQ") as broker,
        running(tmp_path, CONFIG.format(queue=broker.queue, folder=tmp_path)) as server,
    ):
        broker.send([event(f"M{n}") for n in range(5)])
        until(lambda: server.get("/api/v1/orders", q="SO-M4")["items"] or None, 30)
        until(lambda: server.get("/api/v1/orders", q="SO-W4")["items"] or None, 30)
        until(lambda: listed(server)["erp"]["accepted"] == 5, 30)
        told = listed(server)
        assert (told["erp"]["pull"], told["erp"]["last_error"]) == ("rabbitmq", "")
        assert told["wms"]["position"] == {"watermark": "2026-11-20 10:00:00"}
        assert told["wms"]["last_success_at"]
        assert broker.left() == 0


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
