"""The shapes of requests and answers, as OpenAPI shows them."""

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field

Action = Literal[
    "acknowledge", "unacknowledge", "assign", "start", "wait", "comment", "snooze", "unsnooze", "resolve", "reopen",
    "escalate",
]  # fmt: skip
Words = Annotated[str, Field(max_length=4000)]
Name = Annotated[str, Field(max_length=200)]
BULK_AT_MOST = 10_000


class Saying(BaseModel):
    """What goes with an action: each takes what it needs."""

    model_config = ConfigDict(extra="forbid")
    reason: Words = Field("", description="resolve: fixed, accepted, duplicate_of, not_a_fault, corrected, recalled.")
    text: Words = Field("", validation_alias=AliasChoices("text", "comment", "note"), description="Free words.")
    owner: Name | None = Field(None, description="assign, escalate: to whom.")
    team: Name | None = Field(None, description="assign, escalate: to which team.")
    on: Name | None = Field(None, validation_alias=AliasChoices("on", "waiting_on"), description="wait: for whom.")
    until: AwareDatetime | None = Field(None, description="wait, snooze: until when; a snooze at most 7 days.")
    of: Name | None = Field(
        None, validation_alias=AliasChoices("of", "duplicate_of"), description="resolve: the other exception."
    )

    def words(self) -> dict[str, Any]:
        """Only what was said."""
        return {name: value for name in Saying.model_fields if (value := getattr(self, name))}


class Seen(BaseModel):
    """One exception as it was seen."""

    model_config = ConfigDict(extra="forbid")
    id: Name
    version: int | None = Field(None, description="The version seen; none takes whatever stands.")


class Bulk(Saying):
    """The same action on many exceptions: named one by one, or by a filter with the number that was seen."""

    action: Action
    ids: list[Name] = Field(default_factory=list, max_length=BULK_AT_MOST)
    items: list[Seen] = Field(default_factory=list, max_length=BULK_AT_MOST)
    filter: dict[str, Words] | None = Field(None, description="Filters as of `GET /exceptions`.")
    expected: int | None = Field(
        None, ge=0, validation_alias=AliasChoices("expected", "expected_count"), description="With `filter`: how many."
    )
    dry_run: bool = False


class Subject(BaseModel):
    """What the exception is about."""

    type: str
    key: str


class OrderName(BaseModel):
    """The order it concerns."""

    order_id: str
    so: str | None


class Case(BaseModel):
    """An exception. Instants are RFC 3339 in UTC, money is decimal text."""

    id: str
    code: str
    title: str
    severity: Literal["critical", "high", "medium", "low"]
    status: Literal["new", "acknowledged", "in_progress", "waiting", "snoozed", "resolved", "closed"]
    subject: Subject
    order: OrderName | None
    partner: str | None
    interface: str | None
    owner: str | None
    team: str | None
    opened_at: str
    condition: Literal["presumed", "active", "cleared", "void"]
    confidence: str
    reopened: int
    previous: str | None
    folded_under: str | None
    detected_at: str | None
    due_at: str | None
    acknowledged_at: str | None
    cleared_at: str | None
    cleared_by: Literal["auto", "person", "void"] | None
    value_at_risk: str | None
    currency: str | None
    evidence: list[str]
    parent: str | None
    version: int
    rule: str | None
    rule_version: str | None
    runbook: str | None


class Cases(BaseModel):
    """A page of exceptions."""

    items: list[Case]
    next: str | None
    total: int


class Listing(BaseModel):
    """A page of a list."""

    items: list[dict[str, Any]]
    next: str | None
    total: int


class Problem(BaseModel):
    """A failure: what is wrong in `detail`, how to put it right in `mend`."""

    model_config = ConfigDict(extra="allow")
    type: str
    title: str
    status: int
    detail: str
    mend: str | None = None


FAILS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "content": {"application/problem+json": {}}, "description": what}
    for status, what in (
        (401, "Not signed in"), (403, "Not allowed"), (404, "Not found"), (422, "Cannot be done"),
    )
}  # fmt: skip
ACTION_FAILS = FAILS | {
    412: {"model": Problem, "description": "Changed since it was read; `case` holds it as it is"},
    428: {"model": Problem, "description": "If-Match is missing"},
}
