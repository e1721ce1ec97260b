"""What the ERP says of an order, and the CRM after it: releases, changes, cancellations."""

from collections.abc import Generator
from typing import Any

from app.demo.world.company import BUS, CRM, GATEWAY, Node
from app.demo.world.hours import MINUTE
from app.demo.world.order import Fact, Leg, Line, Order, worth
from app.demo.world.stage import Stage

Process = Generator[Any, Any, Any]


def hold_source(order: Order) -> str:
    """Where the ERP tells of holds, allocation and postings: a legacy system's tables are read out."""
    return order.customer.erp.extract or order.customer.erp.source


def new_leg(stage: Stage, order: Order, node: Node, lines: tuple[Line, ...]) -> Leg:
    """A fulfillment order. Each node's numbers begin alike: the same number at two nodes is two orders."""
    return Leg(node, f"{stage.number(f'fo {node.code}', 70_001)}", lines, order.revision)


def release(stage: Stage, order: Order, leg: Leg) -> Fact:
    """The ERP gives the leg to its node."""
    keys = {"so": order.number, "fo": leg.fo}
    return stage.tell(
        order.customer.erp.source, "order.released", order, keys, leg.lines, revision=leg.revision, partner=leg.node.code,
        location=leg.node.location,
    )  # fmt: skip


def change(stage: Stage, order: Order, lines: tuple[Line, ...]) -> Fact:
    """The customer wants something else of the lines named; a new revision."""
    order.revision += 1
    named = {line.number: line for line in lines}
    order.lines = tuple(named.get(line.number, line) for line in order.lines)
    return stage.tell(
        order.customer.erp.source, "order.changed", order, {"so": order.number}, lines, revision=order.revision,
        amount=worth(order.lines),
    )  # fmt: skip


def smaller(stage: Stage, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """One line with fewer pieces, or one more where there is but one."""
    line = stage.dice.choice(lines)
    return (line.of(line.qty - max(1, line.qty // 3) if line.qty > 1 else line.qty + 1),)


def cancelled(stage: Stage, order: Order) -> Fact:
    """The ERP strikes the order out; the CRM shows it."""
    order.cancelled = True
    said = stage.tell(hold_source(order), "order.cancelled", order, {"so": order.number}, reason="customer request")
    show(stage, order, "Cancelled", said)
    return said


def show(stage: Stage, order: Order, status: str, told: Fact) -> None:
    """The CRM follows what the owner of the order says, some minutes after it is heard."""
    stage.env.process(_shown(stage, order, status, told))


def _shown(stage: Stage, order: Order, status: str, told: Fact) -> Process:
    # Updates of one order wait for each other: an older status never overwrites a newer one.
    order.shown_at = max(told.heard + stage.between(40, 9 * MINUTE), order.shown_at + 20)
    yield stage.until(order.shown_at)
    if stuck(order, status):
        stage.expect("F18", 0, order, told.arrives + 15 * MINUTE)
    # What is cancelled stays so in the CRM, whatever is heard of it later.
    elif not order.cancelled or status == "Cancelled":
        stage.tell(CRM, "crm.order_status_updated", order, {"so": order.number, "crm": order.crm}, status=status)


def stuck(order: Order, status: str) -> bool:
    """A CRM that has stuck shows nothing after the release."""
    return order.fault == "F18" and int(order.number[-1]) % 2 == 0 and status in ("Shipped", "Delivered")


def bus_or_gateway(node: Node) -> str:
    """Who hands requests over to a node."""
    return GATEWAY if node.wire == "x12" else BUS
