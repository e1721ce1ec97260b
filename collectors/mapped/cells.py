"""What a mapping can say of cells: conditions, columns composed of other columns, and cells that hold lists."""

import re
from string import Formatter

import polars as pl

#: Conditions on a cell, beside the values that it may have.
EMPTY, NOT_EMPTY, MATCHING = "empty", "not empty", "matching "
_CUT = re.compile(r"\.([1-9][0-9]{0,2})")
#: The text before a column, the column and how many of its characters are taken; both null at the end.
Piece = tuple[str, str | None, int | None]


def condition(name: str, wanted: tuple[str, ...]) -> pl.Expr:
    """Whether the cell has one of the values, or is as `empty`, `not empty` or `matching REGEX` say."""
    cell = pl.col(name)
    tests = [cell.is_in([one for one in wanted if not _is_word(one)])]
    tests += [cell.is_null()] if EMPTY in wanted else []
    tests += [cell.is_not_null()] if NOT_EMPTY in wanted else []
    tests += [cell.str.contains(pattern) for one in wanted if (pattern := whole_pattern(one))]
    return pl.any_horizontal(tests)


def _is_word(wanted: str) -> bool:
    return wanted in (EMPTY, NOT_EMPTY) or wanted.startswith(MATCHING)


def whole_pattern(wanted: str) -> str:
    """The pattern of a condition `matching REGEX`, for the whole cell; "" for any other condition."""
    return f"^(?:{wanted.removeprefix(MATCHING)})$" if wanted.startswith(MATCHING) else ""


def is_pattern(pattern: str) -> bool:
    """True when the pattern can be used."""
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError:
        return False
    return True


def pieces(template: str) -> list[Piece]:
    """The parts of `{A}/{B:.4}`. Raises ValueError when it says anything but columns and how much of them."""
    found: list[Piece] = []
    for text, name, cut, conversion in Formatter().parse(template):
        limit = _CUT.fullmatch(cut or "")
        if name == "" or conversion or (cut and not limit):
            raise ValueError(f"{template!r}: only {{COLUMN}} and {{COLUMN:.4}}, its first 4 characters, are known")
        found.append((text, name, int(limit[1]) if limit else None))
    return found


def composed(template: str) -> pl.Expr:
    """The column that a template makes; empty where one of its columns is."""
    parts: list[pl.Expr] = []
    for text, name, cut in pieces(template):
        parts += [pl.lit(text)] if text else []
        parts += [pl.col(name).str.slice(0, cut)] if name else []
    return pl.concat_str(parts)


def listed(cells: pl.Series, separator: str) -> pl.Series:
    """The values of cells that hold several: `a;b`, or as a program writes a list, `['a','b']`."""
    one = pl.element().str.strip_chars(" '\"").replace("", None)
    return cells.str.strip_chars(" []").str.split(separator).list.eval(one).list.drop_nulls()
