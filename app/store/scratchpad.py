"""What is known of the temporary tables of a connection, so that statements which have nothing to do are left out.

Most of what a small step costs is not rows but planning: a statement over ten events costs as much as one over none. A
statement that can do nothing without another table, or without some word among the events at hand, says so in a line
above it, and this is the one place that heeds it:

    -- needs stray                              without a row in `stray` it is left out
    -- needs paper, tie or shipment.voided      needs a row in `paper`, and one in `tie` or the word `shipment.voided`

A table that such a statement would have made stands empty then. Every statement of an engine goes through here, so that
the number of rows of each table is known exactly; a table that is not known counts as filled.
"""

import re
from functools import cache, cached_property
from typing import Any

import duckdb

from app.store.statements import statement

_NEEDS = re.compile(r"^-- needs (.+)$", re.MULTILINE)
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_MAKES = re.compile(r"create or replace temp table (\w+) (.*)", re.DOTALL)
_CHANGES = re.compile(r"(insert into|delete from) (\w+)")


class Step:
    """One statement, as parsed once. `shape` are the columns of the table that it makes, once they are known."""

    def __init__(self, parsed: Any) -> None:
        self.parsed, self.shape = parsed, ""

    @cached_property
    def text(self) -> str:
        """Without comments."""
        return _COMMENT.sub("", self.parsed.query).strip().rstrip(";")

    @cached_property
    def needs(self) -> tuple[tuple[str, ...], ...]:
        """Of each group one must be there."""
        found = _NEEDS.search(self.parsed.query)
        return tuple(tuple(group.split(" or ")) for group in found[1].split(", ")) if found else ()

    @cached_property
    def makes(self) -> str:
        """The temporary table that it makes anew, if any."""
        found = _MAKES.match(self.text)
        return found[1] if found else ""

    @cached_property
    def bare(self) -> bool:
        """Does it make a table without rows?"""
        found = _MAKES.match(self.text)
        return found is not None and (found[2].startswith("(") or found[2].endswith(" limit 0"))

    @cached_property
    def changes(self) -> tuple[str, str]:
        """What it does to the rows of which table."""
        found = _CHANGES.match(self.text)
        return (found[1], found[2]) if found else ("", "")


@cache
def steps(name: str) -> tuple[Step, ...]:
    """The statements of the file `NAME.sql`, parsed once for all connections."""
    return tuple(Step(one) for one in duckdb.extract_statements(statement(name)))


class Scratchpad:
    """How many rows each temporary table has and which statement made it; and `words`, those among the events at hand: the
    types of the events, and `fo:` for a kind of key that they name."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._made_by: dict[str, str] = {}
        self.words: frozenset[str] = frozenset()

    def rows(self, table: str) -> int | None:
        """How many rows a table has, None where that is not known."""
        return self._rows.get(table)

    def idle(self, step: Step) -> bool:
        """Has it nothing to do, but for leaving its table empty?"""
        act, table = step.changes
        if act == "delete from" and not self._rows.get(table, 1):
            return True
        return step.bare or any(not any(map(self._there, group)) for group in step.needs)

    def made(self, step: Step) -> bool:
        """Is the table that it would make there, as this very statement made it before?"""
        return self._made_by.get(step.makes) == step.text

    def note(self, step: Step, told: list[tuple[Any, ...]]) -> int:
        """It was run; how many rows were made, inserted or deleted, as DuckDB has told."""
        act, table = step.changes
        count = int(told[0][0]) if told and (step.makes or table) else 0
        if step.makes:
            self._rows[step.makes], self._made_by[step.makes] = count, step.text
        elif table in self._rows:
            self._rows[table] += count if act == "insert into" else -count
        return count

    def forget(self) -> None:
        """Nothing is known any more: what was done has been taken back."""
        self._rows.clear()
        self._made_by.clear()

    def _there(self, name: str) -> bool:
        return name in self.words if not name.isidentifier() else self._rows.get(name, 1) > 0
