"""The names of events and stages, who owns them, and how far along the order they stand.

Source of the names, owners and order: the trade's order-to-cash life cycle (docs in `dashboards/help/events.md`).
"""

#: Stages of an order in rank. `cancelled` and `rejected` end an order outside the ladder.
STAGES = (
    "captured", "created", "held", "allocated", "backordered", "released", "requested", "acknowledged",
    "picking", "packed", "dispatched", "in_transit", "delivered", "closed",
)  # fmt: skip
RANK = {stage: rank for rank, stage in enumerate(STAGES)} | {"cancelled": -1, "rejected": -2}

#: Roles of systems, in the order that settles a tie at one instant.
ROLES = ("erp", "erp_legacy", "crm", "ecom", "edi", "mw", "3pl", "wms", "tms", "carrier", "sup", "desk", "fin")
#: Roles whose systems are partners.
PARTNERS = ("3pl", "wms", "carrier", "sup")

#: event type -> (roles that may assert it, stage it brings the order to or "" where it moves none)
EVENTS: dict[str, tuple[tuple[str, ...], str]] = {
    "order.captured": (("ecom", "crm", "edi"), "captured"),
    "order.created": (("erp",), "created"),
    "order.rejected": (("erp",), "rejected"),
    "order.acknowledged": (("erp", "edi"), ""),
    "order.changed": (("erp",), ""),
    "order.credit_held": (("erp", "fin"), ""),
    "order.credit_released": (("erp", "fin"), ""),
    "order.hold_placed": (("erp",), ""),
    "order.hold_released": (("erp",), ""),
    "order.promise_changed": (("erp",), ""),
    "order.allocated": (("erp",), "allocated"),
    "order.backordered": (("erp",), "backordered"),
    "order.released": (("erp",), "released"),
    "order.cancel_requested": (("ecom", "crm", "desk"), ""),
    "order.cancelled": (("erp",), "cancelled"),
    "order.closed": (("erp",), "closed"),
    "fulfillment.requested": (("mw", "edi"), "requested"),
    "fulfillment.change_requested": (("mw", "edi"), ""),
    "fulfillment.cancel_requested": (("mw", "edi"), ""),
    "fulfillment.acknowledged": (("3pl", "wms"), "acknowledged"),
    "fulfillment.rejected": (("3pl", "wms"), ""),
    "fulfillment.held": (("wms", "3pl"), ""),
    "fulfillment.hold_released": (("wms", "3pl"), ""),
    "fulfillment.cancelled": (("wms", "3pl"), ""),
    "fulfillment.cancel_rejected": (("wms", "3pl"), ""),
    "wave.released": (("wms",), "picking"),
    "pick.confirmed": (("wms", "3pl"), "picking"),
    "pick.shorted": (("wms", "3pl"), ""),
    "package.packed": (("wms",), "packed"),
    "shipment.label_created": (("wms", "3pl"), ""),
    "load.tendered": (("tms",), ""),
    "load.accepted": (("carrier",), ""),
    "load.declined": (("carrier",), ""),
    "shipment.booked": (("tms", "carrier"), ""),
    "appointment.set": (("tms", "carrier"), ""),
    "routing.requested": (("tms",), ""),
    "routing.received": (("tms",), ""),
    "shipment.dispatched": (("wms", "3pl", "sup"), "dispatched"),
    "shipment.voided": (("wms", "3pl"), ""),
    "shipment.posted": (("erp",), ""),
    "asn.sent": (("erp", "edi"), ""),
    "shipment.picked_up": (("carrier",), "in_transit"),
    "shipment.in_transit": (("carrier",), "in_transit"),
    "shipment.arrived": (("carrier",), "in_transit"),
    "shipment.out_for_delivery": (("carrier",), "in_transit"),
    "shipment.available_for_pickup": (("carrier",), "in_transit"),
    "shipment.eta_changed": (("carrier", "tms"), ""),
    "shipment.delivery_attempted": (("carrier",), "in_transit"),
    "shipment.exception": (("carrier", "3pl"), ""),
    "shipment.returned_to_sender": (("carrier",), ""),
    "shipment.delivered": (("carrier",), "delivered"),
    "inventory.snapshot": (("wms", "3pl"), ""),
    "inventory.adjusted": (("wms", "3pl"), ""),
    "inventory.moved": (("wms", "3pl"), ""),
    "inventory.posted": (("erp",), ""),
    "inventory.rejected": (("mw",), ""),
    "availability.published": (("erp", "mw"), ""),
    "invoice.posted": (("erp", "fin"), ""),
    "invoice.disputed": (("erp", "fin"), ""),
    "payment.received": (("fin",), ""),
    "payment.applied": (("fin",), ""),
    "freight_invoice.received": (("carrier",), ""),
    "return.requested": (("desk", "ecom"), ""),
    "return.authorized": (("erp",), ""),
    "return.rejected": (("erp",), ""),
    "return.in_transit": (("carrier",), ""),
    "return.received": (("wms", "3pl"), ""),
    "return.inspected": (("wms", "3pl"), ""),
    "return.posted": (("erp",), ""),
    "credit.issued": (("erp", "fin"), ""),
    "refund.issued": (("erp", "fin"), ""),
    "purchase_order.created": (("erp",), ""),
    "purchase_order.sent": (("erp",), ""),
    "purchase_order.changed": (("erp",), ""),
    "purchase_order.cancelled": (("erp",), ""),
    "purchase_order.acknowledged": (("sup",), ""),
    "purchase_order.rejected": (("sup",), ""),
    "asn.received": (("sup",), ""),
    "receipt.counted": (("wms", "3pl"), ""),
    "receipt.posted": (("erp",), ""),
    "receipt.discrepancy": (("wms", "3pl"), ""),
    "supplier_invoice.received": (("sup", "fin"), ""),
    "customer.updated": (("crm", "erp"), ""),
    "customer.synced": (("crm", "erp"), ""),
    "location.updated": (("erp", "wms", "3pl"), ""),
    "product.updated": (("erp",), ""),
    "crm.order_status_updated": (("crm",), ""),
    "crm.commitment_updated": (("crm",), ""),
    "ticket.opened": (("desk",), ""),
    "ticket.updated": (("desk",), ""),
    "ticket.resolved": (("desk",), ""),
    "ticket.closed": (("desk",), ""),
    "customer.notified": (("desk", "ecom"), ""),
    "message.sent": (("edi", "mw"), ""),
    "message.received": (("edi", "mw"), ""),
    "message.acknowledged": (("edi", "mw"), ""),
    "message.rejected": (("edi", "mw"), ""),
    "message.retried": (("mw",), ""),
    "message.dead_lettered": (("mw",), ""),
    "message.replayed": (("mw",), ""),
    "message.duplicate_dropped": (("mw",), ""),
    "interface.degraded": (("mw",), ""),
    "interface.recovered": (("mw",), ""),
    "partner.outage_started": (("mw",), ""),
    "partner.outage_ended": (("mw",), ""),
    "circuit.opened": (("mw",), ""),
    "circuit.closed": (("mw",), ""),
    "compensation.started": (("mw",), ""),
    "compensation.completed": (("mw",), ""),
    "compensation.failed": (("mw",), ""),
    "batch.received": (("mw",), ""),
    "batch.missing": (("mw",), ""),
    "reconciliation.completed": (("mw",), ""),
    "mapping.failed": (("mw",), ""),
    "schema.changed": (("mw",), ""),
    "manual.touch": (("mw",), ""),
    "link.added": (("mw",), ""),
    "link.cut": (("mw",), ""),
    "suspicion.dismissed": (("mw",), ""),
}

