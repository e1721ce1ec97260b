"""What can be found wrong beside a missed clock: one table of codes, with who answers, how bad, after which grace.

Rules of the catalogue have their own codes; here stand those that follow from what is believed of an order. Source:
the trade's fault catalogue (`dashboards/help/blocked.md`); graces and default durations are judgement, not standard.
"""

from dataclasses import dataclass
from datetime import timedelta

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One exception code. `grace` passes before it is raised; without a feed of any of `needs` silence proves nothing."""

    code: str
    title: str
    owner: str
    severity: str
    runbook: str
    grace: timedelta = timedelta()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an order is blocked. `code` is the exception that says so; empty where another one already does."""

    cause: str
    code: str
    owner: str
    severity: str


@dataclass(frozen=True, slots=True)
class Feed:
    """Whether any source can deliver an event type, asked in the way a rule asks for its stops."""

    id: str
    stops: tuple[str, ...]


JUDGEMENTS: tuple[Judgement, ...] = (
    Judgement("order_blocked", "Order blocked", "order-desk", "high",
        "The order cannot go on until somebody decides or repairs. The cause names whose decision it is: a hold, no stock, "
        "wrong data, a hold at the warehouse, trouble at the carrier. Decide, or pass it to whoever can."),
    Judgement("node_rejected", "Warehouse refused the order", "order-desk", "high",
        "The warehouse or 3PL refused the order. Read its reason, then release the order to another node, mend what it "
        "complains about and send it again, or cancel it and tell the customer."),
    Judgement("message_dead", "Message given up", "integration", "high",
        "The middleware gave the message up. Find it in the dead letters, mend the cause, replay it, and see that the "
        "receiver answers in business terms; a replay alone is not the end of it."),
    Judgement("message_rejected", "Message refused technically", "integration", "high",
        "The receiver could not read the message (997, CONTRL or HTTP error). Mend the content or the mapping and send it "
        "again; nothing of it has been processed there."),
    Judgement("partner_outage", "Partner cannot be reached", "integration", "critical",
        "Calls to the partner fail and messages wait. Tell the partner's desk, watch the queue, and after recovery check "
        "that what waited was taken once and only once."),
    Judgement("status_diverged", "Systems disagree", "integration", "high",
        "Two systems say different things of the order for longer than the hand-over between them takes. See which one is "
        "right in the views of the order, find the update that was lost, and send it again."),
    Judgement("outcome_missing", "Accepted, and nothing came of it", "integration", "high",
        "The receiver accepted the message and the state it should cause has not appeared there. Look for a failed write "
        "behind the accepted call, and send it again."),
    Judgement("over_shipped", "More shipped than ordered", "warehouse", "medium",
        "More left the warehouse than the order holds. Agree with the customer to keep and pay it or to send it back, and "
        "count the stock."),
    Judgement("shipment_unposted", "Shipment not posted in the ERP", "integration", "high",
        "Goods have left and the ERP has not booked the goods issue, or booked another quantity; the invoice waits for it. "
        "Look for the confirmation in the interface and post it, before the period closes.",
        30 * _MINUTE, ("shipment.posted",)),
    Judgement("invoiced_not_shipped", "Invoiced before it left", "finance", "high",
        "More is invoiced than has left. Find the missing confirmation, or credit the invoice.",
        needs=("shipment.dispatched", "shipment.posted")),
    Judgement("credit_mismatch", "Credit does not match the return", "finance", "medium",
        "What was credited is not what was returned at its price, or warehouse and ERP say different things of the goods. "
        "Compare the return's lines and correct the credit."),
    Judgement("short_ship", "Shipped short, rest backordered", "order-desk", "medium",
        "The warehouse shipped less than asked and the rest waits for stock. Tell the customer, give a date, and see to it "
        "that the rest is released when stock is there."),
    Judgement("short_ship_unresolved", "Shipped short, rest forgotten", "order-desk", "high",
        "The warehouse shipped less than asked and is done with it; the ERP still believes the rest is coming. Cancel the "
        "rest or release it again.", _HOUR),
    Judgement("backorder_undated", "Backorder without a date", "order-desk", "medium",
        "Nothing is on the shelf and nobody has said when there will be. Get a date from purchasing and tell the customer."),
    Judgement("hold_conflict", "Released here, held there", "order-desk", "high",
        "The ERP released what the warehouse holds. Find out why it is held, and let one of them give way."),
    Judgement("shipped_on_hold", "Shipped while on hold", "credit", "critical",
        "Goods left while a hold of the order was open. Decide whether to recall the shipment, and find out how it got past "
        "the hold."),
    Judgement("shipped_after_cancel", "Shipped after it was cancelled", "partner", "critical",
        "Goods left after the cancellation was accepted. Recall them or agree with the customer, and settle it with the "
        "partner."),
    Judgement("stale_revision_shipped", "Old revision shipped", "partner", "critical",
        "The warehouse acknowledged a newer revision before it picked, and shipped an older one. Correct, recall or accept "
        "it, and settle it with the partner."),
    Judgement("change_too_late", "Changed after it was picked", "order-desk", "medium",
        "The order was changed when the warehouse had already picked it. Ask whether they can still change it, or withdraw "
        "the change."),
    Judgement("split_leg_missing", "Part of the order is missing", "order-desk", "high",
        "One part of the order was delivered and of another nothing has been heard. Ask the node that has the missing part."),
    Judgement("supply_late_for_order", "Supply comes after the promise", "buyer", "high",
        "The supplier's confirmed date lies after the promise to the customer. Find another source, or promise anew."),
    Judgement("duplicate_invoice", "Invoiced twice", "finance", "critical",
        "Two invoices bill the same shipment. Credit or void one before the customer pays it."),
    Judgement("milestone_missing", "A step was never reported", "partner", "low",
        "A later step shows that an earlier one happened, and nobody reported it. Ask the partner to send it; if it never "
        "does, take it up in the next review.", _DAY),
    Judgement("reported_late", "Done in time, reported late", "partner", "low",
        "The step was done in time, and its report came only after the clock had run out: an exception was raised and taken "
        "back for nothing. It is closed already; ask the sender for earlier reports when it happens often."),
    Judgement("event_unmatched", "Event without an order", "integration", "medium",
        "An event has found no order for a day. Link it by hand if you know where it belongs; else ask its sender which "
        "order it means.", _DAY),
    Judgement("extract_differs", "Full extract differs from what we hold", "integration", "high",
        "A full extract of the system says something else than what it had sent us: messages were lost, or never sent. What "
        "the extract says is taken in already. Look at the list of differences, find the gap in the feed, and close it; the "
        "next extract that agrees ends this."),
    Judgement("receipt_discrepancy", "Received other than announced", "buyer", "medium",
        "The warehouse counted something else than the supplier announced. Settle the difference with the supplier."),
    Judgement("asn_missing", "Goods arrived unannounced", "buyer", "medium",
        "Goods arrived for which the supplier sent no shipping notice. Ask for it; without it nobody can plan the dock."),
    Judgement("inventory_drift", "Stock differs between systems", "inventory-control", "medium",
        "Warehouse and ERP count different quantities at the same time, beyond the tolerance. Find the movement that one of "
        "them lacks and post it."),
    Judgement("oversell_risk", "More promised than there is", "inventory-control", "high",
        "More is promised than is available. Take promises back or find stock."),
    Judgement("inventory_snapshot_partial", "Stock report incomplete", "partner", "high",
        "The stock report names far fewer items than usual. Missing ones were left as they were; ask for the whole report."),
    Judgement("inventory_rejected", "Stock event refused", "integration", "medium",
        "A stock event could not be true (negative, or of an unknown item or unit). Mend it and replay it."),
    Judgement("inventory_double_applied", "Adjustment booked twice", "integration", "critical",
        "The same adjustment was booked twice. Reverse one of them."),
    Judgement("availability_unsound", "Availability ignores promises", "inventory-control", "medium",
        "The availability that was published leaves out reservations or warehouse movements. Mend its inputs."),
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

#: `hold` stands for every kind of hold that has no line of its own. Causes of missed clocks have their Dues' case.
CAUSES: tuple[Cause, ...] = (
    Cause("hold", "order_blocked", "order-desk", "high"),
    Cause("hold:credit", "order_blocked", "credit", "medium"),
    Cause("node_hold", "order_blocked", "partner", "high"),
    Cause("no_stock", "order_blocked", "order-desk", "medium"),
    Cause("data_invalid", "order_blocked", "integration", "high"),
    Cause("manual_review", "order_blocked", "order-desk", "high"),
    Cause("posting_failed", "order_blocked", "integration", "high"),
    Cause("carrier_exception", "order_blocked", "carrier-desk", "high"),
    Cause("disposition_pending", "order_blocked", "warehouse", "medium"),
    Cause("node_rejected", "node_rejected", "order-desk", "high"),
    Cause("message_dead", "message_dead", "integration", "high"),
    Cause("message_rejected", "message_rejected", "integration", "high"),
    Cause("supply_late", "supply_late_for_order", "buyer", "high"),
    Cause("partner_outage", "", "integration", "critical"),
    Cause("entry_overdue", "", "integration", "medium"),
    Cause("release_overdue", "", "order-desk", "high"),
    Cause("release_not_sent", "", "integration", "high"),
    Cause("ack_overdue", "", "partner", "high"),
)
#: Missed clocks that leave an order waiting for a decision or a repair.
WAITING = ("entry_overdue", "release_overdue", "release_not_sent", "ack_overdue")
#: Codes that say why an order is blocked better than `order_blocked` does, which folds under them: first the missed
#: clocks, then the causes.
WHY_BLOCKED = tuple(
    dict.fromkeys(
        [*WAITING[1:], *(c.code for c in CAUSES if c.code not in ("", "order_blocked")),
         "hold_overdue", "hold_conflict", "backorder_undated", WAITING[0]]
    )
)  # fmt: skip
#: Exceptions whose order cannot go on.
BLOCKING = ("order_blocked", *WHY_BLOCKED)

#: (whose word is true, who should say the same, how long the hand-over may take, who looks after it)
PAIRS: tuple[tuple[str, str, timedelta, str], ...] = (
    ("erp", "crm", 15 * _MINUTE, "crm-integration"), ("erp", "3pl", _HOUR, "partner"), ("erp", "wms", _HOUR, "integration"),
    ("erp", "ecom", 30 * _MINUTE, "integration"), ("erp", "fin", _DAY, "finance"),
    ("carrier", "crm", 30 * _MINUTE, "crm-integration"),
)  # fmt: skip
#: The stages on which a follower is held to the truth; what lies between two of them counts as the lower one.
LADDERS: dict[str, tuple[str, ...]] = {
    "crm": ("captured", "created", "released", "dispatched", "delivered"),
    "ecom": ("captured", "dispatched", "delivered"),
}
#: A promise shown elsewhere may differ by this much: many systems keep dates only.
PROMISE_TOLERANCE = _DAY

#: (receiver of an accepted message, key the message names or "" for any, event that must follow, within)
OUTCOMES: tuple[tuple[str, str, str, timedelta], ...] = (
    ("crm", "", "crm.order_status_updated", 15 * _MINUTE),
    ("erp", "rma", "return.posted", 48 * _HOUR),
    ("erp", "sh", "shipment.posted", 30 * _MINUTE),
    ("erp", "ch", "order.created", 15 * _MINUTE),
)

#: (step, stages of the order during it, first and last event, whose pace it is, duration where none is known)
STEPS: tuple[tuple[str, int, int, str, str, str, timedelta], ...] = (
    ("enter", 0, 0, "order.captured", "order.created", "", 15 * _MINUTE),
    ("release", 1, 4, "order.created", "order.released", "", 2 * _HOUR),
    ("send", 5, 5, "order.released", "fulfillment.requested", "", 5 * _MINUTE),
    ("acknowledge", 6, 6, "fulfillment.requested", "fulfillment.acknowledged", "partner", 4 * _HOUR),
    ("ship", 7, 9, "fulfillment.acknowledged", "shipment.dispatched", "partner", _DAY),
    ("deliver", 10, 11, "shipment.dispatched", "shipment.delivered", "carrier", timedelta()),
)
#: Fewer samples than this say nothing of a step; silence without a profile is judged after this long.
SAMPLES = 30
SILENT_AFTER = 72 * _HOUR

#: What the engine asks of the feeds: can any source deliver this type at all?
FEEDS: tuple[Feed, ...] = tuple(
    Feed(f"feed:{one}", (one,))
    for one in sorted(
        {need for judgement in JUDGEMENTS for need in judgement.needs}
        | {
            "fulfillment.requested",
            "fulfillment.acknowledged",
            "pick.confirmed",
            "order.released",
            "shipment.dispatched",
        }
        | {"message.acknowledged"}
    )
)
