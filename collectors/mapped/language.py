"""The mapping language of tables and logs: which columns of a row make which events of the trade.

Small and strict: a mapping names columns, constants and conditions, and nothing in it runs.
"""

from functools import lru_cache
from typing import Annotated, Literal, Self, TypeVar, cast

import yaml
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from app import plain
from app.errors import WrongUse
from app.model.keys import TYPES
from app.model.taxonomy import EVENTS
from app.settings import Source, Strict
from app.strict import ZoneName
from collectors import mapping
from collectors.mapped import faults
from collectors.mapped.cells import is_pattern, pieces, whole_pattern

#: The number of a row in its message, and in its file as people count it.
ROW, SHOWN = "#row", "#shown"
#: A value that begins so is a constant, not a column.
CONSTANT = "text:"

KeyType = Annotated[str, Field(pattern=f"^({'|'.join(TYPES)})$")]
FieldName = Literal[
    "revision", "partner", "carrier", "location", "customer", "tier", "channel", "entity", "amount", "currency",
    "promised_at", "status", "reason", "hold_kind", "hold_id",
]  # fmt: skip
LineField = Literal["line", "sku", "qty", "uom", "price", "order"]
OneOrMore = str | tuple[str, ...]


def several(value: OneOrMore) -> tuple[str, ...]:
    """A name or a list of names, as a list."""
    return (value,) if isinstance(value, str) else value


class Entry(Strict):
    """One event that a row may give. Its native id is the row's id and `name`."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_.-]{1,40}$")]
    type: str
    time: OneOrMore = Field(description="The column of the business time; of several, the first that is not empty.")
    time_format: str = Field("", description="strptime format; empty is ISO 8601, with or without time and zone.")
    plus_seconds: int = Field(
        0, ge=0, le=86_400, description="Added to the time, to stand behind what it is taken from."
    )
    when: dict[str, OneOrMore] = Field(
        default_factory=dict,
        description="Columns and what they must hold: values, `empty`, `not empty`, `matching REGEX`.",
    )
    keys: dict[KeyType, str] = Field(default_factory=dict)
    issuers: dict[KeyType, str] = Field(default_factory=dict)
    fields: dict[FieldName, str] = Field(default_factory=dict)
    lines: dict[LineField, str] = Field(default_factory=dict, description="The row as one line of its order.")

    @field_validator("type")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in EVENTS:
            raise ValueError(f"{value!r} is no event type")
        return value

    @field_validator("when")
    @classmethod
    def _usable(cls, value: dict[str, OneOrMore]) -> dict[str, OneOrMore]:
        for one in (one for wanted in value.values() for one in several(wanted)):
            if not is_pattern(whole_pattern(one)):
                raise ValueError(f"{one!r} is no pattern")
        return value

    def columns(self) -> set[str]:
        """The columns this event reads."""
        named = [*self.keys.values(), *self.issuers.values(), *self.fields.values(), *self.lines.values()]
        return {*several(self.time), *self.when, *(one for one in named if not one.startswith(CONSTANT))}


class Mapping(Strict):
    """How one kind of file is read."""

    about: str = Field("", description="What the file is, and what was assumed about it.")
    encoding: Literal["utf-8", "latin-1", "cp1252", "iso-8859-15"] = "utf-8"
    delimiter: Annotated[str, Field(pattern=r"^[,;|\t]$")] = ","
    decimal: Literal[".", ","] = "."
    zone: ZoneName = Field("", description="IANA zone of times that carry none; empty is the source's.")
    header: dict[str, OneOrMore] = Field(default_factory=dict, description="Our name of a column: its names in files.")
    compose: dict[str, str] = Field(default_factory=dict, description="Columns made of others: `{A}/{B:.4}`.")
    lists: dict[str, Annotated[str, Field(pattern=r"^[,;|]$")]] = Field(
        default_factory=dict, description="Columns whose cells hold several values, and what stands between them."
    )
    sent: str = Field("", description="The column of when a row was sent: what is loaded as history arrived then.")
    id: Annotated[tuple[str, ...], Field(min_length=1)]
    keep: tuple[str, ...] = Field((), description="Columns that are kept beside the event, unread.")
    events: Annotated[tuple[Entry, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [entry.name for entry in self.events]
        if len(set(names)) != len(names):
            raise ValueError("two events have the same name")
        if any(name.startswith("#") for name in self.columns()):
            raise ValueError("our name of a column begins with #; name it otherwise under `header`")
        return self

    @model_validator(mode="after")
    def _composable(self) -> Self:
        for name, template in self.compose.items():
            if self.compose.keys() & {one for _, one, _ in pieces(template)} or name in self.header:
                raise ValueError(f"compose.{name}: made of columns of the file, under a name that is not one of them")
        return self

    @model_validator(mode="after")
    def _listed(self) -> Self:
        for entry in self.events:
            read = {*several(entry.time), *entry.fields.values(), *entry.issuers.values(), *self.id}
            spread = {given for given in entry.lines.values() if given in self.lists}
            whole = {given for name, given in entry.lines.items() if name not in ("line", "sku")}
            if len(spread) > 1 or self.lists.keys() & (read | whole):
                raise ValueError(
                    f"{entry.name}: a column of lists gives keys, or the line or sku of one line per value"
                )
        return self

    def columns(self) -> list[str]:
        """Every column that a file must have, by our name."""
        read = {
            *self.id,
            *self.keep,
            *self.header,
            *self.lists,
            *([self.sent] if self.sent else []),
            *(one for entry in self.events for one in entry.columns()),
        }
        parts = {one for template in self.compose.values() for _, one, _ in pieces(template) if one}
        return sorted((read - self.compose.keys()) | parts)


Shape = TypeVar("Shape", bound=BaseModel)


def load(source: Source) -> Mapping:
    """The mapping of a source. Raises WrongUse when it names none, or one that is wrong."""
    return loaded(source, Mapping)


def loaded(source: Source, shape: type[Shape]) -> Shape:
    """The mapping of a source in the shape that its wire reads. Raises WrongUse when there is none, or a wrong one."""
    text = mapping.text(source)
    if not text:
        raise WrongUse("The source has no mapping.", "Name one under sources.CODE.mapping.")
    return cast(Shape, _parsed(text, shape))


@lru_cache(maxsize=64)
def _parsed(text: str, shape: type[BaseModel]) -> BaseModel:
    try:
        return shape.model_validate(plain.load(text))
    except yaml.YAMLError as fault:
        raise WrongUse(f"mapping: {fault}", "Mend the YAML at that line.") from None
    except ValidationError as fault:
        raise WrongUse("\n".join(faults.told(text, fault)), "Correct these parts of the mapping.") from None
