"""The catalogue of what goes wrong, as data: how often, to what, and which exceptions must then stand open.

`rate` is the share of orders that are struck (of scope `order`), how often in thirty days it comes over its place (of scope
`spell`), or the share of its occasions, as mornings at which stock is counted (of scope `occasion`).
A fault whose `codes` are empty must raise nothing: it is there to be withstood.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Fault:
    """One line of the catalogue."""

    id: str
    title: str
    codes: tuple[str, ...]
    rate: float
    scope: str = "order"


FAULTS: tuple[Fault, ...] = (
    Fault("F01", "Release never sent", ("release_not_sent",), 0.012),
    Fault("F02", "Release in dead letter", ("message_dead",), 0.012),
    Fault("F03", "Technical rejection", ("message_rejected",), 0.03),
    Fault("F04", "Technical acknowledgement only", ("ack_overdue",), 0.015),
    Fault("F05", "Warehouse refuses", ("node_rejected",), 0.015),
    Fault("F06", "Stale revision shipped", ("stale_revision_shipped",), 0.015),
    Fault("F07", "Change too late", ("change_too_late",), 0.015),
    Fault("F08", "Confirmation twice, perhaps posted twice", ("double_posted",), 0.02),
    Fault("F09", "Duplicate order entry", ("duplicate_order_suspect",), 0.01),
    Fault("F10", "Steps and scans out of order", ("milestone_missing",), 0.02),
    Fault("F11", "Confirmations late at one node", ("confirmation_late", "slo_burning"), 3, "spell"),
    Fault("F12", "Short pick, backordered", ("short_ship", "backorder_undated"), 0.03),
    Fault("F13", "Short pick, silently cancelled", ("short_ship_unresolved",), 0.015),
    Fault("F14", "Over-shipment", ("over_shipped",), 0.012),
    Fault("F15", "Hold conflict", ("hold_conflict",), 0.012),
    Fault("F16", "Shipped on hold or after cancel", ("shipped_on_hold", "shipped_after_cancel"), 0.02),
    Fault("F17", "Hold forgotten", ("hold_overdue",), 0.012),
    Fault("F18", "CRM stuck or ahead", ("status_diverged",), 0.02),
    Fault("F19", "Silent success", ("outcome_missing",), 0.012),
    Fault("F20", "Posting lag", ("shipment_unposted",), 0.012),
    Fault("F21", "Invoice before goods, or missing", ("invoiced_not_shipped", "invoice_overdue"), 0.02),
    Fault("F22", "Duplicate invoice after replay", ("duplicate_invoice",), 0.012),
    Fault("F23", "Snapshot late", ("inventory_stale",), 1, "occasion"),
    Fault("F24", "Partial snapshot", ("inventory_snapshot_partial",), 1, "occasion"),
    Fault("F25", "Stock drifts", ("inventory_drift", "oversell_risk"), 1, "occasion"),
    Fault("F26", "Invalid stock event", ("inventory_rejected",), 1, "occasion"),
    Fault("F27", "Wrong zone", ("clock_or_zone_error",), 3, "spell"),
    Fault("F28", "Carrier exception that service does not see", ("exception_not_visible", "ticket_before_alert"), 0.015),
    Fault("F29", "Label but no pickup", ("pickup_missing",), 0.012),
    Fault("F30", "Lost in transit", ("milestone_stale", "shipment_silent"), 0.012),
    Fault("F31", "Split leg missing", ("split_leg_missing",), 0.05),
    Fault("F32", "Return not posted, credit missing or wrong", ("return_unposted", "credit_overdue", "credit_mismatch"), 0.02),
    Fault("F33", "Supplier silent or late", ("po_ack_overdue", "supply_late_for_order"), 1, "occasion"),
    Fault("F34", "Shipping notice missing, late or wrong", ("asn_missing", "receipt_discrepancy", "asn_overdue"), 1, "occasion"),
    Fault("F35", "Partner outage and recovery burst", ("partner_outage",), 3, "spell"),
    Fault("F36", "Rate limit, slow degradation", ("interface_degrading",), 3, "spell"),
    Fault("F37", "Subscription expired", ("source_silent", "stream_gap"), 3, "spell"),
    Fault("F38", "New status code", ("mapping_unknown",), 3, "spell"),
    Fault("F39", "Master data mismatch", ("master_data_mismatch",), 0.01),
    Fault("F40", "Truncated batch", ("batch_incomplete", "sequence_gap"), 3, "spell"),
    Fault("F41", "Poison message loop", ("retry_exhausted",), 0.01),
    Fault("F42", "Identity traps", (), 1, "always"),
    Fault("F43", "Replay distortion", ("inventory_double_applied",), 1, "occasion"),
    Fault("F44", "Late truth", (), 0.015),
)  # fmt: skip
#: A spell comes at most once a day.
_OFTEN = 30
CATALOGUE = {fault.id: fault for fault in FAULTS}


def chosen(said: str) -> tuple[Fault, ...]:
    """`all`, `none`, or names with commas, each with its rate if it shall be another, as `F03=0.2`. Raises ValueError for a
    fault that does not exist, or a rate that is none."""
    if said in ("all", "none"):
        return FAULTS if said == "all" else ()
    named = [name.strip().upper().partition("=") for name in said.split(",") if name.strip()]
    if unknown := [name for name, _, _ in named if name not in CATALOGUE]:
        raise ValueError(f"there is no fault {unknown[0]}")
    return tuple({name: _rated(CATALOGUE[name], rate if told else None) for name, told, rate in named}.values())


def _rated(fault: Fault, rate: str | None) -> Fault:
    if rate is None:
        return fault
    try:
        number = float(rate)
    except ValueError:
        number = -1.0
    if not 0 <= number <= (_OFTEN if fault.scope == "spell" else 1):
        kind = f"times in thirty days, to {_OFTEN}" if fault.scope == "spell" else "a share from 0 to 1"
        raise ValueError(f"the rate of {fault.id} is {kind}, not {rate}")
    return replace(fault, rate=number)


def of_scope(faults: Iterable[Fault], scope: str) -> tuple[Fault, ...]:
    """Those that strike orders, or spells of time."""
    return tuple(fault for fault in faults if fault.scope == scope)
