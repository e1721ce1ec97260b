"""What the engine says of itself beside what rules say, and the codes that say why an order cannot go on.

Graces and default durations are judgement, not standard.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

SECOND = timedelta(seconds=1)
_MINUTE, _HOUR, _DAY = 60 * SECOND, 3600 * SECOND, timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Judgement:
    """An exception code that no rule has."""

    code: str
    title: str
    owner: str
    severity: str
    runbook: str


@dataclass(frozen=True, slots=True)
class Feed:
    """Whether any source can deliver an event type, asked in the way a rule asks for its stops."""

    id: str
    stops: tuple[str, ...]


#: Every rule of kind `deadline` may bring it about, so that it is none of a rule of its own.
REPORTED_LATE = Judgement(
    "reported_late", "Done in time, reported late", "partner", "low",
    "The step was done in time, and its report came only after the clock had run out: an exception was raised and taken "
    "back for nothing. It is closed already; ask the sender for earlier reports when it happens often.",
)  # fmt: skip

#: Codes that say why an order is blocked better than `order_blocked` does, which folds under them: first the missed
#: clocks, then the causes.
WHY_BLOCKED = (
    "release_overdue", "release_not_sent", "ack_overdue", "node_rejected", "message_dead", "message_rejected",
    "supply_late_for_order", "hold_overdue", "hold_conflict", "backorder_undated", "entry_overdue",
)  # fmt: skip
#: Exceptions whose order cannot go on.
BLOCKING = ("order_blocked", *WHY_BLOCKED)

#: Of no interest once an order is cancelled and nothing has left: they ask how it should go on, or whether it went well.
MOOT = (
    "order_blocked", "short_ship", "short_ship_unresolved", "backorder_undated", "split_leg_missing", "hold_conflict",
    "supply_late_for_order", "change_too_late", "milestone_missing",
)  # fmt: skip

#: They say which of two things came first by the time that a node tells, and are nothing where that cannot be trusted.
TIMED = ("shipped_on_hold", "shipped_after_cancel", "change_too_late", "stale_revision_shipped", "ticket_before_alert")

#: (step, stages of the order during it, first and last event, whose pace it is, the rule that measures it, duration where
#: neither pace nor rule is known). No rule measures the way to the customer: without a pace it takes no time.
STEPS: tuple[tuple[str, int, int, str, str, str, str, timedelta], ...] = (
    ("enter", 0, 0, "order.captured", "order.created", "", "S01", 15 * _MINUTE),
    ("release", 1, 4, "order.created", "order.released", "", "S02", 2 * _HOUR),
    ("send", 5, 5, "order.released", "fulfillment.requested", "", "S04", 5 * _MINUTE),
    ("acknowledge", 6, 6, "fulfillment.requested", "fulfillment.acknowledged", "partner", "S06", 4 * _HOUR),
    ("ship", 7, 9, "fulfillment.acknowledged", "shipment.dispatched", "partner", "S07", _DAY),
    ("deliver", 10, 11, "shipment.dispatched", "shipment.delivered", "carrier", "", timedelta()),
)
#: Fewer samples than this say nothing of a step; silence without a profile is judged after this long.
SAMPLES = 30
SILENT_AFTER = 72 * _HOUR

#: Steps whose absence says something only where a source can tell of them.
_TOLD = (
    "fulfillment.requested", "fulfillment.acknowledged", "pick.confirmed", "order.released", "shipment.dispatched",
    "message.acknowledged",
)  # fmt: skip


def feeds(needed: Iterable[str]) -> tuple[Feed, ...]:
    """What the engine asks of the feeds: can any source deliver these types, and the steps above, at all?"""
    return tuple(Feed(f"feed:{one}", (one,)) for one in sorted({*needed, *_TOLD}))
