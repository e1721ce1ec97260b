"""What can be found wrong beside a missed clock: one table of codes, with who answers, how bad, after which grace.

Rules of the catalogue have their own codes; here stand those that follow from what is believed of an order. Source:
the trade's fault catalogue (`dashboards/help/blocked.md`); graces and default durations are judgement, not standard.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

SECOND = timedelta(seconds=1)
_MINUTE, _HOUR, _DAY = 60 * SECOND, 3600 * SECOND, timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One exception code. `grace` passes before it is raised; without a feed of any of `needs` silence proves nothing."""

    code: str
    title: str
    owner: str
    severity: str
    runbook: str
    grace: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Feed:
    """Whether any source can deliver an event type, asked in the way a rule asks for its stops."""

    id: str
    stops: tuple[str, ...]


JUDGEMENTS: tuple[Judgement, ...] = (
    Judgement("partner_outage", "Partner cannot be reached", "integration", "critical",
        "Calls to the partner fail and messages wait. Tell the partner's desk, watch the queue, and after recovery check "
        "that what waited was taken once and only once."),
    Judgement("reported_late", "Done in time, reported late", "partner", "low",
        "The step was done in time, and its report came only after the clock had run out: an exception was raised and taken "
        "back for nothing. It is closed already; ask the sender for earlier reports when it happens often."),
    Judgement("extract_differs", "Full extract differs from what we hold", "integration", "high",
        "A full extract of the system says something else than what it had sent us: messages were lost, or never sent. What "
        "the extract says is taken in already. Look at the list of differences, find the gap in the feed, and close it; the "
        "next extract that agrees ends this."),
    Judgement("schema_changed", "Messages are not as agreed", "integration", "high",
        "A source sends another schema, another type of event, or a file without a column that was agreed. Look at the first "
        "such message, mend the mapping and replay, or agree anew with its owner."),
    Judgement("mapping_unknown", "A status or type that nobody knows", "integration", "medium",
        "A source uses a code that no mapping knows; the message is kept and moves nothing. Add the code to the mapping and "
        "replay what waits."),
    Judgement("batch_incomplete", "Batch is incomplete", "partner", "high",
        "A message holds less than its trailer counts, or was cut off. Ask the sender for it again, whole."),
    Judgement("sequence_gap", "Messages are missing", "partner", "high",
        "A source numbers what it sends, and a number has not come. Ask for the missing message; the exception clears when it "
        "arrives.", 5 * _MINUTE),
)  # fmt: skip

CODES: dict[str, Judgement] = {one.code: one for one in JUDGEMENTS}
TITLES: dict[str, str] = {one.code: one.title for one in JUDGEMENTS}
RUNBOOKS: dict[str, str] = {one.code: one.runbook for one in JUDGEMENTS}

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
