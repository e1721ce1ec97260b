"""SAP's IDocs in XML: orders, deliveries, invoices, and what became of the messages themselves."""

from app.contracts import Collector
from collectors.idoc.blocks import split
from collectors.idoc.receiver import routes
from collectors.idoc.translate import sends, translate, version
from collectors.idoc.unread import unread

COLLECTOR = Collector(
    name="idoc",
    suffixes=(".xml",),
    translate=translate,
    split=split,
    routes=routes,
    media="application/xml",
    version=version,
    sends=sends,
    unread=unread,
)
