"""Shares and factors as exact fractions: what hovers at a limit is decided by whole numbers, never by rounding."""

from decimal import Decimal
from fractions import Fraction

import polars as pl

#: Anything that says a number exactly as written.
Number = Fraction | Decimal | float | int | str


def exact(said: Number) -> Fraction:
    """`"97%"`, `0.97` and `Decimal("0.97")` as the fraction that is written; a float counts as its shortest text."""
    text = str(said)
    return Fraction(text.removesuffix("%")) / 100 if text.endswith("%") else Fraction(text)


def above(part: pl.Expr, whole: pl.Expr, limit: Fraction) -> pl.Expr:
    """Whether part ÷ whole is strictly above the limit, by multiplying whole numbers; never of nothing."""
    return part * limit.denominator > whole * limit.numerator
