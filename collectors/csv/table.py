"""From the bytes of a file to a table of texts, row by row sound, and to the rows that are not."""

import csv
import io

import polars as pl
import pyarrow as pa
import pyarrow.csv as pc

from app.model.event import Rejection
from collectors.mapped import records
from collectors.mapped.cells import composed
from collectors.mapped.language import ROW, SHOWN, Mapping
from collectors.mapped.marks import unmarked
from collectors.reading import excerpt, whole

_Why = tuple[str, str, str]


class Unfit(Exception):
    """The whole file cannot be read; carries the refusal."""

    def __init__(self, refusal: Rejection) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


def table(body: bytes, mapping: Mapping) -> tuple[pl.DataFrame, list[Rejection]]:
    """(the columns of the mapping as text, empty cells null, with ROW and SHOWN; refused rows).

    Raises Unfit when nothing of it can be read.
    """
    text, first = unmarked(_decoded(body, mapping))
    shift = max(first - 2, 0)
    names = _named(text, mapping)
    sound, kept, bad = sound_lines(text)

    def skip(one: pc.InvalidRow) -> str:
        number = kept[one.number - 1] if kept and one.number <= len(kept) else one.number
        bad[number] = ("bad_row", f"{one.actual_columns} fields, the header has {one.expected_columns}", one.text)
        return "skip"

    rows = _parsed(sound, names, mapping, skip)
    numbers = _numbers(len(rows), set(bad))
    rows = rows.select(pl.col(name).str.strip_chars().replace("", None) for name in mapping.columns())
    width = len(mapping.events)
    refused = [
        Rejection(number * width, reason, f"row {number + shift}: {why}", excerpt=excerpt(row))
        for number, (reason, why, row) in sorted(bad.items())
    ]
    made = [composed(template).alias(name) for name, template in mapping.compose.items()]
    return rows.with_columns(numbers.alias(ROW), (numbers + shift).alias(SHOWN), *made), refused


def _decoded(body: bytes, mapping: Mapping) -> bytes:
    """The body in UTF-8, without a byte order mark."""
    if mapping.encoding == "utf-8":
        text = body.removeprefix(b"\xef\xbb\xbf")
    else:
        text = body.decode(mapping.encoding, "replace").encode()
    if not text.strip():
        raise Unfit(whole("empty", "The file has no content.", body))
    return text


def _named(text: bytes, mapping: Mapping) -> list[str]:
    """The header, with our names where the mapping knows the column. Raises Unfit when one is missing."""
    found = header(text, mapping)
    at, missing = records.places(found, mapping)
    if missing:
        raise Unfit(whole("missing_columns", records.lacking(missing, found), text))
    ours = {place: name for name, place in at.items()}
    return [ours.get(place, f"_{place}") for place in range(len(found))]


def header(text: bytes, mapping: Mapping) -> list[str]:
    """The names in the first row."""
    first = text[: 2**20].decode("utf-8", "replace")
    try:
        return next(csv.reader(io.StringIO(first, newline=""), delimiter=mapping.delimiter), [])
    except csv.Error as fault:
        raise Unfit(whole("malformed", f"The header cannot be read: {fault}.", text)) from None


def sound_lines(text: bytes) -> tuple[bytes, list[int], dict[int, _Why]]:
    """(the text without lines that would spoil others, the numbers of those left if any went, why each went).

    Such lines are not UTF-8, or open a quote which nobody closes and which would swallow what follows.
    """
    if text.count(b'"') % 2 == 0 and _is_utf8(text):
        return (text if text.endswith(b"\n") else text + b"\n"), [], {}
    head, *lines = text.split(b"\n")
    bad: dict[int, _Why] = {}
    for number, line in enumerate(lines, 2):
        if not _is_utf8(line):
            bad[number] = ("bad_encoding", "not UTF-8", excerpt(line))
    left = sum(line.count(b'"') for number, line in enumerate(lines, 2) if number not in bad)
    for number, line in enumerate(lines, 2):
        if left % 2 and number not in bad and line.count(b'"') % 2:
            bad[number] = ("bad_row", "a quote is not closed", excerpt(line))
    good = [(number, line) for number, line in enumerate(lines, 2) if number not in bad]
    return b"\n".join([head, *(line for _, line in good), b""]), [1, *(number for number, _ in good)], bad


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parsed(text: bytes, names: list[str], mapping: Mapping, skip: "pc.InvalidRowHandler") -> pl.DataFrame:
    """All rows that have as many fields as the header, as text."""
    wanted = mapping.columns()
    try:
        read = pc.read_csv(
            io.BytesIO(text),
            read_options=pc.ReadOptions(
                use_threads=False, column_names=names, skip_rows=1, block_size=max(len(text), 2**16)
            ),
            parse_options=pc.ParseOptions(
                delimiter=mapping.delimiter, newlines_in_values=True, invalid_row_handler=skip
            ),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.string()), include_columns=wanted, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as fault:
        if "Empty CSV" in str(fault):
            return pl.DataFrame(schema=dict.fromkeys(wanted, pl.String))
        raise Unfit(whole("malformed", str(fault)[:300], text)) from None
    return pl.DataFrame(read)


def _numbers(count: int, skipped: set[int]) -> pl.Series:
    """The row numbers of the good rows; the header is row 1."""
    every = pl.Series(ROW, range(2, 2 + count + len(skipped)), dtype=pl.Int64)
    return every.filter(~every.is_in(list(skipped))).head(count) if skipped else every
