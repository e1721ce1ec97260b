"""Event logs: traces become rows, rows become events; a log that declares things of its own is refused."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from app.model.event import Message
from app.settings import Source
from collectors.xes import COLLECTOR, traces
from tests.collectors.conftest import RECEIVED, read

MAPPING = """
header: {case: "case:concept:name", activity: "concept:name", at: "time:timestamp", number: "event number", qty: amount}
parts: {case: "^(?P<order>.+)_(?P<item>[0-9]+)$"}
id: [case, number]
events:
  - {name: created, type: purchase_order.created, when: {activity: Create}, time: at, keys: {po: order}, lines: {line: item, qty: qty}}
  - {name: received, type: receipt.posted, when: {activity: Receive}, time: at, keys: {po: order}, lines: {line: item}}
"""
EVENT = '<event><string key="concept:name" value="{}"/><date key="time:timestamp" value="{}"/>{}</event>'
LOG = '<?xml version="1.0" encoding="UTF-8"?><log xmlns="http://www.xes-standard.org/">{}</log>'


def trace(case: str, *events: tuple[str, str], more: str = "") -> str:
    inner = "".join(EVENT.format(name, at, more) for name, at in events)
    return f'<trace><string key="concept:name" value="{case}"/>{inner}</trace>'


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "log.yaml").write_text(MAPPING, encoding="utf-8")
    return Source(collector="xes", mapping="log.yaml", base=str(tmp_path))


def test_a_trace_becomes_events(source: Source) -> None:
    """Two steps of item 10 of order 4711, one of them nobody mapped; times with their zone, quantity where there is one."""
    body = LOG.format(
        trace(
            "4711_10",
            ("Create", "2018-01-02T12:53:00+01:00"),
            ("Approve", "2018-01-02"),
            ("Receive", "2018-01-03T08:00:00Z"),
            more='<int key="amount" value="5"/>',
        )
    )
    said = read("xes", body.encode(), source=source, name="p2p")
    assert said.rejections == ()
    assert said.events["native_id"].to_list() == ["4711_10|1:created", "4711_10|3:received"]
    assert said.events["occurred_at"].dt.to_string("%Y-%m-%d %H:%M").to_list() == [
        "2018-01-02 11:53",
        "2018-01-03 08:00",
    ]
    assert said.events["tz_basis"].unique().to_list() == ["explicit"]
    assert said.mentions.select("type", "value").unique().rows() == [("po", "4711")]
    first = said.events["lines"][0][0]
    assert (first["line"], first["qty"]) == ("10", "5")


def test_rows_that_cannot_be_read_are_refused_alone(source: Source) -> None:
    """An impossible time refuses its event, with its number; the others stand."""
    body = LOG.format(trace("1_1", ("Create", "2018-13-45"), ("Receive", "2018-01-03T08:00:00Z")))
    said = read("xes", body.encode(), source=source)
    assert [(r.reason, r.detail[:5]) for r in said.rejections] == [("bad_time", "row 1")]
    assert len(said.events) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "malformed"),
        (b"<log><trace>", "malformed"),
        (b"<table/>", "malformed"),
        (b"<log></log>", "empty"),
        (
            b'<!DOCTYPE log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><log><trace><event>&b;</event></trace></log>',
            "malformed",
        ),
        (b'<!DOCTYPE log SYSTEM "file:///etc/passwd"><log/>', "malformed"),
        (b'<?xml version="1.0" encoding="no-such"?><log/>', "malformed"),
    ],
)
def test_what_is_no_log_is_refused_whole(source: Source, body: bytes, reason: str) -> None:
    """Broken, foreign, empty, or with a document type: one refusal, no event, nothing looked up."""
    said = read("xes", body, source=source)
    assert (len(said.events), [r.reason for r in said.rejections]) == (0, [reason])


def test_what_became_nothing_is_told(source: Source) -> None:
    """An attribute that nothing reads, and an event to which no entry applies."""
    body = LOG.format(
        trace(
            "4711_10",
            ("Create", "2018-01-02T12:53:00Z"),
            ("Approve", "2018-01-03"),
            more='<string key="who" value="Ann"/>',
        )
    )
    assert COLLECTOR.unread(Message("src", "xes", "", body.encode(), RECEIVED), source) == [
        "column 'who' (as 'Ann'): nothing in the mapping reads it",
        "1 rows (2): no event of the mapping applies",
    ]


def test_a_log_without_a_mapping_is_refused() -> None:
    """Nobody said what its activities mean."""
    said = read("xes", LOG.format("").encode())
    assert [r.reason for r in said.rejections] == ["mapping_invalid"]


def test_a_wrong_mapping_says_where(tmp_path: Path) -> None:
    """A part without a name, and an expression that is none."""
    for wrong in ("parts: {case: 'x(.*)'}", "parts: {case: '(?P<x>'}"):
        (tmp_path / "wrong.yaml").write_text(MAPPING.replace(MAPPING.splitlines()[2], wrong), encoding="utf-8")
        said = read(
            "xes", LOG.format("").encode(), source=Source(collector="xes", mapping="wrong.yaml", base=str(tmp_path))
        )
        assert "parts" in said.rejections[0].detail


def test_a_file_is_cut_between_traces(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five traces in logs of two: together they say what the whole says, packed or not, whatever stands between them."""
    monkeypatch.setattr(traces, "BLOCK_TRACES", 2)
    whole = LOG.format(
        "<extension/>" + "<!-- gap -->".join(trace(f"{n}_1", ("Create", "2018-01-02T12:00:00Z")) for n in range(5))
    )
    for name, body in (("log.xes", whole.encode()), ("log.xes.gz", gzip.compress(whole.encode()))):
        (tmp_path / name).write_bytes(body)
        parts = list(COLLECTOR.split(tmp_path / name, source))
        assert len(parts) == 3
        said = pl.concat([read("xes", part, source=source).events for part in parts])
        assert said["native_id"].to_list() == [f"{n}_1|1:created" for n in range(5)]


def test_a_file_without_a_trace_is_refused(source: Source, tmp_path: Path) -> None:
    """The sender hears that it is empty, or no log."""
    for body, reason in ((LOG.format(""), "empty"), ("hello", "malformed"), ("", "malformed")):
        (tmp_path / "log.xes").write_text(body, encoding="utf-8")
        (part,) = COLLECTOR.split(tmp_path / "log.xes", source)
        assert [r.reason for r in read("xes", part, source=source).rejections] == [reason]
