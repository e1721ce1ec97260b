"""OTLP traces: what a request says in either encoding, and what becomes of wrong spans."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app.model.event import Translation
from app.settings import Source
from collectors.otlp import COLLECTOR
from collectors.otlp.config import load
from tests.collectors.conftest import read

TRACE, SPAN, PARENT = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174", "eee19b7ec3c1b173"
START = 1_795_514_400_000_000_000  # 2026-11-24T10:00:00Z
PROTOBUF = "application/x-protobuf"


def span(**more: Any) -> dict[str, Any]:
    """A good span in JSON, with some fields set."""
    return {
        "traceId": TRACE, "spanId": SPAN, "parentSpanId": PARENT, "name": "POST /orders", "kind": 2,
        "startTimeUnixNano": str(START), "endTimeUnixNano": str(START + 1_500_000), **more,
    }  # fmt: skip


def attrs(**values: Any) -> list[dict[str, Any]]:
    """Attributes in JSON; double underscores stand for dots."""
    kinds = {str: "stringValue", int: "intValue", bool: "boolValue", float: "doubleValue"}
    return [{"key": name.replace("__", "."), "value": {kinds[type(value)]: value}} for name, value in values.items()]


def body(*spans: Any, **resource: Any) -> bytes:
    """A request of one resource."""
    written = {"resource": {"attributes": attrs(**resource)}, "scopeSpans": [{"spans": list(spans)}]}
    return json.dumps({"resourceSpans": [written]}).encode()


def said(*spans: Any, **resource: Any) -> Translation:
    """What a request of these spans says."""
    return read("otlp", body(*spans, **resource))


def test_a_span_fills_every_column() -> None:
    """Ids, times, kind, status, keys, links and all attributes."""
    link = {"traceId": TRACE.upper(), "spanId": PARENT}
    given = attrs(o2c__order__number="4711", o2c__fulfillment__number="4711-1", http__status=200, ok=True, share=0.5)
    given.append({"key": "list", "value": {"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": "2"}]}}})
    given.append({"key": "map", "value": {"kvlistValue": {"values": attrs(x="y")}}})
    found = said(
        span(attributes=given, links=[link], status={"code": 2, "message": "time-out"}, events=[{"name": "retry", "timeUnixNano": "5"}]),
        service__name="checkout", service__version="7", k8s__pod="p",
    ).spans.row(0, named=True)  # fmt: skip
    assert (found["trace_id"], found["span_id"], found["parent_id"]) == (TRACE, SPAN, PARENT)
    assert (found["started_at"], found["duration_ns"]) == (datetime(2026, 11, 24, 10), 1_500_000)
    assert (found["kind"], found["status"], found["message"]) == ("server", "error", "time-out")
    assert (found["source"], found["keys"], found["links"]) == (
        "mw.checkout",
        ["so:4711", "fo:4711-1"],
        [f"{TRACE}:{PARENT}"],
    )
    assert json.loads(found["attrs"]) == {
        "o2c.order.number": "4711", "o2c.fulfillment.number": "4711-1", "http.status": 200, "ok": True, "share": 0.5,
        "list": ["a", 2], "map": {"x": "y"}, "events": [{"name": "retry", "time_ns": 5}], "resource.service.version": "7",
    }  # fmt: skip


def test_a_number_that_a_node_gives_comes_with_the_node() -> None:
    """Where the span names the partner, what nodes number for themselves is that node's; an order's number is nobody's."""
    named = attrs(o2c__order__number="4711", o2c__fulfillment__number="70175", o2c__partner__code="3pl:north")
    assert said(span(attributes=named)).spans["keys"].to_list() == [["so:4711", "fo@3pl%3Anorth:70175"]]


