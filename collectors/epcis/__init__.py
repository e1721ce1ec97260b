"""GS1 EPCIS 2.0 and 1.2, in JSON-LD and XML: what was seen of packages and pieces, where, when, for which documents."""

from app.contracts import Collector
from collectors.epcis.receiver import routes
from collectors.epcis.translate import sends, split, translate, version
from collectors.epcis.unread import unread

COLLECTOR = Collector(
    name="epcis",
    suffixes=(".json", ".jsonld", ".xml"),
    translate=translate,
    split=split,
    routes=routes,
    media="application/ld+json",
    version=version,
    sends=sends,
    unread=unread,
)
