"""Mapped CSV: rows become events by a declared mapping, bad rows are refused beside good ones."""

import gzip
import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from app.errors import TooLarge, WrongUse
from app.model.event import Message, Translation
from app.settings import Source
from collectors.csv import COLLECTOR
from collectors.csv.config import BLOCK_ROWS
from collectors.csv.translate import sends, version
from collectors.mapped.zone import after_gap
from tests.collectors.conftest import RECEIVED, read

MAPPING = """
about: a 3PL's daily list
delimiter: ";"
decimal: ","
zone: Europe/Berlin
header: {number: [Auftrag, Order No], line: Pos}
id: [number, line]
keep: [note]
events:
  - name: shipped
    type: shipment.dispatched
    time: [shipped, packed]
    keys: {fo: number, sh: shipment}
    issuers: {fo: "text:3pl.west"}
    fields: {partner: "text:3pl.west", status: state, promised_at: due, revision: rev, amount: value}
    lines: {line: line, qty: qty}
  - name: cancelled
    type: fulfillment.cancelled
    when: {state: [X, storno], number: not empty}
    time: shipped
    time_format: "%d.%m.%Y %H:%M"
    keys: {fo: number}
"""
HEADER = "Auftrag;Pos;shipped;packed;shipment;state;due;rev;value;qty;note"
GOOD = "FO-1;1;2026-11-23 08:00:00;;SH-1;S;2026-11-25;2;1.234,50;10;fragile"


@pytest.fixture
def partner(tmp_path: Path) -> Source:
    """A source with a mapping beside its configuration."""
    (tmp_path / "west.yaml").write_text(MAPPING)
    return Source(collector="csv", mapping="west.yaml", base=str(tmp_path))


def said(source: Source, *rows: str, header: str = HEADER) -> Translation:
    """What a file of these rows says."""
    return read("csv", "\n".join([header, *rows, ""]).encode(), source=source)


def test_a_row_becomes_its_events(partner: Source) -> None:
    """Columns, constants, local times, decimal comma, a line, keys with issuer, and what is kept unread."""
    found = said(partner, GOOD)
    event = found.events.row(0, named=True)
    assert (event["source"], event["native_id"], event["type"]) == ("src", "FO-1|1:shipped", "shipment.dispatched")
    assert (event["occurred_at"], event["tz_basis"]) == (datetime(2026, 11, 23, 7), "partner_default")
    assert (event["promised_at"], event["revision"], event["amount"]) == (
        datetime(2026, 11, 25, 22, 59, 59),
        2,
        "1234.50",
    )
    assert event["lines"] == [{"line": "1", "sku": None, "qty": "10", "uom": None, "price": None, "order": None}]
    assert (event["partner"], event["status"], event["flags"]) == ("3pl.west", "S", [])
    assert json.loads(event["attrs"]) == {"note": "fragile"}
    assert found.mentions.rows() == [(0 + event["item"], "fo", "FO-1", "3pl.west"), (event["item"], "sh", "SH-1", None)]


def test_one_row_gives_several_events(partner: Source) -> None:
    """Each event whose conditions hold; of several time columns the first that is filled."""
    found = said(
        partner, "FO-1;1;23.11.2026 08:00;;;X;;;;;", "FO-2;1;;2026-11-23T09:30:00Z;;S;;;;;", "FO-3;1;;;;S;;;;;"
    )
    assert found.events.select("native_id", "occurred_at", "tz_basis").rows() == [
        ("FO-1|1:cancelled", datetime(2026, 11, 23, 7), "partner_default"),
        ("FO-2|1:shipped", datetime(2026, 11, 23, 9, 30), "explicit"),
    ]
    assert [(one.reason, one.native_id) for one in found.rejections] == [("bad_time", "FO-1|1:shipped")]


def test_the_same_file_gives_the_same_ids(partner: Source) -> None:
    """Ids come from the row and not from its place, so that loading twice changes nothing."""
    other = "FO-9;9;2026-11-23 08:00:00;;;S;;;;;"
    first, second = said(partner, GOOD, other).events, said(partner, other, GOOD).events
    assert set(first["native_id"]) == set(second["native_id"]) == {"FO-1|1:shipped", "FO-9|9:shipped"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (";1;2026-11-23 08:00:00;;;S;;;;;", "missing_id"),
        ("FO-1;1;yesterday;;;S;;;;;", "bad_time"),
        ("FO-1;1;2026-02-30 08:00:00;;;S;;;;;", "bad_time"),
        ("FO-1;1;9999-01-01;;;S;;;;;", "time_out_of_range"),
        ("FO-1;1;1899-12-30;;;S;;;;;", "time_out_of_range"),
        ("FO-1;1;2026-11-23;;;S;soon;;;;", "bad_time"),
        ("FO-1;1;2026-11-23;;;S;;x;;;", "bad_field"),
        ("FO-1;1;2026-11-23;;;S;;;1e400;;", "bad_amount"),
        ("FO-1;1;2026-11-23;;;S;;;;ten;", "bad_quantity"),
        (f"FO-1;1;2026-11-23;;{'x' * 201};S;;;;;", "key_too_long"),
        (f"FO-1;1;2026-11-23;;;{'x' * 1001};;;;;", "field_too_long"),
        ("FO-1;1;2026-11-23", "bad_row"),
        (GOOD + ";more", "bad_row"),
        ('FO-1;1;2026-11-23;;;"S;;;;;', "bad_row"),
        ("FO-1;1;;;;X;;;;;", "missing_time"),
    ],
)  # fmt: skip
def test_a_bad_row_does_not_cost_the_good_ones(partner: Source, row: str, reason: str) -> None:
    """Every fault of a row has a code and the row's number; the rows around it are stored."""
    found = said(partner, GOOD, row, GOOD.replace("FO-1", "FO-2"))
    assert [one.reason for one in found.rejections] == [reason]
    assert "row 3" in found.rejections[0].detail
    assert found.events["native_id"].to_list() == ["FO-1|1:shipped", "FO-2|1:shipped"]


