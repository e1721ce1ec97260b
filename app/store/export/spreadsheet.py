"""What a spreadsheet would run, and how a cell keeps it from that: one rule, for single texts and for whole columns."""

import re

import polars as pl

#: A formula begins with one of `= + - @`, even after blanks that a program drops; a tab, a line end or a NUL may hide one.
_RUNS = r"^([\t\r\n\x00]|[\s\x1c-\x1f\x85]*[=+\-@])"
_FORMULA = re.compile(_RUNS)


def neutral(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula, even after it drops blanks before it."""
    return "'" + text if _FORMULA.match(text) else text


def neutral_column(text: pl.Expr) -> pl.Expr:
    """The same for a column of texts."""
    return pl.when(~text.str.contains(_RUNS)).then(text).otherwise("'" + text)
