"""From a workbook and its mapping to events: a sheet becomes a table, read as a CSV file is."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from app.errors import WrongUse
from app.model.event import Message, Rejection, Translation
from app.settings import Source
from collectors import files, mapping, reading
from collectors.document import Unread
from collectors.mapped import records
from collectors.mapped.rows import said
from collectors.xlsx import workbook
from collectors.xlsx.cells import text
from collectors.xlsx.config import LAST_ROW, MAX_COLUMNS, MAX_ROWS, Sheet, load
from collectors.xlsx.workbook import Row

#: Rows of which an example of each column is taken.
_NOTED = 200


def translate(message: Message, source: Source) -> Translation:
    """What a workbook says, by the mapping of its source."""
    try:
        return _said(message, source, load(source))
    except WrongUse as fault:
        return Translation(rejections=(reading.whole("mapping_invalid", fault.detail, message.body),))
    except Unread as fault:
        return Translation(rejections=(reading.whole(fault.reason, fault.detail, message.body),))


def _said(message: Message, source: Source, declared: Sheet) -> Translation:
    found = read(message.body, declared)
    return said(found.table, found.refused, declared, message, source)


@dataclass(frozen=True, slots=True)
class Found:
    """A sheet as the table of its mapping, the rows that are refused, and a value of each of its columns."""

    table: pl.DataFrame
    refused: list[Rejection]
    examples: dict[str, str]


def read(body: bytes, declared: Sheet) -> Found:
    """The sheet of a workbook that a mapping names. Raises Unread."""
    sheet = workbook.opened(body, declared.sheet)
    try:
        header = _header(sheet, declared)
        at, missing = records.places(header, declared)
        if missing:
            raise Unread("missing_columns", records.lacking(missing, [name for name in header if name]))
        width = max(place for place, name in enumerate(header, 1) if name)
        rows = workbook.rows(sheet, declared.header_row + 1, LAST_ROW, width)
        examples: dict[str, str] = {}
        named, numbers, refused = _read(_noting(rows, header, examples), at, declared)
    finally:
        sheet.parent.close()
    # They go by our names already.
    columns = records.columns(named, declared.model_copy(update={"header": {}}))
    return Found(records.finished(columns, numbers, 0, declared), refused, examples)


def _header(sheet: Any, declared: Sheet) -> list[str]:
    """The names in the header row, "" for empty cells. Raises Unread where there are none."""
    row = declared.header_row
    _, cells = next(workbook.rows(sheet, row, row, MAX_COLUMNS), (row, []))
    names = [str(value).strip() if value is not None else "" for value, _ in cells]
    if not any(names):
        raise Unread("empty", f"Row {row} of the sheet is empty; it should hold the names of the columns.")
    return names


def _noting(rows: Iterator[Row], header: list[str], examples: dict[str, str]) -> Iterator[Row]:
    """The same rows; the first value of each column among the first rows is noted."""
    for at, row in enumerate(rows):
        if at < _NOTED:
            for name, (value, _) in zip(header, row[1], strict=False):
                if name and value is not None:
                    examples.setdefault(name, str(value)[:100])
        yield row


def _read(
    rows: Iterator[Row], at: dict[str, int], declared: Sheet
) -> tuple[list[dict[str, str]], list[int], list[Rejection]]:
    """(the rows as texts under our names, their numbers, refused rows); blank rows are left out."""
    read: list[dict[str, str]] = []
    numbers: list[int] = []
    refused: list[Rejection] = []
    above: dict[str, str] = {}
    for number, row in rows:
        try:
            cells = {name: text(*row[place], declared.decimal) for name, place in at.items()}
        except Unread as fault:
            item = number * len(declared.events)
            refused.append(Rejection(item, fault.reason, f"row {number}: {fault.detail}"))
            continue
        if any(cells.values()):
            above |= {name: cells[name] for name in declared.fill_down if cells.get(name)}
            read.append({**cells, **{name: above.get(name, "") for name in declared.fill_down}})
            numbers.append(number)
        if len(read) > MAX_ROWS:
            raise Unread("too_many_items", f"The sheet has more than {MAX_ROWS:,} rows.")
    return read, numbers, refused


def split(path: Path, source: Source) -> Iterator[bytes]:
    """A workbook is one message. Raises WrongUse without a good mapping."""
    load(source)
    yield files.whole(path)


def sends(source: Source) -> tuple[str, ...]:
    """The event types that the mapping of a source can give."""
    return tuple(sorted({entry.type for entry in load(source).events}))


def version(source: Source) -> str:
    """A short name for the state of the mapping, kept with every event that it made."""
    return mapping.version(mapping.text(source))
