"""What the books do about goods that left and goods that came back: posting, invoice, return, credit, closing."""

from typing import Any

from app.demo.world import traps
from app.demo.world.company import CLOUD, CRM, GATEWAY, OFFICE
from app.demo.world.desk import ticket
from app.demo.world.erp import Process, hold_source
from app.demo.world.hours import DAY, HOUR, MINUTE
from app.demo.world.order import Fact, Leg, Line, Order, worth
from app.demo.world.stage import Stage

RETURNED = 0.05


def follow(stage: Stage, order: Order, leg: Leg, gone: Fact) -> Process:
    """The ERP books the goods issue when it hears of the dispatch, and bills it within hours of office time."""
    yield stage.until(gone.heard + stage.between(2 * MINUTE, 6 * MINUTE))
    if order.customer.channel == "edi" and order.customer.erp is CLOUD:
        notice = {"so": order.number, "sh": leg.shipment, "asn": f"N{leg.shipment}"}
        stage.tell(CLOUD.source, "asn.sent", order, notice, leg.picked or leg.lines, issuers={"sh": leg.node.code})
    yield stage.env.timeout(stage.between(MINUTE, 6 * MINUTE))
    if order.fault == "F19":
        yield from silent_success(stage, order, leg)
    if order.fault == "F20":
        yield stage.until(OFFICE.add(stage.now, stage.between(3 * HOUR, 12 * HOUR)))
    if leg.cancelled:
        return
    posted = post(stage, order, leg)
    if order.fault == "F08" and int(order.number[-1]) % 2:
        stage.env.process(post_again(stage, order, leg, posted))
    if order.fault == "F21" and int(order.number[-1]) % 2 == 0:
        return
    if order.fault == "F21":
        yield stage.until(OFFICE.days_later(stage.now, 3))
    yield stage.until(OFFICE.add(stage.now, stage.between(HOUR, 6 * HOUR)))
    billed = bill(stage, order, leg)
    if order.customer.channel == "edi" and order.customer.erp is CLOUD:
        stage.env.process(paid(stage, order, billed))
    if order.fault == "F22":
        yield from bill_again(stage, order, leg, billed)


def post(stage: Stage, order: Order, leg: Leg, **why: str) -> Fact:
    """The goods issue of one shipment."""
    keys, lines = {"so": order.number, "sh": leg.shipment}, leg.picked or leg.lines
    return stage.tell(hold_source(order), "shipment.posted", order, keys, lines, issuers={"sh": leg.node.code}, **why)


def post_again(stage: Stage, order: Order, leg: Leg, posted: Fact) -> Process:
    """F08: the ERP takes the second copy of the confirmation for another one, and books it too; one of the two is reversed."""
    yield stage.env.timeout(stage.between(10 * MINUTE, 40 * MINUTE))
    second = post(stage, order, leg)
    twice = stage.expect(
        "F08", 0, order, max(posted.arrives, second.arrives), subject=f"sh:{leg.node.code}:{leg.shipment}"
    )
    yield stage.until(OFFICE.add(stage.now, stage.between(3 * HOUR, 9 * HOUR)))
    twice.until = post(stage, order, leg, reason="reversal").arrives


def silent_success(stage: Stage, order: Order, leg: Leg) -> Process:
    """The ERP accepts the confirmation (200 OK) and nothing comes of it for a day."""
    keys = {"so": order.number, "sh": leg.shipment, "msg": f"M{stage.number('message', 5_001)}"}
    taken = stage.tell(
        "mw.bus", "message.acknowledged", order, keys, partner=order.customer.erp.scope, issuers={"sh": leg.node.code}
    )
    missing = stage.expect("F19", 0, order, taken.arrives + 30 * MINUTE)
    yield stage.until(OFFICE.add(stage.now, stage.between(5 * HOUR, 14 * HOUR)))
    missing.until = stage.now


def bill(stage: Stage, order: Order, leg: Leg) -> Fact:
    """One invoice for one shipment, or its part of a collective one."""
    lines = leg.picked or leg.lines
    keys = {
        "so": order.number,
        "sh": leg.shipment,
        "inv": traps.invoice(stage, order),
    }
    return stage.tell(
        order.customer.erp.source, "invoice.posted", order, keys, lines, issuers={"sh": leg.node.code}, amount=worth(lines),
        currency=order.customer.erp.currency, fo=leg.fo, customer=order.customer.number,
    )  # fmt: skip


def paid(stage: Stage, order: Order, billed: Fact) -> Process:
    """A customer who orders by EDI pays by it too, a week or more later, and says of which invoice."""
    yield stage.until(OFFICE.days_later(billed.heard, 5) + stage.between(0, 4 * DAY))
    stage.tell(
        GATEWAY, "payment.applied", order, {"inv": billed.keys["inv"]}, amount=billed.data["amount"], customer=order.customer.number,
        currency=billed.data["currency"], trace=f"T{stage.number('payment', 70_001)}",
    )  # fmt: skip


