"""What a rule of the catalogue may say. These models are its schema: strict, so that a typo is a fault, not a gap."""

import hashlib
import re
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from app import stories
from app.model.taxonomy import EVENTS, IMPLIES, ROLES
from app.settings import Calendar, Severity
from rules import condition
from rules.fitting import right_clock
from rules.lengths import Duration, Elapsed, Signed

#: The kinds of rule that the language knows; a program may know fewer.
KindName = Literal[
    "deadline", "freshness", "divergence", "sequence", "match", "duplicate", "state", "interface", "slo", "outage",
    "agreement",
]  # fmt: skip
Subject = Literal["order", "fo", "sh", "inv", "rma", "po", "hold"]
#: `node` is the location of the start or its order, `kind` is the order's, `hold` is the kind of a hold.
Label = Literal[
    "partner", "carrier", "node", "mode", "document", "tier", "channel", "entity", "customer", "kind", "hold", "source",
]  # fmt: skip
#: Labels of the order, which a condition reads as `order.tier`; the others are of the start, `event.source`.
OF_ORDER = ("tier", "channel", "entity", "customer", "kind", "value", "partner", "carrier", "node")
OF_EVENT = ("source", "partner", "carrier", "node", "mode", "document", "hold")
State = Literal["met", "breached", "running", "void"]
#: What does not move a Due: changing it is no new version of the rule.
_WORDS = {"title", "exception", "runbook", "examples", "reopen_within", "keep"}
#: Events that place and end holds of an order, and events that may give or move a promise.
HOLDING = ("order.credit_held", "order.hold_placed", "order.credit_released", "order.hold_released")
#: Holds that may pause a clock, and what ends each.
PAUSING = {
    "order.credit_held": "order.credit_released", "order.hold_placed": "order.hold_released",
    "fulfillment.held": "fulfillment.hold_released",
}  # fmt: skip
PROMISING = {
    "order": ("order.captured", "order.created", "order.acknowledged", "order.changed", "order.promise_changed"),
    "po": (
        "purchase_order.created", "purchase_order.sent", "purchase_order.changed", "purchase_order.acknowledged",
        "asn.received",
    ),
}  # fmt: skip
WHEN = {*(f"order.{name}" for name in OF_ORDER), *(f"event.{name}" for name in OF_EVENT)}
#: An amount and its currency, or nothing.
BAND = r"^$|^[1-9][0-9]{0,11}(\.[0-9]{1,2})? [A-Z]{3}$"
#: E elapsed time, B business time, C until the end of the working day of the cut-off, W after the next file.
Clock = Literal["E", "B", "C", "W"]


#: What comes in parts and may be asked for as a whole.
WHOLE = "shipment.delivered"


def evidence(event: str) -> tuple[str, ...]:
    """The event types that tell of a step: its own, and those that imply it."""
    return (event, *(later for later, steps in IMPLIES.items() if event in steps))


def listed(said: Any) -> Any:
    """One thing as a list of it."""
    return [said] if isinstance(said, str | dict) else said


def _event(name: Any) -> Any:
    if not isinstance(name, str) or name not in EVENTS:
        raise ValueError(f"{name!r} is not an event type")
    return name


def _due(text: str) -> str:
    return text if text in ("", "promised_at") else _event(text)


def _percent(text: Any) -> Any:
    if text != "" and not (isinstance(text, str) and re.fullmatch(r"[1-9]\d?(\.\d+)?%", text)):
        raise ValueError(f"{text!r} is not a share between 1% and 99%")
    return text


Event = Annotated[str, BeforeValidator(_event)]
Events = Annotated[tuple[Event, ...], BeforeValidator(listed)]
Percent = Annotated[str, BeforeValidator(_percent)]