def test_both_encodings_say_the_same() -> None:
    """The same request in protobuf and in JSON gives equal frames."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    name = resource.resource.attributes.add(key="service.name")
    name.value.string_value = "3pl.west"
    written = resource.scope_spans.add().spans.add(
        trace_id=bytes.fromhex(TRACE),
        span_id=bytes.fromhex(SPAN),
        name="x",
        kind=4,
        start_time_unix_nano=START,
        end_time_unix_nano=START + 7,
    )
    for key, kind, value in (("o2c.order.number", "string_value", "1"), ("n", "int_value", -3), ("zero", "int_value", 0),
                             ("no", "bool_value", False), ("d", "double_value", 1.5), ("b", "bytes_value", b"\0\1"), ("e", "string_value", "")):  # fmt: skip
        setattr(written.attributes.add(key=key).value, kind, value)
    given = [
        *attrs(o2c__order__number="1", n=-3, zero=0, no=False, d=1.5),
        {"key": "b", "value": {"bytesValue": "AAE="}},
        *attrs(e=""),
    ]
    other = said(
        span(name="x", kind="SPAN_KIND_PRODUCER", endTimeUnixNano=START + 7, parentSpanId="", attributes=given),
        service__name="3pl.west",
    )
    first = read("otlp", request.SerializeToString(), PROTOBUF)
    assert first.spans.equals(other.spans)
    assert first.spans["source"].to_list() == ["3pl.west"]


def test_ids_may_be_base64_and_enumerations_names() -> None:
    """Some exporters write base64 ids and names of enumerations; both are understood."""
    found = said(
        span(
            traceId="W47/95gDgQPSabYzgT/GDA==",
            spanId="7uGbfsPBsXQ=",
            kind="SPAN_KIND_CLIENT",
            status={"code": "STATUS_CODE_OK"},
        )
    ).spans
    assert found.select("trace_id", "span_id", "kind", "status").row(0) == (TRACE, SPAN, "client", "ok")


@pytest.mark.parametrize(
    "ids", [(TRACE, PARENT), (TRACE.upper(), PARENT), ("W47/95gDgQPSabYzgT/GDA==", "7uGbfsPBsXM=")]
)
def test_links_are_hex_whatever_form_their_ids_have(ids: tuple[str, str]) -> None:
    """A link in hex or base64, and the same in protobuf, names the same span."""
    request = ExportTraceServiceRequest()
    one = request.resource_spans.add().scope_spans.add().spans.add(
        trace_id=bytes.fromhex(TRACE), span_id=bytes.fromhex(SPAN), name="x", start_time_unix_nano=START
    )  # fmt: skip
    one.links.add(trace_id=bytes.fromhex(TRACE), span_id=bytes.fromhex(PARENT))
    written = said(span(links=[{"traceId": ids[0], "spanId": ids[1]}])).spans["links"]
    assert written.to_list() == [[f"{TRACE}:{PARENT}"]]
    assert read("otlp", request.SerializeToString(), PROTOBUF).spans["links"].to_list() == written.to_list()


def test_a_span_may_be_an_event() -> None:
    """Only where it carries an event type: it happened when the span ended, the service's word for it."""
    given = attrs(
        o2c__event__type="order.released",
        o2c__order__number="4711",
        o2c__order__revision=2,
        o2c__partner__code="3pl.west",
        error__type="x",
    )
    found = said(span(attributes=given), span(spanId="1" * 16), service__name="Order Hub")
    event = found.events.row(0, named=True)
    assert len(found.events) == 1
    assert (event["type"], event["source"], event["native_id"]) == ("order.released", "mw.order-hub", f"{TRACE}:{SPAN}")
    assert (event["occurred_at"], event["revision"], event["partner"]) == (
        datetime(2026, 11, 24, 10, 0, 0, 1500),
        2,
        "3pl.west",
    )
    assert found.mentions.rows() == [(0, "so", "4711", None), (0, "trace", TRACE, None)]
    unknown = said(span(attributes=attrs(o2c__event__type="shop.opened")))
    assert unknown.events["flags"].to_list() == [["mapping_unknown"]]


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        ({"traceId": "0" * 32}, "bad_trace_id"), ({"traceId": ""}, "bad_trace_id"), ({"traceId": "xyz"}, "bad_trace_id"),
        ({"traceId": "g" * 32}, "bad_trace_id"), ({"spanId": "0" * 16}, "bad_span_id"), ({"spanId": TRACE}, "bad_span_id"),
        ({"startTimeUnixNano": "0"}, "time_out_of_range"), ({"startTimeUnixNano": "253402300799000000000"}, "time_out_of_range"),
        ({"startTimeUnixNano": "soon"}, "bad_span"), ({"name": 5}, "bad_span"), ({"attributes": "x"}, "bad_span"),
        ({"attributes": [{"key": "n", "value": {"intValue": "abc"}}]}, "bad_span"),
    ],
)  # fmt: skip
def test_a_wrong_span_does_not_cost_the_others(harm: dict[str, Any], reason: str) -> None:
    """Ids that are none, times that cannot be, fields of the wrong form: refused alone."""
    found = said(span(), span(**harm), span(spanId="2" * 16))
    assert [(one.item, one.reason) for one in found.rejections] == [(1, reason)]
    assert found.spans["item"].to_list() == [0, 2]


