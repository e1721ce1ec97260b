"""Plays a world: orders come as people order, each lives its own life, and the spells of trouble come over them."""

import random
from collections.abc import Callable, Iterable

from app.demo.world import calls, spells, stock, supply
from app.demo.world.company import Customer
from app.demo.world.demand import basket, placed
from app.demo.world.faults import Fault
from app.demo.world.hours import DAY
from app.demo.world.office import life
from app.demo.world.order import Order
from app.demo.world.stage import Stage


def played(
    orders: int, start: int, end: int, seed: int = 7, faults: Iterable[Fault] = (), late: int = 0, shuffled: bool = False,
    offset: int = 0, goods: bool = True, calm: tuple[int, float] = (0, 1.0), day_over: Callable[[], None] = lambda: None,
) -> Stage:  # fmt: skip
    """A world with so many orders between two instants (seconds of UTC); the same seed plays the same.

    `late` is by how many seconds files may come late, `shuffled` lets single messages come out of their order, `offset`
    is added to all numbers, `calm` (until when, which share) lets faults strike fewer orders before. Without `goods` nothing is counted, nor bought. `day_over` is called after
    each of its days.
    """
    stage = Stage(start, end, seed, tuple(faults), late, shuffled, offset, orders, calm)
    dice = random.Random(seed + 1)
    for moment, customer in placed(dice, start, end, orders):
        order = born(stage, dice, moment, customer)
        stage.orders.append(order)
        stage.env.process(life(stage, order))
    spells.begin(stage)
    if goods:
        stock.begin(stage)
        stage.env.process(supply.buying(stage))
        stage.env.process(calls.counting(stage))
    for day in range(start + DAY, end + DAY, DAY):
        stage.env.run(until=min(day, end))
        day_over()
    return stage


def born(stage: Stage, dice: random.Random, moment: int, customer: Customer) -> Order:
    """An order before anybody has heard of it."""
    erp = customer.erp
    number = f"{erp.prefix}{stage.number(f'so {erp.entity}', 450_001)}"
    order = Order(number, customer, moment, basket(dice))
    order.fault = stage.struck(order)
    return order
