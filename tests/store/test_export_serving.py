"""Exports by the server and by the command: for administrators, one at a time, the same either way."""

import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import polars as pl
import pytest
from pm4py import read_ocel2_sqlite

from app.store.export import tables
from app.web.api.export import Abandoned, written
from tests.guarantees.server import Server, event, hours_ago, running
from tests.laws.worlds import LINES
from tests.store.exported import FORMULA, Log
from tests.web.site import Site, site


@pytest.fixture
def anyio_backend() -> str:
    """Tests run on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Site]:
    """A server without an engine."""
    made = site(tmp_path)
    yield made
    made.close()


@pytest.mark.anyio
async def test_the_server_gives_it_to_administrators(web: Site, tmp_path: Path) -> None:
    """Each kind comes as a whole file for the scope `admin` and for nobody else; nothing stays behind."""
    async with web.client() as client:
        admin = web.token("admin")
        log = await client.get("/api/v1/export/ocel.json", headers=admin)
        packed = await client.get("/api/v1/export/parquet", headers=admin)
        base = await client.get("/api/v1/export/ocel.sqlite", headers=admin)
        assert [answer.status_code for answer in (log, packed, base)] == [200, 200, 200]
        assert msgspec.json.decode(log.content, type=Log).events == []
        assert json.loads(log.headers["x-orderscope-rows"]) == {"events": 0, "objects": 0}
        assert set(zipfile.ZipFile(io.BytesIO(packed.content)).namelist()) == {f"{t}.parquet" for t in tables.TABLES}
        assert base.content.startswith(b"SQLite format 3")
        assert "attachment" in base.headers["content-disposition"]
        assert (await client.get("/api/v1/export/xes", headers=admin)).status_code == 422
        assert (await client.get("/api/v1/export/csv", headers=web.token("read", "act"))).status_code == 403
        assert (await client.get("/api/v1/export/csv")).status_code == 401
    async with web.person("kim") as kim:
        assert (await kim.get("/api/v1/export/csv")).status_code == 403
    assert list(tmp_path.glob(".export-*")) == []


@pytest.mark.anyio
async def test_one_export_at_a_time(web: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one is written the server answers others, and says to the second who asks that it is busy."""
    import anyio

    entered, leave = threading.Event(), threading.Event()
    write = web.reader.export

    def slowly(kind: str, target: Path, told: Callable[[str, int, int], None]) -> dict[str, int]:
        entered.set()
        assert leave.wait(20)
        return write(kind, target, told)

    monkeypatch.setattr(web.reader, "export", slowly)
    admin = web.token("admin")
    answers = []

    async def first() -> None:
        answers.append(await client.get("/api/v1/export/csv", headers=admin))

    async with web.client() as client, anyio.create_task_group() as tasks:
        tasks.start_soon(first)
        await anyio.to_thread.run_sync(entered.wait)
        second = await client.get("/api/v1/export/csv", headers=admin)
        assert (await client.get("/healthz")).status_code == 200
        leave.set()
    assert (second.status_code, "retry-after" in second.headers) == (429, True)
    assert [answer.status_code for answer in answers] == [200]


def test_an_export_that_nobody_waits_for_ends(web: Site, tmp_path: Path) -> None:
    """When the one who asked is gone the writing stops at the next step, and nothing stays behind."""
    gone = threading.Event()
    gone.set()
    with pytest.raises(Abandoned):
        written(web.reader, "csv", gone)
    assert list(tmp_path.glob(".export-*")) == []


def test_the_command_writes_the_same_with_and_without_a_server(tmp_path: Path) -> None:
    """Beside a running server it goes through it, after its end it opens the stores; the files are equal."""
    with running(tmp_path) as server:
        keys = [{"so": "X-1", "ch": "W-1"}, {"so": "X-1", "fo": "X-1-1"}]
        server.take(
            event("x1", "erp.main", "order.created", hours_ago(3), keys=keys[0], customer=FORMULA, lines=LINES),
            event("x2", "erp.main", "order.released", hours_ago(2), keys=keys[1], partner="3pl.west"),
        )
        taken(server, tmp_path / "beside")
        wrong = server.command("export", "csv", "out", "--as-of", "2026-01-01T00:00:00Z")
    taken(Server(tmp_path), tmp_path / "alone")
    assert (wrong.returncode, "its own clock" in wrong.stderr) == (2, True)
    beside, alone = tmp_path / "beside", tmp_path / "alone"
    assert (beside / "log.jsonocel").read_bytes() == (alone / "log.jsonocel").read_bytes()
    orders = [pl.read_csv(folder / "csv" / "orders.csv") for folder in (beside, alone)]
    assert orders[0].equals(orders[1]) and orders[0]["customer"].to_list() == ["'" + FORMULA]
    assert len(read_ocel2_sqlite(str(beside / "log.sqlite")).events) == 2
    assert {file.name for file in beside.iterdir()} == {"log.jsonocel", "log.sqlite", "parquet", "csv"}


def taken(server: Server, folder: Path) -> None:
    """Export everything in every way; wrong names are told."""
    said = server.command("export", "ocel", str(folder / "log.jsonocel"), "--json")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["rows"] == {"events": 2, "objects": 4}
    done = [
        server.command("export", "ocel", str(folder / "log.sqlite")),
        server.command("export", "parquet", str(folder / "parquet")),
        server.command("export", "csv", str(folder / "csv")),
    ]
    assert [one.returncode for one in done] == [0, 0, 0], [one.stderr for one in done]
    assert "2 event" in done[1].stdout and pl.read_parquet(folder / "parquet" / "event.parquet").height == 2
    wrong = [
        server.command("export", "ocel", str(folder / "log.xes")),
        server.command("export", "csv", str(folder / "log.sqlite")),
        server.command("export", "ocel", str(folder / "log.sqlite" / "inside.json")),
    ]
    assert [one.returncode for one in wrong] == [2, 2, 2]
    assert ["Traceback" in one.stderr for one in wrong] == [False, False, False]
