"""What can be declared under `pull` of a source: where its messages are fetched, and by which transport.

A secret never stands here: a field that ends in `_from` names the environment variable, or `file:PATH`, that holds it.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from app.strict import Strict

SecretName = Annotated[str, Field(pattern=r"^(file:.+|[A-Z][A-Z0-9_]*)?$")]
_PASSWORD_IN_URL = re.compile(r"//[^/@\s]*:[^/@\s]*@")
_OUT_OF_URL = "a password stands in the address; leave it out and name its place under `password_from`"


class Pull(Strict):
    """What every transport has."""

    batch: int = Field(500, ge=1, le=10_000, description="Rows or messages that are handed over together.")
    carries: tuple[str, ...] = Field((), description="Further sources in whose name its events may speak; `*` for any.")


class Scheduled(Pull):
    """What is asked again and again."""

    every: int = Field(60, ge=1, description="Seconds from one run to the next.")


class SqlPull(Scheduled):
    """A table or query of a database, read along a column that only grows."""

    kind: Literal["sql"]
    url: str = Field(description="An SQLAlchemy URL, without the password.")
    password_from: SecretName = ""
    table: str = Field("", description="The table or view, with its schema where it has one.")
    query: str = Field("", description="Or a SELECT that gives the rows.")
    watermark: str = Field(description="The column that grows: a time, a date or a number.")
    tie: tuple[str, ...] = Field(
        min_length=1, description="Columns that tell rows of one watermark apart; never empty."
    )
    overlap: int = Field(300, ge=0, description="How far a run goes back: seconds of a time, else units of the number.")
    start: str = Field("", description="Where the first run begins; left out, at the beginning.")
    body: str = Field("", description="The column that holds a whole message; left out, a row becomes a line of CSV.")

    @field_validator("url")
    @classmethod
    def _bare(cls, value: str) -> str:
        return _without_password(value)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.table) == bool(self.query):
            raise ValueError("give either `table` or `query`")
        return self


class RestPull(Scheduled):
    """Pages of a web service."""

    kind: Literal["rest"]
    url: str = Field(pattern=r"^https?://", description="The address of the first page.")
    headers: dict[str, str] = Field(default_factory=dict, description="Headers that are no secret.")
    secret_from: SecretName = Field("", description="The place of the value of `secret_header`.")
    secret_header: str = "Authorization"
    secret_prefix: str = Field("Bearer ", description="What stands before the secret in its header.")
    items: str = Field(
        "", description="Where the records stand in a page, as `data.orders`; left out, the page itself."
    )
    each: bool = Field(False, description="One message for each record; else one for each page.")
    paging: Literal["none", "link", "next", "number", "cursor"] = "none"
    paging_field: str = Field("", description="Where a page names the next address or cursor, as `meta.next`.")
    paging_param: str = Field("", description="The parameter that takes the page number or the cursor.")
    first_page: int = 1
    since_param: str = Field("", description="The parameter that asks for what is newer.")
    since_field: str = Field("", description="Where a record says how new it is, as `updated_at`.")
    start: str = Field("", description="What the first run asks for; left out, everything.")
    overlap: int = Field(300, ge=0, description="Seconds by which a run goes back before the newest record.")
    max_body: int = Field(16 * 2**20, ge=1, description="Bytes of one page, unpacked.")
    max_pages: int = Field(10_000, ge=1, description="Pages of one run.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.paging in ("next", "cursor") and not self.paging_field:
            raise ValueError(f"paging {self.paging!r} needs `paging_field`")
        if self.paging in ("number", "cursor") and not self.paging_param:
            raise ValueError(f"paging {self.paging!r} needs `paging_param`")
        if bool(self.since_param) != bool(self.since_field):
            raise ValueError("`since_param` and `since_field` go together")
        return self


class SftpPull(Scheduled):
    """Files of a folder on an SFTP server."""

    kind: Literal["sftp"]
    host: str
    port: int = 22
    user: str
    password_from: SecretName = ""
    key_from: SecretName = Field("", description="The place of a private key in PEM.")
    host_key: str = Field(pattern=r"^SHA256:[A-Za-z0-9+/]{43}=?$", description="Fingerprint of the server's key.")
    folder: str = "."
    pattern: str = Field("*", description="Names that are taken, as `*.csv`.")
    after: Literal["move", "remember"] = Field("move", description="What becomes of a file that was taken.")
    done: str = Field("done", description="The folder to which it is moved, inside `folder`.")
    extract: bool = Field(False, description="Each file is a full extract: it is compared with what we hold first.")
    max_file: int = Field(1024 * 2**20, ge=1, description="Bytes of one file.")


class KafkaPull(Pull):
    """A topic of Kafka, read as a member of a consumer group."""

    kind: Literal["kafka"]
    servers: str = Field(description="HOST:PORT, several with commas.")
    topics: tuple[str, ...] = Field(min_length=1)
    group: str = Field(min_length=1)
    user: str = ""
    password_from: SecretName = ""
    options: dict[str, str] = Field(default_factory=dict, description="Further settings of librdkafka.")

    @field_validator("options")
    @classmethod
    def _harmless(cls, value: dict[str, str]) -> dict[str, str]:
        ours = ("enable.auto.commit", "enable.auto.offset.store", "group.id", "bootstrap.servers")
        for name in value:
            if name in ours or "password" in name or "secret" in name:
                raise ValueError(f"{name} is set by the feed itself")
        return value


class RabbitmqPull(Pull):
    """A queue of RabbitMQ, which must exist."""

    kind: Literal["rabbitmq"]
    host: str = "localhost"
    port: int = 5672
    tls: bool = False
    vhost: str = "/"
    user: str = "guest"
    password_from: SecretName = ""
    queue: str = Field(min_length=1)


class NatsPull(Pull):
    """A stream of NATS JetStream, read by a durable consumer."""

    kind: Literal["nats"]
    servers: tuple[str, ...] = Field(min_length=1, description="nats://HOST:PORT or tls://HOST:PORT.")
    user: str = ""
    password_from: SecretName = ""
    token_from: SecretName = ""
    stream: str = Field(min_length=1)
    subject: str = Field("", description="Only what is sent to this subject.")
    durable: str = Field(pattern=r"^[A-Za-z0-9_-]+$", description="Under this name the server keeps the place.")

    @field_validator("servers")
    @classmethod
    def _bare(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_without_password(one) for one in value)


AnyPull = Annotated[SqlPull | RestPull | SftpPull | KafkaPull | RabbitmqPull | NatsPull, Field(discriminator="kind")]


def _without_password(address: str) -> str:
    if _PASSWORD_IN_URL.search(address):
        raise ValueError(_OUT_OF_URL)
    return address
