"""Who orders what, when: busy and quiet hours on the customer's own clock, weekends, and baskets of whole packs."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.demo.world.company import CUSTOMERS, SKUS, Customer
from app.demo.world.order import Line

#: How much is ordered in each hour of the local day, and on each day of the week, beside the others.
_HOURS = {
    "web": (1, 1, 1, 1, 1, 2, 3, 5, 7, 8, 8, 8, 9, 8, 7, 7, 7, 8, 9, 11, 12, 11, 7, 3),
    "crm": (0, 0, 0, 0, 0, 0, 0, 2, 8, 12, 12, 10, 6, 9, 11, 10, 8, 4, 1, 0, 0, 0, 0, 0),
    "edi": (1, 1, 1, 1, 4, 8, 12, 8, 6, 5, 5, 5, 4, 4, 4, 4, 3, 3, 2, 2, 1, 1, 1, 1),
}
_DAYS = {"web": (11, 10, 9, 9, 8, 7, 9), "crm": (12, 11, 10, 10, 7, 0, 0), "edi": (14, 12, 11, 11, 10, 1, 1)}


def placed(dice: random.Random, start: int, end: int, orders: int) -> Iterator[tuple[int, Customer]]:
    """(when, by whom) of each order between two instants, in the order of time."""
    weights = [one.orders for one in CUSTOMERS]
    moments: list[tuple[int, int, Customer]] = []
    while len(moments) < orders:
        customer = dice.choices(CUSTOMERS, weights)[0]
        moment = dice.randrange(start, end)
        if dice.random() < _busy(customer, moment):
            moments.append((moment, len(moments), customer))
    yield from ((moment, customer) for moment, _, customer in sorted(moments))


def _busy(customer: Customer, moment: int) -> float:
    local = datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(customer.zone))
    hours, days = _HOURS[customer.channel], _DAYS[customer.channel]
    return hours[local.hour] * days[local.weekday()] / (max(hours) * max(days))


def basket(dice: random.Random) -> tuple[Line, ...]:
    """One to four articles in whole packs."""
    chosen = dice.sample(SKUS, dice.choices((1, 2, 3, 4), (45, 30, 17, 8))[0])
    return tuple(
        Line(str(10 * at), sku.code, sku.pack * dice.randint(1, 8) + (1 if sku.pack == 1 else 0), sku.price)
        for at, sku in enumerate(chosen, 1)
    )
