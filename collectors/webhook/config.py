"""How documents of a vendor are read: which there are in a message, which events each gives, how the vendor signs.

Small and strict, in the words of the mappings of tables: a mapping names paths, constants, codes and conditions, and
nothing in it runs.
"""

from typing import Annotated, Any, Self

from pydantic import Field, PlainValidator, field_validator, model_validator

from app.model.taxonomy import EVENTS
from app.settings import Source, Strict
from app.strict import ZoneName
from collectors.mapped import conditions, paths, values
from collectors.mapped.language import FieldName, KeyType, loaded
from collectors.mapped.values import CONTENT, RECEIVED, SOURCE, Options, Place, Written
from collectors.webhook.handshake import Handshake
from collectors.webhook.signature import Signed

#: Documents of one block when a file of lines is read.
BLOCK_DOCUMENTS = 2_000
#: Items of one message.
MAX_ITEMS = 200_000
#: Time formats that count from 1970, and their microseconds.
EPOCHS = {"unix": 1_000_000, "unix_ms": 1_000}
Name = Annotated[str, Field(pattern=r"^[a-z0-9_.-]{1,40}$")]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,80}$")]


def _ways(said: Any) -> tuple[paths.Path, ...]:
    """Paths from the part at hand, the first of which counts that is there."""
    listed = [said] if isinstance(said, str) else said
    if not isinstance(listed, list | tuple) or not all(isinstance(one, str) for one in listed):
        raise ValueError("write a path, or a list of paths")
    return tuple(paths.parsed(one) for one in listed)


def _type(said: Any) -> Options:
    """An event type, a code map to event types, or several maps; a code by which nothing happened maps to ""."""
    made = values.parsed(f"text:{said}" if isinstance(said, str) else said)
    for one in values.meanings(made):
        if one and one not in EVENTS:
            raise ValueError(f"{one!r} is no event type")
    return made


def _when(said: Any) -> dict[Place, tuple[str, ...]]:
    """Places and what must stand there."""
    if not isinstance(said, dict):
        raise ValueError("write paths and what must stand there")
    made = {}
    for where, wanted in said.items():
        listed = tuple(wanted) if isinstance(wanted, list) else (wanted,)
        if wrong := [one for one in listed if not isinstance(one, str)]:
            raise ValueError(f"{where}: put {wrong[0]!r} in quotes")
        conditions.check(listed)
        made[values.place(str(where))] = listed
    return made


Ways = Annotated[tuple[paths.Path, ...], PlainValidator(_ways)]
When = Annotated[dict[Place, tuple[str, ...]], PlainValidator(_when)]


class Lines(Strict):
    """The lines of an event: one per part of `each`, or the part at hand as the one line."""

    each: Ways = ()
    line: Written | None = None
    sku: Written | None = None
    qty: Written | None = None
    uom: Written | None = None
    price: Written | None = None
    order: Written | None = None


class Entry(Strict):
    """One event that a document, or each part of `each`, may give. Its native id is `id` and `name`."""

    name: Name
    type: Annotated[Options, PlainValidator(_type)]
    each: Ways = ()
    id: tuple[Written, ...] = Field((), description="Values that make the native id; left out, the document's.")
    time: Written
    time_format: str = Field("", description="strptime format, unix, unix_ms; empty is ISO 8601.")
    plus_seconds: int = Field(0, ge=0, le=86_400)
    recorded: Written | None = Field(None, description="When the vendor recorded it (ISO 8601).")
    when: When = Field(default_factory=dict)
    keys: dict[KeyType, Written] = Field(default_factory=dict)
    issuers: dict[KeyType, Written] = Field(default_factory=dict)
    fields: dict[FieldName, Written] = Field(default_factory=dict)
    lines: Lines | None = None
    attrs: dict[Name, Written] = Field(default_factory=dict, description="What is kept beside the event, by name.")

    def read(self) -> list[Options]:
        """Every value that is read from the part at hand."""
        named = (self.keys, self.issuers, self.fields, self.attrs)
        many = [one for values_ in named for one in values_.values()]
        return [self.type, self.time, *self.id, *many, *([self.recorded] if self.recorded else [])]

    @model_validator(mode="after")
    def _single(self) -> Self:
        kept = list(self.keys.values())
        for value in self.read() + self.line_values():
            if (many := values.is_many(value)) and value not in kept:
                raise ValueError(f"{many} can be several values; only keys take several")
        return self

    def line_values(self) -> list[Options]:
        """Every value that is read from a line."""
        named = self.lines
        return [one for one in (named.line, named.sku, named.qty, named.uom, named.price) if one] if named else []


class Document(Strict):
    """One kind of document: where it stands in a message, how it is known, what it gives."""

    name: Name
    at: Ways = ((),)
    when: When = Field(default_factory=dict)
    id: tuple[Written, ...] = ()
    keep: tuple[str, ...] = Field((), description="Paths that are kept beside each event, unread.")
    events: tuple[Entry, ...] = Field((), description="None: such documents say nothing and are let go.")

    @field_validator("keep")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            paths.parsed(one)
        return value

    @model_validator(mode="after")
    def _named(self) -> Self:
        names = [entry.name for entry in self.events]
        if len(set(names)) != len(names):
            raise ValueError("two events have the same name")
        if nameless := [entry.name for entry in self.events if not (entry.id or self.id)]:
            raise ValueError(f"{nameless[0]} has no `id`, and its document has none")
        return self


class Example(Strict):
    """A document and what becomes of it: per event its type and keys, as `order.captured ch:W-1`; or `refused REASON`."""

    about: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    document: Any
    gives: tuple[str, ...]


class Webhook(Strict):
    """How the documents of one vendor are read."""

    about: str = Field("", description="What sends this, and what was assumed about it.")
    zone: ZoneName = Field("", description="IANA zone of times that carry none; empty is the source's.")
    empty: tuple[str, ...] = Field((), description="Texts that mean nothing, as Odoo's `false`.")
    headers: tuple[HeaderName, ...] = Field((), description="Headers of the request that are kept with the message.")
    signature: Signed | None = None
    handshake: Handshake | None = None
    status: int = Field(200, ge=200, le=299, description="The status that the vendor takes as received.")
    documents: Annotated[tuple[Document, ...], Field(min_length=1)]
    examples: tuple[Example, ...] = Field((), description="Documents and what must become of them.")

    @model_validator(mode="after")
    def _words(self) -> Self:
        known = {one.lower() for one in self.headers} | {RECEIVED, SOURCE, CONTENT}
        for document in self.documents:
            for word in _read_words(document):
                if word not in known:
                    raise ValueError(
                        f"{document.name}: @{word} is not among `headers`, and not @received, @source or @content"
                    )
        return self


def _read_words(document: Document) -> list[str]:
    """The words after @ that a kind of document reads."""
    read = [one for entry in document.events for one in (*entry.read(), *entry.line_values())] + list(document.id)
    found = [one for value in read for one in values.places(value)]
    found += [one for when in (document.when, *(entry.when for entry in document.events)) for one in when]
    return [one.word for one in found if one.root == "@"]


def load(source: Source) -> Webhook:
    """The mapping of a source. Raises WrongUse when it names none, or one that is wrong."""
    return loaded(source, Webhook)
