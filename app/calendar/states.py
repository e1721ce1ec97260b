"""The states of a calendar: its versions by the date from which they hold, each with the corrections known so far.

A clock keeps the version of its start. A correction moves it unless it had ended before the correction was known, so
that what was judged stays judged, and a holiday proclaimed late still moves what is running.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, time
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from app.calendar.hours import Hours, day, hours, windows
from app.calendar.zones import Micros, Zone, micros
from app.errors import WrongUse
from app.settings import Calendar, Change, Correction
from app.settings import Hours as Said

#: When a clock ends that still runs, and when what was always known was published.
RUNNING, _ALWAYS = int(np.iinfo(np.int64).max), int(np.iinfo(np.int64).min)


@dataclass(frozen=True, slots=True)
class States:
    """`names[version, known]` are the names of the states, and `hours` what each of them means.

    Version `v` holds for starts from `since[v]` on; `known` corrections were published by `published[known - 1]`.
    """

    since: Micros
    published: Micros
    names: NDArray[np.object_]
    hours: dict[str, Hours]

    def name(self, starts: Micros, ends: Micros) -> NDArray[np.object_]:
        """The state that counts for clocks from start to end (RUNNING for those that have none)."""
        version = np.maximum(np.searchsorted(self.since, starts, side="right") - 1, 0)
        found: NDArray[np.object_] = self.names[version, np.searchsorted(self.published, ends, side="right")]
        return found

    @property
    def newest(self) -> str:
        """The name of the state that a clock started today has."""
        return str(self.names[-1, -1])


def states(name: str, said: Calendar) -> States:
    """All states of a declared calendar; raises WrongUse with the place in the configuration."""
    where, versions = f"calendars.{name}", _versions(said)
    told = [(_published(f"{where}.corrections.{n}", one), one) for n, one in enumerate(said.corrections)]
    known = sorted(told, key=lambda pair: pair[0])
    published = sorted({at for at, _ in known if at != _ALWAYS})
    by_then = [[one for at, one in known if at <= limit] for limit in (_ALWAYS, *published)]
    places = [where, *(f"{where}.changes.{n}" for n in range(len(said.changes)))]
    named = [
        [(_named(name, one, some), hours(name, one, some, place)) for some in by_then]
        for place, one in zip(places, versions, strict=True)
    ]
    zones = [one.zone for one in versions[1:]]
    since = [_ALWAYS, *(_since(*three) for three in zip(places[1:], said.changes, zones, strict=True))]
    if since != sorted(set(since)):
        raise WrongUse(f"{where}.changes: are not in the order of `since`", "Write the oldest first, one for a date.")
    return States(
        np.array(since, dtype=np.int64), np.array(published, dtype=np.int64),
        np.array([[text for text, _ in row] for row in named], dtype=object), {k: v for row in named for k, v in row},
    )  # fmt: skip


def _versions(said: Calendar) -> list[Said]:
    """The calendar as it was at first, and after each of its changes."""
    versions = [Said.model_validate(_fields(said))]
    for change in said.changes:
        versions.append(versions[-1].model_copy(update=_fields(change, change.model_fields_set)))
    return versions


def _fields(said: Said, some: set[str] | None = None) -> dict[str, object]:
    names = set(Said.model_fields) & (some if some is not None else set(Said.model_fields))
    return {name: getattr(said, name) for name in names}


def _named(name: str, said: Said, known: list[Correction]) -> str:
    """The calendar's name and a short hash of all that holds in this state."""
    edition = version("holidays") if said.holidays else ""
    told = [edition, said.model_dump_json(), *(one.model_dump_json(include={"date", "hours"}) for one in known)]
    return f"{name}@{hashlib.sha256(chr(10).join(told).encode()).hexdigest()[:8]}"


def _since(where: str, change: Change, zone: str) -> int:
    if len(change.since) == len("2026-01-01"):
        midnight = datetime.combine(day(f"{where}.since", change.since), time())
        return micros(Zone.named(zone).utc(midnight).replace(tzinfo=UTC))
    return micros(_utc(f"{where}.since", change.since))


def _published(where: str, one: Correction) -> int:
    """When a correction was published; raises WrongUse for one that cannot be read."""
    day(f"{where}.date", one.date)
    windows(f"{where}.hours", one.hours)
    if not one.published:
        return _ALWAYS
    if not one.author:
        raise WrongUse(f"{where}.author: nobody has published it", "Give `author` with `published`.")
    return micros(_utc(f"{where}.published", one.published))


def _utc(where: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise WrongUse(f"{where}: {text!r} is not an instant with its offset", "Write 2026-06-01T08:00:00+02:00.")
    return at
