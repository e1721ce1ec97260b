"""Reads the pages of a web service and hands over what is new.

1. A run asks for what changed since the newest record, less the overlap. 2. It follows the pages to their end; each is
handed over before the next is asked for. 3. What the last run handed over already is known by its digest and left out.
4. The newest record is kept at the end of a run, because pages come in any order.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import httpx

from app.contracts import Batch, Errand, Fetched
from app.errors import WrongUse
from app.pulls import RestPull
from app.settings import Source
from collectors.feeds.rest.answer import Answer
from collectors.feeds.rest.answer import asked as asked_for
from collectors.feeds.rest.config import client
from collectors.feeds.rest.paging import Pages
from collectors.feeds.rest.records import records, table, value
from collectors.feeds.rest.since import asked, newest
from collectors.feeds.rows import mapping_of

#: Digests that are kept between runs; past that the store's own comparison drops what comes twice.
_KNOWN_LIMIT = 20_000


@dataclass(slots=True)
class _Run:
    """What one run has seen: the newest record, digests of everything, and those of the run before."""

    mark: Any
    known: frozenset[str]
    seen: dict[str, None] = field(default_factory=dict)

    def fresh(self, texts: list[bytes]) -> list[bytes]:
        """Those that were not handed over in this run or the last."""
        found = []
        for text in texts:
            digest = blake2b(text, digest_size=8).hexdigest()
            if digest not in self.known and digest not in self.seen:
                found.append(text)
            self.seen[digest] = None
        return found

    def kept(self) -> dict[str, Any]:
        """The position at the end of the run."""
        return {"since": self.mark, "known": list(self.seen)[-_KNOWN_LIMIT:]}


def fetch(errand: Errand) -> Generator[Batch]:
    """Every page from the newest record on, less the overlap."""
    pull: RestPull = errand.pull
    run = _Run(errand.position.get("since"), frozenset(errand.position.get("known", ())))
    pages = Pages(pull, _first(pull, asked(run.mark, pull.overlap, pull.start)))
    address: httpx.URL | None = pages.first()
    with client(pull) as http:
        while address is not None:
            if errand.stop.is_set():
                return
            page = asked_for(http, address, pull.max_body, errand.stop)
            found = (
                records(page.body, pull.items) if _is_json(page, errand) else [page.body] if page.body.strip() else []
            )
            if pull.since_field:
                run.mark = newest([value(one, pull.since_field) for one in found], run.mark)
            yield Batch(_messages(run, page, found, errand))
            address = pages.following(page, not found)
    yield Batch(position=run.kept())


def _first(pull: RestPull, since: str) -> httpx.URL:
    """Where a run begins."""
    address = httpx.URL(pull.url)
    return address.copy_set_param(pull.since_param, since) if pull.since_param and since else address


def check(source: Source) -> None:
    """Raises WrongUse where what is fetched could not be read by the wire of the source."""
    if source.collector == "csv":
        mapping_of(source)
    elif isinstance(source.pull, RestPull) and source.pull.items and not source.pull.each:
        raise WrongUse("`items` names records inside a page", "Set `each: true`, so that each becomes a message.")


def _is_json(page: Answer, errand: Errand) -> bool:
    """Whether the page has to be taken apart; a file of CSV, or of any other kind, is a message as it stands."""
    pull: RestPull = errand.pull
    taken_apart = pull.each or bool(pull.since_field) or pull.paging in ("next", "cursor", "number")
    return (taken_apart or errand.source.collector == "csv") and "csv" not in page.media


def _messages(run: _Run, page: Answer, found: list[bytes], errand: Errand) -> list[Fetched]:
    """One message for each new record, one table of them, or the page as it is."""
    pull: RestPull = errand.pull
    headers = {"content-type": page.media} if page.media else {}
    if not _is_json(page, errand) or (errand.source.collector != "csv" and not pull.each):
        return [Fetched(one, headers) for one in run.fresh([page.body]) if one.strip()]
    fresh = run.fresh(found)
    if errand.source.collector == "csv":
        return [Fetched(table(fresh, mapping_of(errand.source)))] if fresh else []
    return [Fetched(one, headers) for one in fresh]
