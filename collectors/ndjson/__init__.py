"""JSON records of any partner, one per line or in an array, read by a declared mapping."""

from app.contracts import Collector
from collectors.ndjson.receiver import routes
from collectors.ndjson.translate import sends, split, translate, version
from collectors.ndjson.unread import unread

COLLECTOR = Collector(
    name="ndjson",
    suffixes=(".ndjson", ".jsonl", ".json"),
    translate=translate,
    split=split,
    routes=routes,
    media="application/x-ndjson",
    version=version,
    sends=sends,
    unread=unread,
)
