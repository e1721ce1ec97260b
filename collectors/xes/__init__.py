"""Event logs in XES (IEEE 1849), as process mining tools and the systems they were drawn from write them."""

from app.contracts import Collector
from collectors.xes.receiver import routes
from collectors.xes.translate import sends, split, translate, version
from collectors.xes.unread import unread

COLLECTOR = Collector(
    name="xes",
    suffixes=(".xes",),
    translate=translate,
    split=split,
    routes=routes,
    media="application/xml",
    version=version,
    sends=sends,
    unread=unread,
)
