"""ANSI X12: what trading partners, warehouses and carriers exchange as EDI."""

from app.contracts import Collector
from collectors.x12.config import sends, version
from collectors.x12.files import split
from collectors.x12.receiver import routes
from collectors.x12.translate import translate
from collectors.x12.unread import unread

COLLECTOR = Collector(
    name="x12",
    suffixes=(".edi", ".x12", ".txt"),
    translate=translate,
    split=split,
    routes=routes,
    media="application/edi-x12",
    version=version,
    sends=sends,
    unread=unread,
)
