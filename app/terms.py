"""What a house has agreed: how soon its people answer exceptions, and what a missed promise costs.

Money is a decimal text in one currency; nothing is ever converted by a rate that nobody declared.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from app.strict import Strict

Target = Annotated[str, Field(pattern=r"^([1-9][0-9]{0,3}[mh]|[1-9][0-9]{0,2} working days?)$")]
Amount = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=6)]
Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=7, decimal_places=6)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Targets(Strict):
    """A time for each severity: minutes, hours or working days."""

    critical: Target
    high: Target
    medium: Target
    low: Target


class Answers(Strict):
    """How soon an exception is taken (S27) and settled (S28): critical ones in elapsed time, the rest in working time."""

    acknowledge: Targets = Targets(critical="15m", high="1h", medium="4h", low="1 working day")
    resolve: Targets = Targets(critical="4h", high="8h", medium="2 working days", low="5 working days")
    elapsed: tuple[Literal["critical", "high", "medium", "low"], ...] = Field(
        ("critical",), description="Severities whose time runs around the clock."
    )
    acknowledge_objective: float | None = Field(None, gt=0, lt=1, description="Share to be taken in time.")
    resolve_objective: float | None = Field(None, gt=0, lt=1, description="Share to be settled in time.")

    @model_validator(mode="after")
    def _clocks(self) -> Self:
        """A working day is no elapsed time."""
        for severity in self.elapsed:
            for name in ("acknowledge", "resolve"):
                if "working" in getattr(getattr(self, name), severity):
                    raise ValueError(f"{name}.{severity}: working days do not run around the clock; write hours")
        return self


class Penalty(Strict):
    """What one missed clock of an SLA costs: the terms with one customer or partner, or with all. The first match counts."""

    sla: str = Field(description="The rule whose missed clocks cost something.")
    customer: str = Field("", description="Only orders of this customer.")
    partner: str = Field("", description="Only clocks of this partner.")
    pays: Literal["us", "partner"] = Field("us", description="Who pays: we the customer, or the partner us.")
    currency: Currency
    per_breach: Amount = Field(Decimal(0), description="For each missed clock.")
    per_day: Amount = Field(Decimal(0), description="For each day begun after the moment and the grace.")
    share: Share = Field(Decimal(0), description="Of the order's value, as 0.02; only where that is in `currency`.")
    cap: Amount | None = Field(None, description="The most that one clock costs.")
    grace: Annotated[str, Field(pattern=r"^([0-9]{1,4}[mhd])?$")] = Field("", description="So late costs nothing yet.")

    @model_validator(mode="after")
    def _costs(self) -> Self:
        """Terms without a price are a mistake."""
        if not (self.per_breach or self.per_day or self.share):
            raise ValueError("give `per_breach`, `per_day` or `share`")
        return self


class Rate(Strict):
    """What one unit of a currency is worth in the house's, from a date on."""

    currency: Currency
    date: date
    rate: Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=9)]


class Weights(Strict):
    """How likely an order loses its value: late, blocked, at risk; the greatest that applies counts."""

    late: Share = Decimal(1)
    blocked: Share = Decimal("0.6")
    at_risk: Share = Decimal("0.3")


class Money(Strict):
    """In which currency figures are told; without rates each currency stays apart."""

    currency: Currency | Literal[""] = Field("", description="The house's currency; empty: each currency by itself.")
    rates: tuple[Rate, ...] = ()
    weights: Weights = Weights()

    @model_validator(mode="after")
    def _rated(self) -> Self:
        """Rates need a currency to lead to, and lead nowhere from there."""
        if self.rates and not self.currency:
            raise ValueError("`rates` need the `currency` that they lead to")
        if any(rate.currency == self.currency for rate in self.rates):
            raise ValueError("`rates`: the house's own currency needs no rate")
        return self


@dataclass(frozen=True, slots=True)
class Costs:
    """All of it that figures need."""

    penalties: tuple[Penalty, ...] = ()
    money: Money = field(default_factory=Money)
