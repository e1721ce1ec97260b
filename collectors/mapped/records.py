"""From records of named texts, or rows under a header, to the table that a mapping reads."""

from collections.abc import Mapping as Named
from collections.abc import Sequence

import polars as pl

from collectors.mapped.cells import composed
from collectors.mapped.language import ROW, SHOWN, Mapping, several


def places(found: Sequence[str], declared: Mapping) -> tuple[dict[str, int], list[str]]:
    """(where each of our columns stands in a header, which are missing or stand there twice)."""
    plain = [name.strip().casefold() for name in found]
    at: dict[str, int] = {}
    missing = []
    for ours in declared.columns():
        wanted = [name.strip().casefold() for name in several(declared.header.get(ours, ours))]
        fitting = [place for place, name in enumerate(plain) if name in wanted]
        if len(fitting) == 1:
            at[ours] = fitting[0]
        else:
            missing.append(ours if not fitting else f"{ours} (there are {len(fitting)} of it)")
    return at, missing


def lacking(missing: Sequence[str], found: Sequence[str]) -> str:
    """What a person should know of a header without those columns."""
    shown = ", ".join(name[:40] for name in found[:40])
    return f"Missing: {', '.join(missing)}. Found: {shown}."


def separators(declared: Mapping) -> dict[str, str]:
    """What stands between the values of a list, by the names that its column has in files."""
    return {name: sign for ours, sign in declared.lists.items() for name in several(declared.header.get(ours, ours))}


def columns(records: Sequence[Named[str, str]], declared: Mapping) -> pl.DataFrame:
    """One row per record: our columns as text, null where the record has no such value."""
    read = {name: _column(records, several(declared.header.get(name, name))) for name in declared.columns()}
    return pl.DataFrame(read, schema=dict.fromkeys(read, pl.String))


def _column(records: Sequence[Named[str, str]], names: tuple[str, ...]) -> list[str | None]:
    """The first of the values that each record has; an empty text is none."""
    if len(names) == 1:
        return [record.get(names[0], "").strip() or None for record in records]
    return [next((text for name in names if (text := record.get(name, "").strip())), None) for record in records]


def finished(rows: pl.DataFrame, numbers: Sequence[int], shift: int, declared: Mapping) -> pl.DataFrame:
    """The table with its row numbers, in the message and as people count them, and its composed columns."""
    made = [composed(template).alias(name) for name, template in declared.compose.items()]
    given = pl.Series(ROW, numbers, dtype=pl.Int64)
    return rows.with_columns(given, (given + shift).alias(SHOWN), *made)
