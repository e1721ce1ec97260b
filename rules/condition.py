"""`when` of a rule: free logic in CEL over one finding and its order. It cannot loop, call out or see the clock.

This is the only module that knows the library. Names are written `order.tier`, `finding.cause`. A value that is not
there is absent: ask with `has(order.tier)`. A condition that fails on missing or unlike values is *unknown*: the rule
does not apply, and the failure is counted. Source of the language: the Common Expression Language specification.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import cel
import polars as pl

from app.errors import brief

_NAME = re.compile(r"\b([a-z_]+)\.([a-z_]+)\b(?!\()")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")


def fault(text: str) -> str:
    """Why a text is no condition; "" when it is one."""
    try:
        _compiled(text)
    except (ValueError, RuntimeError, TypeError) as why:
        return brief(why)
    return ""


def names(text: str) -> tuple[str, ...]:
    """The values that a condition reads, as `order.tier`, each once."""
    return tuple(dict.fromkeys(f"{root}.{name}" for root, name in _NAME.findall(_QUOTED.sub("''", text))))


def sound(text: str, known: set[str]) -> str:
    """A condition that can be read, over names that are known; raises ValueError for any other."""
    if why := fault(text):
        raise ValueError(f"{text!r} is no condition: {why}")
    if unknown := set(names(text)) - known:
        raise ValueError(f"{sorted(unknown)[0]} is none of {', '.join(sorted(known))}")
    return text


def says(text: str, about: Mapping[str, Mapping[str, Any]]) -> bool | None:
    """Whether a condition holds of `{"order": {"tier": "gold"}}`; None when it cannot be told."""
    try:
        answer = _compiled(text).execute({root: dict(values) for root, values in about.items()})
    except (LookupError, ValueError, RuntimeError, TypeError):
        return None
    return answer if isinstance(answer, bool) else None


def holds(text: str, frame: pl.DataFrame) -> pl.Series:
    """Of each row whether the condition holds of it, null where it cannot be told.

    Columns are named as in the condition, `order.tier`; those that are null are absent. Every combination of the
    values that the condition reads is asked once, so the cost grows with them and not with the rows.
    """
    read = [name for name in names(text) if name in frame.columns]
    roots = {name.partition(".")[0] for name in (*frame.columns, *names(text))}
    if not read:
        return pl.Series("holds", [says(text, {root: {} for root in roots})], pl.Boolean).new_from_index(0, len(frame))
    some = frame.select(read).unique(maintain_order=True)
    told = [says(text, about) for about in _about(some, roots)]
    asked = some.with_columns(holds=pl.Series(told, dtype=pl.Boolean))
    return frame.select(read).join(asked, on=read, how="left", nulls_equal=True, maintain_order="left")["holds"]


def _about(rows: pl.DataFrame, roots: set[str]) -> Iterator[dict[str, dict[str, Any]]]:
    for row in rows.iter_rows(named=True):
        about: dict[str, dict[str, Any]] = {root: {} for root in roots}
        for column, value in row.items():
            root, _, name = column.partition(".")
            if value is not None:
                about[root][name] = _plain(value)
        yield about


def _plain(value: Any) -> Any:
    """What the language has no type for: decimals become doubles, and instants are UTC."""
    if isinstance(value, Decimal):
        return float(value)
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


@lru_cache(maxsize=1_000)
def _compiled(text: str) -> Any:
    return cel.compile(text)
