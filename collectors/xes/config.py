"""The mapping of an event log: that of CSV files, and how a column falls into parts."""

import re
from functools import lru_cache

import yaml
from pydantic import Field, ValidationError, field_validator

from app.errors import WrongUse
from app.settings import Source
from collectors import mapping
from collectors.mapped.cells import is_pattern
from collectors.mapped.language import Mapping

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
