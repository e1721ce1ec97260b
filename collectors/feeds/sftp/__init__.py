"""Files of a folder on an SFTP server."""

from app.contracts import Feed
from collectors.feeds.sftp.config import EXTRA, LIBRARY
from collectors.feeds.sftp.receiver import fetch

FEED = Feed(kind="sftp", fetch=fetch, steady=False, extra=lambda _: (LIBRARY, EXTRA))
