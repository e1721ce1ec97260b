"""OTLP logs: which records are events, what they say in either encoding, and what becomes of the rest."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from app.model.event import Message, Translation
from app.settings import Source
from collectors.otlp import COLLECTOR
from collectors.otlp.signals import packing
from collectors.otlp.translate import read as read_all
from tests.collectors.conftest import RECEIVED, read
from tests.collectors.test_otlp import PROTOBUF, SPAN, START, TRACE, attrs

GOOD = {"o2c__order__number": "4711", "o2c__order__revision": 2, "o2c__partner__code": "3pl.west"}


def record(**more: Any) -> dict[str, Any]:
    """A record that is an event, with some fields set."""
    return {
        "timeUnixNano": str(START), "traceId": TRACE, "spanId": SPAN, "severityText": "INFO", "severityNumber": 9,
        "eventName": "order.released", "body": {"stringValue": "released 4711"}, "attributes": attrs(**GOOD), **more,
    }  # fmt: skip


def body(*records: Any, service: str = "hub") -> bytes:
    """A request of one resource."""
    resource = {"attributes": attrs(service__name=service)}
    return json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": list(records)}]}]}).encode()


def protobuf(**fields: Any) -> bytes:
    """The request of one record in protobuf, as it is kept: with the mark of its signal."""
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "hub"
    written = resource.scope_logs.add().log_records.add(**fields)
    written.body.string_value = "released 4711"
    for name, value in GOOD.items():
        one = written.attributes.add(key=name.replace("__", ".")).value
        if isinstance(value, int):
            one.int_value = value
        else:
            one.string_value = str(value)
    return packing("logs")({"content-type": PROTOBUF}, request.SerializeToString())


def said(*records: Any, source: Source | None = None) -> Translation:
    """What a request of these records says."""
    return read("otlp", body(*records), source=source)


def test_a_record_whose_name_is_an_event_is_one() -> None:
    """Type, time, keys, partner, revision, trace; severity, body and all attributes are kept."""
    found = said(record())
    event = found.events.row(0, named=True)
    assert (event["type"], event["source"], event["tz_basis"]) == ("order.released", "mw.hub", "explicit")
    assert (event["occurred_at"], event["revision"], event["partner"]) == (datetime(2026, 11, 24, 10), 2, "3pl.west")
    assert (event["trace_id"], event["span_id"]) == (TRACE, SPAN)
    assert found.mentions.rows() == [(0, "so", "4711", None), (0, "trace", TRACE, None)]
    kept = json.loads(event["attrs"])
    assert (kept["severity"], kept["body"], kept["o2c.order.number"]) == ("INFO", "released 4711", "4711")
    assert found.rejections == ()


def test_both_encodings_say_the_same() -> None:
    """Protobuf and JSON, hex and base64 ids: equal events with equal ids, so that one sent twice is a duplicate."""
    ids = {"trace_id": bytes.fromhex(TRACE), "span_id": bytes.fromhex(SPAN)}
    binary = protobuf(time_unix_nano=START, event_name="order.released", severity_text="INFO", severity_number=9, **ids)
    first = read("otlp", binary, PROTOBUF)
    hexed, based = said(record()), said(record(traceId="W47/95gDgQPSabYzgT/GDA==", spanId="7uGbfsPBsXQ="))
    assert first.events.equals(hexed.events) and first.events.equals(based.events)
    assert first.mentions.equals(hexed.mentions) and len(first.events) == 1


@pytest.mark.parametrize(
    ("change", "kind", "flags"),
    [
        ({"eventName": ""}, None, None),
        ({"eventName": "shop.opened"}, None, None),
        ({"eventName": "", "attributes": attrs(event__name="order.created")}, "order.created", []),
        ({"eventName": "x", "attributes": attrs(o2c__event__type="order.created")}, "order.created", []),
        ({"eventName": "order.created", "attributes": attrs(o2c__event__type="acme.x")}, "acme.x", ["mapping_unknown"]),
        ({"eventName": "order.created", "attributes": None}, "order.created", []),
    ],
)  # fmt: skip
def test_what_makes_a_record_an_event(change: dict[str, Any], kind: str | None, flags: list[str] | None) -> None:
    """Its event type, else its name where that is a known type; any other record is none, and is counted."""
    found = said(record(**change))
    assert found.events["type"].to_list() == ([kind] if kind else [])
    assert found.events["flags"].to_list() == ([flags] if kind else [])
    assert [one.reason for one in found.rejections] == ([] if kind else ["not_stored"])


def test_times(tmp_path: Path) -> None:
    """The time of the record, else when it was observed, else the arrival; what cannot be is refused, alone."""
    later = START + 10**9
    found = said(
        record(timeUnixNano=None, observedTimeUnixNano=later),
        record(timeUnixNano="0", observedTimeUnixNano=0),
        record(timeUnixNano="1000"),
        record(timeUnixNano="later"),
        record(traceId="0" * 32, spanId="zz"),
    )
    assert found.events["item"].to_list() == [0, 1, 4]
    assert found.events["occurred_at"].to_list()[:2] == [datetime(2026, 11, 24, 10, 0, 1), RECEIVED]
    assert found.events["tz_basis"].to_list() == ["explicit", "received", "explicit"]
    assert [(one.item, one.reason) for one in found.rejections] == [(3, "bad_record"), (2, "time_out_of_range")]
    assert found.events.row(2, named=True)["trace_id"] is None


def test_ids() -> None:
    """`log.record.uid` is the id; without one the same record has the same id, another another."""
    named = said(record(attributes=attrs(log__record__uid="01H")), record(), record(), record(severityText="WARN"))
    ids = named.events["native_id"].to_list()
    assert ids[0] == "01H" and ids[1] == ids[2] and ids[1].startswith("log:") and len(set(ids)) == 3


def test_names_can_be_configured(tmp_path: Path) -> None:
    """A mapping says which event a name means, for records and for spans, and refuses a type that is none."""
    (tmp_path / "hub.yaml").write_text("events: {Freigabe: order.released}\nkeys: {auftrag: so}\n")
    source = Source(collector="otlp", mapping="hub.yaml", base=str(tmp_path))
    found = said(record(eventName="Freigabe", attributes=attrs(auftrag="7")), source=source)
    assert found.events["type"].to_list() == ["order.released"]
    assert ("so", "7") in {(kind, value) for _, kind, value, _ in found.mentions.iter_rows()}
    (tmp_path / "hub.yaml").write_text("events: {Freigabe: order.freed}")
    assert [one.reason for one in said(record(), source=source).rejections] == ["mapping_invalid"]


def test_what_was_not_read_is_told() -> None:
    """Names that look like an order's number, log events and metrics that are none: each once, nothing that is read."""
    records = [
        record(attributes=attrs(acme__order__id="7", item__quantity=3, o2c__order__number="4711", colour="red")),
        record(attributes=attrs(acme__order__id="8")),
        record(eventName="shop.opened", attributes=attrs(quantity=5)),
    ]
    metrics = {
        "resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "acme.depth", "gauge": {"dataPoints": [{}]}}]}]}]
    }
    message = Message(
        "src", "otlp", "application/json", body(*records) + b"\n" + json.dumps(metrics).encode(), RECEIVED
    )
    assert COLLECTOR.unread(message, Source()) == [
        "attribute acme.order.id=7: no key type",
        "attribute item.quantity=3: kept, not read",
        "log event shop.opened: no event type",
        "metric acme.depth: of no interface",
    ]
    assert COLLECTOR.unread(Message("src", "otlp", "application/json", b"{", RECEIVED), Source()) == []


