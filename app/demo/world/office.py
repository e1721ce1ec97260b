"""The office's part of an order: entry, holds, allocation, release, changes, cancellation, and what the CRM shows."""

from typing import Any

from app.demo.world import sending, warehouse
from app.demo.world.company import CARRIERS, CRM, GATEWAY, LEGACY, NODES, OFFICE, SHOP, Node
from app.demo.world.erp import Process, cancelled, change, hold_source, new_leg, release, show, smaller
from app.demo.world.hours import DAY, HOUR, MINUTE
from app.demo.world.order import Fact, Leg, Line, Order, worth
from app.demo.world.stage import Stage, soon

_CAPTURE = {"web": SHOP, "crm": CRM, "edi": GATEWAY}
#: Shares of orders to which these things happen though nothing is wrong.
HELD, SPLIT, CHANGED_EARLY, CANCELLED_EARLY = 0.04, 0.3, 0.02, 0.01


def life(stage: Stage, order: Order) -> Process:
    """An order from the customer's click to its release; the warehouses, carriers and finance go on from there."""
    yield stage.until(order.placed)
    captured = capture(stage, order)
    yield stage.until(captured.heard)
    yield from soon_entered(stage, order)
    yield from enter(stage, order)
    yield from hold(stage, order)
    if stage.dice.random() < CANCELLED_EARLY and not order.fault:
        yield from cancel(stage, order)
        return
    if stage.dice.random() < CHANGED_EARLY:
        yield soon(stage, 2, 9)
        change(stage, order, smaller(stage, order.lines))
    yield from allocate(stage, order)
    yield stage.until(OFFICE.add(stage.now, stage.between(8 * MINUTE, 55 * MINUTE)))
    for leg in legs(stage, order):
        stage.env.process(fulfil(stage, order, leg))


def soon_entered(stage: Stage, order: Order) -> Process:
    """How long the ERP takes to enter an order: minutes, by EDI up to half an hour."""
    least, most = (4, 30) if order.customer.channel == "edi" else (1, 6)
    yield stage.env.timeout(stage.between(least * MINUTE, most * MINUTE))


def capture(stage: Stage, order: Order) -> Fact:
    """The buyer orders; where depends on the customer."""
    channel, number = order.customer.channel, stage.number("capture", 1001)
    order.customer_order = f"PO-{order.customer.number[-3:]}-{number}"
    if channel == "web":
        order.channel_order = f"#{number}"
        keys: dict[str, Any] = {"ch": [order.channel_order, str(820_000_000 + number)], "cpo": order.customer_order}
    elif channel == "crm":
        order.crm = f"801Kd0000{number:06d}AAA"
        keys = {"crm": order.crm, "cpo": order.customer_order}
    else:
        keys = {"cpo": order.customer_order}
    return stage.tell(
        _CAPTURE[channel], "order.captured", order, keys, order.lines, customer=order.customer.number, amount=worth(order.lines)
    )  # fmt: skip


def enter(stage: Stage, order: Order) -> Process:
    """The ERP takes the order in, gives it a number and promises a day; the CRM is told."""
    customer, erp = order.customer, order.customer.erp
    order.promise = promised(stage, order)
    order.crm = order.crm or f"801Kd0009{stage.number('crm'):06d}AAA"
    keys: dict[str, Any] = {"so": order.number, "cpo": order.customer_order}
    keys |= {"ch": order.channel_order} if order.channel_order else {}
    keys |= {"crm": order.crm} if customer.channel == "crm" else {}
    entered = stage.tell(
        erp.source, "order.created", order, keys, order.lines, revision=1, amount=worth(order.lines), currency=erp.currency,
        customer=customer.number, tier=customer.tier, channel=customer.channel, entity=erp.entity, promised_at=order.promise,
    )  # fmt: skip
    if erp is LEGACY:
        stage.tell(
            erp.source,
            "order.acknowledged",
            order,
            keys,
            order.lines,
            promised_at=order.promise,
            customer=customer.number,
        )
    show(stage, order, "Processing", entered)
    if order.fault == "F09" and customer.channel == "crm":
        stage.env.process(twice(stage, order))
    yield soon(stage, 1, 3)


