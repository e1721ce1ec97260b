"""OTLP metrics: which data points are kept, what they say in either encoding, and what becomes of the rest."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from app.model.event import Message, Translation
from app.settings import Source
from collectors.otlp.rows import spread
from collectors.otlp.signals import packing
from collectors.otlp.translate import read as read_all
from tests.collectors.conftest import RECEIVED, read
from tests.collectors.test_otlp import PROTOBUF, START, attrs
from tests.collectors.test_otlp_logs import JSON

MINUTE = 60 * 10**9


def point(**more: Any) -> dict[str, Any]:
    """A point of a histogram of durations."""
    return {
        "attributes": attrs(http__route="/orders", http__response__status_code=503), "startTimeUnixNano": str(START),
        "timeUnixNano": str(START + MINUTE), "count": "4", "sum": 1.5, "max": 0.9, "bucketCounts": ["1", "2", 1],
        "explicitBounds": [0.1, 0.5], **more,
    }  # fmt: skip


def metric(
    *points: Any, name: str = "http.server.request.duration", kind: str = "histogram", **more: Any
) -> dict[str, Any]:
    """A metric with its points."""
    return {"name": name, "unit": "s", kind: {"dataPoints": list(points), "aggregationTemporality": 2}, **more}


def body(*metrics: Any, **resource: Any) -> bytes:
    """A request of one resource."""
    written = {
        "resource": {"attributes": attrs(service__name="hub", **resource)},
        "scopeMetrics": [{"metrics": list(metrics)}],
    }
    return json.dumps({"resourceMetrics": [written]}).encode()


def said(*metrics: Any, source: Source | None = None, **resource: Any) -> Translation:
    """What a request of these metrics says."""
    return read("otlp", body(*metrics, **resource), source=source)


def protobuf() -> bytes:
    """The request of `metric(point())` in protobuf, as it is kept."""
    request = ExportMetricsServiceRequest()
    resource = request.resource_metrics.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "hub"
    made = resource.scope_metrics.add().metrics.add(name="http.server.request.duration", unit="s")
    made.histogram.aggregation_temporality = 2
    one = made.histogram.data_points.add(
        start_time_unix_nano=START, time_unix_nano=START + MINUTE, count=4, sum=1.5, max=0.9, bucket_counts=[1, 2, 1],
        explicit_bounds=[0.1, 0.5],
    )  # fmt: skip
    one.attributes.add(key="http.route").value.string_value = "/orders"
    one.attributes.add(key="http.response.status_code").value.int_value = 503
    return packing("metrics")({"content-type": PROTOBUF}, request.SerializeToString())


def test_a_point_fills_every_column() -> None:
    """Who, on which side of what, since when, how many, how long, and that they failed; both encodings alike."""
    found = said(metric(point())).metrics
    row = found.row(0, named=True)
    assert (row["source"], row["side"], row["interface"], row["failed"]) == ("mw.hub", "server", "/orders", True)
    assert (row["started_at"], row["ended_at"]) == (datetime(2026, 11, 24, 10), datetime(2026, 11, 24, 10, 1))
    assert (row["count"], row["total"], row["most"], row["delta"]) == (4, 1.5, 0.9, False)
    assert (row["bounds"], row["buckets"], row["value"]) == ([0.1, 0.5], [1, 2, 1], None)
    assert read("otlp", protobuf(), PROTOBUF).metrics.equals(found)


def test_units_become_seconds() -> None:
    """Milliseconds by the metric's own word, or by its older name; a unit that is no time is of no interface."""
    found = said(
        metric(point(), unit="ms"), metric(point(), name="http.server.duration", unit=""), metric(point(), unit="By")
    )  # fmt: skip
    assert found.metrics["total"].to_list() == [0.0015, 0.0015]
    assert found.metrics["bounds"].to_list() == [[0.0001, 0.0005]] * 2
    assert [one.detail for one in found.rejections] == [
        "Not stored: 1 data points of metrics that are of no interface."
    ]


@pytest.mark.parametrize(
    ("name", "given", "side", "at"),
    [
        ("http.client.request.duration", attrs(server__address="ups.example", http__route="/x"), "client", "ups.example"),
        ("messaging.client.operation.duration", attrs(messaging__operation__type="send", messaging__destination__name="q"), "producer", "q"),
        ("messaging.client.operation.duration", attrs(messaging__operation__type="process"), "consumer", ""),
        ("rpc.client.duration", attrs(rpc__service="Stock"), "client", "Stock"),
    ],
)  # fmt: skip
def test_sides_and_places(name: str, given: list[Any], side: str, at: str) -> None:
    """A client's place is whom it calls, a queue's name is that of producer and consumer."""
    found = said(metric(point(attributes=given), name=name)).metrics
    assert found.select("side", "interface", "failed").rows() == [(side, at, False)]


def test_what_waits_in_a_queue() -> None:
    """Gauges and sums of the brokers' receivers, the queue named by the point or by the resource."""
    lag = metric(
        {"timeUnixNano": START, "asInt": "12", "attributes": attrs(topic="orders")},
        name="kafka.consumer_group.lag",
        kind="gauge",
    )
    ready = metric({"timeUnixNano": START, "asDouble": 3.0}, name="rabbitmq.message.current", kind="sum")
    found = said(lag, ready, metric(point(), name="kafka.consumer_group.lag"), rabbitmq__queue__name="asn")
    assert found.metrics.select("side", "interface", "value").rows() == [
        ("queue", "orders", 12.0),
        ("queue", "asn", 3.0),
    ]
    assert len(found.rejections) == 1


