"""Rows of a database, read along a column that only grows."""

from app.contracts import Feed
from collectors.feeds.sql.config import extra
from collectors.feeds.sql.receiver import check, fetch

FEED = Feed(kind="sql", fetch=fetch, steady=False, extra=extra, check=check)
