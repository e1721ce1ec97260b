"""From one page to the next: by the Link header, by an address or a cursor in the page, or by counting."""

from dataclasses import dataclass, field
from hashlib import blake2b

import httpx

from app.errors import OrderscopeError
from app.pulls import RestPull
from collectors.feeds.rest.answer import Answer
from collectors.feeds.rest.records import value


@dataclass(slots=True)
class Pages:
    """The pages of one run: where the first lies, how many were read, and which places were seen."""

    pull: RestPull
    start: httpx.URL
    read: int = 0
    _seen: set[bytes] = field(default_factory=set)

    def first(self) -> httpx.URL:
        """The address of the first page."""
        return self._numbered() if self.pull.paging == "number" else self.start

    def following(self, page: Answer, empty: bool) -> httpx.URL | None:
        """The address of the page behind `page`; None at the end. `empty` says that it holds no record.

        Raises OrderscopeError for an address that leads away, in a circle, or too far.
        """
        self.read += 1
        place = self._counted(page, empty) if self.pull.paging == "number" else self._named(page)
        if place is not None and self.read >= self.pull.max_pages:
            raise OrderscopeError(f"After {self.read} pages there is still another.", "Raise `max_pages`.")
        return place

    def _counted(self, page: Answer, empty: bool) -> httpx.URL | None:
        """The next number, until a page is empty, or the same again because the service does not count."""
        return None if empty or not self._is_new(page.body) else self._numbered()

    def _named(self, page: Answer) -> httpx.URL | None:
        """What the page itself calls the next one."""
        paging, told = self.pull.paging, page.next if self.pull.paging == "link" else None
        if paging in ("next", "cursor"):
            told = value(page.body, self.pull.paging_field)
        if not told:
            return None
        place = (
            self.start.copy_set_param(self.pull.paging_param, str(told))
            if paging == "cursor"
            else page.url.join(str(told))
        )
        if (place.scheme, place.host, place.port) != (self.start.scheme, self.start.host, self.start.port):
            raise OrderscopeError(f"The next page lies at {place.host[:80]!r}, which is not the declared address.")
        if not self._is_new(str(place).encode()):
            raise OrderscopeError("The pages lead in a circle.")
        return place

    def _numbered(self) -> httpx.URL:
        return self.start.copy_set_param(self.pull.paging_param, str(self.pull.first_page + self.read))

    def _is_new(self, mark: bytes) -> bool:
        """Whether this run has not seen it; from now on it has."""
        digest = blake2b(mark, digest_size=16).digest()
        new = digest not in self._seen
        self._seen.add(digest)
        return new
