"""Documents from outside, hostile or broken: XML and JSON are bounded, times are placed, nothing is looked up."""

import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import WrongUse
from app.main.loading import wire_of
from app.settings import Settings, Source
from collectors import document, markup
from collectors.document import Unread, instant
from collectors.reading import micros
from tests.collectors.conftest import read
from tests.collectors.idocs import idoc, sent

LAUGHS = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;"><!ENTITY d "&c;&c;&c;">]><a>&d;</a>'
OUTSIDE = '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'
PARAMETER = '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><a/>'


@pytest.mark.parametrize("text", [LAUGHS, OUTSIDE, PARAMETER])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    ("wire", "mapping"), [("epcis", ""), ("idoc", ""), ("ocel", "order-management"), ("xes", "bpi-2019")]
)
def test_a_document_type_is_refused_at_its_first_word(text: str, encoding: str, wire: str, mapping: str) -> None:
    """Entities, files and addresses are never looked at, in whatever encoding they hide."""
    said = read(wire, text.encode(encoding), source=Source(collector=wire, mapping=mapping))
    assert [(one.reason, "document type" in one.detail) for one in said.rejections] == [("malformed", True)]
    assert len(said.events) == 0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<a>" * 100 + b"</a>" * 100, "too_deep"),
        (b"<a>" * 1_000_000, "too_deep"),
        (b"<a><b></a>", "malformed"),
        (b"<a>&undefined;</a>", "malformed"),
        (b"<a/><b/>", "malformed"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "bad_encoding"),
        (b"<a>\xff</a>", "malformed"),
        (("<a " + " ".join(f'x{n}="1"' for n in range(300)) + "/>").encode(), "malformed"),
    ],
)
def test_broken_and_excessive_xml_is_refused(body: bytes, reason: str) -> None:
    """Each with its reason, and none of it by exhausting the machine."""
    with pytest.raises(Unread) as caught:
        markup.read(body)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("start", "reason"),
    [(b"<a>whatever follows &x; <b", ""), (b"<!-- c --><?p x?><a", "malformed"), (LAUGHS.encode("utf-16"), "malformed"),
     (b"<!--" + b"x" * 100_000 + b"--><a/>", "malformed"), (b"", "malformed"), (b'<?xml version="1.0" encoding="no-such"?><a/>', "bad_encoding")],
)  # fmt: skip
def test_a_prolog_is_looked_at_alone(start: bytes, reason: str) -> None:
    """What stands before the first element decides, and nothing after it is read."""
    found = ""
    try:
        markup.check_prolog(start)
    except Unread as fault:
        found = fault.reason
    assert found == reason


def test_elements_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of small elements ends at the limit, not at the end of memory."""
    monkeypatch.setattr(markup, "MAX_ELEMENTS", 1_000)
    tracemalloc.start()
    with pytest.raises(Unread, match="more than 1,000 elements"):
        markup.read(b"<a>" + b"<b/>" * 500_000 + b"</a>")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


def test_a_huge_attribute_and_text_stay_as_large_as_they_are() -> None:
    """A megabyte in one attribute or one text is taken once, and ends as a refusal where it would be a key."""
    root = markup.read(b'<a b="' + b"x" * 2**20 + b'"><c>' + b"y" * 2**20 + b"</c></a>")
    assert (len(root.attributes["b"]), len(root.said("c"))) == (2**20, 2**20)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[" * 100_000, "too_deep"),
        (b"[1,", "malformed"),
        (b'"\xff"', "bad_encoding"),
        (b"[" + b"[]," * 2_500_000 + b"[]]", "too_many_items"),
        (b"\xef\xbb\xbf", "empty"),
    ],
)
def test_broken_and_excessive_json_is_refused(body: bytes, reason: str) -> None:
    """Nested, cut off, not UTF-8, too much: each with its reason."""
    with pytest.raises(Unread) as caught:
        document.loaded(body)
    assert caught.value.reason == reason


def test_numbers_of_json_stay_as_they_are_written() -> None:
    """A decimal is not made a float on the way in."""
    assert (
        str(document.loaded(b"[0.1, 12345678901234567890.10]"))
        == "[Decimal('0.1'), Decimal('12345678901234567890.10')]"
    )


@pytest.mark.parametrize(
    ("text", "expected", "basis"),
    [
        ("2026-11-20T14:37:00+01:00", "2026-11-20T13:37:00", "explicit"),
        ("20261120143700", "2026-11-20T13:37:00", "partner_default"),
        ("20261120", "2026-11-19T23:00:00", "partner_default"),
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00", "partner_default"),
        ("2026-03-29T02:30:00", "2026-03-29T01:00:00", "partner_default"),
    ],
)
def test_times_are_placed_in_the_zone(text: str, expected: str, basis: str) -> None:
    """Of a repeated hour the first, of a skipped one the first instant that exists; a zone of its own goes before."""
    found = instant(text, "Europe/Berlin")
    assert (found.at, found.basis) == (micros(datetime.fromisoformat(expected)), basis)


@settings(max_examples=100, deadline=None)
@given(
    at=st.datetimes(datetime(1990, 1, 2), datetime(2037, 1, 1)),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_a_local_time_reads_back(at: datetime, zone: str) -> None:
    """The instant of a local time, seen in that zone, is that time, or the end of the gap in which it does not exist."""
    found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant(at.isoformat(), zone).at)
    shown = found.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    exists = at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == at
    assert shown == at if exists else shown > at


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=30))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    """Whatever stands where a time should, it is read or refused with a reason."""
    reason = ""
    try:
        instant(text, "Europe/Berlin")
    except Unread as fault:
        reason = fault.reason
    assert reason in ("", "missing_time" if not text else "bad_time")


@pytest.mark.parametrize(
    ("name", "body", "wire"),
    [("a.xml", sent(idoc("ORDERS", "1")), "idoc"), ("a.xml", b"<e:EPCISDocument/>", "epcis"), ("a.json", b'{"epcisBody": {}}', "epcis"),
     ("a.json", b'{"resourceSpans": []}', "otlp"), ("a.json", b'{"specversion": "1.0"}', "cloudevents")],
)  # fmt: skip
def test_a_file_that_nobody_declared_is_known_by_its_words(tmp_path: Path, name: str, body: bytes, wire: str) -> None:
    """An IDoc, EPCIS in both forms, OTLP, and canonical events where nothing else fits."""
    (tmp_path / name).write_bytes(body)
    assert wire_of(Settings(), "somebody", tmp_path / name)[0].name == wire


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_table_that_nobody_declared_needs_a_mapping(tmp_path: Path, name: str) -> None:
    """What its columns mean cannot be seen in it."""
    (tmp_path / name).write_bytes(b"a,b")
    with pytest.raises(WrongUse, match="needs a mapping"):
        wire_of(Settings(), "somebody", tmp_path / name)