@pytest.mark.parametrize(
    ("folder", "file"),
    [("echoed-otel-demo", "logs.json"), ("opentelemetry-proto-examples", "logs.json"), ("opentelemetry-proto-examples", "events.json")],
)  # fmt: skip
def test_logs_of_other_people_are_read_whole(shared: Path, folder: str, file: str) -> None:
    """Real log records say nothing of orders by themselves: each is counted, none is silent, none makes a fault."""
    for block in COLLECTOR.split(shared / "otlp" / folder / file, Source()):
        said, unstored = read_all(Message("src", "otlp", "", block, RECEIVED), Source())
        written = json.loads(block)["resourceLogs"]
        counted = sum(len(scope["logRecords"]) for one in written for scope in one["scopeLogs"])
        assert (unstored.records, said.rejections) == (counted, ())
        assert counted >= 1


def test_a_real_log_with_an_order_number_can_be_mapped(shared: Path, tmp_path: Path) -> None:
    """The demo's order confirmation names its order in its attributes: given a name, it is an event of that order."""
    written = json.loads((shared / "otlp" / "echoed-otel-demo" / "logs.json").read_text())
    records = [one for part in written["resourceLogs"] for scope in part["scopeLogs"] for one in scope["logRecords"]]
    (tmp_path / "demo.yaml").write_text("events: {cart.read: message.received}\nkeys: {userId: cust}")
    source = Source(collector="otlp", mapping="demo.yaml", base=str(tmp_path))
    named = [one | {"eventName": "cart.read"} for one in records if "userId" in json.dumps(one.get("attributes"))]
    found = said(*named, source=source)
    assert named and len(found.events) == len(named)
    assert {kind for _, kind, _, _ in found.mentions.iter_rows()} == {"cust", "trace"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(["1", "NaN", "1e400", str(START)]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["stringValue", "intValue", "arrayValue", "values", "key"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
RECORDS = st.fixed_dictionaries(
    {"eventName": st.sampled_from(["order.released", "x", ""]) | JSON},
    optional=dict.fromkeys(("timeUnixNano", "traceId", "spanId", "severityNumber", "body", "attributes"), JSON),
)


@settings(max_examples=100, deadline=None)
@given(records=st.lists(RECORDS, min_size=1, max_size=4))
def test_each_record_is_stored_refused_or_counted(records: list[Any]) -> None:
    """Of a request every record is an event, a refusal, or counted as what is not stored."""
    message = Message("src", "otlp", "application/json", body(*records), RECEIVED)
    said, unstored = read_all(message, Source())
    whole = [one.item for one in said.rejections] == [-1]
    assert whole or len(said.events) + len(said.rejections) + unstored.records == len(records)


@settings(max_examples=120, deadline=None)
@given(at=st.integers(0, 400), byte=st.integers(0, 255), cut=st.integers(1, 400))
def test_no_changed_byte_makes_it_fail(at: int, byte: int, cut: int) -> None:
    """A good message with a byte changed and its end cut is read, refused or counted."""
    good = bytearray(protobuf(time_unix_nano=START, event_name="order.released", trace_id=bytes.fromhex(TRACE)))
    good[3 + at % (len(good) - 3)] = byte
    sent = bytes(good[: max(cut, 3)])
    found = read("otlp", sent, PROTOBUF)
    assert isinstance(COLLECTOR.unread(Message("src", "otlp", PROTOBUF, sent, RECEIVED), Source()), list)
    assert all(one.reason and one.detail for one in found.rejections)
