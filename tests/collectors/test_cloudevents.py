"""CloudEvents: what a message says, and what becomes of the wrong ones."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.model.event import Translation
from app.settings import Source
from collectors.cloudevents import COLLECTOR
from collectors.cloudevents.config import BLOCK_LINES
from collectors.reading import WHOLE
from tests.collectors.conftest import RECEIVED, read

DATA = {
    "keys": {"so": "4711", "fo": "4711-1", "sh": ["SH-9", "SH-10"]}, "issuers": {"fo": "3pl.west"}, "revision": 2,
    "lines": [{"line": "1", "sku": "A-1", "qty": "10", "uom": "EA", "price": "4.10", "order": "4711"}, {"line": "2"}],
    "partner": "3pl.west", "carrier": "ups", "location": "WH-W", "customer": "C-17", "tier": "gold",
    "channel": "ecom", "entity": "US01", "amount": "41.00", "currency": "USD", "promised_at": "2026-11-24T17:00:00Z",
    "status": "shipped", "reason": "capacity", "hold": {"kind": "credit", "id": "H1"},
}  # fmt: skip


def event(**more: Any) -> dict[str, Any]:
    """A good event with some attributes set, or left out with None."""
    base = {
        "specversion": "1.0",
        "id": "e1",
        "source": "erp.main",
        "type": "order.created",
        "time": "2026-11-24T09:00:00+01:00",
    }
    return {name: value for name, value in {**base, **more}.items() if value is not ...}


def said(*events: Any) -> Translation:
    """What a batch of these says."""
    return read("cloudevents", json.dumps(events).encode())


def row(*events: Any) -> dict[str, Any]:
    """The only event of a batch."""
    found = said(*events)
    assert not found.rejections
    return found.events.row(0, named=True)


def refusals(*events: Any) -> list[tuple[int, str]]:
    """Which items were refused, and why."""
    return [(one.item, one.reason) for one in said(*events).rejections]


def test_a_full_event_fills_every_column() -> None:
    """Every field of the contract arrives in its column, times in UTC."""
    found = row(event(data=DATA, recordedtime="2026-11-24T08:00:05Z", receivedat="2026-11-24T08:00:09Z"))
    plain = (
        "partner",
        "carrier",
        "location",
        "customer",
        "tier",
        "channel",
        "entity",
        "amount",
        "currency",
        "status",
        "reason",
    )
    assert {name: found[name] for name in plain} == {name: DATA[name] for name in plain}
    assert found["occurred_at"] == datetime(2026, 11, 24, 8)
    assert found["promised_at"] == datetime(2026, 11, 24, 17)
    assert (found["recorded_at"], found["received_at"]) == (
        datetime(2026, 11, 24, 8, 0, 5),
        datetime(2026, 11, 24, 8, 0, 9),
    )
    assert (found["hold_kind"], found["hold_id"], found["revision"]) == ("credit", "H1", 2)
    assert found["lines"] == [
        {"line": "1", "sku": "A-1", "qty": "10", "uom": "EA", "price": "4.10", "order": "4711"},
        {"line": "2", "sku": None, "qty": None, "uom": None, "price": None, "order": None},
    ]
    assert (found["flags"], found["attrs"], found["tz_basis"]) == ([], None, "explicit")


def test_keys_become_mentions() -> None:
    """One row per key and value, with the issuer where the message names it."""
    found = said(event(data=DATA)).mentions.rows()
    assert found == [
        (0, "so", "4711", None),
        (0, "fo", "4711-1", "3pl.west"),
        (0, "sh", "SH-9", None),
        (0, "sh", "SH-10", None),
    ]


def test_trace_and_correlation_are_keys_too() -> None:
    """The extensions traceparent and correlationid are kept, and mentioned."""
    trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    found = said(event(traceparent=f"00-{trace}-{span}-01", correlationid="c1"), event(id="e2", traceparent="garbage"))
    assert found.mentions.rows() == [(0, "corr", "c1", None), (0, "trace", trace, None)]
    assert found.events.select("trace_id", "span_id").rows() == [(trace, span), (None, None)]


def test_unknown_fields_and_extensions_are_kept() -> None:
    """Nothing that a sender says is thrown away: what we do not know stands in attrs."""
    line = {"line": "1", "qty": "2", "lot": "L7"}
    found = row(event(region="north", subject="orders/1", data={"keys": {"so": "1"}, "lines": [line], "weight": 1.50}))
    kept = json.loads(found["attrs"])
    assert kept == {"region": "north", "subject": "orders/1", "weight": 1.5, "lines": [line]}
    assert found["lines"][0]["qty"] == "2"


def test_an_unknown_type_is_kept_and_marked() -> None:
    """A type that is not of the trade is stored with a flag, whatever its data looks like."""
    found = said(
        event(type="com.shop.cart"), event(id="e2", type="com.shop.x", data={"status": {"deep": [1]}, "keys": "no"})
    )
    assert found.events["flags"].to_list() == [["mapping_unknown"], ["mapping_unknown"]]
    assert json.loads(found.events["attrs"][1])["data"]["keys"] == "no"
    assert not found.rejections


def test_an_unknown_key_type_is_kept_and_marked() -> None:
    """A key of an unknown type never links, and is not lost."""
    found = said(
        event(data={"keys": {"so": "1", "wave": "W-1"}}), event(id="e2", data={"keys": {"so": 2, "wave": {"a": 1}}})
    )
    assert [json.loads(text)["keys"] for text in found.events["attrs"]] == [{"wave": "W-1"}, {"wave": {"a": 1}}]
    assert found.events["flags"].to_list() == [["key_unknown"], ["key_unknown"]]
    assert found.mentions["value"].to_list() == ["1", "2"]


def test_numbers_are_taken_as_they_are_written() -> None:
    """JSON numbers give plain decimal text, exactly; keys and texts may be numbers as well."""
    lines = [{"line": 1, "qty": "1e2", "price": 4.10}, {"line": 2, "qty": 123456789012.123456, "price": "1E-3"}]
    raw = json.dumps(event(data={"keys": {"so": 4711, "sh": [1, "2"]}, "customer": 17, "amount": 0.1, "lines": lines}))
    found = read("cloudevents", raw.replace("123456789012.12346", "123456789012.123456").encode())
    assert found.events["amount"].to_list() == ["0.1"]
    assert [(line["line"], line["qty"], line["price"]) for line in found.events["lines"][0]] == [
        ("1", "100", "4.1"), ("2", "123456789012.123456", "0.001"),
    ]  # fmt: skip
    assert found.mentions["value"].to_list() == ["4711", "1", "2"]
    assert found.events["customer"].to_list() == ["17"]


@pytest.mark.parametrize(
    "number", ["1e400", "NaN", "Infinity", "abc", "1_0", "٣", "1234567890123456789", "0.1234567", "1\n2", "--1", "0x1"]
)
def test_no_number_is_refused(number: str) -> None:
    """Whatever is not a finite decimal of 18 digits and 6 decimals is refused, the good item beside it is not."""
    bad, good = event(data={"lines": [{"qty": number}]}), event(id="e2", data={"amount": "1.5"})
    assert refusals(bad, good) == [(0, "bad_quantity")]
    assert refusals(good, event(data={"amount": number})) == [(1, "bad_amount")]
    assert refusals(event(data={"lines": [{"price": number}]})) == [(0, "bad_amount")]


def test_a_bare_number_out_of_range_is_refused() -> None:
    """1e400 as a JSON number does not fit any machine number, and is one refusal all the same."""
    body = json.dumps([event(), event(id="e2", data={"lines": [{"qty": 7}]})]).replace("7}", "1e400}").encode()
    found = read("cloudevents", body)
    assert [(one.item, one.reason, one.native_id) for one in found.rejections] == [(1, "bad_quantity", "e2")]
    assert len(found.events) == 1


def test_an_empty_quantity_is_none() -> None:
    """An empty text says nothing, rather than something wrong."""
    found = row(event(data={"amount": "", "lines": [{"qty": " ", "price": "1"}]}))
    assert (found["amount"], found["lines"][0]["qty"], found["lines"][0]["price"]) == (None, None, "1")


def test_without_a_time_it_happened_when_it_came() -> None:
    """An event without `time` stands at its arrival, and says so."""
    assert (row(event(time=...))["occurred_at"], row(event(time=None))["tz_basis"]) == (RECEIVED, "received")


@pytest.mark.parametrize(
    "time", ["2026-11-24T09:00:00", "lunchtime", "2026-11-24", "", "2026-11-24T09:00Z", 1700000000]
)
def test_a_time_without_zone_or_sense_is_refused(time: Any) -> None:
    """CloudEvents wants RFC 3339 with a zone."""
    assert refusals(event(time=time), event(id="e2")) == [(0, "bad_time")]


@pytest.mark.parametrize(
    "time", ["9999-12-31T23:59:59-10:00", "1989-12-31T23:59:59Z", "2026-11-25T12:00:01Z", "0001-01-01T00:00:00+10:00"]
)
def test_an_impossible_time_is_refused(time: str) -> None:
    """Over 24 hours ahead of the arrival, or before 1990."""
    assert refusals(event(time=time), event(id="e2")) == [(0, "time_out_of_range")]
    assert refusals(event(data={"promised_at": "9999-12-31T23:59:59-10:00"})) == [(0, "time_out_of_range")]


def test_a_time_a_little_ahead_is_set_back() -> None:
    """5 minutes to 24 hours ahead: set back to the arrival, marked, the given time kept. Up to 5 minutes is trusted."""
    ahead = [(RECEIVED + timedelta(minutes=minutes)).isoformat() + "Z" for minutes in (5, 6, 1440)]
    found = said(*[event(id=str(n), time=time) for n, time in enumerate(ahead)]).events
    assert found["occurred_at"].to_list() == [RECEIVED + timedelta(minutes=5), RECEIVED, RECEIVED]
    assert found["flags"].to_list() == [[], ["clamped"], ["clamped"]]
    assert json.loads(found["attrs"][1]) == {"occurred_at_raw": "2026-11-24T12:06:00+00:00"}


def test_a_key_of_two_megabytes_is_refused() -> None:
    """Keys hold 200 characters; the good item beside it is stored."""
    assert refusals(event(data={"keys": {"so": "x" * 2_000_000}}), event(id="e2")) == [(0, "key_too_long")]
    assert refusals(event(data={"keys": {"so": ["ok", "x" * 201]}})) == [(0, "key_too_long")]
    assert refusals(event(data={"customer": "x" * 1001})) == [(0, "field_too_long")]
    found = row(event(data={"keys": {"k" * 2_000_000: "1"}}))
    assert (found["attrs"], found["flags"]) == (None, ["key_unknown", "attrs_dropped"])


@pytest.mark.parametrize(
    "data",
    [{"keys": "4711"}, {"keys": {"so": {"x": 1}}}, {"lines": {}}, {"lines": [1]}, {"hold": 3}, {"revision": "two"}],
)
def test_data_of_the_wrong_form_is_refused(data: Any) -> None:
    """An event of the trade whose fields cannot be read is refused with the place, never half understood."""
    found = said(event(data=data), event(id="e2"))
    assert [(one.item, one.reason, one.native_id) for one in found.rejections] == [(0, "bad_field", "e1")]
    assert "$.data" in found.rejections[0].detail
    assert len(found.events) == 1


def test_html_and_formulas_stay_text() -> None:
    """What a customer is called is stored as it is; to show it safely is the page's business."""
    name = '<script>alert(1)</script>=HYPERLINK("x")\u0000'
    assert row(event(data={"customer": name}))["customer"] == name


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"), (b"  \n ", "empty"), (b"\xef\xbb\xbf", "empty"), (b"{", "malformed"), (b"[{]", "malformed"),
        (b"\xff\xfe\x00", "malformed"), (b'{"id":"\xff"}', "bad_encoding"), (b"[" * 100_000, "too_deep"),
        (b'{"a":' * 100_000, "too_deep"), (b"[" + b"1," * 5_000_000 + b"1]", "too_many_items"),
    ],
)  # fmt: skip
def test_a_message_that_cannot_be_read_is_one_refusal(body: bytes, reason: str) -> None:
    """Empty, broken, not UTF-8, nested 100,000 deep: one refusal for the message, and no failure."""
    found = read("cloudevents", body)
    assert [one.reason for one in found.rejections] == [reason]
    assert found.rejections[0].item in (WHOLE, 0)
    assert found.rejections[0].detail


