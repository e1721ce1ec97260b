"""Full extracts: what a system says of everything it holds is compared with what it had told us, then taken in.

1. The files are read by the collector of the source. 2. What they claim is laid beside what we hold. 3. Their events
go through the same sink as everything else, which fills the gap. 4. The outcome is an event of its own: while the last
extract of a source differed, the exception `extract_differs` stands.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import polars as pl

from app import clock
from app.contracts import Sink
from app.errors import OrderscopeError, WrongUse
from app.main.loading import Loaded, bodies, put_patiently, wire_of
from app.model.event import EVENT, Message, Translation
from app.model.keys import PRODUCT
from app.settings import Settings
from app.store.questions import extracts
from app.store.reader import Reader
from collectors.guarded import translated

#: A claim younger than this proves nothing: its message may still be on the way.
GRACE = timedelta(minutes=15)
#: Differences that a report names one by one; all are counted.
_NAMED = 200


@dataclass(frozen=True, slots=True)
class Report:
    """How an extract compared: `counts` by kind of difference, `named` the first of them, `loaded` what was taken in."""

    source: str
    compared: int
    counts: dict[str, int]
    named: list[dict[str, Any]]
    loaded: Loaded

    @property
    def outcome(self) -> str:
        """`equal`, else the kind of difference there is most of."""
        return max(self.counts, key=lambda kind: self.counts[kind]) if self.counts else "equal"

    def told(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "of": self.source, "outcome": self.outcome, "compared": self.compared, "differences": self.counts,
            "named": self.named, "accepted": self.loaded.accepted, "duplicates": self.loaded.duplicates,
            "rejected": self.loaded.rejected,
        }  # fmt: skip


def reconcile(
    sink: Sink, reader: Reader, settings: Settings, code: str, files: list[Path], complete: bool = True, dry_run: bool = False
) -> Report:  # fmt: skip
    """Compare the files of one extract; take them in unless `dry_run`. `complete`: it names every open order.

    What is refused might have named any order, so then none is missed. Raises OrderscopeError when nothing could be read.
    """
    _heard_of(settings, reader, code)
    loaded = Loaded()
    read = list(_read(settings, code, files, loaded))
    refused = sum(len(said.rejections) for _, said in read)
    scopes = {name: source.erp for name, source in settings.sources.items() if source.erp}
    told = [extracts.claims(said.events, said.mentions, scopes) for _, said in read if len(said.events)]
    claims = pl.concat(told) if told else extracts.claims(pl.DataFrame(schema=EVENT), Translation().mentions, scopes)
    others = sorted(set(scopes.values()) - {scopes.get(code)})
    found = extracts.differences(reader, claims, code, others, complete and not refused, clock.instant() - GRACE)
    if dry_run:
        loaded.rejected += refused
    else:
        for answer in [put_patiently(sink, message, said) for message, said in read]:
            loaded.add(answer.result())
    if refused and claims.is_empty():
        raise OrderscopeError(
            f"Nothing in the extract of {code} could be read, so it was compared with nothing.",
            "The page Dead letters shows why; `orderscope try` shows what a file becomes.",
        )
    counts = dict(found.group_by("what").len().sort("what").iter_rows())
    report = Report(code, claims["key"].n_unique(), counts, found.head(_NAMED).to_dicts(), loaded)
    if not dry_run:
        _say(sink, report)
    return report


def _heard_of(settings: Settings, reader: Reader, code: str) -> None:
    """A source that nobody declared and that never sent anything is a typing error."""
    if code not in settings.sources and not reader.rows(
        "select 1 from source_seen where source = $code", {"code": code}
    ):
        known = get_close_matches(code, settings.sources, n=1)
        meant = f" Did you mean {known[0]}?" if known else ""
        raise WrongUse(
            f"--source {code}: no such source is declared, and none was ever heard.{meant}", "Name the system."
        )


def _read(settings: Settings, code: str, files: list[Path], loaded: Loaded) -> Iterator[tuple[Message, Translation]]:
    """The messages of the files with what they say, as news."""
    for file in files:
        collector, source = wire_of(settings, code, file)
        for body in bodies(collector, source, file, loaded):
            arrived = clock.instant(clock.wall())
            message = Message(code, collector.name, collector.media, body, arrived, collector.version(source))
            yield message, translated(collector, message, source).arrived_now()


def _say(sink: Sink, report: Report) -> None:
    """The outcome as an event, so that it survives a rebuild."""
    now = clock.instant()
    attrs = json.dumps(report.told())
    row = {
        "item": 0, "source": PRODUCT, "native_id": f"extract:{report.source}:{clock.wall().isoformat()}",
        "type": "reconciliation.completed", "occurred_at": now, "reason": report.outcome, "flags": [], "attrs": attrs,
        "tz_basis": "explicit",
    }  # fmt: skip
    message = Message(PRODUCT, PRODUCT, "application/json", attrs.encode(), clock.instant(clock.wall()))
    sink.put(message, Translation(pl.DataFrame([row], schema=EVENT))).result()


def inboxed(settings: Settings, code: str, file: Path) -> Path:
    """A copy of a full extract in the inbox of its source, on disk and whole when it is there; its place."""
    folder = settings.data / "inbox" / code / "extract"
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{clock.wall():%Y%m%dT%H%M%S%f}-{file.name}"
    coming = place.with_name(f"{place.name}.part")
    with file.open("rb") as read, coming.open("wb") as out:
        shutil.copyfileobj(read, out)
        out.flush()
        os.fsync(out.fileno())
    coming.rename(place)
    return place


def dropped(settings: Settings, code: str, file: Path) -> dict[str, Any]:
    """Beside a running server: the file goes into the source's inbox for extracts; what the server reports of it.

    Raises OrderscopeError when it was refused.
    """
    place = inboxed(settings, code, file)
    while place.exists():
        time.sleep(0.2)
    report, reason = (
        place.parent / where for where in (f"done/{place.name}.report.json", f"rejected/{place.name}.reason.json")
    )
    if report.is_file():
        return dict(json.loads(report.read_text(encoding="utf-8")))
    told = json.loads(reason.read_text(encoding="utf-8"))
    raise OrderscopeError(str(told.get("error", "Nothing in it could be read.")), str(told.get("mend", "")))
