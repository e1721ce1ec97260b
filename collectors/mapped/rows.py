"""From rows and a mapping to events: columns and sets, no loop over rows.

Each event of the mapping is made for all rows together. A row whose value cannot be read gives a refusal for that
event only; the other events of the row, and the other rows, stand.
"""

from typing import Any

import polars as pl

from app.model.event import MENTION, Message, Rejection, Translation, empty
from app.settings import Source
from collectors import reading
from collectors.mapped.columns import NATIVE, Made, Shape, made
from collectors.mapped.language import ROW, SHOWN, Mapping


def said(
    rows: pl.DataFrame, refused: list[Rejection], declared: Mapping, message: Message, source: Source
) -> Translation:
    """What rows say by a mapping: columns as text under our names, with ROW and SHOWN; `refused` went before."""
    rows, unnamed = _identified(rows, declared)
    shape = Shape(declared, declared.zone or source.zone, message.source, reading.micros(message.received_at))
    parts = [made(rows, place, entry, shape) for place, entry in enumerate(declared.events)]
    rejections = (*refused, *unnamed, *(one for part in parts for one in part.rejections))
    return _together([part for part in parts if len(part.events)], rejections)


def _identified(rows: pl.DataFrame, declared: Mapping) -> tuple[pl.DataFrame, list[Rejection]]:
    """(rows with NATIVE, their id; refusals of rows without one)."""
    rows = rows.with_columns(pl.concat_str(declared.id, separator="|").alias(NATIVE))
    nameless = pl.col(NATIVE).is_null() | (pl.col(NATIVE).str.len_chars() > reading.KEY_LIMIT)
    width = len(declared.events)
    said = f"the id ({', '.join(declared.id)}) is empty or over {reading.KEY_LIMIT} characters"
    lost = rows.filter(nameless).select(ROW, SHOWN).rows()
    return rows.filter(~nameless), [Rejection(row * width, "missing_id", f"row {shown}: {said}") for row, shown in lost]


def _together(parts: list[Made], rejections: tuple[Rejection, ...]) -> Translation:
    if not parts:
        return Translation(rejections=rejections)
    events = pl.concat([part.events for part in parts]).sort("item")
    named: list[Any] = [part.mentions for part in parts if len(part.mentions)]
    mentions = pl.concat(named).sort("item", maintain_order=True) if named else empty(MENTION)
    return Translation(events, mentions, rejections=rejections)