#: Events that place a hold (true) or end one (false).
HOLDS = {
    "order.credit_held": True, "order.hold_placed": True, "fulfillment.held": True,
    "order.credit_released": False, "order.hold_released": False, "fulfillment.hold_released": False,
}  # fmt: skip

#: The first word of event types that tell of a document of their own, and the kind of key that names it.
DOCUMENTS = {"message": "msg", "receipt": "rc", "load": "ld"}

#: Physical evidence implies the earlier steps: event -> steps that must have happened by then.
IMPLIES: dict[str, tuple[str, ...]] = {
    "fulfillment.acknowledged": ("fulfillment.requested",),
    "pick.confirmed": ("fulfillment.requested", "fulfillment.acknowledged"),
    "package.packed": ("fulfillment.requested", "fulfillment.acknowledged", "pick.confirmed"),
    "shipment.dispatched": ("order.released", "fulfillment.requested", "fulfillment.acknowledged", "pick.confirmed"),
    "shipment.picked_up": ("order.released", "fulfillment.acknowledged", "pick.confirmed", "shipment.dispatched"),
    "shipment.in_transit": ("order.released", "fulfillment.acknowledged", "pick.confirmed", "shipment.dispatched"),
    "shipment.delivered": ("order.released", "fulfillment.acknowledged", "pick.confirmed", "shipment.dispatched"),
}

#: A CRM's own words, mapped to the stage they mean (DOMAIN's follower ladder).
CRM_STAGE = {
    "received": "captured", "held": "held", "on hold": "held", "processing": "created", "released": "released",
    "accepted": "acknowledged", "picking": "picking", "packed": "packed", "shipped": "dispatched",
    "in transit": "in_transit", "delivered": "delivered", "closed": "closed", "cancelled": "cancelled",
    "canceled": "cancelled",
}  # fmt: skip


def role(source: str) -> str:
    """The role of a source by the first word of its code: `3pl.west` -> `3pl`, `erp.main` -> `erp`."""
    return source.split(".", 1)[0]
