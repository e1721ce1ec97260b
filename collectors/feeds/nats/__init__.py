"""Messages of a stream of NATS JetStream."""

from app.contracts import Feed
from collectors.feeds.nats.config import EXTRA, LIBRARY
from collectors.feeds.nats.receiver import fetch

FEED = Feed(kind="nats", fetch=fetch, steady=True, extra=lambda _: (LIBRARY, EXTRA))
