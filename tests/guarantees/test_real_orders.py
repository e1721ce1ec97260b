"""Real orders and real traces: what the product says of them equals an independent count of the files.

The files are not part of the project: without them these tests are skipped.
"""

import csv
import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from app import clock
from app.main.house import opened
from app.settings import load
from tests.guarantees.server import Server

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("ORDERSCOPE_SHARED") or ROOT.parent / "shared")
ORDERS = SHARED / "data" / "order-lifecycle" / "olist" / "olist_orders_dataset.csv.gz"
TRACES = SHARED / "data" / "otlp"
pytestmark = pytest.mark.skipif(
    not ORDERS.is_file(), reason=f"{ORDERS} is not there; ORDERSCOPE_SHARED names its folder"
)
ZONE = ZoneInfo("America/Sao_Paulo")
JUNE, MARCH = "2018-06-01T00:00:00-03:00", "2018-03-04T11:30:18-03:00"
STEPS = (
    "order_purchase_timestamp",
    "order_approved_at",
    "order_delivered_carrier_date",
    "order_delivered_customer_date",
)
CALLED_OFF = ("canceled", "unavailable")
Row = dict[str, str]


def rows() -> list[Row]:
    """The file as it is."""
    with gzip.open(ORDERS, "rt", encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(days=1) - timedelta(microseconds=1)


def counted(as_of: str, by_day: bool) -> Counter[str]:
    """How the deliveries stood at that moment, counted from the file alone."""
    now, found = datetime.fromisoformat(as_of), Counter[str]()
    for row in rows():
        times = [at for step in STEPS if row[step] and (at := local(row[step])) <= now]
        delivered = row[STEPS[-1]] and local(row[STEPS[-1]]) <= now
        estimate = local(row["order_estimated_delivery_date"])
        due = end_of(estimate.date()) if by_day else estimate
        gone = (
            row["order_status"] in CALLED_OFF
            and max(local(row[step]) for step in STEPS if row[step]) + timedelta(seconds=1) <= now
        )
        if delivered:
            found["breached_closed"] += local(row[STEPS[-1]]) > due
        elif times and due < now:
            found["void_overdue" if gone else "breached_open"] += 1
    return found


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An installation with the sample configuration into which one command has loaded the file."""
    sample = yaml.safe_load((ROOT / "data" / "samples" / "olist.yaml").read_text(encoding="utf-8"))
    sample["sources"] |= {"mw.quarkus": {"collector": "otlp"}, "mw.shop": {"collector": "otlp", "mapping": "otel-demo"}}
    server = Server(tmp_path_factory.mktemp("real"), yaml.safe_dump(sample), "--as-of", JUNE)
    try:
        done = server.run("ingest", "--source", "olist", str(ORDERS), "--json", wait=300)
        assert (done.returncode, json.loads(done.stdout)) == (
            0,
            {"accepted": 75_905, "duplicates": 0, "rejected": 0},
        ), done.stderr
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def june(loaded: Server) -> Server:
    """The server as of June, ready."""
    return loaded.start().sign_in()


def figures(row: dict[str, Any]) -> dict[str, int]:
    return {name: row[name] for name in ("breached_closed", "breached_open", "void_overdue")}


def s14(server: Server) -> dict[str, Any]:
    return next(row for row in server.get("/api/v1/slas")["items"] if row["id"] == "S14")


def test_the_count_of_the_file_is_the_known_one() -> None:
    """The independent count gives the figures that are known of this file."""
    assert len(rows()) == 19_133
    june, june_days = counted(JUNE, False), counted(JUNE, True)
    march, march_days = counted(MARCH, False), counted(MARCH, True)
    assert june == {"breached_closed": 1_395, "breached_open": 271, "void_overdue": 217}
    assert march == {"breached_closed": 1_115, "breached_open": 297, "void_overdue": 208}
    assert (june_days["breached_closed"], march_days["breached_closed"]) == (1_214, 959)
    assert (june["breached_open"] + june["void_overdue"], march["breached_open"] + march["void_overdue"]) == (488, 505)


def test_as_of_june_the_figures_are_those_of_the_file(june: Server) -> None:
    """A server frozen at that moment counts what the file says, and tells by which basis."""
    row = s14(june)
    assert figures(row) == dict(counted(JUNE, False))
    assert row["basis"] == "instant"
    assert june.get("/api/v1/orders", limit=1)["total"] == 19_133
    open_late = june.get("/api/v1/exceptions", code="delivery_late", limit=1)
    assert open_late["total"] == counted(JUNE, False)["breached_open"]


def test_an_order_of_the_file_is_told_as_it_was(june: Server) -> None:
    """One delivered late: its steps at their local times, its due moment, and the verdict."""
    row = next(
        r
        for r in rows()
        if r["order_status"] == "delivered"
        and r[STEPS[-1]] > r["order_estimated_delivery_date"]
        and all(r[s] for s in STEPS)
    )
    found = june.order(row["order_id"])
    assert (found["stage"], found["customer"]) == ("delivered", row["customer_id"])
    told = {
        name: datetime.fromisoformat(step["first"])
        for name, step in found["milestones"].items()
        if not step["inferred"]
    }
    steps = dict(
        zip(("order.captured", "order.created", "shipment.dispatched", "shipment.delivered"), STEPS, strict=True)
    )
    assert {name: told[name] for name in steps} == {name: local(row[step]) for name, step in steps.items()}
    due = next(one for one in found["dues"] if one["sla"] == "S14")
    assert (due["state"], datetime.fromisoformat(due["due_at"])) == (
        "breached",
        local(row["order_estimated_delivery_date"]),
    )


def test_real_traces_can_be_opened(june: Server) -> None:
    """Both sets of real traces load beside the server; each trace opens with all its spans, repeats once, children under parents."""
    for source, folder, known in (("mw.quarkus", "quarkus-car-rental", 197), ("mw.shop", "echoed-otel-demo", 11)):
        spans = _spans(TRACES / folder)
        sizes = Counter(trace_id for trace_id, _ in set(spans))
        files = [str(file) for file in sorted((TRACES / folder).glob("traces*"))]
        done = june.command("ingest", "--source", source, *files, "--json")
        assert len(spans) == known
        assert json.loads(done.stdout) == {
            "accepted": len(set(spans)),
            "duplicates": known - len(set(spans)),
            "rejected": 0,
        }
        opened_at = {trace_id: june.get(f"/api/v1/traces/{trace_id}")["items"] for trace_id in sizes}
        assert {trace_id: len(spans) for trace_id, spans in opened_at.items()} == sizes
        assert any(_checked_tree(spans) > 0 for spans in opened_at.values())


def test_loading_twice_changes_nothing(june: Server) -> None:
    """The file again, beside the running server: every event is a duplicate, every figure the same."""
    before = june.get("/api/v1/slas")["items"]
    done = june.command("ingest", "--source", "olist", str(ORDERS), "--json")
    assert json.loads(done.stdout) == {"accepted": 0, "duplicates": 75_905, "rejected": 0}
    june.settled()
    assert june.get("/api/v1/slas")["items"] == before


@pytest.mark.parametrize(("as_of", "basis"), [(JUNE, "day"), (MARCH, "instant"), (MARCH, "day")])
def test_other_moments_and_the_other_basis(
    loaded: Server, as_of: str, basis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same store at another moment or by the other basis gives the file's figures again."""
    loaded.stop()
    said = yaml.safe_load((loaded.folder / "orderscope.yaml").read_text(encoding="utf-8"))
    said["slas"]["S14"]["basis"] = basis
    config = loaded.folder / f"{basis}.yaml"
    config.write_text(yaml.safe_dump(said), encoding="utf-8")
    monkeypatch.setenv("ORDERSCOPE_DATA", str(loaded.data))
    clock.freeze(datetime.fromisoformat(as_of))
    try:
        with opened(load(config)) as house:
            row = next(one for one in house.reader.slas(clock.instant()) if one["id"] == "S14")
    finally:
        clock.freeze(None)
    assert figures(row) == dict(counted(as_of, basis == "day"))
    assert row["basis"] == basis


def _spans(folder: Path) -> list[tuple[str, str]]:
    """(trace id, span id) of each span as it stands in the files, repeats too; read with nothing of ours."""
    found = []
    for file in sorted(folder.glob("traces*")):
        text = file.read_text(encoding="utf-8")
        lines = text.splitlines() if file.suffix == ".jsonl" else [text]
        found += [
            (span["traceId"], span["spanId"]) for line in lines if line.strip() for resource in json.loads(line)["resourceSpans"]
            for scope in resource["scopeSpans"] for span in scope["spans"]
        ]  # fmt: skip
    return found


def _checked_tree(spans: list[dict[str, Any]]) -> int:
    """Each span stands under its parent, where that is known, and not before the trace; the greatest depth."""
    depths: dict[str, int] = {}
    for span in spans:
        assert span["depth"] == depths.get(span["parent_id"], -1) + 1
        assert span["duration_ms"] >= 0 and span["offset_ms"] >= 0
        depths[span["span_id"]] = span["depth"]
    return max(depths.values())
