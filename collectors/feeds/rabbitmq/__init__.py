"""Messages of a queue of RabbitMQ."""

from app.contracts import Feed
from collectors.feeds.rabbitmq.config import EXTRA, LIBRARY
from collectors.feeds.rabbitmq.receiver import fetch

FEED = Feed(kind="rabbitmq", fetch=fetch, steady=True, extra=lambda _: (LIBRARY, EXTRA))
