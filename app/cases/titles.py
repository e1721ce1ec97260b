"""What each exception code is called on a screen. A code without a line here is read out as it is written."""

from app.model import judgements

#: The codes of the rules; those of judgements stand with them.
TITLES = judgements.TITLES | {
    "entry_overdue": "Order entry overdue",
    "release_overdue": "Release overdue",
    "release_not_sent": "Release not sent to the warehouse",
    "tech_ack_missing": "Technical acknowledgment missing",
    "ack_overdue": "Warehouse acknowledgment overdue",
    "ship_overdue": "Shipment overdue",
    "tender_unanswered": "Load tender unanswered",
    "asn_unsent": "Shipping notice not sent",
    "delivery_late": "Delivery late",
    "crm_update_late": "CRM not updated",
    "confirmation_late": "Shipment reported late",
    "pickup_missing": "Not picked up by the carrier",
    "milestone_stale": "No news on the way",
    "shipment_silent": "Shipment silent",
    "exception_not_visible": "Trouble unknown to service",
    "ticket_before_alert": "Customer knew first",
    "return_unposted": "Return not posted",
    "credit_overdue": "Credit overdue",
    "po_ack_overdue": "Supplier acknowledgment overdue",
    "asn_overdue": "Supplier's shipping notice overdue",
    "commitment_not_updated": "New date not in the CRM",
    "hold_overdue": "Hold open too long",
    "invoice_overdue": "Invoice overdue",
    "return_auth_overdue": "Return authorization overdue",
    "receipt_unposted": "Receipt not posted",
    "source_silent": "Source is silent",
}


def title(code: str, cause: str | None = None) -> str:
    """The title of a case; a blocked order says by what."""
    words = TITLES.get(code) or code.replace("_", " ").capitalize()
    if code != "order_blocked" or not cause:
        return words
    kind, _, detail = cause.partition(":")
    return f"{words}: {detail.replace('_', ' ')} {kind}" if detail else f"{words}: {kind.replace('_', ' ')}"
