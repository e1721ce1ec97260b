"""Kind `match`: the lines of orders whose quantities do not fit together, all rules at once."""

from collections.abc import Sequence

import polars as pl

from rules.comparing import Check, Match
from rules.quantities import MILLION, expression, named

#: A line that fails a rule: why (`cause`, by `place` in the rule), the quantity to watch, and what is `told` of it.
MISMATCHED: dict[str, pl.DataType | type[pl.DataType]] = {
    "rule": pl.String, "order_no": pl.Int64, "line": pl.String, "place": pl.Int32, "cause": pl.String,
    "watched": pl.String, "told": pl.String, "arrived": pl.Boolean, "lined": pl.String,
}  # fmt: skip
_HUNDRED = 100


def mismatched(lines: pl.DataFrame, rules: Sequence[Match]) -> pl.DataFrame:
    """The lines that fail a rule, each once with the first check that it fails (columns `MISMATCHED`).

    `lines`: order_no, line, implied, and the quantities in millionths.
    """
    found = [_failing(lines, rule, place, check) for rule in rules for place, check in enumerate(rule.check)]
    if not found:
        return pl.DataFrame(schema=MISMATCHED)
    return pl.concat(found).unique(["rule", "order_no", "line"], keep="first", maintain_order=True)


def _failing(lines: pl.DataFrame, rule: Match, place: int, check: Check) -> pl.DataFrame:
    told = pl.concat_str("line", pl.lit(":"), _written(check.watched), *_other_side(check))
    values = {
        "rule": pl.lit(rule.id), "order_no": pl.col("order_no"), "line": pl.col("line"), "place": pl.lit(place),
        "cause": pl.lit(check.cause or rule.code), "watched": pl.lit(check.watched), "told": told,
        "arrived": pl.lit(rule.since == "arrived"), "lined": pl.lit(rule.lined),
    }  # fmt: skip
    return lines.filter(_fails(rule, check)).select(
        values[name].cast(kind).alias(name) for name, kind in MISMATCHED.items()
    )


def _fails(rule: Match, check: Check) -> pl.Expr:
    left, right = expression(check.left), expression(check.right)
    over = left - right if check.at_most else right - left if check.at_least else (left - right).abs()
    fails = (over > int(check.tolerance.abs * MILLION)) & _beyond(over, right, check)
    counts = [pl.col(name) > 0 for name in check.once]
    return pl.all_horizontal(fails, *counts, *([] if rule.implied else [~pl.col("implied")]))


def _beyond(over: pl.Expr, right: pl.Expr, check: Check) -> pl.Expr:
    """Whether it is more than the share of the right side that is tolerated; exact, in whole numbers."""
    if not check.tolerance.pct:
        return pl.lit(True)
    share = int(check.tolerance.pct * MILLION)
    wide = pl.Int128
    return over.cast(wide) * (_HUNDRED * MILLION) > right.abs().cast(wide) * share


def _other_side(check: Check) -> tuple[pl.Expr, ...]:
    return (pl.lit("/"), _written(named(check.right)[0])) if check.equal else ()


def _written(name: str) -> pl.Expr:
    """A quantity with its six decimals."""
    value = pl.col(name)
    return pl.concat_str(
        (value // MILLION).cast(pl.String), pl.lit("."), (value % MILLION).cast(pl.String).str.zfill(6)
    )