def test_a_row_that_is_not_utf8_keeps_its_neighbours(partner: Source) -> None:
    """A broken byte in a column loses that value, and nothing else."""
    body = (
        f"{HEADER}\n{GOOD}\n".encode()
        + GOOD.replace("FO-1", "FO-2").encode().replace(b"fragile", b"zerbr\xe4chlich")
        + b"\n"
    )
    found = read("csv", body, source=partner)
    assert found.events["native_id"].to_list() == ["FO-1|1:shipped"]
    assert [(one.reason, "row 3" in one.detail) for one in found.rejections] == [("bad_encoding", True)]


@pytest.mark.parametrize(
    "body", [b"", b"\n\n", b"\xef\xbb\xbf", b"FO-1;1;2026-11-23\n", b"a;b\n1;2\n", b"\x00\x01", b'"']
)
def test_a_file_without_its_header_is_refused_whole(partner: Source, body: bytes) -> None:
    """No header: one refusal, naming what is missing and what stood there instead."""
    found = read("csv", body, source=partner)
    assert [one.item for one in found.rejections] == [-1]
    assert found.rejections[0].reason in ("empty", "missing_columns")


def test_the_missing_columns_are_named(partner: Source) -> None:
    """A person is told which columns lack, and which were there; a column that stands twice is no help either."""
    refused = said(partner, header=HEADER.replace("qty", "Menge")).rejections[0]
    assert refused.reason == "missing_columns"
    assert "Missing: qty" in refused.detail
    assert "Menge" in refused.detail
    assert "there are 2" in said(partner, header=HEADER + ";qty").rejections[0].detail


def test_headers_are_found_by_any_of_their_names(partner: Source) -> None:
    """Another order of columns, other letters, a further column, a byte order mark, CRLF."""
    header = "\ufeffNOTE;order no;pos;shipped;packed;shipment;state;due;rev;value;qty;new"
    found = read("csv", f"{header}\r\nx;FO-1;1;2026-11-23;;;S;;;;;?\r\n".encode(), source=partner)
    assert found.events["native_id"].to_list() == ["FO-1|1:shipped"]


def test_history_arrived_when_it_was_sent(tmp_path: Path) -> None:
    """By the column that says so, in the zone of the file; not where that cannot be, and live it is when it comes."""
    (tmp_path / "west.yaml").write_text(MAPPING.replace("id: [number", "sent: note\nid: [number"))
    source = Source(collector="csv", mapping="west.yaml", base=str(tmp_path))
    rows = [GOOD.replace("FO-1", f"FO-{n}").replace("fragile", sent) for n, sent in enumerate(
        ("2026-11-23 09:00:00", "2026-11-23 07:59:59", "2099-01-01", "", "soon"), 1)]  # fmt: skip
    found = said(source, *rows)
    assert [(one.reason, one.native_id) for one in found.rejections] == [("bad_time", "FO-5|1:shipped")]
    happened = datetime(2026, 11, 23, 7)
    assert found.events["received_at"].to_list() == [datetime(2026, 11, 23, 8), None, None, None]
    assert found.dated().events["received_at"].to_list() == [datetime(2026, 11, 23, 8), *[happened] * 3]
    assert found.arrived_now().events["received_at"].null_count() == len(found.events) == 4


def test_local_times_around_the_clock_change() -> None:
    """In 2017 São Paulo skipped 00:00 to 01:00 on 15 October, and had 23:00 to 24:00 twice on 18 February."""
    zone = ZoneInfo("America/Sao_Paulo")
    first_after = datetime(2017, 10, 15, 1, tzinfo=zone).astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
    assert after_gap(datetime(2017, 10, 15, 0, 30), "America/Sao_Paulo") == first_after
    header = (
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,"
        "order_delivered_customer_date,order_estimated_delivery_date"
    )
    rows = ["a,c,x,2017-10-15 00:00:00,,,,2017-10-15 00:00:00", "b,c,x,2017-02-18 23:30:00,,,,"]
    found = read("csv", "\n".join([header, *rows]).encode(), source=Source(collector="csv", mapping="olist"))
    assert found.events["occurred_at"].to_list() == [first_after, datetime(2017, 2, 19, 1, 30)]
    assert found.events["promised_at"].to_list() == [first_after, None]


