"""What objectives may count beside Dues: states that are looked at once a day, under the id of their SLA."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """A daily count: `what` is counted, and when one of it is `met`."""

    id: str
    title: str
    over: str
    what: str
    objective: None = None


COUNTS = {
    one.id: one
    for one in (
        Count(
            "S16", "Stock within tolerance", "position", "positions that node and ERP count alike at the end of the day"
        ),
        Count("S19", "Alert before ticket", "order", "tickets at whose opening an exception of the order was open"),
    )
}
