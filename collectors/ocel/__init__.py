"""Object-centric event logs, OCEL 2.0 and 1.0, as process mining tools exchange them."""

from app.contracts import Collector
from collectors.ocel.receiver import routes
from collectors.ocel.translate import sends, split, translate, version
from collectors.ocel.unread import unread

COLLECTOR = Collector(
    name="ocel",
    suffixes=(".jsonocel", ".xmlocel", ".sqlite", ".json", ".xml"),
    translate=translate,
    split=split,
    routes=routes,
    media="application/json",
    version=version,
    sends=sends,
    unread=unread,
)
