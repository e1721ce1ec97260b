"""JSON records: names within names, a row for each entry of a list, bad records beside good ones."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.model.event import Message
from app.settings import Source
from collectors.document import Unread
from collectors.ndjson.config import Records, load
from collectors.ndjson.flat import flat, rows
from tests.collectors.conftest import RECEIVED, WIRES, read

MAPPING = """
each: items
lists: {tracking: "|"}
header: {order: order.number, customer: [order.customer.id, buyer], sku: items.sku, qty: items.quantity, place: "items.#"}
id: [order, place]
events:
  - {name: shipped, type: shipment.dispatched, time: at, when: {state: S}, keys: {so: order, tr: tracking}, fields: {customer: customer}, lines: {sku: sku, qty: qty}}
"""
RECORD: dict[str, Any] = {
    "order": {"number": "4711", "customer": {"id": 17}}, "at": "2026-11-20T14:37:00Z", "state": "S", "tracking": ["1Z1", "1Z2"],
    "items": [{"sku": "A-1", "quantity": 0.10}, {"sku": "B-2", "quantity": 12345678901.5, "note": "x"}],
}  # fmt: skip


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "shop.yaml").write_text(MAPPING)
    return Source(collector="ndjson", mapping="shop.yaml", base=str(tmp_path))


def body(*records: Any) -> bytes:
    return b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in records)


def test_records_become_rows_and_rows_events(source: Source) -> None:
    """Each entry of the list is a row with what stands around it; numbers are exact, lists give several keys."""
    said = read("ndjson", body(RECORD), source=source)
    assert said.rejections == ()
    assert said.events["native_id"].to_list() == ["4711|1:shipped", "4711|2:shipped"]
    assert said.events["customer"].to_list() == ["17", "17"]
    assert [(line["sku"], line["qty"]) for lines in said.events["lines"] for line in lines] == [
        ("A-1", "0.1"),
        ("B-2", "12345678901.5"),
    ]
    assert set(said.mentions.select("type", "value").rows()) == {("so", "4711"), ("tr", "1Z1"), ("tr", "1Z2")}


def test_an_array_says_the_same_as_lines(source: Source) -> None:
    """Three records in an array, one per line, or with blank lines between."""
    records = [RECORD | {"order": {"number": str(n)}} for n in range(3)]
    lines = read("ndjson", body(*records), source=source).events
    assert len(lines) == 6
    assert read("ndjson", json.dumps(records).encode(), source=source).events.equals(lines)
    assert read("ndjson", body(records[0], b" ", *records[1:]), source=source).events.equals(lines)


def test_bad_records_are_refused_alone(source: Source) -> None:
    """No JSON, no object, too deep, too many values: with their place, while the good ones stand."""
    deep: Any = 1
    for _ in range(40):
        deep = {"a": deep}
    said = read(
        "ndjson",
        body(
            RECORD,
            b"{",
            7,
            deep,
            {"a": list(range(9)) + [{"b": n} for n in range(3_000)]},
            RECORD | {"order": {"number": "9"}},
        ),
        source=source,
    )
    assert [(one.reason, one.detail.split(":")[0]) for one in said.rejections] == [
        ("bad_row", f"row {n}") for n in (3, 4, 5, 6)
    ]
    assert said.events["native_id"].to_list() == ["4711|1:shipped", "4711|2:shipped", "9|1:shipped", "9|2:shipped"]


@pytest.mark.parametrize(
    ("sent", "reason"),
    [(b"", "empty"), (b"[]", "empty"), (b"{", "malformed"), (b"[" * 90_000, "too_deep"), (b'"\xff"', "bad_encoding")],
)
def test_what_has_no_record_is_refused(source: Source, sent: bytes, reason: str) -> None:
    """Nothing, no JSON, nested beyond reading: one refusal."""
    assert [one.reason for one in read("ndjson", sent, source=source).rejections] == [reason]
    assert [one.reason for one in read("ndjson", sent).rejections] == ["mapping_invalid"]


def test_a_file_is_cut_and_counts_on(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of two lines say together what the file says; a bad record has the number it has in the file."""
    monkeypatch.setattr(import_module("collectors.ndjson.translate"), "BLOCK_LINES", 2)
    file = tmp_path / "a.ndjson"
    file.write_bytes(body(*[RECORD | {"items": []}] * 4, b"{no", RECORD))
    blocks = list(WIRES["ndjson"].split(file, source))
    assert len(blocks) == 3
    last = read("ndjson", blocks[2], source=source)
    assert [one.detail.split(":")[0] for one in last.rejections] == ["row 5"]
    assert len(last.events) == 2


def test_what_became_nothing_is_told(source: Source) -> None:
    """A name that nothing reads, with a value; and records to which no event applies."""
    sent = body(RECORD, RECORD | {"state": "X"})
    assert WIRES["ndjson"].unread(Message("src", "ndjson", "", sent, RECEIVED), source) == [
        "column 'items.note' (as 'x'): nothing in the mapping reads it",
        "2 rows (3, 4): no event of the mapping applies",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.sampled_from(["items", "order", "at"]), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip
ANY = Records.model_validate(
    {"id": ["a"], "each": "items", "events": [{"name": "x", "type": "order.created", "time": "at"}]}
)


@settings(max_examples=120, deadline=None)
@given(record=JSON)
def test_any_record_is_flat_or_refused(record: Any) -> None:
    """Whatever JSON holds becomes texts by name, or is refused."""
    found, reason = [{"": ""}], ""
    try:
        found = list(rows(record, ANY))
    except Unread as fault:
        reason = fault.reason
    assert reason in ("", "bad_row")
    assert found and all(isinstance(value, str) for row in found for value in row.values())


def test_a_nested_name_reads_what_stands_there(source: Source) -> None:
    """Numbers take the decimal sign of the mapping, truth its word, and nothing is no value."""
    declared = load(source).model_copy(update={"decimal": ","})
    assert flat({"a": {"b": 1.5, "c": None, "d": [True, "x"]}, "e": [{"f": 2}]}, declared) == {
        "a.b": "1,5",
        "a.d": "true,x",
        "e.0.f": "2",
    }