def bill_ahead(stage: Stage, order: Order, leg: Leg) -> None:
    """F21: the invoice is posted while the goods still stand in the warehouse."""
    said = bill(stage, order, leg)
    leg.billed = stage.expect("F21", 0, order, said.arrives)


def ship_ahead_closed(order: Order, gone: Fact) -> None:
    """What ran ahead of the goods is true once they have left."""
    for leg in order.legs:
        if leg.billed and leg.fo == gone.keys.get("fo"):
            leg.billed.until = gone.arrives
    if order.ahead:
        order.ahead.until = gone.arrives


def bill_again(stage: Stage, order: Order, leg: Leg, billed: Fact) -> Process:
    """F22: a replay makes a second invoice of the same shipment; finance credits it the next day."""
    yield stage.env.timeout(stage.between(10 * MINUTE, 3 * HOUR))
    second = bill(stage, order, leg)
    double = stage.expect("F22", 0, order, second.arrives)
    yield stage.until(OFFICE.days_later(stage.now, 2))
    lines = leg.picked or leg.lines
    keys = {"so": order.number, "inv": second.keys["inv"], "cm": f"{stage.number('credit', 30_001)}"}
    credit = stage.tell(
        order.customer.erp.source, "credit.issued", order, keys, lines, amount=worth(lines), reason="duplicate invoice",
        currency=order.customer.erp.currency, customer=order.customer.number,
    )  # fmt: skip
    double.until = credit.arrives


def show_ahead(stage: Stage, order: Order, truck: int) -> None:
    """F18: the CRM says that it has left while nothing has."""
    said = stage.tell(CRM, "crm.order_status_updated", order, {"so": order.number, "crm": order.crm}, status="Shipped")
    if truck - said.arrives > 20 * MINUTE:
        order.ahead = stage.expect("F18", 0, order, said.arrives + 15 * MINUTE)


def after(stage: Stage, order: Order, leg: Leg, at_door: Fact) -> Process:
    """Some goods come back."""
    wanted = order.fault == "F32" or (not order.fault and stage.dice.random() < RETURNED)
    if not wanted or leg.cancelled or order.customer.erp.source != "erp.cloud":
        return
    yield stage.env.timeout(stage.between(4 * HOUR, 2 * DAY))
    rma = f"R{stage.number('rma', 20_001)}"
    keys = {"so": order.number, "rma": rma}
    back = ((leg.picked or leg.lines)[0],)
    ticket(stage, order, "wants to return")
    yield stage.until(OFFICE.add(stage.now, stage.between(HOUR, 5 * HOUR)))
    erp = order.customer.erp.source
    stage.tell(erp, "return.authorized", order, keys, back, reason="not wanted", partner=leg.node.code)
    yield stage.until(leg.node.hours.add(stage.now + DAY, stage.between(HOUR, 20 * HOUR)))
    received = stage.tell(leg.node.code, "return.received", order, {"rma": rma, "rc": f"RC{rma}"}, back)
    yield stage.env.timeout(stage.between(20 * MINUTE, 3 * HOUR))
    if "return.inspected" in leg.node.tells:
        about: dict[str, Any] = {"status": "good", "disposition": "restock"}
        stage.tell(leg.node.code, "return.inspected", order, {"rma": rma, "rc": f"RC{rma}"}, back, **about)
    yield from settle(stage, order, keys, back, received)


def settle(stage: Stage, order: Order, keys: dict[str, str], back: tuple[Line, ...], received: Fact) -> Process:
    """The ERP posts what came back, finance credits it; one of three faults: not posted, late, or a wrong sum."""
    fault = int(order.number[-1]) % 3 if order.fault == "F32" else -1
    erp = order.customer.erp
    posted_at = OFFICE.add(received.heard, stage.between(2 * HOUR, 9 * HOUR))
    yield stage.until(OFFICE.days_later(posted_at, 4) if fault == 0 else posted_at)
    stage.tell(erp.source, "return.posted", order, keys, back)
    yield stage.until(OFFICE.add(stage.now, stage.between(2 * HOUR, 9 * HOUR)))
    if fault == 1:
        yield stage.until(OFFICE.days_later(stage.now, 4))
    amount = worth(back)
    if fault == 2:
        amount = f"{float(amount) / 2:.2f}"
    said = stage.tell(
        erp.source, "credit.issued", order, keys | {"cm": f"{stage.number('credit', 30_001)}"}, back, amount=amount,
        currency=erp.currency, customer=order.customer.number,
    )  # fmt: skip
    if fault == 2:
        stage.expect("F32", 2, order, said.arrives, subject=f"rma:{erp.scope}:{keys['rma']}")
