"""Rules of kind `duplicate`: two of a kind that are alike in what should tell them apart."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from rules.finding import Condition, Finding
from rules.lengths import Duration
from rules.rule import listed

Alike = Literal["customer", "cpo", "lines", "ship_to", "value", "channel", "entity", "shipment"]
#: What two of each kind can be alike in.
ALIKE: dict[str, tuple[Alike, ...]] = {
    "order": ("customer", "cpo", "lines", "ship_to", "value", "channel", "entity"),
    "inv": ("shipment", "lines"),
}


class Duplicate(Finding):
    """Two orders, or two invoices of an order, that are alike in all of `same`; the later one is suspected."""

    kind: Literal["duplicate"] = "duplicate"
    over: Literal["order", "inv"] = "order"
    same: Annotated[tuple[Alike, ...], BeforeValidator(listed)] = Field(min_length=1)
    within: Duration = Field("", description="How far apart they may have begun; always, when empty.")
    unless: Condition = Field("", description="A condition over `a.*`, the earlier one, and `b.*`, the later one.")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        possible = ALIKE[self.over]
        if odd := [name for name in self.same if name not in possible]:
            raise ValueError(f"same: {self.over} is not compared in {odd[0]}, but in {', '.join(possible)}")
        if self.over == "inv" and (set(self.same) != set(possible) or self.within or self.unless):
            raise ValueError("invoices are compared by shipment and lines, without `within` and `unless`")
        return self
