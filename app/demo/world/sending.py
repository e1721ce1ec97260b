"""How a release reaches its node: the request, what becomes of it technically, and what goes wrong on the way."""

from typing import Any

from app.demo.world.company import BUS, OFFICE
from app.demo.world.erp import Process, bus_or_gateway
from app.demo.world.hours import HOUR, MINUTE
from app.demo.world.order import Fact, Leg, Order
from app.demo.world.spells import queued
from app.demo.world.stage import Stage
from app.demo.world.traps import tracing

#: The share of what waited behind a shut door that is sent twice.
_TWICE = 0.3


def hand_over(stage: Stage, order: Order, leg: Leg, released: Fact) -> Process:
    """Within minutes of the release the request is sent; a partner's computer says at once that it could read it."""
    yield stage.until(released.at + stage.between(30, 200))
    if order.fault == "F01":
        yield stage.until(OFFICE.add(stage.now, stage.between(HOUR, 9 * HOUR)))
    if burst := stage.shut(leg.node.code):
        yield from queued(stage, order, {"fo": leg.fo, "so": order.number}, leg.node)
    if order.fault in ("F02", "F41"):
        yield from dead(stage, order, leg)
    asked = requested(stage, order, leg)
    # What waited is sent by two workers now and then.
    asked.copies = 2 if burst and stage.dice.random() < _TWICE else 1
    yield stage.env.timeout(stage.between(4, 40))
    if order.fault == "F03" and leg.node.wire == "x12":
        yield from refused(stage, order, leg, asked)
    elif leg.node.wire in ("x12", "rest"):
        taken(stage, order, leg)


def requested(stage: Stage, order: Order, leg: Leg, kind: str = "fulfillment.requested") -> Fact:
    """The instruction leaves the house."""
    number = stage.number("message", 5_001)
    keys = {"fo": leg.fo, "so": order.number, "msg": f"M{number}"}
    return stage.tell(
        bus_or_gateway(leg.node), kind, order, keys, leg.lines, partner=leg.node.code, revision=leg.revision,
        location=leg.node.location, customer=order.customer.number, control=number, **tracing(stage, order, leg),
    )  # fmt: skip


def taken(stage: Stage, order: Order, leg: Leg) -> Fact:
    """A 997 or an HTTP 202: it could be read, no more."""
    return _answered(stage, order, leg, "message.acknowledged", status="A")


def refused(stage: Stage, order: Order, leg: Leg, asked: Fact) -> Process:
    """The partner's translator cannot read it (997, AK501=R); somebody mends the mapping and sends it again. The refusal
    names the request by its number alone, so it means nothing to who has not heard of that."""
    rejected = _answered(stage, order, leg, "message.rejected", status="R")
    missing = stage.expect("F03", 0, order, max(asked.arrives, rejected.arrives), subject=leg.subject)
    yield stage.until(OFFICE.add(stage.now, stage.between(HOUR, 6 * HOUR)))
    requested(stage, order, leg)
    yield stage.env.timeout(stage.between(4, 40))
    missing.until = taken(stage, order, leg).arrives


def _answered(stage: Stage, order: Order, leg: Leg, kind: str, **data: Any) -> Fact:
    control = next(
        f.data["control"] for f in reversed(stage.facts)
        if f.keys.get("fo") == leg.fo and f.data.get("partner") == leg.node.code and "control" in f.data
    )  # fmt: skip
    keys = {"fo": leg.fo, "so": order.number, "msg": f"M{control}"}
    source = bus_or_gateway(leg.node)
    return stage.tell(source, kind, order, keys, partner=leg.node.code, control=control, **data)


def tried(stage: Stage, order: Order, leg: Leg, keys: dict[str, str], about: dict[str, Any]) -> Process:
    """F41: nobody parks it: the same message is tried every quarter of an hour for half a day."""
    tries = [stage.now + count * 15 * MINUTE for count in range(stage.between(20, 40))]
    for count, moment in enumerate(tries):
        yield stage.until(moment)
        said = stage.tell(BUS, "message.retried", order, keys, reason="mapping failed", **about)
        if count == 5:
            endless = stage.expect("F41", 0, order, said.arrives, subject=leg.subject)
    yield stage.env.timeout(MINUTE)
    endless.until = stage.now


def dead(stage: Stage, order: Order, leg: Leg) -> Process:
    """The middleware gives the message up; a person finds it, mends it and replays it."""
    keys = {"fo": leg.fo, "so": order.number, "msg": f"M{stage.number('message', 5_001)}"}
    about: dict[str, Any] = {"partner": leg.node.code, "location": leg.node.location}
    if order.fault == "F41":
        yield from tried(stage, order, leg, keys, about)
    given_up = stage.tell(BUS, "message.dead_lettered", order, keys, reason="mapping failed", **about)
    leg.dead = stage.expect_code("message_dead", order.fault, order, given_up.arrives, subject=leg.subject)
    yield stage.until(OFFICE.add(stage.now, stage.between(HOUR, 7 * HOUR)))
    stage.tell(BUS, "message.replayed", order, keys, **about)
    yield stage.env.timeout(stage.between(5, 30))