def test_a_large_file_is_cut_into_blocks_that_stand_alone(partner: Source, tmp_path: Path) -> None:
    """Each block has the header and whole rows, quoted line ends included, and still knows the rows' numbers."""
    count = BLOCK_ROWS * 2 + 10
    rows = [GOOD.replace("FO-1", f"FO-{n}").replace("fragile", '"two\nlines"') for n in range(count)]
    rows[-1] = rows[-1].replace("2026-11-23", "never")
    file = tmp_path / "orders.csv.gz"
    file.write_bytes(gzip.compress("\n".join([HEADER, *rows]).encode()))
    parts = [read("csv", block, source=partner) for block in COLLECTOR.split(file, partner)]
    ids = pl.concat([part.events["native_id"] for part in parts])
    assert (len(parts), ids.n_unique(), len(ids)) == (3, count - 1, count - 1)
    assert [one.detail for part in parts for one in part.rejections] == [f"row {count + 1}: time 'never 08:00:00'"]


def test_a_file_of_zeros_ends_early(partner: Source, tmp_path: Path) -> None:
    """1 GB of packed zeros is no file of lines: reading stops at the first few megabytes."""
    file = tmp_path / "zeros.csv.gz"
    file.write_bytes(gzip.compress(bytes(64 * 2**20)) * 16)
    with pytest.raises(TooLarge, match="longer than"):
        list(COLLECTOR.split(file, partner))


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (("type: shipment.dispatched", "type: shipment.sent"), "no event type"),
        (("zone: Europe/Berlin", "zone: Mars"), "no IANA zone"),
        (("name: cancelled", "name: shipped"), "the same name"),
        (("{fo: number, sh", "{fo: number, xx"), "keys.xx"),
        (("about:", "abuot:"), "abuot"),
        (('delimiter: ";"', "delimiter: [;"), "mapping"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_told_and_loses_nothing(partner: Source, harm: tuple[str, str], told: str) -> None:
    """`check` says what is wrong; a file that comes meanwhile is kept as a dead letter."""
    (Path(partner.base) / "west.yaml").write_text(MAPPING.replace(*harm))
    with pytest.raises(WrongUse, match=told):
        sends(partner)
    assert [one.reason for one in said(partner, GOOD).rejections] == ["mapping_invalid"]


def test_a_mapping_says_what_it_can_send_and_which_it_is(partner: Source) -> None:
    """The event types, and a version that changes with the text."""
    assert sends(partner) == ("fulfillment.cancelled", "shipment.dispatched")
    before = version(partner)
    (Path(partner.base) / "west.yaml").write_text(MAPPING + "\n# changed")
    assert version(partner) != before
    with pytest.raises(WrongUse, match="there is no such file"):
        version(Source(collector="csv", mapping="nowhere"))


def test_olist_counts_as_an_independent_count_does(shared: Path) -> None:
    """19,133 orders; 1,395 delivered after the estimated instant, 1,214 after the estimated day."""
    source = Source(collector="csv", mapping="olist")
    file = shared / "order-lifecycle/olist/olist_orders_dataset.csv.gz"
    parts = [read("csv", block, source=source, name="olist") for block in COLLECTOR.split(file, source)]
    events = pl.concat([part.events for part in parts]).with_columns(
        order=pl.col("native_id").str.split(":").list.first()
    )
    captured = events.filter(type="order.captured").select("order", "promised_at")
    delivered = events.filter(type="shipment.delivered").select("order", delivered="occurred_at")
    both = captured.join(delivered, on="order")
    day = [
        pl.col(name).dt.replace_time_zone("UTC").dt.convert_time_zone("America/Sao_Paulo").dt.date()
        for name in ("delivered", "promised_at")
    ]
    assert not [one for part in parts for one in part.rejections]
    assert captured["order"].n_unique() == len(captured) == 19_133
    assert both.filter(pl.col("delivered") > pl.col("promised_at")).height == 1_395
    assert both.filter(day[0] > day[1]).height == 1_214
    assert events.filter(type="order.cancelled")["reason"].value_counts().sort("count")["count"].to_list() == [86, 132]


def test_what_became_nothing_is_told(partner: Source) -> None:
    """A column that nothing reads, with a value of it, and rows to which no event applies."""
    other = GOOD.replace("2026-11-23 08:00:00", "")
    body = "\n".join([HEADER + ";ETA", GOOD + ";", GOOD + ";tomorrow", other + ";", ""]).encode()
    assert COLLECTOR.unread(Message("src", "csv", "", body, RECEIVED), partner) == [
        "column 'ETA' (as 'tomorrow'): nothing in the mapping reads it",
        "1 rows (4): no event of the mapping applies",
    ]
