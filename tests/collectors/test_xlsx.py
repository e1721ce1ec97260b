"""Workbooks: what a cell says as text, which sheet and rows are read, and archives that would burst."""

import io
import zipfile
from datetime import date, datetime, time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from app.model.event import Message
from app.settings import Source
from collectors.document import Unread
from collectors.xlsx import workbook
from collectors.xlsx.cells import number, text
from tests.collectors.conftest import RECEIVED, WIRES, read

MAPPING = """
sheet: Ausgang
header_row: 3
zone: Europe/Berlin
fill_down: [order]
header: {order: Auftrag, line: Pos}
id: [order, line]
events:
  - {name: shipped, type: shipment.dispatched, when: {line: not empty}, time: at, keys: {fo: order, sscc: box}, lines: {line: line, sku: sku, qty: qty}}
"""
HEADER = ["Auftrag", "Pos", "at", "sku", "qty", "box", "remark"]
AT = datetime(2026, 11, 20, 14, 37)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "out.yaml").write_text(MAPPING)
    return Source(collector="xlsx", mapping="out.yaml", base=str(tmp_path))


def book(*rows: list[Any], sheet: str = "Ausgang", merge: str = "") -> bytes:
    made = Workbook()
    made.active.title = "Deckblatt"
    page = made.create_sheet(sheet)
    for row in (["Lieferungen", None], [], HEADER, *rows):
        page.append(row)
    if merge:
        page.merge_cells(merge)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def repacked(body: bytes, changed: dict[str, bytes]) -> bytes:
    """The same archive with other parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename not in changed:
                new.writestr(part, old.read(part))
        for name, content in changed.items():
            new.writestr(name, content)
    return out.getvalue()


def test_rows_become_events(source: Source) -> None:
    """The named sheet, its header in row 3, a merged order number, a blank row, numbers and dates as they are meant."""
    body = book(
        [4711, 10, AT, "A-1", 0.1 + 0.2, "00106141412345678908", "fragile"],
        [None, 20, AT, 7.0, 3, None, None],
        [],
        ["4712", "10", date(2026, 11, 21), "B", 1e3, None, None],
        merge="A4:A5",
    )
    said = read("xlsx", body, source=source)
    assert said.rejections == ()
    assert said.events["native_id"].to_list() == ["4711|10:shipped", "4711|20:shipped", "4712|10:shipped"]
    assert [str(at) for at in said.events["occurred_at"]] == [
        "2026-11-20 13:37:00",
        "2026-11-20 13:37:00",
        "2026-11-20 23:00:00",
    ]
    assert [(line["sku"], line["qty"]) for lines in said.events["lines"] for line in lines] == [
        ("A-1", "0.3"),
        ("7", "3"),
        ("B", "1000"),
    ]
    assert ("sscc", "00106141412345678908") in said.mentions.select("type", "value").rows()
    message = Message("src", "xlsx", "", body, RECEIVED)
    assert WIRES["xlsx"].unread(message, source) == ["column 'remark' (as 'fragile'): nothing in the mapping reads it"]


def test_damaged_cells_refuse_their_row(source: Source) -> None:
    """A long number that lost digits and an error; a formula is read by its last value, and has none before a recalculation."""
    said = read(
        "xlsx",
        book(["1", 10, AT, "A", 1, 106141412345678908, None], ["2", 10, "#N/A", "A", 1, None, None], ["3", 10, AT, "A", "=1+1", None, None], ["4", 10, AT, "A", 1, None, None]),
        source=source,
    )  # fmt: skip
    assert [(one.reason, one.detail[:5]) for one in said.rejections] == [
        ("damaged_number", "row 4"),
        ("bad_cell", "row 5"),
    ]
    assert [(line["qty"]) for lines in said.events["lines"] for line in lines] == [None, "1"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "malformed"),
        (b"PK\x03\x04 nothing", "malformed"),
        (book(sheet="Anders"), "missing_sheet"),
        (repacked(book(), {"xl/workbook.xml": b"<broken"}), "malformed"),
        (repacked(book(), {"xl/extra.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "malformed"),
        (repacked(book(), {"xl/extra.xml": "<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/'><a/>".encode("utf-16")}), "malformed"),
        (repacked(book(), {"xl/extra.xml": b'<?xml version="1.0" encoding="no-such"?><a/>'}), "bad_encoding"),
        (repacked(book(), {"xl/extra.bin": b"\0" * (129 * 2**20)}), "too_large"),
        (repacked(book(), {f"x{n}": b"" for n in range(2_001)}), "too_large"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_or_too_much_is_refused(source: Source, body: bytes, reason: str) -> None:
    """No archive, no such sheet, broken parts, hidden document types, a bomb: one refusal, nothing unpacked beyond the limit."""
    said = read("xlsx", body, source=source)
    assert (len(said.events), [one.reason for one in said.rejections]) == (0, [reason])


def test_columns_that_are_missing_are_named(source: Source) -> None:
    """The refusal says which, and what was found; a sheet without a header row is empty."""
    said = read("xlsx", book(), source=Source(collector="xlsx", mapping="olist"))
    assert [one.reason for one in said.rejections] == ["empty"]
    (Path(source.base) / "out.yaml").write_text(MAPPING.replace("header_row: 3", "header_row: 1"))
    said = read("xlsx", book(), source=source)
    assert [one.reason for one in said.rejections] == ["missing_columns"]
    assert "Lieferungen" in said.rejections[0].detail


def test_a_sheet_that_spreads_far_is_read_within_bounds(source: Source) -> None:
    """Cells in the last column of Excel and a row far below cost no more than what is read; what is blank is no row."""
    page = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="3">'
        + "".join(
            f'<c r="{letter}3" t="inlineStr"><is><t>{name}</t></is></c>'
            for letter, name in zip("ABCDEF", HEADER, strict=False)
        )
        + "</row>"
        + "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(4, 3_000))
        + '<row r="300000"><c r="A300000"><v>7</v></c><c r="B300000"><v>1</v></c><c r="C300000" t="inlineStr"><is><t>2026-11-20</t></is></c></row>'
        "</sheetData></worksheet>"
    )
    said = read("xlsx", repacked(book(), {"xl/worksheets/sheet2.xml": page.encode()}), source=source)
    assert said.rejections == ()
    assert said.events["native_id"].to_list() == ["7|1:shipped"]


def test_too_many_rows_are_refused(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that hold something are counted, and the sheet is refused where they are more than is taken."""
    monkeypatch.setattr(import_module("collectors.xlsx.translate"), "MAX_ROWS", 3)
    said = read("xlsx", book(*[[n, 1, AT, "A", 1, None, None] for n in range(4)]), source=source)
    assert [one.reason for one in said.rejections] == ["too_many_items"]


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 5_000), piece=st.binary(max_size=6))
def test_no_mutation_makes_a_workbook_fail(cut: int, piece: bytes) -> None:
    """A workbook with other bytes in its midst is read or refused."""
    body = _BOOK[: cut % len(_BOOK)] + piece + _BOOK[cut % len(_BOOK) + len(piece) :]
    rows, reason = [], ""
    try:
        rows = list(workbook.rows(workbook.opened(body, ""), 1, 100, 50))
    except Unread as fault:
        reason = fault.reason
    assert all(number > 0 for number, _ in rows)
    assert reason in ("", "malformed", "too_large", "missing_sheet", "bad_encoding")


_BOOK = book(["4711", 10, AT, "A-1", 1, None, None])


@settings(max_examples=150, deadline=None)
@given(value=st.decimals(-(10**9), 10**9, places=4, allow_nan=False, allow_infinity=False))
def test_a_number_keeps_what_was_typed(value: Any) -> None:
    """A decimal that went through a float comes back as the same number."""
    assert type(value)(number(float(value))) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, ""), (True, "true"), (12, "12"), (12.0, "12"), (1 / 7, "0.142857"), (1e-7, "0.000000"), (time(14, 37), "14:37:00"), (datetime(2026, 1, 2), "2026-01-02"), (" x ", "x")],
)  # fmt: skip
def test_a_cell_as_text(value: Any, expected: str) -> None:
    """Truth, numbers, times, text."""
    assert text(value, "n", ".") == expected
    assert text(1.5, "n", ",") == "1,5"
