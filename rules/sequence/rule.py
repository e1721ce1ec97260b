"""Rules of kind `sequence`: what must not follow, must come before, or must come after, by its DECLARE name."""

from typing import Literal, Self

from pydantic import Field, model_validator

from app.model.keys import TYPES
from app.model.taxonomy import ROLES
from rules.finding import Finding
from rules.lengths import Duration
from rules.rule import Event, Events, Strict

Template = Literal["precedence", "absence_after", "response", "responded_existence", "at_most"]
TEMPLATES: tuple[Template, ...] = ("precedence", "absence_after", "response", "responded_existence", "at_most")
Pair = tuple[Event, Event]


class Expect(Strict):
    """One constraint between two types of event, `{absence_after: [order.cancelled, shipment.dispatched]}`.

    `precedence [a, b]`: no b before an a. `absence_after [a, b]`: no b after an a. `response [a, b]`: a b after every
    a, `within` a time. `responded_existence [a, b]`: where there is an a there is a b, before it or after. `at_most a`:
    no more than so many `times` an a, `since` the last of some others. The next a after one of the
    events `unless_after` is an answer to that one, and no b is held against it.
    """

    precedence: Pair | None = None
    absence_after: Pair | None = None
    response: Pair | None = None
    responded_existence: Pair | None = None
    at_most: Event | None = None
    times: int = Field(0, ge=0, le=1_000, description="For `at_most`.")
    since: Events = Field((), description="For `at_most`: events after which one counts anew.")
    unless_after: Events = Field(
        (), description="For `absence_after`: the next `a` after such an event does not count."
    )
    within: Duration = ""
    at: str = Field("", description="Only an `a` whose partner has this role, such as the receiver of a message.")
    naming: str = Field("", description="Only an `a` that names a key of this type.")
    cause: str = Field("", pattern=r"^[a-z_]*$", description="What the case says why.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len([name for name in TEMPLATES if getattr(self, name)]) != 1:
            raise ValueError(f"give one of {', '.join(TEMPLATES)}")
        if self.within and not (self.response or self.responded_existence):
            raise ValueError("`within` goes with `response` and `responded_existence`")
        if self.unless_after and not self.absence_after:
            raise ValueError("`unless_after` goes with `absence_after`")
        if {bool(self.times), bool(self.since)} != {bool(self.at_most)}:
            raise ValueError("`at_most`, `times` and `since` go together")
        if self.at and self.at not in ROLES:
            raise ValueError(f"at: {self.at!r} is not a role of a system")
        if self.naming and self.naming not in TYPES:
            raise ValueError(f"naming: {self.naming!r} is not a type of key")
        return self

    @property
    def template(self) -> Template:
        """Which constraint it is."""
        return next(name for name in TEMPLATES if getattr(self, name))

    @property
    def pair(self) -> Pair:
        """The two types of event; for `at_most` the first of those after which one counts anew."""
        pair: Pair = (self.at_most, self.since[0]) if self.at_most else getattr(self, self.template)
        return pair


class Sequence(Finding):
    """Events of an order, a fulfillment order or a shipment that come in the wrong order, or not at all."""

    kind: Literal["sequence"] = "sequence"
    over: Literal["order", "fo", "sh"] = "order"
    expect: tuple[Expect, ...] = Field(min_length=1)
    settle: Duration = Field(
        "", description="Nothing is judged for so long after it arrived: late events have their chance."
    )
    together: bool = Field(False, description="One finding for all that an order misses, its causes beside each other.")

    @property
    def reads(self) -> tuple[str, ...]:
        """The events that can break it: b where it must not be or comes too early, a where b must come."""
        broken_by = (one.pair[one.template in ("precedence", "absence_after")] for one in self.expect)
        return tuple(dict.fromkeys(broken_by))

    @property
    def awaited(self) -> tuple[str, ...]:
        """The events whose absence is the fault: somebody must be able to send them."""
        missing = ("precedence", "response", "responded_existence")
        absent = (one.pair[one.template != "precedence"] for one in self.expect if one.template in missing)
        return tuple(dict.fromkeys(absent))
