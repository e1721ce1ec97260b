"""Opens a workbook that comes from outside and gives the cells of one sheet.

A workbook is an archive of XML: how much it unpacks to is known before anything is unpacked, and parts that declare a
document type are refused before they are parsed.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from openpyxl import load_workbook

from collectors.document import Unread
from collectors.markup import check_prolog
from collectors.xlsx.config import MAX_PARTS, MAX_UNPACKED

_XML = (".xml", ".rels", ".vml")
#: Bytes of a part that are looked at before it is parsed.
_HEAD = 65_536
#: A row as it stands in the sheet: its number, and per column (value, kind of cell).
Row = tuple[int, list[tuple[Any, str]]]


def opened(body: bytes, name: str) -> Any:
    """A sheet, the first where no name is given; its `parent` is to be closed. Raises Unread."""
    _check(body)
    try:
        book = load_workbook(io.BytesIO(body), read_only=True, data_only=True, keep_links=False)
        names = book.sheetnames
    except Exception as fault:  # a library that reads hostile files may fail in any way
        raise Unread("malformed", f"This is no workbook: {str(fault)[:200]}") from None
    if not names or (name and name not in names):
        shown = ", ".join(one[:40] for one in names[:20])
        raise Unread("missing_sheet", f"There is no sheet {name!r}. Found: {shown}.")
    return book[name or names[0]]


def rows(found: Any, first: int, last: int, width: int) -> Iterator[Row]:
    """The rows of a sheet from the first to the last, of so many columns, that hold anything. Raises Unread."""
    try:
        for number, row in enumerate(found.iter_rows(min_row=first, max_row=last, max_col=width), first):
            if any(cell.value is not None for cell in row):
                yield number, [(cell.value, cell.data_type) for cell in row]
    except Exception as fault:  # as above
        raise Unread("malformed", f"The sheet cannot be read: {str(fault)[:200]}") from None


def _check(body: bytes) -> None:
    """Refuse what is no archive, unpacks to too much, or has parts that declare a document type."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = archive.infolist()
            size = sum(part.file_size for part in parts)
            if len(parts) > MAX_PARTS or size > MAX_UNPACKED:
                raise Unread("too_large", f"The workbook unpacks to {size:,} bytes in {len(parts):,} parts.")
            for part in parts:
                if part.filename.lower().endswith(_XML) and part.file_size:
                    with archive.open(part) as content:
                        check_prolog(content.read(_HEAD))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, OSError, EOFError) as fault:
        raise Unread("malformed", f"This is no workbook: {str(fault)[:200]}") from None
