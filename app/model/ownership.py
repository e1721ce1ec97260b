"""Who owns which state, and what each status means: the agreement between the teams, in one visible, numbered list.

Whoever changes an owner, a stage, a mapped word or a meaning here or in the taxonomy counts `VERSION` up and adds a
line to `CHANGES`; a test compares the fingerprint, so that no change goes unseen.
"""

import hashlib
import json
from typing import Any

from app.model import taxonomy

VERSION = 2
#: version -> (date, what changed, fingerprint of the list as it then stood)
CHANGES: dict[int, tuple[str, str, str]] = {
    1: ("2026-11-20", "First list: order to cash, stages, CRM words.", ""),
    2: (
        "2026-11-21",
        "Suppliers may assert a dispatch; locations and products have owners; holds, billing and returns described.",
        "dfe8fc221b53",
    ),
}

#: What a stage of an order means, for everybody.
STAGES = {
    "captured": "The buyer has placed it; the ERP has not taken it in yet.",
    "created": "The ERP has accepted it and given it a number.",
    "held": "A hold is open and nothing has been released yet. After release a hold is shown beside the stage.",
    "allocated": "Stock is reserved for it.",
    "backordered": "What is still open waits for stock; a backorder carries an expected date.",
    "released": "The ERP has handed it to a node to fulfil.",
    "requested": "The instruction has been sent to the node.",
    "acknowledged": "The node has accepted it. A technical acknowledgement (997, CONTRL) is not this.",
    "picking": "The node has begun to pick.",
    "packed": "It is packed, and has not left.",
    "dispatched": "It has left the node. A printed label is not this.",
    "in_transit": "The carrier has it.",
    "delivered": "The carrier, or the counter, has handed it over.",
    "closed": "The ERP has closed it.",
    "cancelled": "Nothing of it is open any more because it was cancelled.",
    "rejected": "The ERP did not accept it.",
}
#: The tracks beside the stage.
TRACKS = {
    "billing": {
        "none": "Nothing is invoiced.", "part": "Some of it is invoiced.", "invoiced": "All of it is invoiced.",
        "paid": "A payment has been applied.", "credited": "A credit has been issued.",
    },
    "return": {
        "none": "Nothing comes back.", "authorised": "A return is authorised.", "received": "The goods are back.",
        "posted": "The stock is posted in the ERP.", "credited": "Posted and credited.",
    },
}  # fmt: skip
#: Systems of record by domain, whatever application shows the state as well.
RECORDS = (
    ("erp", "Acceptance and revision of orders, credit decision, price, allocation, release, goods-issue posting, "
            "invoice, credit memo, purchase orders, item, customer and supplier master"),
    ("fin", "Invoice, tax, payment, application, credit, dispute, period close"),
    ("crm", "Opportunity, quote, account hierarchy; of orders only a copy of status and promised date"),
    ("ecom", "The channel order as the buyer placed it, checkout payment, the buyer's cancellation and return request"),
    ("edi", "Nothing in business; custody of interchanges, control numbers, functional acknowledgements"),
    ("mw", "Orchestration, retries, dead letters, mapping versions"),
    ("wms", "Wave, pick, pack, stock per bin, warehouse hold, receipt count, condition of returns"),
    ("3pl", "Acceptance or refusal of a release, execution as a warehouse, stock count at its site"),
    ("tms", "Load plan, tender, booking, appointment, freight accrual"),
    ("carrier", "Pickup, transit, delivery attempt, delivery, proof of delivery, transit exception"),
    ("sup", "Acceptance of purchase orders, confirmed quantity and date, advance shipping notice"),
    ("desk", "Tickets: reason, status, customer contact"),
)  # fmt: skip


def governed() -> dict[str, Any]:
    """The whole list as pages and the API show it: version, changes, records, stages, tracks, events, CRM words."""
    return {
        "version": VERSION,
        "changes": [{"version": n, "date": d, "what": w} for n, (d, w, _) in sorted(CHANGES.items(), reverse=True)],
    } | _content()


def fingerprint() -> str:
    """A short hash of all that the list says."""
    return hashlib.sha256(json.dumps(_content(), sort_keys=True).encode()).hexdigest()[:12]


def _content() -> dict[str, Any]:
    return {
        "records": [{"system": role, "owns": owns} for role, owns in RECORDS],
        "stages": [{"stage": s, "rank": taxonomy.RANK[s], "means": m} for s, m in STAGES.items()],
        "tracks": [{"track": t, "state": s, "means": m} for t, states in TRACKS.items() for s, m in states.items()],
        "events": [{"event": t, "owners": list(o), "stage": s or None} for t, (o, s) in taxonomy.EVENTS.items()],
        "crm_words": [{"word": w, "stage": s} for w, s in taxonomy.CRM_STAGE.items()],
        "implied": [{"event": t, "implies": list(s)} for t, s in taxonomy.IMPLIES.items()],
    }