class Strict(BaseModel):
    """A part of a rule: nothing unknown, nothing changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Tolerance(Strict):
    """How far two values may differ: by so much, or by so many per cent of the right one, whichever is more."""

    abs: Decimal = Field(Decimal(0), ge=0, lt=1_000_000)
    pct: Decimal = Field(Decimal(0), ge=0, lt=100)


class Stop(Strict):
    """An event that stops the clock; `reaches: start` only when its stage is at least that of the start, `whole: true` only
    the one with which all of the order was there."""

    event: Event
    reaches: Literal["", "start"] = ""
    whole: bool = False

    @model_validator(mode="before")
    @classmethod
    def _named(cls, said: Any) -> Any:
        return {"event": said} if isinstance(said, str) else said


class Pause(Strict):
    """Holds of the order of these kinds, or of any, during which a clock stands."""

    while_: Literal["hold"] = Field(alias="while")
    kinds: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()

    @property
    def placing(self) -> tuple[str, ...]:
        """The events that begin such a pause."""
        return HOLDING[:2]


Paused = Annotated[
    Annotated[Pause, Tag("hold")] | Annotated[Event, Tag("event")],
    Discriminator(lambda said: "event" if isinstance(said, str) else "hold"),
]


class Restart(Strict):
    """An event on which the clock that runs is void and another begins; `when` compares the two.

    `event` has the revision of that event, `due` that of the start which the running clock has.
    """

    event: Event
    when: str = "event.revision > due.revision"

    @field_validator("when")
    @classmethod
    def _sound(cls, text: str) -> str:
        return condition.sound(text, {"event.revision", "due.revision"})


class Override(Strict):
    """Other values for starts whose labels match all of `when`; the first match wins for each field by itself."""

    when: dict[Label, str | tuple[str, ...]] = Field(min_length=1)
    clock: Clock | Literal[""] = Field("", description="On C, of the rule's own target only working days count.")
    target: Duration = ""
    warn: Percent = ""
    basis: Literal["", "instant", "day"] = ""
    calendar: str = ""
    severity: Severity | Literal[""] = ""
    owner: str = ""


class Shown(Strict):
    """An example of any kind of rule: the instant at which one looks, and what the rule must say of it then."""

    now: str
    state: State

    @field_validator("now")
    @classmethod
    def _full(cls, text: str) -> str:
        stories.instant(text)
        return text


class Example(Shown):
    """A story, the instant at which one looks, and what the rule must say of it then.

    `subject` and `occurrence` (or `first`, `last`) pick one of several; `due` is compared where it is given; `calendar` is
    the one that works.
    """

    story: str
    due: str = ""
    subject: str = ""
    occurrence: str = ""
    calendar: Calendar | None = None

    @field_validator("due")
    @classmethod
    def _instant(cls, text: str) -> str:
        if text:
            stories.instant(text)
        return text


class Folds(Strict):
    """Codes whose open cases of the same partner fold under a case of the rule."""

    codes: tuple[str, ...] = Field(min_length=1)
    equal: tuple[Literal["partner"], ...] = ("partner",)


class Rule(Strict):
    """What every rule says, of whatever kind. Each kind has its own model with its own words beside these."""

    id: str = Field(pattern=r"^[A-Z]\d{2}[a-z]?$")
    version: int = Field(1, ge=1, description="Counted up by the author when the meaning changes.")
    code: str = Field(pattern=r"^[a-z][a-z_]{2,39}$", description="The exception that a breach raises.")
    title: str = Field(min_length=3)
    exception: str = Field("", description="What a case of it is called on a screen, where that is not the title.")
    kind: KindName
    owner: str | dict[str, str] = Field(
        min_length=1, description="Team or person; `partner` is the one that answers for the partner."
    )
    runbook: str = Field(min_length=20, description="What to do about it.")
    reopen_within: Elapsed = Field("", description="Again within this time is the same exception; 24h when empty.")
    keep: Elapsed = Field(
        "", description="A lower severity counts, and quiet is quiet, after this time; 15m when empty."
    )
    examples: tuple[Shown, ...] = ()

    @property
    def moves(self) -> dict[str, Any]:
        """All that moves a verdict, for comparing two versions."""
        return self.model_dump(mode="json", exclude=_WORDS)

    @cached_property
    def rule_version(self) -> str:
        """The author's version and a short hash of all that moves a verdict; stands in every Due."""
        told = sorted(self.moves.items())
        return f"{self.version}.{hashlib.sha256(repr(told).encode()).hexdigest()[:8]}"


