"""Goods that come in: purchase orders, the supplier's word, the shipping notice, the dock, the books."""

from typing import Any

from app.demo.world.company import OFFICE, SKUS, SOUTH, SUPPLIERS, WORKSHOP
from app.demo.world.erp import Process
from app.demo.world.hours import DAY, HOUR
from app.demo.world.order import Fact, Line, Order
from app.demo.world.stage import Expected, Stage

ERP = "erp.cloud"
#: Which of every eight purchase orders goes wrong, and how.
_SCHEDULE = {0: "F34 late", 2: "F33 silent", 4: "F34 missing", 6: "F34 wrong"}


def buying(stage: Stage) -> Process:
    """Two purchase orders each working day."""
    while True:
        yield stage.until(OFFICE.add(stage.now, stage.between(5 * HOUR, 9 * HOUR)))
        stage.env.process(purchase(stage))


def purchase(stage: Stage) -> Process:
    """One of them, from the buyer's desk to the shelf."""
    number = stage.number("po", 61_001)
    trouble = _SCHEDULE.get(number % 8, "")
    trouble = trouble if trouble and stage.occasion(trouble[:3]) else ""
    keys, supplier = {"po": f"{number}"}, SUPPLIERS[number % len(SUPPLIERS)]
    sku = stage.dice.choice(SKUS)
    lines = (Line("1", sku.code, 40 * sku.pack + 100, sku.price),)
    need = stage.now + 9 * DAY
    about = {"supplier": supplier, "partner": supplier, "location": SOUTH.location, "currency": "USD"}
    stage.tell(ERP, "purchase_order.created", None, keys, lines, revision=1, need_by=need, **about)
    yield stage.env.timeout(stage.between(60, 300))
    sent = stage.tell(ERP, "purchase_order.sent", None, keys, lines, revision=1, need_by=need, **about)
    yield from answered(stage, keys, lines, supplier, sent, need, trouble)
    yield stage.until(WORKSHOP.add(stage.now, stage.between(9 * HOUR, 18 * HOUR)))
    yield from arriving(stage, keys, lines, supplier, trouble)


def ordered_for(stage: Stage, order: Order, missing: Line) -> dict[str, str]:
    """F33: what an order waits for is bought, and the supplier's date will lie behind its promise; gives the purchase order."""
    keys = {"po": f"{stage.number('po', 61_001)}"}
    supplier = SUPPLIERS[int(keys["po"]) % len(SUPPLIERS)]
    about: dict[str, Any] = {"supplier": supplier, "partner": supplier, "location": SOUTH.location, "currency": "USD"}
    need = order.promise + 5 * DAY
    lines = (missing,)
    stage.tell(ERP, "purchase_order.created", order, keys, lines, revision=1, need_by=need, **about)
    stage.tell(ERP, "purchase_order.sent", order, keys, lines, revision=1, need_by=need, **about)
    return keys | {"supplier": supplier}


def too_late(stage: Stage, order: Order, missing: Line, bought: dict[str, str], late: list[Expected]) -> Process:
    """The supplier confirms within hours, for a day behind the promise."""
    yield stage.until(WORKSHOP.add(stage.now, stage.between(HOUR, 4 * HOUR)))
    if "over" in bought:
        return
    keys = {"po": bought["po"]}
    day = max(order.promise, stage.now) + 3 * DAY
    said = stage.tell(bought["supplier"], "purchase_order.acknowledged", order, keys, (missing,), confirmed_at=day)
    late.append(stage.expect("F33", 1, order, said.arrives))


def given_up(stage: Stage, order: Order, bought: dict[str, str]) -> Fact:
    """The goods were found elsewhere: the supplier does not answer any more."""
    bought["over"] = "yes"
    about: dict[str, Any] = {"supplier": bought["supplier"], "partner": bought["supplier"]}
    return stage.tell(ERP, "purchase_order.cancelled", order, {"po": bought["po"]}, reason="found elsewhere", **about)


def subject(keys: dict[str, str]) -> str:
    """A purchase order, as exceptions name it."""
    return f"po:{ERP}:{keys['po']}"


def answered(
    stage: Stage, keys: dict[str, str], lines: tuple[Line, ...], supplier: str, sent: Fact, need: int, trouble: str
) -> Process:  # fmt: skip
    """The supplier confirms within a day of its own; a silent one three days later, with a date that is too late."""
    silent = trouble == "F33 silent"
    answer = WORKSHOP.add(stage.now, stage.between(20 * HOUR, 26 * HOUR) if silent else stage.between(HOUR, 6 * HOUR))
    due = WORKSHOP.days_later(sent.at, 1)
    missing = stage.expect("F33", 0, None, due, None, subject(keys)) if silent and answer > due else None
    yield stage.until(answer)
    confirmed = need + 3 * DAY if silent else need - DAY
    said = stage.tell(supplier, "purchase_order.acknowledged", None, keys, lines, confirmed_at=confirmed)
    if missing:
        missing.until = said.arrives
    if silent:
        # Nobody plans with the new date: the purchase order still says the old one.
        stage.expect_code("supply_update_unplanned", "F33", None, said.arrives + 4 * HOUR, subject=subject(keys))


def arriving(stage: Stage, keys: dict[str, str], lines: tuple[Line, ...], supplier: str, trouble: str) -> Process:
    """The notice, the dock two days later, the books the same day."""
    named = {} if trouble in ("F34 missing", "F34 late") else {"asn": f"ASN{keys['po']}"}
    if named:
        stage.tell(supplier, "asn.received", None, keys | named, lines, eta=stage.now + 2 * DAY)
    yield stage.until(SOUTH.hours.add(stage.now + DAY + 12 * HOUR, stage.between(HOUR, 6 * HOUR)))
    counted = (lines[0].of(lines[0].qty - 30),) if trouble == "F34 wrong" else lines
    at_dock = stage.tell(SOUTH.code, "receipt.counted", None, keys | named | {"rc": f"RC{keys['po']}"}, counted)
    if trouble.startswith("F34"):
        seen = stage.expect("F34", 1 if trouble == "F34 wrong" else 0, None, at_dock.arrives, subject=subject(keys))
        if trouble == "F34 late":
            stage.env.process(announced_late(stage, keys, lines, supplier, seen))
    yield stage.env.timeout(stage.between(HOUR, 5 * HOUR))
    about: dict[str, Any] = {"location": SOUTH.location, "partner": SOUTH.code}
    stage.tell(ERP, "receipt.posted", None, keys | {"rc": f"RC{keys['po']}"}, counted, **about)


def announced_late(
    stage: Stage, keys: dict[str, str], lines: tuple[Line, ...], supplier: str, seen: Expected
) -> Process:
    """The notice comes when the goods have been counted for hours."""
    arrived = stage.now
    yield stage.until(WORKSHOP.add(stage.now, stage.between(4 * HOUR, 8 * HOUR)))
    told = stage.tell(supplier, "asn.received", None, keys | {"asn": f"ASN{keys['po']}"}, lines, eta=arrived)
    seen.until = told.arrives
    # S25: never after arrival. That is known, and over, with the notice itself.
    stage.expect("F34", 2, None, told.arrives, told.arrives, subject(keys))
