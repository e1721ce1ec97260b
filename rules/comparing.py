"""Rules of kind `divergence` and `match`: two systems, or two quantities of a line, that should say the same."""

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from app.model.taxonomy import RANK
from rules.finding import Finding
from rules.lengths import span
from rules.quantities import MOVED_BY, checked, named
from rules.rule import Event, Strict, Tolerance, listed

Compared = Literal["stage", "cancelled", "held", "promised_at", "ship_to", "revision", "shipped", "invoiced"]
#: (whose word is true, who should say the same) -> what of an order the program can compare between them.
COMPARABLE: dict[tuple[str, str], tuple[Compared, ...]] = {
    ("erp", "crm"): ("stage", "cancelled", "held", "promised_at", "ship_to"),
    ("erp", "ecom"): ("stage", "cancelled", "promised_at"),
    ("erp", "3pl"): ("cancelled", "held", "ship_to", "revision"),
    ("erp", "wms"): ("cancelled", "held", "ship_to", "revision"),
    ("erp", "fin"): ("invoiced",),
    ("carrier", "crm"): ("stage",),
    ("3pl", "erp"): ("shipped",),
    ("wms", "erp"): ("shipped",),
}
_MEASURED = ("shipped", "invoiced")


class Compare(Strict):
    """One field, and how far the two may differ in it: a time for a date, an amount or a share for a quantity."""

    field: Compared
    tolerance: str | Tolerance = ""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, said: Any) -> Any:
        return {"field": said} if isinstance(said, str) else said

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if isinstance(self.tolerance, str) and self.tolerance:
            if self.field != "promised_at":
                raise ValueError(f"{self.field}: only a date has a tolerance in time")
            if span(self.tolerance).days:
                raise ValueError(f"{self.tolerance!r}: two dates differ by elapsed time")
        elif isinstance(self.tolerance, Tolerance) and self.field not in _MEASURED:
            raise ValueError(f"{self.field}: only a quantity has a tolerance in units or per cent")
        return self

    @property
    def seconds(self) -> int:
        """The tolerance of a date."""
        return span(self.tolerance).seconds if isinstance(self.tolerance, str) and self.tolerance else 0

    @property
    def most(self) -> tuple[Decimal, Decimal]:
        """The tolerance of a quantity: in units, and as a share of what is true in per cent."""
        return (self.tolerance.abs, self.tolerance.pct) if isinstance(self.tolerance, Tolerance) else (Decimal(0),) * 2


class Divergence(Finding):
    """Two systems that say different things of an order for longer than the hand-over between them takes."""

    kind: Literal["divergence"] = "divergence"
    over: Literal["order"] = "order"
    truth: Literal["erp", "carrier", "3pl", "wms"] = Field(description="Whose word is true.")
    view: Literal["crm", "ecom", "3pl", "wms", "fin", "erp"] = Field(description="Who should say the same.")
    compare: tuple[Compare, ...] = Field(min_length=1)
    ladder: tuple[str, ...] = Field(
        (), description="The stages on which the view is held to the truth; the rest counts as the one below."
    )

    @model_validator(mode="after")
    def _comparable(self) -> Self:
        possible = COMPARABLE.get((self.truth, self.view), ())
        if not possible:
            pairs = ", ".join(f"{truth} and {view}" for truth, view in COMPARABLE)
            raise ValueError(f"{self.truth} and {self.view} are not compared; these are: {pairs}")
        if odd := [one.field for one in self.compare if one.field not in possible]:
            raise ValueError(f"{self.truth} and {self.view} are not compared in {odd[0]}, but in {', '.join(possible)}")
        if len({one.field for one in self.compare}) < len(self.compare):
            raise ValueError("compare: a field stands twice")
        if unknown := [stage for stage in self.ladder if RANK.get(stage, -1) < 0]:
            raise ValueError(f"ladder: {unknown[0]!r} is no stage of an order")
        return self


class Check(Strict):
    """One comparison of two sums of quantities of a line, such as `{left: shipped - returned, at_most: ordered}`."""

    left: Annotated[str, BeforeValidator(checked)]
    equal: str = ""
    at_most: str = ""
    at_least: str = ""
    tolerance: Tolerance = Tolerance()
    once: Annotated[tuple[str, ...], BeforeValidator(listed)] = Field(
        (), description="Quantities that must be above zero before the line is looked at."
    )
    cause: str = Field("", pattern=r"^[a-z_]*$", description="What the case says why; the code when empty.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(given := [text for text in (self.equal, self.at_most, self.at_least) if text]) != 1:
            raise ValueError("give one of `equal`, `at_most` and `at_least`")
        for text in (*given, *self.once):
            checked(text)
        return self

    @property
    def right(self) -> str:
        """What the left is compared with."""
        return self.equal or self.at_most or self.at_least

    @property
    def watched(self) -> str:
        """The quantity whose last change begins the fault: the first that the left names."""
        return named(self.left)[0]


class Match(Finding):
    """Quantities of an order's lines that do not fit together."""

    kind: Literal["match"] = "match"
    over: Literal["order"] = "order"
    check: Annotated[tuple[Check, ...], BeforeValidator(listed)] = Field(min_length=1)
    since: Literal["occurred", "arrived"] = Field(
        "occurred", description="Begins when the quantity last changed, or when the newest word of either side arrived."
    )
    implied: bool = Field(False, description="Also lines of which no order line is known, or no quantity.")
    lined: Event | Literal[""] = Field("", description="Only orders for which such an event names lines.")

    @property
    def reads(self) -> tuple[str, ...]:
        """The events that move a quantity on the left; without them nothing can be found."""
        moved = (MOVED_BY.get(name, "order.created") for one in self.check for name in named(one.left))
        return tuple(dict.fromkeys(moved))

    @property
    def sides(self) -> tuple[str, ...]:
        """The events that move either side."""
        texts = [text for one in self.check for text in (one.left, one.right)]
        return tuple(dict.fromkeys(MOVED_BY[name] for text in texts for name in named(text) if name in MOVED_BY))