def test_series_are_told_apart() -> None:
    """Another instance, another attribute or another metric is another count; another time is not."""
    ids = [
        said(metric(one, name=name), host__name=host).metrics["series"][0]
        for one, name, host in (
            (point(), "http.server.request.duration", "a"), (point(timeUnixNano=START + 9), "http.server.request.duration", "a"),
            (point(), "http.server.request.duration", "b"), (point(attributes=attrs(http__route="/x")), "http.server.request.duration", "a"),
            (point(), "http.server.duration", "a"),
        )
    ]  # fmt: skip
    assert ids[0] == ids[1] and len(set(ids)) == 4


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        ({"count": "-1"}, "bad_point"), ({"count": str(2**60)}, "bad_point"), ({"count": "x"}, "bad_point"), ({"sum": "NaN"}, "bad_point"),
        ({"max": "Infinity"}, "bad_point"), ({"bucketCounts": ["1", "-2", "1"]}, "bad_point"), ({"bucketCounts": 5}, "bad_point"),
        ({"timeUnixNano": "0"}, "time_out_of_range"), ({"startTimeUnixNano": "5"}, "time_out_of_range"),
    ],
)  # fmt: skip
def test_a_wrong_point_does_not_cost_the_others(harm: dict[str, Any], reason: str) -> None:
    """Counts and numbers that are none, times that cannot be: refused alone."""
    found = said(metric(point(), point(**harm), point()))
    assert [(one.item, one.reason) for one in found.rejections] == [(1, reason)]
    assert found.metrics["item"].to_list() == [0, 2]


def test_buckets_that_do_not_fit_are_left_out() -> None:
    """Without as many counts as bounds and one, the count and the sum still stand."""
    found = said(metric(point(explicitBounds=[0.1]), point(bucketCounts=None, explicitBounds=None))).metrics
    assert found.select("count", "bounds", "buckets").rows() == [(4, [], [])] * 2


def test_exponential_buckets_are_powers() -> None:
    """Scale 0 doubles, scale 1 grows by the root of two; what goes beyond numbers is left out."""
    exponential = point(scale=0, zeroCount="1", positive={"offset": 1, "bucketCounts": ["2", "1"]})
    found = said(metric(exponential, kind="exponentialHistogram")).metrics
    assert found.select("bounds", "buckets").row(0) == ([0.0, 4.0, 8.0], [1, 2, 1, 0])
    assert spread(1, 0.0, 0, -1, [1])[0] == [0.0, 1.0]
    assert spread(-10, 0.0, 0, 5000, [1]) == spread(99, 0.0, 0, 0, [1]) == spread(0, 0.0, 0, 2000, [1]) == ([], [])


def test_names_can_be_configured(tmp_path: Path) -> None:
    """A mapping adds a metric with its side, and takes one away."""
    (tmp_path / "m.yaml").write_text(
        "metrics: {acme.backlog: queue, acme.call: client, http.server.request.duration: ''}\n"
    )
    source = Source(collector="otlp", mapping="m.yaml", base=str(tmp_path))
    backlog = metric({"timeUnixNano": START, "asInt": 7}, name="acme.backlog", kind="gauge")
    found = said(backlog, metric(point(), name="acme.call"), metric(point()), source=source)
    assert found.metrics["side"].to_list() == ["queue", "client"]
    assert len(found.rejections) == 1


def test_metrics_of_other_people_are_read_whole(shared: Path) -> None:
    """The specification's own example speaks of no interface: each of its points is counted."""
    block = (shared / "otlp" / "opentelemetry-proto-examples" / "metrics.json").read_bytes()
    said, unstored = read_all(Message("src", "otlp", "", block, RECEIVED), Source())
    assert (unstored.points, said.rejections) == (4, ())


POINTS = st.fixed_dictionaries(
    {"timeUnixNano": st.sampled_from([START, "0"])},
    optional=dict.fromkeys(("startTimeUnixNano", "count", "sum", "max", "bucketCounts", "explicitBounds", "asInt", "attributes", "scale", "positive"), JSON),
)  # fmt: skip
KINDS = st.sampled_from(["gauge", "sum", "histogram", "exponentialHistogram", "summary"])


@settings(max_examples=100, deadline=None)
@given(
    points=st.lists(POINTS, min_size=1, max_size=3),
    kind=KINDS,
    name=st.sampled_from(["rpc.server.duration", "rabbitmq.message.current", "x"]),
)
def test_each_point_is_stored_refused_or_counted(points: list[Any], kind: str, name: str) -> None:
    """Of a request every data point is kept, refused, or counted as what is not stored."""
    message = Message("src", "otlp", "application/json", body(metric(*points, name=name, kind=kind)), RECEIVED)
    said, unstored = read_all(message, Source())
    whole = [one.item for one in said.rejections] == [-1]
    assert whole or len(said.metrics) + len(said.rejections) + unstored.points == len(points)


@settings(max_examples=120, deadline=None)
@given(at=st.integers(0, 400), byte=st.integers(0, 255), cut=st.integers(1, 400))
def test_no_changed_byte_makes_it_fail(at: int, byte: int, cut: int) -> None:
    """A good message with a byte changed and its end cut is read, refused or counted."""
    good = bytearray(protobuf())
    good[3 + at % (len(good) - 3)] = byte
    found = read("otlp", bytes(good[: max(cut, 3)]), PROTOBUF)
    assert all(one.reason and one.detail for one in found.rejections)
