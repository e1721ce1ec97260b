"""Tells which columns and rows of a table became nothing by its mapping."""

from collections.abc import Mapping as Named
from collections.abc import Sequence

import polars as pl

from app.model.event import Translation
from collectors.mapped.language import ROW, SHOWN, Mapping, several

_ROWS_SHOWN = 5


def columns_left(found: Named[str, str], declared: Mapping) -> list[str]:
    """A line for each column of the file that nothing reads; `found` holds a value of each, as an example."""
    read = {one.strip().casefold() for name in declared.columns() for one in several(declared.header.get(name, name))}
    return [
        f"column {name[:60]!r} (as {value[:60]!r}): nothing in the mapping reads it"
        for name, value in found.items()
        if name.strip() and value.strip() and name.strip().casefold() not in read
    ]


def rows_left(rows: pl.DataFrame, translation: Translation, declared: Mapping) -> list[str]:
    """A line for the rows to which no event of the mapping applies."""
    width = len(declared.events)
    told = {item // width for item in translation.events["item"]}
    told |= {one.item // width for one in translation.rejections}
    left = rows.filter(~pl.col(ROW).is_in(list(told)))[SHOWN].to_list()
    shown: Sequence[int] = left[:_ROWS_SHOWN]
    more = " and others" if len(left) > _ROWS_SHOWN else ""
    return [f"{len(left)} rows ({', '.join(map(str, shown))}{more}): no event of the mapping applies"] if left else []
