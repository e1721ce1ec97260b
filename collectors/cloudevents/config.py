"""The shape of a CloudEvent that carries an event of the trade, and how much of it is taken.

These types are the schema: what fits them is decoded in one go, and only what does not fit is looked at field by
field in `reader`. A source has nothing to set here beyond `sources.CODE` itself.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from collectors.reading import KEY_LIMIT, TEXT_LIMIT

#: Items of one message. A valid event has over 60 bytes, so no honest message of 64 MiB has this many commas.
MAX_ITEMS, MAX_COMMAS = 200_000, 4_000_000
#: Lines of one block when a file is read.
BLOCK_LINES = 5_000

Name = Annotated[str, Meta(min_length=1, max_length=TEXT_LIMIT)]
Text = Annotated[str, Meta(max_length=TEXT_LIMIT)]
Key = Annotated[str, Meta(max_length=KEY_LIMIT)]
#: RFC 3339 with a zone: a time without one is not a CloudEvents time.
Zoned = Annotated[datetime, Meta(tz=True)]


class Line(Struct, forbid_unknown_fields=True, gc=False):
    """One line: its number in the order, the item, how many of which unit, at which price each, of which sales order."""

    line: Text | None = None
    sku: Text | None = None
    qty: str | None = None
    uom: Text | None = None
    price: str | None = None
    order: Text | None = None


class Hold(Struct, forbid_unknown_fields=True, gc=False):
    """What keeps an order: the kind of hold and its number."""

    kind: Text | None = None
    id: Text | None = None


class Data(Struct, forbid_unknown_fields=True, gc=False):
    """`data` of an event, as the contract writes it. Quantities and money are decimal text."""

    keys: dict[str, Key | list[Key]] | None = None
    issuers: dict[str, Key] | None = None
    revision: Annotated[int, Meta(ge=0, le=2_000_000_000)] | None = None
    lines: list[Line] | None = None
    partner: Text | None = None
    carrier: Text | None = None
    location: Text | None = None
    customer: Text | None = None
    tier: Text | None = None
    channel: Text | None = None
    entity: Text | None = None
    amount: str | None = None
    currency: Text | None = None
    promised_at: Zoned | None = None
    status: Text | None = None
    reason: Text | None = None
    hold: Hold | None = None


class Event(Struct, forbid_unknown_fields=True, gc=False):
    """The envelope: the attributes of CloudEvents 1.0 and the extensions that mean something to us."""

    specversion: Literal["1.0"]
    id: Name
    source: Name
    type: Name
    time: Zoned | None = None
    datacontenttype: str | None = None
    dataschema: Annotated[str, Meta(min_length=1)] | None = None
    subject: Name | None = None
    data: Data | None = None
    traceparent: str | None = None
    tracestate: str | None = None
    correlationid: Key | None = None
    receivedat: Zoned | None = None
    recordedtime: Zoned | None = None


#: Fields of `data` that are plain text, so that a number sent in one of them is taken as its text.
TEXTS = (
    "partner",
    "carrier",
    "location",
    "customer",
    "tier",
    "channel",
    "entity",
    "amount",
    "currency",
    "status",
    "reason",
)
