"""How EPCIS is read: the declared table of what its steps and documents mean."""

from functools import lru_cache
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError, field_validator

from app import plain
from app.errors import WrongUse
from app.model.keys import TYPES
from app.model.taxonomy import EVENTS
from app.settings import Source, Strict
from collectors import mapping

Kind = Literal["ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent"]
KINDS: tuple[str, ...] = Kind.__args__  # type: ignore[attr-defined]
KeyType = Annotated[str, Field(pattern=f"^({'|'.join(TYPES)})?$")]
Words = tuple[str, ...]


class Rule(Strict):
    """What an EPCIS event means when all of its conditions hold; a condition left out always does."""

    type: str
    step: Words = ()
    disposition: Words = ()
    event: tuple[Kind, ...] = ()
    action: tuple[Literal["ADD", "OBSERVE", "DELETE"], ...] = ()
    role: Words = Field((), description="The first word of the source's code: 3pl, wms, carrier.")
    key: Words = Field((), description="Types of keys of which the event names one.")

    @field_validator("step", "disposition", "event", "action", "role", "key", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("type")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in EVENTS:
            raise ValueError(f"{value!r} is no event type")
        return value


class Reading(Strict):
    """How the events of one source are read."""

    about: str = ""
    words: frozenset[str] = Field(
        frozenset(), description="Steps that are known, whether they mean anything here or not."
    )
    steps: tuple[Rule, ...] = ()
    transactions: dict[str, KeyType] = Field(
        default_factory=dict, description="Type of a business transaction: the type of key; empty for none."
    )
    issuers: dict[str, str] = Field(
        default_factory=dict, description="GLN in the number of a document: whose number it is, as keys name issuers."
    )
    locations: dict[str, str] = Field(default_factory=dict, description="GLN: our code of the place.")
    items: dict[str, str] = Field(default_factory=dict, description="GTIN of 14 digits: our item.")
    partner: str = Field("", description="The partner that every event is of.")


def load(source: Source) -> Reading:
    """How a source is read: by its own mapping first, then by the one that comes with the product. Raises WrongUse."""
    shipped = _parsed(mapping.shipped("epcis"))
    if not source.mapping:
        return shipped
    own = _parsed(mapping.text(source))
    return own.model_copy(
        update={
            "words": own.words | shipped.words,
            "steps": own.steps + shipped.steps,
            "transactions": shipped.transactions | own.transactions,
        }
    )


@lru_cache(maxsize=64)
def _parsed(text: str) -> Reading:
    try:
        return Reading.model_validate(plain.load(text))
    except yaml.YAMLError as fault:
        raise WrongUse(f"mapping: {fault}", "Mend the YAML at that line.") from None
    except ValidationError as fault:
        lines = [f"mapping: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in fault.errors()]
        raise WrongUse("\n".join(lines), "Correct these parts of the mapping.") from None
