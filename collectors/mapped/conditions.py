"""Conditions on parts of a document, with the words that mappings of tables use: values, `empty`, `not empty`, `matching`."""

from functools import lru_cache

import polars as pl

from collectors.mapped import paths, values
from collectors.mapped.cells import EMPTY, MATCHING, NOT_EMPTY, is_pattern, whole_pattern
from collectors.mapped.values import Place, Scope
from collectors.reading import TEXT_LIMIT


def check(wanted: tuple[str, ...]) -> None:
    """Raises ValueError for a pattern that is none."""
    for one in wanted:
        if not is_pattern(whole_pattern(one)):
            raise ValueError(f"{one!r} is no pattern")


def holds(where: Place, wanted: tuple[str, ...], scope: Scope) -> bool:
    """Whether one of the texts at a place is as wanted; an object or list is only ever empty or not."""
    found, filled = _found(where, scope)
    if not filled:
        return EMPTY in wanted
    return NOT_EMPTY in wanted or any(_fits(one, want) for one in found for want in wanted)


def _found(where: Place, scope: Scope) -> tuple[list[str], bool]:
    """(texts at a place, whether anything stands there)."""
    if where.root == "@":
        found = values.at(where, scope)
        return found, bool(found)
    parts = values.selected(where, scope)
    found = [text for one in parts if (text := paths.plain(one)) is not None and text not in scope.empty]
    return found, bool(found) or any(isinstance(one, dict | list) and one for one in parts)


def _fits(text: str, wanted: str) -> bool:
    if wanted.startswith(MATCHING):
        return len(text) <= TEXT_LIMIT and _matches(text, whole_pattern(wanted))
    return text == wanted


@lru_cache(maxsize=10_000)
def _matches(text: str, pattern: str) -> bool:
    """By the engine that tables use, whose time grows with the text alone, whatever the pattern."""
    return bool(pl.Series([text]).str.contains(pattern)[0])
