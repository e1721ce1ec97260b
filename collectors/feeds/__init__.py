"""Feeds: transports that fetch messages and hand their bytes to the wire that the source names. Only `app.main` imports
this list."""

from collectors.feeds.kafka import FEED as KAFKA
from collectors.feeds.nats import FEED as NATS
from collectors.feeds.rabbitmq import FEED as RABBITMQ
from collectors.feeds.rest import FEED as REST
from collectors.feeds.sftp import FEED as SFTP
from collectors.feeds.sql import FEED as SQL

FEEDS = (SQL, REST, SFTP, KAFKA, RABBITMQ, NATS)
