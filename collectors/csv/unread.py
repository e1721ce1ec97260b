"""Tells which columns and rows of a CSV file became nothing by its mapping."""

import csv
import io
from itertools import islice

from app.errors import WrongUse
from app.model.event import Message
from app.settings import Source
from collectors.csv.table import Unfit, table
from collectors.mapped.language import Mapping, load
from collectors.mapped.marks import unmarked
from collectors.mapped.rows import said
from collectors.mapped.unread import columns_left, rows_left

#: Bytes of a block that are looked at for an example of each column.
_LOOKED_AT = 2**16


def unread(message: Message, source: Source) -> list[str]:
    """A line for each column that nothing reads, and one for rows that give no event."""
    try:
        declared = load(source)
        rows, refused = table(message.body, declared)
    except (WrongUse, Unfit):
        return []
    translation = said(rows, refused, declared, message, source)
    return columns_left(_examples(message.body, declared), declared) + rows_left(rows, translation, declared)


def _examples(body: bytes, declared: Mapping) -> dict[str, str]:
    """The columns of a file, each with the first value that it has among the first rows."""
    text, _ = unmarked(body.removeprefix(b"\xef\xbb\xbf"))
    lines = io.StringIO(text[:_LOOKED_AT].decode(declared.encoding, "replace"), newline="")
    found: dict[str, str] = {}
    try:
        read = csv.reader(lines, delimiter=declared.delimiter)
        header = next(read, [])
        for row in islice(read, 200):
            for name, value in zip(header, row, strict=False):
                found[name] = found.get(name) or value
    except csv.Error:
        return found
    return found
