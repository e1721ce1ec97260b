"""A partner renames a column: nothing of its file is lost, and a mended mapping puts it through, by the running product."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.main.checks import _sources
from app.settings import Expects, Settings, Source
from tests.guarantees.conftest import MAPPING
from tests.guarantees.server import Server, event, hours_ago, until

FILE = "record,code,order_no,fo,tracking,at\n1,ACK,EAST-1,EAST-1-1,,{at}\n2,SHIP,EAST-1,EAST-1-1,1ZEAST,{at}\n"


@pytest.fixture
def mapping(server: Server) -> Iterator[Path]:
    """The mapping of the warehouse in the south, as it was again afterwards."""
    file = server.folder / "south.yaml"
    yield file
    file.write_text(MAPPING, encoding="utf-8")


def replayed(server: Server, *words: str) -> tuple[int, dict[str, Any]]:
    """(status, what it says) of the command."""
    done = server.command("replay", "--source", "3pl.south", "--json", *words)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def cases(server: Server, status: str) -> list[str]:
    """The codes of the exceptions of that source."""
    found = server.get("/api/v1/exceptions", status=status, limit=1000)["items"]
    return [one["code"] for one in found if one["subject"] == {"type": "source", "key": "3pl.south"}]


def test_a_mended_mapping_puts_the_file_through(server: Server, mapping: Path) -> None:
    """Refused and kept; an exception names the source; tried, mended, tried, replayed, and then nothing is left to do."""
    server.take(event("east-1", "erp.main", "order.created", hours_ago(3), keys={"so": "EAST-1"}))
    body = FILE.format(at=hours_ago(1))
    refused = server.client.post("/api/v1/inbound/3pl.south", content=body, headers={"Content-Type": "text/csv"})
    assert refused.status_code == 400 and refused.json()["rejected"][0]["reason"] == "missing_columns"
    letter = refused.json()["rejected"][0]["dead_letter"]
    until(lambda: cases(server, "open") == ["schema_changed"], 15)
    status, said = replayed(server, "--dry-run")
    assert (status, said["rejected"], said["made"]) == (1, 1, 0)
    mapping.write_text(MAPPING + "header: {order: [order, order_no]}\n", encoding="utf-8")
    status, said = replayed(server, "--dry-run")
    assert (status, said["accepted"], said["made"]) == (0, 1, 2)
    assert server.get(f"/api/v1/dead-letters/{letter}")["status"] == "open"
    status, said = replayed(server, "--why", "they renamed a column")
    assert (status, said["accepted"], said["made"], said["replaced"]) == (0, 1, 2, 0)
    server.settled()
    assert server.order("EAST-1")["stage"] == "dispatched"
    told = server.get(f"/api/v1/dead-letters/{letter}")
    assert (told["status"], told["result"]) == ("closed", "accepted")
    assert told["closed_by"].startswith("token:command-line") and told["history"][-1]["why"] == "they renamed a column"
    assert replayed(server) == (
        0,
        said | {"messages": 0, "letters": 0, "accepted": 0, "made": 0, "items": [], "last": 0},
    )
    until(lambda: cases(server, "open") == [], 15)


def test_sources_are_listed_by_the_command(server: Server) -> None:
    """The same figures as the API gives, for every source that is declared or was heard."""
    listed = server.command("source", "list", "--json")
    assert listed.returncode == 0, listed.stderr
    told = {one["source"]: one for one in json.loads(listed.stdout)}
    assert {"erp.main", "3pl.south", "mw.otlp"} <= told.keys()
    api = {one["source"]: one for one in server.get("/api/v1/sources")["items"]}
    assert told["3pl.south"]["rejected"] == api["3pl.south"]["rejected"]
    assert server.command("source", "list").stdout.count("3pl.south") == 1


def test_an_agreement_that_nobody_can_keep_is_a_fault() -> None:
    """A calendar that is not declared, a type that is none, and a least above the most are named by their place."""
    settings = Settings(
        sources={"x": Source(expects=Expects(calendar="night", types=("order.made",), per_hour=(9, 1)))}
    )
    assert [fault.split(":")[0] for fault in _sources(settings)] == [
        "sources.x.expects.types", "sources.x.expects.calendar", "sources.x.expects.per_hour",
    ]  # fmt: skip
    sound = Source(expects=Expects(types=("order.created",), per_hour=(1, 9)))
    assert _sources(Settings(sources={"x": sound})) == []
