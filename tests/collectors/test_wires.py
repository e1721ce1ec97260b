"""Laws of every wire: nothing that arrives makes it fail, and its frames always have the promised columns."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.settings import Source
from collectors import COLLECTORS
from tests.collectors.conftest import read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["1", "2026-11-24T09:00:00Z", "1e400"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.sampled_from(["so", "qty", "id", "kind"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
FIELDS = ("keys", "issuers", "revision", "lines", "partner", "amount", "promised_at", "hold", "status", "more")
EVENTS = st.fixed_dictionaries(
    {"specversion": st.just("1.0"), "id": st.just("1"), "source": st.just("erp"), "type": st.sampled_from(["order.created", "x"])},
    optional={
        "time": st.sampled_from(["2026-11-24T09:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "x"]) | JSON,
        "data": st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4) | JSON,
        "data_base64": JSON, "subject": JSON, "traceparent": JSON, "datacontenttype": JSON, "odd": JSON,
    },
)  # fmt: skip
SPANS = st.fixed_dictionaries(
    {"traceId": st.just("a" * 32), "spanId": st.just("b" * 16), "startTimeUnixNano": st.just("1795514400000000000")},
    optional={
        "kind": JSON, "status": JSON, "links": JSON, "endTimeUnixNano": JSON | st.integers(), "name": JSON, "events": JSON,
        "attributes": st.lists(st.fixed_dictionaries({"key": st.sampled_from(["o2c.order.number", "o2c.event.type", "x"]), "value": JSON | st.dictionaries(st.sampled_from(["stringValue", "intValue", "arrayValue", "doubleValue"]), JSON)}), max_size=3),
    },
)  # fmt: skip
CELLS = st.sampled_from(
    [
        "",
        "a",
        "canceled",
        "2017-10-15 00:00:00",
        "9999-12-31",
        "0000-00-00",
        '"',
        "\n",
        "é",
        "2018-01-01T00:00:00+99:99",
    ]
) | st.text(max_size=6)
HEADER = (
    "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,"
    "order_delivered_customer_date,order_estimated_delivery_date\n"
)
OLIST = Source(collector="csv", mapping="olist")
BEGINNINGS = st.sampled_from(
    [b"", b"[", b"{", b"\n{", b"\x0a\x20", b'{"resourceSpans":[', HEADER.encode(), b"#line 7\n"]
)


@pytest.mark.parametrize("wire", [collector.name for collector in COLLECTORS])
@settings(max_examples=60, deadline=None)
@given(
    start=BEGINNINGS,
    rest=st.binary(max_size=200),
    media=st.sampled_from(["", "application/json", "application/x-protobuf"]),
)
def test_no_bytes_make_a_wire_fail(wire: str, start: bytes, rest: bytes, media: str) -> None:
    """Arbitrary bytes give frames of the promised columns, and a refusal wherever nothing was read."""
    said = read(wire, start + rest, media, OLIST if wire == "csv" else None)
    assert all(one.reason and one.detail for one in said.rejections)


@settings(max_examples=120, deadline=None)
@given(events=st.lists(EVENTS, min_size=1, max_size=4))
def test_each_event_is_stored_or_refused(events: list[Any]) -> None:
    """Of a batch every item is either an event or a refusal, never both and never neither."""
    said = read("cloudevents", json.dumps(events).encode())
    items = said.events["item"].to_list() + [one.item for one in said.rejections]
    assert items == [-1] or sorted(items) == list(range(len(events)))


@settings(max_examples=100, deadline=None)
@given(spans=st.lists(SPANS, min_size=1, max_size=4))
def test_each_span_is_stored_or_refused(spans: list[Any]) -> None:
    """Of a request every span is either stored or refused."""
    said = read("otlp", json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode())
    items = said.spans["item"].to_list() + [one.item for one in said.rejections]
    assert items == [-1] or sorted(items) == list(range(len(spans)))


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.lists(CELLS, min_size=7, max_size=9), max_size=5))
def test_no_row_makes_a_mapping_fail(rows: list[list[str]]) -> None:
    """Arbitrary cells in the columns of a mapping give events, refusals or nothing, and each item only once."""
    said = read("csv", (HEADER + "\n".join(",".join(row) for row in rows)).encode("utf-8", "replace"), source=OLIST)
    items = said.events["item"].to_list()
    assert len(set(items)) == len(items)
    assert set(said.mentions["item"]) <= set(items)
