"""How IDocs are read: a declared table of which segments give which keys, fields and lines of which events."""

import re
from functools import lru_cache
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from app import plain
from app.errors import WrongUse
from app.model.event import EVENT
from app.model.keys import TYPES
from app.model.taxonomy import EVENTS
from app.settings import Source, Strict
from collectors import mapping
from collectors.mapped.cells import is_pattern

#: A value that begins so is a constant; the other side of the transmission.
CONSTANT, PARTNER = "text:", "#partner"
#: Events that one IDoc may give.
WIDTH = 1_000
_PLACE = re.compile(r"([A-Z0-9_/]{2,30})(?:\[([A-Z0-9_]{1,30})=([A-Za-z0-9_|]{1,60})\])?\.([A-Z0-9_]{1,30})")

KeyType = Annotated[str, Field(pattern=f"^({'|'.join(TYPES)})$")]
Place = Annotated[str, Field(description="SEGMENT.FIELD, or SEGMENT[FIELD=A|B].FIELD")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]


@lru_cache(maxsize=4_096)
def parts(place: str) -> tuple[str, str, tuple[str, ...], str]:
    """(segment, field of the condition or "", its values, field) of a place. Raises ValueError."""
    found = _PLACE.fullmatch(place)
    if not found:
        raise ValueError(f"{place!r} is no place: SEGMENT.FIELD or SEGMENT[FIELD=A|B].FIELD")
    return found[1], found[2] or "", tuple((found[3] or "").split("|")), found[4]


def _checked(place: str) -> str:
    if place and place != PARTNER and not place.startswith(CONSTANT):
        parts(place)
    return place


class Key(Strict):
    """Where the numbers of a key stand. `shape` is a pattern; what is not of it is a key of the type `otherwise`."""

    at: Place
    key: KeyType
    instead: str = Field("", alias="else", description="The place that serves where `at` is empty.")
    shape: str = ""
    otherwise: KeyType | Literal[""] = ""

    @field_validator("at", "instead")
    @classmethod
    def _place(cls, value: str) -> str:
        return _checked(value)

    @field_validator("shape")
    @classmethod
    def _pattern(cls, value: str) -> str:
        if not is_pattern(value):
            raise ValueError(f"{value!r} is no pattern")
        return value


class Time(Strict):
    """Where the date and the time of day of the business event stand."""

    date: Place
    time: Place
    alone: bool = Field(False, description="Whether a date without a time of day counts; else the IDoc's time does.")


class Lines(Strict):
    """The segment of a line, and in or below it where its parts stand; of several places the first that is not empty."""

    segment: str
    document: Key | None = Field(
        None, description="The order that the line is of: lines of several make several events."
    )
    line: tuple[Place, ...] = ()
    sku: tuple[Place, ...] = ()
    qty: tuple[Place, ...] = ()
    uom: tuple[Place, ...] = ()
    price: tuple[Place, ...] = ()
    per: tuple[Place, ...] = Field((), description="How many units the price is for.")
    gone: str = Field("", description="Where it stands, the line is deleted: its quantity is 0.")


class Read(Strict):
    """What is read for an event."""

    keys: tuple[Key, ...] = ()
    fields: dict[str, str] = Field(default_factory=dict)
    time: Time | None = None
    promised: str = Field("", description="Dates of promise, of which the latest counts.")
    keep: dict[str, str] = Field(default_factory=dict)
    lines: Lines | None = None

    @field_validator("fields")
    @classmethod
    def _columns(cls, value: dict[str, str]) -> dict[str, str]:
        if wrong := value.keys() - {name for name, kind in EVENT.items() if str(kind) == "String"}:
            raise ValueError(f"{sorted(wrong)}: no fields of an event")
        return value

    @model_validator(mode="after")
    def _places(self) -> "Read":
        for place in self.places():
            _checked(place)
        return self

    def places(self) -> set[str]:
        """Every place that is read."""
        found = {one for key in self.keys for one in (key.at, key.instead)} | {
            *self.fields.values(),
            *self.keep.values(),
        }
        found |= {self.promised} | ({self.time.date, self.time.time} if self.time else set())
        if self.lines:
            inner = self.lines
            found |= {*inner.line, *inner.sku, *inner.qty, *inner.uom, *inner.price, *inner.per, inner.gone}
            found |= {inner.document.at, inner.document.instead} if inner.document else set()
        return {place for place in found if place and place != PARTNER and not place.startswith(CONSTANT)}


class Event(Strict):
    """An event that an IDoc gives: for each name, the first entry that fits. Its native id ends with the name."""

    name: Name
    messages: tuple[str, ...]
    direction: Literal["", "in", "out"] = ""
    when: str = Field("", description="A place that must not be empty.")
    unless: str = Field("", description="A place that must be empty.")
    reads: str
    type: str

    @field_validator("when", "unless")
    @classmethod
    def _place(cls, value: str) -> str:
        return _checked(value)

    @field_validator("type")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in EVENTS:
            raise ValueError(f"{value!r} is no event type")
        return value


class Table(Strict):
    """How the IDocs of one source are read."""

    about: str = ""
    events: tuple[Event, ...] = ()
    reads: dict[str, Read] = Field(default_factory=dict)
    statuses: dict[str, str] = Field(default_factory=dict)
    telling: tuple[str, ...] = ()
    partners: dict[str, str] = Field(default_factory=dict, description="SAP's number of a partner: our code of it.")
    direction: Literal["", "in", "out"] = Field("", description="The direction of IDocs that do not say theirs.")
    mirrored: bool = Field(
        False, description="They are as the partner's system wrote them: what leaves it comes in here."
    )


def load(source: Source) -> Table:
    """How a source is read: by its own mapping first, then by the one that comes with the product. Raises WrongUse."""
    shipped = _parsed(mapping.shipped("idoc"))
    table = _together(_parsed(mapping.text(source)), shipped) if source.mapping else shipped
    if lost := {event.reads for event in table.events} - table.reads.keys():
        raise WrongUse(f"mapping: reads: there is no {sorted(lost)[0]!r}", "Declare it under `reads`.")
    return table


def _together(own: Table, shipped: Table) -> Table:
    return own.model_copy(
        update={
            "events": own.events + shipped.events,
            "reads": shipped.reads | own.reads,
            "statuses": shipped.statuses | own.statuses,
            "telling": shipped.telling + own.telling,
        }
    )


@lru_cache(maxsize=64)
def _parsed(text: str) -> Table:
    try:
        return Table.model_validate(plain.load(text))
    except yaml.YAMLError as fault:
        raise WrongUse(f"mapping: {fault}", "Mend the YAML at that line.") from None
    except ValidationError as fault:
        lines = [f"mapping: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in fault.errors()]
        raise WrongUse("\n".join(lines), "Correct these parts of the mapping.") from None
