"""`orderscope bench`: how fast it is here, each figure as a ratio to a floor measured in the same run.

The floor is what the libraries alone do with the same rows: DuckDB's bare insert of ready columns, protobuf's bare
parse, a bare point query. A ratio can be compared between machines; a rate cannot.
"""

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import msgspec
import polars as pl
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app import clock
from app.errors import WrongUse
from app.main.bench_calendar import counting
from app.main.bench_csv import reading
from app.main.bench_edifact import edifact
from app.main.bench_engine import rebuilding, ticking
from app.main.bench_order import Json, finished, hop_spans
from app.main.bench_result import Result
from app.main.bench_rules import judging, sweeping
from app.main.bench_wire import exported
from app.main.bench_x12 import interchanges
from app.main.heap import settled
from app.main.house import House, built, collector_named
from app.model.event import Message
from app.settings import Apart, Server, Source
from app.store.database import Database, transaction

_ORDERS, _BATCH, _SPANS, _LOOK_UPS = 4_000, 1_000, 40_000, 300
_START = datetime(2026, 1, 5, 8, tzinfo=UTC)


def run(name: str = "", orders: int = 50_000) -> Iterator[Result]:
    """Run the benchmark of that name, or all; `orders` is the size of the world for those of the engine."""
    known: dict[str, Callable[[House], list[Result]]] = {
        "events": _events, "spans": _spans, "json": _json_spans, "lookup": _look_up, "csv": partial(reading, bare_insert=_bare_insert),
        "x12": partial(interchanges, bare_insert=_bare_insert), "edifact": partial(edifact, insert=_bare_insert),
    }  # fmt: skip
    if find_spec("grpc"):
        known["grpc"] = _calls
    engine = {
        "rebuild": rebuilding, "tick": ticking, "rules": judging, "sweep": sweeping, "calendar": counting,
    }  # fmt: skip
    settled()
    if name and name not in {*known, *engine}:
        raise WrongUse(f"There is no benchmark {name!r}.", f"Name one of {', '.join((*known, *engine))}.")
    if not name or name in known:
        yield from _with_house(name, known)
    for one, measure in engine.items():
        if name in ("", one):
            yield from measure(orders)


def _with_house(name: str, known: dict[str, Callable[[House], list[Result]]]) -> Iterator[Result]:
    with tempfile.TemporaryDirectory(prefix="orderscope-bench-") as folder:
        settings = Apart(data=Path(folder), server=Server(queue_items=2_000_000, queue_bytes=2**31))
        house = built(settings)
        try:
            for one, measure in known.items():
                if not name or one == name or (one == "events" and name == "lookup"):
                    yield from (r for r in measure(house) if not name or one == name)
        finally:
            house.close()


def _events(house: House) -> list[Result]:
    """CloudEvents batches: committed, and committed, correlated, folded and judged."""
    collector, source = collector_named("cloudevents"), Source()
    assert collector is not None
    bodies = _batches(_orders())
    began = time.perf_counter()
    waiting = []
    for body in bodies:
        message = Message("bench", "cloudevents", collector.media, body, clock.instant(), "")
        waiting.append(house.intake.put(message, collector.translate(message, source)))
    count = sum(answer.result().accepted for answer in waiting)
    stored = time.perf_counter() - began
    house.engine.prepare()
    whole = time.perf_counter() - began
    floor = count / _bare_insert(house, "event", count)
    return [
        Result("CloudEvents batch → committed", count / stored, floor, "events/s", "print"),
        Result(
            "CloudEvents batch → committed, correlated, folded, judged", count / whole, floor, "events/s", "≥ 30,000/s"
        ),
    ]


def _spans(house: House) -> list[Result]:
    """OTLP protobuf requests of 500 spans each: parsed and committed."""
    collector, source = collector_named("otlp"), Source(collector="otlp")
    assert collector is not None
    bodies = list(_requests())
    began = time.perf_counter()
    waiting = []
    for body in bodies:
        message = Message("bench", "otlp", "application/x-protobuf", body, clock.instant(), "")
        waiting.append(house.intake.put(message, collector.translate(message, source)))
    count = sum(answer.result().accepted for answer in waiting)
    ours = count / (time.perf_counter() - began)
    floor = _span_floor(house, bodies, count)
    return [Result("OTLP spans, protobuf → committed", ours, floor, "spans/s", "≥ 50,000/s, ≥ 0.5 × floor")]


