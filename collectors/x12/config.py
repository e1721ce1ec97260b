"""What may be configured of X12: who we are, who the partners are, and what their elements and codes mean.

Partners' guides override the standard, so all of it is data. Without a mapping the defaults of the tables hold, and the
code of the source says who sends.
"""

from functools import lru_cache
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError

from app.errors import WrongUse
from app.model.keys import TYPES
from app.settings import Code, Source, Strict
from app.strict import ZoneName
from collectors import mapping

#: What a message of a group, or of an interchange, may hold of events and of refusals.
MAX_EVENTS, MAX_REFUSALS = 200_000, 10_000
#: Bytes after which a file is cut, at the next interchange or transaction.
BLOCK_BYTES = 1024 * 1024

Role = Literal["customer", "supplier", "3pl", "carrier", ""]
#: What a reference can be: a key, the buyer's order number, the line of the order, its revision, or nothing.
KeyType = Annotated[str, Field(pattern=f"^({'|'.join((*TYPES, 'order', 'line', 'revision'))})?$")]
ElementType = Annotated[str, Field(pattern=f"^({'|'.join((*TYPES, 'order'))})?$")]
Element = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,2}[0-9]{2}$")]


class Partner(Strict):
    """One trading partner, under its interchange or group id. `references` and `elements` say what is which key."""

    partner: str = Field("", description="Our code of it, as under `partners` of the settings.")
    source: Code | Literal[""] = Field("", description="The source of what it sends; empty is the one that delivers.")
    role: Role = Field("", description="Empty is told by the first word of `partner`.")
    zone: ZoneName = Field("", description="IANA zone of its times without a code; empty is the mapping's.")
    customer: str = Field("", description="Our number of this customer.")
    location: str = Field("", description="The place, where its messages name none.")
    entity: str = ""
    references: dict[str, KeyType] = Field(
        default_factory=dict, description="Qualifier of REF, N9, L11, MAN: key type."
    )
    elements: dict[Element, ElementType] = Field(default_factory=dict, description="Element, as W0502: key type.")
    issuers: dict[str, str] = Field(default_factory=dict, description="Key type: whose number it is.")
    items: tuple[str, ...] = Field((), description="Qualifiers of item numbers that are ours, best first.")
    codes: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="Element, or carrier, location, ship_to: its codes and what they stand for."
    )
    numbered: bool = Field(False, description="Numbers of LX, LIN and IT1 are those of the lines of the order.")
    returns: tuple[str, ...] = Field((), description="How depositor order numbers of a 944 begin that are returns.")
    complete: bool = Field(False, description="An 846 names all there is.")


class Mapping(Strict):
    """How the interchanges of a source are read."""

    about: str = ""
    own: tuple[str, ...] = Field((), description="Our interchange and group ids: what they send, we sent.")
    source: Code | Literal[""] = Field("", description="The source of what we send; empty is the one that delivers.")
    zone: ZoneName = Field("", description="IANA zone of times without a code; empty is the source's.")
    test: bool = Field(False, description="Take test data (ISA15 = T) as well.")
    noon: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3])[0-5][0-9]$")] = Field(
        "1200", description="When a thing happened of which only the day is told, HHMM."
    )
    codes: dict[str, dict[str, str]] = Field(default_factory=dict, description="As of a partner, for all of them.")
    partners: dict[str, Partner] = Field(default_factory=dict)


def load(source: Source) -> Mapping:
    """The mapping in force for a source; the defaults where it names none. Raises WrongUse for one that is wrong."""
    return _parsed(mapping.text(source))


@lru_cache(maxsize=64)
def _parsed(text: str) -> Mapping:
    try:
        # Codes are text: 08 is not 8 and NO is not false.
        return Mapping.model_validate(yaml.load(text, Loader=yaml.BaseLoader) or {}) if text else Mapping()
    except yaml.YAMLError as fault:
        raise WrongUse(f"mapping: {fault}", "Mend the YAML at that line.") from None
    except ValidationError as fault:
        lines = [f"mapping: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in fault.errors()]
        raise WrongUse("\n".join(lines), "Correct these parts of the mapping.") from None


def sends(source: Source) -> tuple[str, ...] | None:
    """Anything that partners may send. Raises WrongUse for a mapping that is wrong, so that it is found at start."""
    load(source)
    return None


def version(source: Source) -> str:
    """A short name for the state of the mapping, kept with every event that it made."""
    return mapping.version(mapping.text(source))
