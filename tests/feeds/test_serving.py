"""The whole program fetches; killed in the midst of it, it goes on where the data on disk ends."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from app.main.feeding import Feeding, fault
from app.settings import Source, load
from app.store.database import Database
from app.store.intake import Intake
from tests.feeds.brokers import Broker, standing
from tests.feeds.depot import MAPPING, event
from tests.feeds.test_declared import PULLS
from tests.guarantees.server import Server, until

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


def test_the_next_start_goes_on_where_a_killed_process_ended(tmp_path: Path) -> None:
    """Killed while it fetches from a queue and a table; the next start has each message and each row once."""
    sent, rows = 200, 150
    table(tmp_path, rows)
    config = tmp_path / "orderscope.yaml"
    with standing("RabbitMQ") as broker:
        config.write_text(CONFIG.format(queue=broker.queue, folder=tmp_path), encoding="utf-8")
        broker.send([event(f"M{n}") for n in range(sent)])
        killed(tmp_path, broker)
        settings = load(config).model_copy(update={"data": tmp_path / "data"})
        database = Database.of(settings)
        intake = Intake(database, {})
        queue, wms = Feeding(settings, intake).lines
        stored = database.connection()
        begun = stored.execute("select count(*) from event").fetchall()[0][0]
        queue.start()
        assert wms.run()
        # The broker counts what waits, not what is on its way.
        until(lambda: stored.execute("select count(*) from event").fetchall() == [(sent + rows,)], 30)
        queue.halt()
        queue.join(20)
        assert broker.left() == 0
    found = stored.execute("select count(*), count(distinct (source, native_id)) from event").fetchall()
    intake.close()
    database.close()
    assert begun < sent + rows, "the kill came too late"
    assert found == [(sent + rows, sent + rows)]


def test_a_pull_that_can_never_work_is_found_at_start(tmp_path: Path) -> None:
    """A secret in the address, a wire that reads no rows, an unknown database: named at start, without the secret."""
    sql = "{{pull: {{kind: sql, url: '{}', table: t, watermark: w, tie: [a]}}}}"
    wrong = {"postgresql://me:secret@db/erp": "a password stands in the address", "sqlite:///x.db": "collector csv"}
    for url, words in wrong.items():
        server = Server(tmp_path, f"sources: {{erp: {sql.format(url)}}}")
        done = server.command("serve")
        said = " ".join((done.stdout + done.stderr).split())
        assert done.returncode == 2
        assert "sources.erp.pull" in said
        assert words in said
        assert "secret@" not in said
        server.close()
    assert "no address of a known database" in fault(Source(pull=PULLS["sql"] | {"kind": "sql", "url": "nosql://x"}))  # type: ignore[arg-type]
