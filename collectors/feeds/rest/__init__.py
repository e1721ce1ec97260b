"""Pages of a web service."""

from app.contracts import Feed
from collectors.feeds.rest.receiver import check, fetch

FEED = Feed(kind="rest", fetch=fetch, steady=False, extra=lambda _: ("", ""), check=check)
