"""JSON documents of any vendor, as its webhooks and its API write them, read by a declared mapping."""

from app.contracts import Collector
from collectors.webhook.documents import packed
from collectors.webhook.examples import faults
from collectors.webhook.receiver import hook, routes
from collectors.webhook.translate import sends, split, translate, version
from collectors.webhook.unread import unread

COLLECTOR = Collector(
    name="webhook",
    suffixes=(".json", ".jsonl", ".ndjson"),
    translate=translate,
    split=split,
    routes=routes,
    media="application/json",
    pack=packed,
    version=version,
    sends=sends,
    unread=unread,
    hook=hook,
    examples=faults,
)