def _json_spans(house: House) -> list[Result]:
    """The same requests, with other trace ids, as OTLP/JSON."""
    collector, source = collector_named("otlp"), Source(collector="otlp")
    assert collector is not None
    bodies = [
        MessageToJson(ExportTraceServiceRequest.FromString(b), indent=None).encode() for b in _requests(2 * _SPANS)
    ]
    began = time.perf_counter()
    waiting = [
        house.intake.put(message, collector.translate(message, source))
        for message in (Message("bench", "otlp", "application/json", body, clock.instant(), "") for body in bodies)
    ]
    count = sum(answer.result().accepted for answer in waiting)
    ours = count / (time.perf_counter() - began)
    began = time.perf_counter()
    for body in bodies:
        msgspec.json.decode(body)
    floor = count / (time.perf_counter() - began + _bare_insert(house, "spans.span", count))
    return [Result("OTLP spans, JSON → committed", ours, floor, "spans/s", "print")]


def _calls(house: House) -> list[Result]:
    """The same requests with other trace ids over gRPC: sent, let in, parsed, committed and answered."""
    bodies = list(_requests(_SPANS))
    before = house.reader.rows("select count(*) as n from spans.span")[0]["n"]
    took = exported(house, bodies)
    count = house.reader.rows("select count(*) as n from spans.span")[0]["n"] - before
    return [Result("OTLP spans, gRPC → answered", count / took, _span_floor(house, bodies, count), "spans/s", "print")]


def _span_floor(house: House, bodies: list[bytes], count: int) -> float:
    """Spans a second that protobuf's bare parse and DuckDB's bare insert allow, one after the other."""
    began = time.perf_counter()
    for body in bodies:
        ExportTraceServiceRequest.FromString(body)
    parsed = time.perf_counter() - began
    return count / (parsed + _bare_insert(house, "spans.span", count))


def _look_up(house: House) -> list[Result]:
    """One order by its number, whole, against one bare point query on the same table."""
    ids = house.reader.rows("select so, order_id from orders order by order_id limit 3000")
    chosen = random.Random(1).sample(ids, min(_LOOK_UPS, len(ids)))
    point = "select * from orders where order_id = $id"
    ours = statistics.median(_seconds(partial(house.reader.order, row["so"])) for row in chosen)
    bare = statistics.median(_seconds(partial(house.reader.rows, point, {"id": row["order_id"]})) for row in chosen)
    return [Result("order by any key, the whole document", ours * 1000, bare * 1000, "ms", "≤ 50 ms", higher=False)]


def _orders() -> Iterator[Json]:
    for number in range(_ORDERS):
        order = finished(900_000 + number, _START + timedelta(minutes=number), random.Random(number))
        yield from ({k: v for k, v in event.items() if k != "receivedat"} for event in order.events)


def _batches(events: Iterator[Json]) -> list[bytes]:
    made, batch = [], []
    for event in events:
        batch.append(event)
        if len(batch) == _BATCH:
            made.append(json.dumps(batch).encode())
            batch = []
    return [*made, json.dumps(batch).encode()] if batch else made


def _requests(first: int = 0) -> Iterator[bytes]:
    """OTLP requests with spans of the demo's hand-overs, from its order number `first` on."""
    made = 0
    while made < _SPANS:
        request = ExportTraceServiceRequest()
        scope = request.resource_spans.add().scope_spans.add()
        for number in range(125):
            order = finished(first + made + number, _START, random.Random(first + made + number))
            for said in hop_spans(order, _START):
                span = scope.spans.add(name=said["name"], kind=said["kind"], trace_id=bytes.fromhex(said["traceId"]))
                span.span_id, span.parent_span_id = bytes.fromhex(said["spanId"]), bytes.fromhex(said["parentSpanId"])
                span.start_time_unix_nano = int(said["startTimeUnixNano"])
                span.end_time_unix_nano = int(said["endTimeUnixNano"])
                for attribute in said["attributes"]:
                    span.attributes.add(key=attribute["key"]).value.string_value = attribute["value"]["stringValue"]
        made += len(scope.spans)
        yield request.SerializeToString()


def _bare_insert(house: House, table: str, count: int, which: str = "") -> float:
    """Seconds that DuckDB alone needs to insert the same rows as ready columns, in commits of 10,000."""
    rows = house.reader.ask(f"select * from {table} {which} limit {count}")
    with tempfile.TemporaryDirectory(prefix="orderscope-floor-") as folder:
        database = Database(Path(folder) / "record.duckdb")
        con = database.connection()
        pieces = [part.to_arrow() for part in rows.iter_slices(10_000)]
        began = time.perf_counter()
        for piece in pieces:
            con.register("piece", piece)
            with transaction(con):
                con.execute(f"insert into {table} by name select * from piece")
            con.unregister("piece")
        took = time.perf_counter() - began
        con.close()
        database.close()
    return took


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def table(results: list[Result]) -> pl.DataFrame:
    """The results as a frame, for printing and for `--json`."""
    return pl.DataFrame(
        [
            {"what": r.name, "ours": round(r.ours, 2), "floor": round(r.floor, 2), "unit": r.unit, "ratio": round(r.ratio, 3), "budget": r.budget}
            for r in results
        ]
    )  # fmt: skip
