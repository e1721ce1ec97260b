"""The one statement of the feed: the next rows along the watermark, and among equals along the tie columns."""

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    column,
    literal_column,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.types import NullType

from app.pulls import SqlPull

#: The watermark and tie values of a row.
Key = tuple[Any, ...]


def page(pull: SqlPull, lower: Any, after: Key | None) -> Select[Any]:
    """At most `batch` rows from `lower` on (None: from the beginning), from the row `after` on, itself included.

    The row itself comes again because `tie` may be less distinct than was thought; it is known by what it holds.
    """
    rows = _rows(pull)
    mark: ColumnElement[Any] = column(pull.watermark)
    ties: list[ColumnElement[Any]] = [column(name) for name in pull.tie]
    wanted: list[ColumnElement[bool]] = [mark.is_not(None) if lower is None else mark >= _bound(lower)]
    if after is not None:
        wanted.append(_from(mark, ties, after))
    return select(literal_column("*")).select_from(rows).where(*wanted).order_by(mark, *ties).limit(pull.batch)


def _rows(pull: SqlPull) -> FromClause:
    """The table, or the query as one. A colon in a query is a colon, never a parameter."""
    if pull.table:
        schema, _, name = pull.table.rpartition(".")
        return table(name, schema=schema or None)
    return text(pull.query.strip().rstrip(";").replace(":", r"\:")).columns().subquery("pulled")


def _from(mark: ColumnElement[Any], ties: list[ColumnElement[Any]], after: Key) -> ColumnElement[bool]:
    """Behind the watermark, or at it and from the tie values on. An empty tie comes too, so that it is found."""
    at, *values = after
    reached: ColumnElement[bool] = or_(ties[-1] >= _bound(values[-1]), ties[-1].is_(None))
    for tie, value in reversed(list(zip(ties[:-1], values[:-1], strict=True))):
        reached = or_(tie > _bound(value), tie.is_(None), and_(tie == _bound(value), reached))
    return and_(mark >= _bound(at), or_(mark > _bound(at), reached))


def _bound(value: Any) -> BindParameter[Any]:
    """A value whose type the database infers from the column that it is compared with."""
    return bindparam(None, value, type_=NullType())