class Deadline(Rule):
    """One rule of kind `deadline`, as the catalogue or a person writes it."""

    kind: Literal["deadline"] = "deadline"
    owner: str = Field(min_length=1, description="Team or person; `partner` is the one that answers for the partner.")
    over: Subject = Field(description="What has the clock.")
    otherwise: Literal["", "order"] = Field("", description="Subject of starts that name no `over`.")
    when: str = Field("", description="A condition on labels of the start and its order; where it fails, no clock.")
    start: Events = Field(min_length=1, description="The first of these starts the clock.")
    start_at: Literal["occurred", "received"] = "occurred"
    occurrences: Literal["first", "each_type", "each", "each_document"] = Field(
        "first", description="One clock, one for each type of start, each time anew after a stop, or one per document."
    )
    restart: Literal["", "hold_end"] | Restart = Field(
        "", description="Begin again at the end of a hold and stand while one is on, or on an event."
    )
    stop: Annotated[tuple[Stop, ...], BeforeValidator(listed)] = Field(min_length=1)
    stop_at: Literal["occurred", "received"] = "occurred"
    void: Events = ()
    final: Events = Field((), description="After these nothing starts a clock any more.")
    due: Annotated[str, AfterValidator(_due)] = Field(
        "", description="Instead of `target`: the field `promised_at`, or the first such event after the start."
    )
    offset: Signed = Field("", description="Added to `due`; may begin with a minus.")
    basis: Literal["instant", "day"] = Field("instant", description="Due at that instant, or at the end of its day.")
    zone: str = Field("UTC", description="Whose day, for basis `day`.")
    pause: Annotated[tuple[Paused, ...], BeforeValidator(listed)] = Field(
        (), description="Holds, by kind or by event, during which the clock stands; it goes on where it stood."
    )
    clock: Clock = Field("E", description="E elapsed, B business time, C by the cut-off, W by the next file.")
    calendar: str = Field("", description="For B, C, W: node, partner, team, or the name of a calendar.")
    cutoff: str = Field("", pattern=r"^$|^[0-3]\d:[0-5]\d$", description="For C, where the calendar has none: HH:MM.")
    target: Duration = Field("", description="For C none, or working days beyond the day; for W elapsed time.")
    actor: Literal["partner", "carrier"] = Field("partner", description="Who must act: the start's partner or carrier.")
    warn: Percent = "80%"
    severity: Severity = "medium"
    from_: Annotated[tuple[str, ...], BeforeValidator(listed)] = Field(
        (), alias="from", description="Roles of the systems that deliver the stop; the owners of the stop when empty."
    )
    value_band: str = Field(
        "", pattern=BAND, description="An order worth so much makes it one step more severe, as `50000 USD`."
    )
    objective: float | None = Field(None, gt=0, lt=1, description="Share that should be met.")
    override: tuple[Override, ...] = ()
    examples: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """The words of a rule that only make sense together."""
        if bool(self.target or self.clock == "C") == bool(self.due):
            raise ValueError("give either `target` or `due`")
        if self.due and any(o.target or o.clock for o in self.override):
            raise ValueError("with `due` there is no `target` or `clock` to override")
        if self.due and self.clock == "W":
            raise ValueError("`due` does not wait for a file; give `target`")
        if self.offset and not self.due:
            raise ValueError("`offset` is added to `due`, which is not given")
        if self.restart and (self.due or self.occurrences != "first"):
            raise ValueError("`restart` goes with one `target` and one occurrence")
        again = self.restart == "hold_end"
        if self.pause and (self.due or again or {self.clock, *(o.clock for o in self.override)} & {"C", "W"}):
            raise ValueError("`pause` goes with a `target` on the clocks E and B, and without `restart: hold_end`")
        if self.due == "promised_at" and self.over not in PROMISING and self.otherwise not in PROMISING:
            raise ValueError(f"nothing promises a {self.over} anything; give `target`")
        if any(stop.whole and (self.over, stop.event) != ("order", WHOLE) for stop in self.stop):
            raise ValueError(f"`whole` goes with the stop {WHOLE} of a rule over `order`")
        _right_pauses(self.pause, self.acting_role)
        condition.sound(self.when or "true", WHEN)
        if unknown := set(self.from_) - set(ROLES):
            raise ValueError(f"from: {', '.join(sorted(unknown))} is not a role of a system")
        right_clock(self.clock, self.target)
        right_clock(self.clock, self.offset)
        for o in self.override:
            inherited = self.target if o.clock and o.clock != "C" else ""
            right_clock(o.clock or self.clock, o.target or inherited)
        return self

    @property
    def stops(self) -> tuple[str, ...]:
        """The events that stop the clock."""
        return tuple(stop.event for stop in self.stop)

    @property
    def promising(self) -> tuple[str, ...]:
        """The events that give or move the promise by which a clock is due."""
        if self.due != "promised_at":
            return (self.due,) if self.due else ()
        return PROMISING[self.over if self.over in PROMISING else "order"]

    @property
    def reads(self) -> tuple[str, ...]:
        """All event types that can move a Due of this rule; the kind need not see any other."""
        again = (self.restart.event,) if isinstance(self.restart, Restart) else HOLDING if self.restart else ()
        placed = [p for pause in self.pause for p in (pause.placing if isinstance(pause, Pause) else (pause,))]
        pausing = [event for pause in placed for event in (pause, PAUSING[pause])]
        ends = [event for end in (*self.stops, *self.void) for event in evidence(end)]
        return tuple(dict.fromkeys((*self.start, *ends, *self.final, *again, *pausing, *self.promising)))

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of starts and their orders that decide what is in force."""
        matched = [label for override in self.override for label in override.when]
        acting = [self.actor] if self.actor == "carrier" else []
        read = [name.partition(".")[2] for name in condition.names(self.when)]
        return tuple(dict.fromkeys(["partner", *acting, *matched, *read]))

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles of the systems that deliver the stop."""
        return self.from_ or tuple(sorted({role for stop in self.stops for role in EVENTS[stop][0]}))

    @property
    def acting_role(self) -> str:
        """Role of the system whose step is awaited: that of the first stop."""
        return self.from_[0] if self.from_ else EVENTS[self.stops[0]][0][0]

    @property
    def moves(self) -> dict[str, Any]:
        """All that moves a Due: not the share of them that should be met."""
        return self.model_dump(mode="json", exclude=_WORDS | {"objective"})


def _right_pauses(pauses: tuple[Pause | str, ...], acting: str) -> None:
    """Only what the acting party does not own lets its clock stand."""
    placed = [event for pause in pauses for event in (pause.placing if isinstance(pause, Pause) else (pause,))]
    if unknown := set(placed) - set(PAUSING):
        raise ValueError(f"pause: {', '.join(sorted(unknown))} is none of {', '.join(PAUSING)}")
    if own := [event for event in placed if acting in EVENTS[event][0] and acting != "erp"]:
        raise ValueError(f"pause: {own[0]} is the act of whoever must act here ({acting})")


class Resolved(Deadline):
    """A rule as it is in force here: with the changes of the settings, and whose calendar each partner keeps."""

    partner_calendars: dict[str, str] = Field(default_factory=dict)

    @property
    def asks_partner(self) -> bool:
        """Whether it runs on the calendar of the partner that must act."""
        named = {self.calendar, *(o.calendar for o in self.override)}
        clocks = {self.clock, *(o.clock for o in self.override)} - {"", "E"}
        return bool(clocks) and bool(named & {"node", "partner"})
