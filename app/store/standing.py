"""Where each feed stands: what it has taken, its last success and error, and its position. One small file per source.

A position is kept only when the data before it is on disk, and in one step: a new file is written, forced to disk and
put in the place of the old one, so that a power cut leaves either the old position or the new one.
"""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app import clock
from app.contracts import Receipt
from app.errors import WrongUse
from app.settings import Settings

#: A success that moves no position is written this often: with news in it, and without, so that a quiet line costs
#: next to nothing.
_BUSY_SECONDS, _QUIET_SECONDS = 1.0, 10.0


@dataclass(slots=True)
class Standing:
    """What is known of one feed. Instants are RFC 3339 or None."""

    source: str
    kind: str
    position: dict[str, Any] = field(default_factory=dict)
    last_success_at: str | None = None
    last_error: str = ""
    last_error_at: str | None = None
    failing: bool = False
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0

    @property
    def taken(self) -> int:
        """Items of all messages so far, whatever became of them."""
        return self.accepted + self.duplicates + self.rejected

    def count(self, receipt: Receipt) -> None:
        """One more message is on disk."""
        self.accepted += receipt.accepted
        self.duplicates += receipt.duplicates
        self.rejected += len(receipt.rejected)


class Keeper:
    """Reads and writes the standing of one feed."""

    def __init__(self, data: Path, source: str, kind: str) -> None:
        self.file = place(data, source)
        self._written, self._taken = float("-inf"), 0
        self.standing = read(self.file, source, kind)

    def succeeded(self, position: Mapping[str, Any] | None) -> None:
        """All of a batch is on disk: go on from `position`, if it says one."""
        standing = self.standing
        moved = position is not None and dict(position) != standing.position
        standing.position = dict(position) if position is not None else standing.position
        standing.last_success_at, ended = clock.written(clock.wall()), standing.failing
        standing.failing = False
        quiet = standing.taken == self._taken
        if moved or ended or time.monotonic() > self._written + (_QUIET_SECONDS if quiet else _BUSY_SECONDS):
            self.keep()

    def failed(self, why: str) -> None:
        """Remember in plain words what stands in the way."""
        self.standing.last_error, self.standing.last_error_at = why, clock.written(clock.wall())
        self.standing.failing = True
        self.keep()

    def keep(self) -> None:
        """Write it so that it survives a power cut."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as out:
            json.dump(asdict(self.standing), out)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self.file)
        folder = os.open(self.file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._written, self._taken = time.monotonic(), self.standing.taken


def place(data: Path, source: str) -> Path:
    """The file of a source's feed; its name holds nothing that could lead elsewhere."""
    return data / "feeds" / f"{quote(source, safe='')}.json"


def read(file: Path, source: str, kind: str) -> Standing:
    """What is kept; a new one where there is none, or where the source was fetched in another way before."""
    if not file.is_file():
        return Standing(source, kind)
    try:
        kept = Standing(**json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        raise WrongUse(
            f"{file}: cannot be read", "Remove it to fetch from the beginning; nothing is doubled."
        ) from None
    return kept if kept.kind == kind else Standing(source, kind)


def standings(settings: Settings) -> dict[str, dict[str, Any]]:
    """How the feed of each source stands that is fetched, by source. Works beside a server."""
    return {
        code: _told(settings.data, code, source.pull.kind) for code, source in settings.sources.items() if source.pull
    }


def _told(data: Path, code: str, kind: str) -> dict[str, Any]:
    """A standing as people see it: without the digests of rows, which say nothing to them."""
    said = asdict(read(place(data, code), code, kind))
    said["position"] = {name: value for name, value in said["position"].items() if name != "known"}
    return {name: value for name, value in said.items() if name != "source"}