def test_one_item_that_is_not_utf8_does_not_cost_the_others() -> None:
    """The bytes of one item are its own affair."""
    good = json.dumps(event()).encode()
    found = read("cloudevents", b"[" + good + b',{"id":"\xff"},' + good + b"]")
    assert found.events["item"].to_list() == [0, 2]
    assert [(one.item, one.reason) for one in found.rejections] == [(1, "bad_encoding")]


def test_lines_are_read_one_by_one() -> None:
    """JSON lines with a broken line and blank lines between; and one event written over several lines."""
    good = json.dumps(event()).encode()
    found = read("cloudevents", b"\n" + good + b"\r\n\n{broken\n" + good + b"\n")
    assert found.events["item"].to_list() == [0, 2]
    assert [(one.item, one.reason) for one in found.rejections] == [(1, "malformed")]
    assert len(read("cloudevents", json.dumps(event(data=DATA), indent=2).encode()).events) == 1


def test_data_may_come_as_base64() -> None:
    """`data_base64` holding JSON is read; other content is kept; both forms at once are refused."""
    packed = "eyJrZXlzIjp7InNvIjoiMSJ9fQ=="
    assert said(event(data_base64=packed)).mentions["value"].to_list() == ["1"]
    assert json.loads(row(event(data_base64="AAEC", datacontenttype="image/png"))["attrs"]) == {"data_base64": "AAEC"}
    assert refusals(event(data_base64=packed, data={})) == [(0, "bad_envelope")]
    assert refusals(event(data_base64="%%%"), event(data_base64="e30", datacontenttype="application/json")) == [
        (0, "bad_envelope"), (1, "bad_envelope"),
    ]  # fmt: skip


def test_the_conformance_files_agree(shared: Path) -> None:
    """The CloudEvents project's own valid events are taken, its invalid ones refused."""
    for name, want in (("valid", 1), ("invalid", 0)):
        cases = json.loads((shared / f"cloudevents/conformance/json_{name}-events.json").read_text())["tests"]
        got = {case["id"]: len(said(case["event"]).events) for case in cases}
        assert got == dict.fromkeys(got, want)


def test_files_are_cut_into_messages_that_stand_alone(tmp_path: Path) -> None:
    """A file of lines gives blocks, a document gives one message; together they hold every event once."""
    lines, document = tmp_path / "a.jsonl", tmp_path / "b.json"
    count = BLOCK_LINES * 2 + 3
    lines.write_text("\n\n".join(json.dumps(event(id=str(n))) for n in range(count)))
    document.write_text(json.dumps([event(), event(id="e2")], indent=1))
    blocks = list(COLLECTOR.split(lines, Source()))
    ids = pl.concat([read("cloudevents", block).events["native_id"] for block in blocks])
    assert (len(blocks), ids.n_unique(), len(ids)) == (3, count, count)
    assert [len(read("cloudevents", block).events) for block in COLLECTOR.split(document, Source())] == [2]
