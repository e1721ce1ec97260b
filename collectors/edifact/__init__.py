"""EDIFACT interchanges (ISO 9735) of orders, advices, statuses, invoices, stock and their acknowledgements."""

from app.contracts import Collector
from collectors.edifact.receiver import routes
from collectors.edifact.translate import split, translate, version
from collectors.edifact.unread import unread

COLLECTOR = Collector(
    name="edifact",
    suffixes=(".edifact", ".edf", ".unedifact"),
    translate=translate,
    split=split,
    routes=routes,
    media="application/EDIFACT",
    version=version,
    unread=unread,
)
