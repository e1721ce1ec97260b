"""Rules over findings: what was found wrong, and from when on, how badly and before whom it counts.

A finding is a fact about a subject, found by a statement over the touched orders or over what lives without one: since
when it is so, which cause, field and direction, at which system and partner. The kinds `state`, `divergence`, `match`,
`sequence` and `duplicate` differ in how a fact is found; what a rule then says of it is the same for all of them.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from app.settings import Severity
from rules import condition
from rules.lengths import Duration
from rules.rule import Events, Rule, Shown, Strict, Tolerance, listed

#: What a finding may be about.
Subject = Literal["order", "line", "fo", "sh", "inv", "rma", "po", "hold", "position", "interface", "partner", "source"]
#: What of a finding and of its order an override may match. `about` is its cause, field or direction.
Label = Literal["about", "partner", "system", "tier", "channel", "entity", "customer"]
#: The key under which a mapping says what holds for all that it does not name.
OTHER = "other"


def _condition(text: str) -> str:
    if text and (why := condition.fault(text)):
        raise ValueError(f"is no condition: {why}")
    return text


Condition = Annotated[str, BeforeValidator(_condition)]


class Unlike(Strict):
    """Other values for findings that match all of `when`; the first match wins for each field by itself."""

    when: dict[Label, str | tuple[str, ...]] = Field(min_length=1)
    grace: Duration = ""
    severity: Severity | Literal[""] = ""
    owner: str = ""


class Scene(Shown):
    """A story, the instant at which one looks, and whether the exception then stands.

    `breached` it stands, `running` found and still within its grace, `met` not found. `cause` and `subject` pick one.
    """

    state: Literal["breached", "running", "met"]
    story: str
    cause: str = ""
    subject: str = ""


class Finding(Rule):
    """What every rule over findings says, of whatever kind."""

    over: Subject = Field(description="What the exception is about.")
    grace: Duration = Field("", description="How long it may be so before it counts.")
    clock: Literal["E", "B"] = Field("E", description="On which the grace runs: E elapsed, B business time.")
    calendar: str = Field("", description="For B: partner, team, or the name of a calendar.")
    needs: Annotated[
        Events, Field(description="Unless a source can deliver one of these, silence proves nothing.")
    ] = ()
    when: Condition = Field("", description="A condition in CEL over `finding.*` and `order.*`.")
    severity: Severity | dict[str, Severity] = Field("medium", description="For all, or by cause, field or direction.")
    owner: str | dict[str, str] = Field(min_length=1, description="For all, or by cause, field or direction.")
    override: tuple[Unlike, ...] = ()
    examples: tuple[Scene, ...] = ()

    @field_validator("severity", "owner")
    @classmethod
    def _complete(cls, said: Any) -> Any:
        if isinstance(said, dict) and OTHER not in said:
            raise ValueError(f"says nothing of the rest: add `{OTHER}`")
        return said

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        """A working day and a calendar go with business time only."""
        graces = (self.grace, *(unlike.grace for unlike in self.override))
        if self.clock == "E" and (self.calendar or any("working" in grace for grace in graces)):
            raise ValueError("working days and a `calendar` need `clock: B`")
        return self

    @property
    def fact(self) -> str:
        """What it reads: the findings under this name. Kinds that have their facts found to measure use their id."""
        return self.id

    @property
    def told(self) -> tuple[str, ...]:
        """Causes that another exception tells of already: they are shown, and are none of their own."""
        return ()

    @property
    def reads(self) -> tuple[str, ...]:
        """Event types without which the program has nothing to look at; nothing: it always looks."""
        return ()

    @cached_property
    def by_cause(self) -> tuple[Unlike, ...]:
        """What `severity` and `owner` say by cause, field or direction, as overrides; the longer names first."""
        return (*self._by("severity"), *self._by("owner"))

    def plain(self, field: Literal["severity", "owner"]) -> str:
        """What holds where no override does."""
        said: str | Mapping[str, str] = getattr(self, field)
        return said if isinstance(said, str) else said[OTHER]

    def _by(self, field: str) -> Iterator[Unlike]:
        said = getattr(self, field)
        for about in sorted(said, key=lambda one: (-one.count(":"), one)) if isinstance(said, dict) else ():
            if about != OTHER:
                yield Unlike.model_validate({"when": {"about": about}, field: said[about]})


#: Facts that the program finds by itself, each with what it is.
FACTS: dict[str, str] = {
    "blocked": "An order that cannot go on until somebody decides or repairs; the cause names whose decision it is.",
    "node_rejected": "A node refused the order, and no other was asked since.",
    "message_dead": "A message to the node was given up, and the node has not answered since.",
    "message_rejected": "A message to the node was refused technically, and the node has not answered since.",
    "supply_late": "Goods that the order waits for come after its promise.",
    "hold_conflict": "Released by the ERP, and held at the node.",
    "backorder_undated": "Nothing on the shelf, and no date when there will be.",
    "shipped_on_hold": "Goods left while a hold of the order was open.",
    "stale_revision_shipped": "An older revision left than the node had taken on before it picked.",
    "change_too_late": "The order was changed after it was picked, and the node has not answered since.",
    "revision_gap": "Of an order's numbered changes one between two that are known has not come.",
    "split_leg_missing": "One part of the order was delivered, and of another nothing was ever heard.",
    "short_ship": "The node shipped less than it was asked, and the rest waits for stock or another node.",
    "short_ship_unresolved": "The node shipped less than it was asked and is done, and the ERP still waits for the rest.",
    "credit_amount": "What was credited is not what was returned at its price.",
    "credit_disposition": "Warehouse and ERP say different things of returned goods.",
    "event_unmatched": "An event of an order, a fulfillment, a shipment, a return or an invoice has found no order.",
    "receipt_discrepancy": "The warehouse counted something else than the supplier announced.",
    "asn_missing": "Goods arrived for which there is no advance notice.",
    "supply_update_unplanned": "A supplier confirmed a later date or less, and the purchase order does not say so.",
    "compensation_failed": "A step should have been undone, and undoing it failed.",
    "double_posted": "The same lines of a shipment were booked twice, more than has left.",
    "master_data_mismatch": "A node tells of a product or a unit that the order does not know.",
    "inventory_drift": "Node and ERP count different quantities of a position at the same time.",
    "oversell_risk": "More of a position is promised than can be used.",
    "availability_unsound": "The availability that was published leaves out what is reserved.",
    "inventory_rejected": "A stock event could not be true.",
    "inventory_double_applied": "The same adjustment of stock was booked twice.",
    "inventory_snapshot_partial": "A stock report names far fewer positions than usual, or says that it is not complete.",
}


#: Facts that are measured, and how far they may be off where no rule says it.
TOLERATED: dict[str, Tolerance] = {"inventory_drift": Tolerance(), "credit_amount": Tolerance(abs=Decimal("0.01"))}


class State(Finding):
    """A state that needs a decision or a repair: one of the facts that the program finds by itself."""

    kind: Literal["state"] = "state"
    of: str = Field(description="The fact; `orderscope check` lists them where it knows none of that name.")
    told_: Annotated[tuple[str, ...], BeforeValidator(listed)] = Field(
        (), alias="told", description="Causes that another exception tells of: shown, and no case of their own."
    )

    tolerance: Tolerance | None = Field(
        None, description="For a fact that is measured: units or money, or a share of the truth."
    )

    @model_validator(mode="after")
    def _measured(self) -> Self:
        if self.tolerance and self.of not in TOLERATED:
            raise ValueError(f"{self.of} has no `tolerance`; these have: {', '.join(TOLERATED)}")
        return self

    @property
    def measured(self) -> Tolerance | None:
        """How far its fact may be off; None for one that is not measured."""
        return self.tolerance or TOLERATED.get(self.of)

    @field_validator("of")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in FACTS:
            raise ValueError(f"{name!r} is none of {', '.join(sorted(FACTS))}")
        return name

    @property
    def fact(self) -> str:
        """The name of the fact."""
        return self.of

    @property
    def told(self) -> tuple[str, ...]:
        """Causes that another exception tells of already."""
        return self.told_
