"""Messages of topics of Kafka."""

from app.contracts import Feed
from collectors.feeds.kafka.config import EXTRA, LIBRARY
from collectors.feeds.kafka.receiver import fetch

FEED = Feed(kind="kafka", fetch=fetch, steady=True, extra=lambda _: (LIBRARY, EXTRA))
