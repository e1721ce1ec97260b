"""What happens and to what: a line, an order, a leg of it, and the facts that systems tell of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.demo.world.company import Customer, Node


@dataclass(frozen=True, slots=True)
class Line:
    """Pieces of an article, at a price each."""

    number: str
    sku: str
    qty: int
    price: str

    def of(self, qty: int) -> "Line":
        """The same line with another quantity."""
        return replace(self, qty=qty)


def worth(lines: Iterable[Line]) -> str:
    """What lines cost, as money is written."""
    return f"{sum((line.qty * Decimal(line.price) for line in lines), Decimal(0)):.2f}"


@dataclass(slots=True)
class Leg:
    """What one node does for an order: `lines` are what it was last asked for."""

    node: "Node"
    fo: str
    lines: tuple[Line, ...]
    revision: int = 1
    picked: tuple[Line, ...] | None = None
    shipment: str = ""
    carrier: str = ""
    tracking: str = ""
    cancelled: bool = False
    done: bool = False
    dead: Any = None
    billed: Any = None
    stale: tuple[Line, ...] | None = None
    told: bool = False
    missing: Any = None

    def heard_of(self, said: "Fact") -> None:
        """Its node speaks of it: whoever missed it, or what it was asked with, does so no more."""
        self.told = True
        for open_ in (self.missing, self.dead):
            if open_ and open_.until is None:
                open_.until = said.arrives

    @property
    def subject(self) -> str:
        """Its fulfillment order, as exceptions name it: the number means something at its node only."""
        return f"fo:{self.node.code}:{self.fo}"

    @property
    def parcel(self) -> str:
        """Its shipment, as exceptions name it."""
        return f"sh:{self.node.code}:{self.shipment}"


@dataclass(slots=True)
class Order:
    """One order as its company sees it."""

    number: str
    customer: "Customer"
    placed: int
    lines: tuple[Line, ...]
    channel_order: str = ""
    customer_order: str = ""
    crm: str = ""
    fault: str = ""
    promise: int = 0
    revision: int = 1
    legs: list[Leg] = field(default_factory=list)
    cancelled: bool = False
    shown_at: int = 0
    ahead: Any = None


@dataclass(slots=True)
class Fact:
    """Something that happened at `at`, as `source` tells it; it arrives at `arrives`, `copies` times.

    `heard` is when the company's other systems have it: they do not wait for us. `written_at` is the time that the message
    carries: another one than `at` only where a clock or zone is wrong. `spell` is the fault that has held it back.
    """

    at: int
    source: str
    type: str
    so: str
    keys: dict[str, Any]
    lines: tuple[Line, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    arrives: int = 0
    heard: int = 0
    copies: int = 1
    written_at: int = 0
    number: int = 0
    spell: str = ""

    def __post_init__(self) -> None:
        self.arrives = max(self.arrives, self.at)
        self.heard = self.heard or self.arrives
        self.written_at = self.written_at or self.at
