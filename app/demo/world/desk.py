"""The service desk: a customer calls, or somebody inside says that something is wrong."""

from app.demo.world.company import DESK
from app.demo.world.order import Fact, Order
from app.demo.world.stage import Stage


def ticket(stage: Stage, order: Order, reason: str) -> Fact:
    """A ticket of an order is opened."""
    keys = {"ticket": f"{stage.number('ticket', 35_001)}", "so": order.number}
    return stage.tell(DESK, "ticket.opened", order, keys, reason=reason)
