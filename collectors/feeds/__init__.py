"""Feeds: transports that fetch messages and hand their bytes to the wire that the source names. Only `app.main` imports
this list."""

from collectors.feeds.sql import FEED as SQL

FEEDS = (SQL,)