def test_odd_numbers_do_no_harm() -> None:
    """An end before the start, an end out of any range, enumerations from the future."""
    found = said(
        span(endTimeUnixNano=0), span(spanId="1" * 16, endTimeUnixNano=str(2**64 * START), kind=77, status={"code": 9})
    ).spans
    assert found["duration_ns"].to_list() == [0, 2**63 - 1]
    assert found.row(1, named=True)["kind"] == ""


def test_a_key_of_two_megabytes_names_no_order() -> None:
    """An endless value is shortened among the attributes, and is no key."""
    found = said(span(attributes=attrs(o2c__order__number="x" * 2_000_000, n=1))).spans.row(0, named=True)
    assert found["keys"] == []
    assert json.loads(found["attrs"]) == {"o2c.order.number": "x" * 1000, "n": 1}


@pytest.mark.parametrize(
    "wrong", [b"", b"{", b"[]", b'{"resourceSpans":5}', b"\xff", b"[" * 100_000, b'{"resourceSpans":' * 100_000]
)
def test_what_is_no_request_is_one_refusal(wrong: bytes) -> None:
    """Empty, broken, nested 100,000 deep: one refusal of the whole message."""
    assert [one.item for one in read("otlp", wrong, "application/json").rejections] == [-1]


def test_a_truncated_protobuf_is_one_refusal() -> None:
    """Half a message is not half understood; an empty one is a valid request of nothing."""
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(
        trace_id=b"1" * 16, span_id=b"2" * 8, name="x", start_time_unix_nano=START
    )
    whole = request.SerializeToString()
    assert [one.reason for one in read("otlp", whole[:-3], PROTOBUF).rejections] == ["malformed"]
    assert len(read("otlp", whole, PROTOBUF).spans) == 1
    assert read("otlp", b"", PROTOBUF).rejections == ()


def test_other_signals_in_a_file_are_named() -> None:
    """A file may hold all signals; what is not kept of it and what is no OTLP are said, neither is silent."""
    log = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hello"}}]}]}]}'
    lines = [body(span()), b'{"resourceLogs":[]}', b"", log, b'{"data":[]}', b"{broken", body(span(spanId="3" * 16))]
    found = read("otlp", b"\n".join(lines), "application/json")
    assert found.spans["item"].to_list() == [0, 4]
    assert [(one.item, one.reason) for one in found.rejections] == [
        (2, "not_otlp"),
        (3, "malformed"),
        (5, "not_stored"),
    ]


def test_names_can_be_configured(tmp_path: Path) -> None:
    """A mapping adds attribute names, takes away others, and is refused when it is wrong."""
    (tmp_path / "spans.yaml").write_text("keys: {acme.order: so, app.order.id: ''}\nevent_type: acme.event\n")
    source = Source(collector="otlp", mapping="spans.yaml", base=str(tmp_path))
    sent = body(span(attributes=attrs(acme__order="1", app__order__id="2", acme__event="order.created")))
    found = read("otlp", sent, source=source)
    assert (found.spans["keys"].to_list(), found.events["type"].to_list()) == ([["so:1"]], ["order.created"])
    assert read("otlp", sent).spans["keys"].to_list() == [["so:2"]]
    assert load(Source(collector="otlp", mapping="otel-demo")).keys["app.order.id"] == "ch"
    (tmp_path / "spans.yaml").write_text("keys: {acme.order: nonsense}")
    assert [one.reason for one in read("otlp", sent, source=source).rejections] == ["mapping_invalid"]


@pytest.mark.parametrize(
    ("folder", "spans"),
    [
        ("quarkus-car-rental", 197),
        ("echoed-otel-demo", 11),
        ("opentelemetry-proto-examples", 1),
        ("jaeger-ui-fixtures", 3),
    ],
)
def test_files_of_real_collectors_load(shared: Path, folder: str, spans: int) -> None:
    """Every span of the files, with parents that stand in the same trace."""
    files = sorted((shared / "otlp" / folder).glob("*.json*"))
    parts = [read("otlp", block) for file in files for block in COLLECTOR.split(file, Source())]
    frame = pl.concat([part.spans for part in parts])
    assert len(frame) == spans
    assert frame["trace_id"].str.contains("^[0-9a-f]{32}$").all()
    if folder == "echoed-otel-demo":
        assert any(key.startswith("so:") for keys in frame["keys"] for key in keys)
