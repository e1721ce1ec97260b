"""The mapping of an event log: that of CSV files, and how a column falls into parts."""

import re
from functools import lru_cache
from typing import Self

import yaml
from pydantic import Field, ValidationError, model_validator

from app.errors import WrongUse
from app.settings import Source
from collectors import mapping
from collectors.csv.config import Mapping

#: Traces of one block when a file is read, and about how many bytes it may have.
BLOCK_TRACES, BLOCK_BYTES = 500, 4 * 2**20


class Log(Mapping):
    """How one kind of log is read. A trace's attributes are `case:KEY`, an event's place in its trace `event number`."""

    parts: dict[str, str] = Field(
        default_factory=dict, description="Columns that fall into parts: an expression with named groups."
    )

    @model_validator(mode="after")
    def _named(self) -> Self:
        for column, pattern in self.parts.items():
            try:
                names = re.compile(pattern).groupindex
            except re.error as fault:
                raise ValueError(f"parts.{column}: {fault}") from None
            if not names:
                raise ValueError(f"parts.{column}: give each part a name, as (?P<name>...)")
        return self

    def columns(self) -> list[str]:
        """Every column that is read from the log, by our name."""
        made = {name for pattern in self.parts.values() for name in re.compile(pattern).groupindex}
        return sorted({*super().columns(), *self.parts} - made)


def load(source: Source) -> Log:
    """The mapping of a source. Raises WrongUse when it names none, or one that is wrong."""
    text = mapping.text(source)
    if not text:
        raise WrongUse("The source has no mapping.", "Name one under sources.CODE.mapping.")
    return _parsed(text)


@lru_cache(maxsize=64)
def _parsed(text: str) -> Log:
    try:
        return Log.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as fault:
        raise WrongUse(f"mapping: {fault}", "Mend the YAML at that line.") from None
    except ValidationError as fault:
        lines = [f"mapping: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in fault.errors()]
        raise WrongUse("\n".join(lines), "Correct these parts of the mapping.") from None