def twice(stage: Stage, order: Order) -> Process:
    """F09: the same order is entered a second time; the desk finds out and strikes it out."""
    yield stage.env.timeout(stage.between(20 * MINUTE, 3 * HOUR))
    erp, customer = order.customer.erp, order.customer
    number = f"{erp.prefix}{stage.number(f'so {erp.entity}', 450_001)}"
    second = Order(
        number, customer, order.placed, order.lines, customer_order=order.customer_order, promise=order.promise
    )
    second.crm = f"801Kd0009{stage.number('crm'):06d}AAA"
    stage.orders.append(second)
    entered = stage.tell(
        erp.source, "order.created", second, {"so": number, "cpo": order.customer_order}, order.lines, revision=1,
        amount=worth(order.lines), currency=erp.currency, customer=customer.number, tier=customer.tier,
        channel=customer.channel, entity=erp.entity, promised_at=order.promise,
    )  # fmt: skip
    show(stage, second, "Processing", entered)
    suspected = stage.expect("F09", 0, second, entered.arrives)
    yield stage.until(OFFICE.add(stage.now, stage.between(10 * MINUTE, 100 * MINUTE)))
    suspected.until = cancelled(stage, second).arrives


def promised(stage: Stage, order: Order) -> int:
    """The end of the day, at the customer's, by which the goods should be there: the plan and two days on top."""
    node = NODES[order.customer.nodes[0]]
    ready = node.hours.shipping_day(OFFICE.add(stage.now, 2 * HOUR) + HOUR)
    slowest = max(CARRIERS[code].days[1] for code in node.carriers)
    due = node.hours.at(ready, 23 * HOUR)
    for _ in range(slowest + 2):
        due += DAY
        while node.hours.local(due).weekday() > 4:
            due += DAY
    return due


def hold(stage: Stage, order: Order) -> Process:
    """Some orders wait for finance; whoever decides does so within four hours of work, or forgets it."""
    forgotten = order.fault == "F17"
    if not forgotten and stage.dice.random() >= HELD:
        return
    erp, number = order.customer.erp, f"H{stage.number('hold', 501)}"
    keys = {"so": order.number}
    about: dict[str, Any] = {"hold": {"kind": "credit", "id": number}}
    placed = stage.tell(hold_source(order), "order.credit_held", order, keys, reason="over limit", **about)
    show(stage, order, "On Hold", placed)
    blocked = stage.expect_code("order_blocked", order.fault, order, placed.arrives)
    length = stage.between(6 * HOUR, 16 * HOUR) if forgotten else stage.between(20 * MINUTE, 3 * HOUR)
    yield stage.until(OFFICE.add(stage.now, length))
    released = stage.tell(hold_source(order), "order.credit_released", order, keys, currency=erp.currency, **about)
    blocked.until = released.arrives
    show(stage, order, "Processing", released)


def allocate(stage: Stage, order: Order) -> Process:
    """Stock is set aside."""
    yield soon(stage, 2, 12)
    location = NODES[order.customer.nodes[0]].location
    stage.tell(hold_source(order), "order.allocated", order, {"so": order.number}, order.lines, location=location)


def legs(stage: Stage, order: Order) -> list[Leg]:
    """Which node ships what: mostly one, now and then two."""
    nodes = [NODES[code] for code in order.customer.nodes]
    wanted = order.fault == "F31" or stage.dice.random() < SPLIT
    if len(nodes) > 1 and len(order.lines) > 1 and wanted:
        shares: list[tuple[Node, tuple[Line, ...]]] = [(nodes[0], order.lines[:1]), (nodes[1], order.lines[1:])]
    else:
        shares = [(nodes[0], order.lines)]
    order.legs = [new_leg(stage, order, node, lines) for node, lines in shares]
    return order.legs


def fulfil(stage: Stage, order: Order, leg: Leg) -> Process:
    """Released, handed over, and then the node's."""
    released = release(stage, order, leg)
    show(stage, order, "Released", released)
    yield from sending.hand_over(stage, order, leg, released)
    yield from warehouse.work(stage, order, leg)


def cancel(stage: Stage, order: Order) -> Process:
    """The buyer takes it back in time."""
    if order.channel_order:
        asked = stage.tell(SHOP, "order.cancel_requested", order, {"ch": order.channel_order}, reason="customer")
        yield stage.until(asked.heard)
    yield soon(stage, 1, 8)
    cancelled(stage, order)
