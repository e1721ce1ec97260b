"""Which attributes name an order, which logs and metrics are kept, and what a mapping may change in that."""

import re
from functools import lru_cache
from typing import Annotated

import yaml
from pydantic import Field, ValidationError

from app import plain
from app.errors import WrongUse
from app.model.interfaces import SIDES
from app.model.keys import TYPES
from app.model.taxonomy import EVENTS
from app.settings import Source, Strict
from collectors import mapping

#: Lines of one block when a file of JSON lines is read.
BLOCK_LINES = 200
#: Attributes of the resource that are kept with each span, beside all of the span's own.
RESOURCE_KEPT = frozenset(
    ("deployment.environment.name", "deployment.environment", "service.namespace", "service.version", "host.name")
)
#: attribute -> key type, as the product's own names say; `app.order.id` is the OpenTelemetry demo's.
KEYS = {
    "o2c.order.number": "so",
    "o2c.fulfillment.number": "fo",
    "o2c.shipment.id": "sh",
    "o2c.po.number": "po",
    "app.order.id": "so",
}

KeyType = Annotated[str, Field(pattern=f"^({'|'.join(TYPES)})$")]
EventType = Annotated[str, Field(pattern=f"^({'|'.join(map(re.escape, EVENTS))})$")]
Side = Annotated[str, Field(pattern=f"^({'|'.join(SIDES)})?$")]


class Names(Strict):
    """The names that a customer's telemetry uses. `keys` adds to the product's own; an empty type takes one away.

    `events` says which event a name means that is none of ours, `metrics` on which side of an interface a metric
    counts ("" takes one of ours away).
    """

    about: str = ""
    keys: dict[str, KeyType | Annotated[str, Field(pattern="^$")]] = Field(default_factory=dict)
    events: dict[str, EventType] = Field(default_factory=dict)
    metrics: dict[str, Side] = Field(default_factory=dict)
    event_type: str = "o2c.event.type"
    partner: str = "o2c.partner.code"
    revision: str = "o2c.order.revision"
    reason: str = "error.type"


def load(source: Source) -> Names:
    """The names in force for a source. Raises WrongUse for a mapping that is none."""
    return _parsed(mapping.text(source))


@lru_cache(maxsize=64)
def _parsed(text: str) -> Names:
    try:
        given = Names.model_validate(plain.load(text) or {}) if text else Names()
    except (yaml.YAMLError, ValidationError) as fault:
        raise WrongUse(f"mapping: {fault}", "Correct the mapping.") from None
    keys = {name: kind for name, kind in {**KEYS, **given.keys}.items() if kind}
    return given.model_copy(update={"keys": keys})
