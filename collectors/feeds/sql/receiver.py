"""Reads a table along its watermark and hands the rows over, each once.

1. A run begins `overlap` before the last watermark: rows that were committed late stand there. 2. It reads pages of
`batch` rows in the order of watermark and tie, until a page is not full. 3. Rows that were handed over before are known
by their digest and left out. 4. Each page's watermark is kept when its rows are on disk; the digests with the last page.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, CursorResult

from app.clock import aware
from app.contracts import Batch, Errand, Fetched
from app.errors import WrongUse
from app.pulls import SqlPull
from app.settings import Source
from collectors.feeds.rows import cell, csv_text, mapping_of
from collectors.feeds.sql.config import connected
from collectors.feeds.sql.page import Key, page
from collectors.feeds.sql.watermark import earlier, given, read, written

#: Digests that are held, the newest; past that the store's own comparison drops what comes twice.
_KNOWN_LIMIT = 20_000
#: How PyMySQL marks a TIMESTAMP, which is an instant; a DATETIME is what a clock on some wall showed.
_TIMESTAMP = 7
Row = Sequence[Any]


@dataclass(slots=True)
class _Progress:
    """How far a source was read, and which rows behind that point were handed over."""

    mark: Any = None
    known: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, kept: Any) -> "_Progress":
        known = {digest: read(mark) for digest, mark in kept.get("known", {}).items()}
        return cls(read(kept.get("watermark")), known)

    def fresh(self, rows: Sequence[Row], marks: list[Any]) -> list[Row]:
        """The rows that were not handed over yet; from now on they were."""
        found = []
        for row, mark in zip(rows, marks, strict=True):
            digest = blake2b("\x1f".join(map(cell, row)).encode("utf-8", "replace"), digest_size=8).hexdigest()
            if digest not in self.known:
                self.known[digest] = mark
                found.append(row)
        return found

    def advance(self, mark: Any, overlap: int) -> None:
        """The watermark is reached; what lies further back than the overlap will not come again."""
        self.mark = mark
        least = earlier(mark, overlap)
        self.known = dict([(digest, at) for digest, at in self.known.items() if at >= least][-_KNOWN_LIMIT:])

    def kept(self, whole: bool = False) -> dict[str, Any]:
        """As it is kept; the digests only at the end of a run."""
        if self.mark is None:
            return {}
        known = self.known if whole else {}
        return {"watermark": written(self.mark), "known": {digest: written(at) for digest, at in known.items()}}


def fetch(errand: Errand) -> Generator[Batch]:
    """Every row that is new or changed since the last run."""
    pull: SqlPull = errand.pull
    progress = _Progress.of(errand.position)
    lower = earlier(progress.mark, pull.overlap) if progress.mark is not None else given(pull.start)
    after: Key | None = None
    with connected(pull) as connection:
        while not errand.stop.is_set():
            names, rows = _asked(connection, pull, lower, after)
            before, after = after, _last(names, rows, pull)
            place = _place(names, pull.watermark)
            fresh = progress.fresh(rows, [row[place] for row in rows])
            if after is not None:
                progress.advance(after[0], pull.overlap)
            yield Batch(_messages(names, fresh, errand), position=progress.kept())
            if len(rows) < pull.batch:
                break
            if after == before:
                raise WrongUse(
                    f"{pull.batch} rows and more have the same {pull.watermark} and {', '.join(pull.tie)}.",
                    "Name a column under `tie` that tells them apart.",
                )
    yield Batch(position=progress.kept(whole=True))


def check(source: Source) -> None:
    """Raises WrongUse where rows could not be read by the wire of the source."""
    pull = source.pull
    if isinstance(pull, SqlPull) and not pull.body:
        if source.collector != "csv":
            raise WrongUse(
                f"rows of a table are read by the collector csv, not by {source.collector}",
                "Set `collector: csv` with a mapping, or name under `body` the column that holds the message.",
            )
        mapping_of(source)


def _asked(connection: Connection, pull: SqlPull, lower: Any, after: Key | None) -> tuple[list[str], list[Row]]:
    """(the names of the columns, the rows of the next page)."""
    result = connection.execute(page(pull, lower, after))
    instants = _instants(result)
    names, rows = list(result.keys()), result.fetchall()
    if instants:
        rows = [[aware(v) if at in instants and v else v for at, v in enumerate(row)] for row in rows]  # type: ignore[misc]
    return names, list(rows)


def _instants(result: CursorResult[Any]) -> set[int]:
    """The columns that MariaDB gives in the zone of the session, which is UTC."""
    if result.dialect.name not in ("mysql", "mariadb") or not result.cursor:
        return set()
    return {at for at, one in enumerate(result.cursor.description) if one[1] == _TIMESTAMP}


def _last(names: list[str], rows: Sequence[Row], pull: SqlPull) -> Key | None:
    """Where the page ends. Raises WrongUse for an empty tie, because rows could hide behind it."""
    if not rows:
        return None
    places = [_place(names, name) for name in (pull.watermark, *pull.tie)]
    for place, name in zip(places[1:], pull.tie, strict=True):
        if any(row[place] is None for row in rows):
            raise WrongUse(f"The column {name} is empty in a row.", "Name a column under `tie` that never is.")
    return tuple(rows[-1][place] for place in places)


def _place(names: list[str], wanted: str) -> int:
    """Where a column stands. Raises WrongUse when the rows have none of that name."""
    folded = [name.casefold() for name in names]
    if wanted.casefold() not in folded:
        raise WrongUse(f"The rows have no column {wanted!r}.", f"They have: {', '.join(names)[:300]}.")
    return folded.index(wanted.casefold())


def _messages(names: list[str], rows: list[Row], errand: Errand) -> list[Fetched]:
    """The rows as one message for the csv wire, or each row's own message."""
    if not rows:
        return []
    if errand.pull.body:
        place = _place(names, errand.pull.body)
        return [Fetched(cell(row[place]).encode()) for row in rows]
    return [Fetched(csv_text(names, rows, mapping_of(errand.source).delimiter))]
