"""The mapping of an event log: that of CSV files, and how a column falls into parts."""

import re

from pydantic import Field, field_validator

from app.settings import Source
from collectors.mapped.cells import is_pattern
from collectors.mapped.language import Mapping, loaded

#: Traces of one block when a file is read, and about how many bytes it may have.
BLOCK_TRACES, BLOCK_BYTES = 500, 4 * 2**20


class Log(Mapping):
    """How one kind of log is read. A trace's attributes are `case:KEY`, an event's place in its trace `event number`."""

    parts: dict[str, str] = Field(
        default_factory=dict, description="Columns that fall into parts: an expression with named groups."
    )

    @field_validator("parts")
    @classmethod
    def _named(cls, value: dict[str, str]) -> dict[str, str]:
        for column, pattern in value.items():
            if not is_pattern(pattern) or not _names(pattern):
                raise ValueError(f"{column}: an expression that names each part, as (?P<name>...)")
        return value

    def columns(self) -> list[str]:
        """Every column that is read from the log, by our name."""
        made = {name for pattern in self.parts.values() for name in _names(pattern)}
        return sorted({*super().columns(), *self.parts} - made)


def _names(pattern: str) -> list[str]:
    """The names of the parts."""
    return re.findall(r"\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>", pattern)


def load(source: Source) -> Log:
    """The mapping of a source. Raises WrongUse when it names none, or one that is wrong."""
    return loaded(source, Log)
