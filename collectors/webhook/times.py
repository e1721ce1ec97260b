"""The times of drafts as instants, for all drafts of one format at once, and refusals where a text is no time."""

from collections import defaultdict
from dataclasses import dataclass

import polars as pl

from collectors import reading
from collectors.mapped.zone import instants
from collectors.reading import EARLIEST, LATEST_PROMISE, SKEW, due, off_range
from collectors.webhook.config import EPOCHS
from collectors.webhook.draft import Draft

_DIGITS = 17
#: A layout that `instants` reads as ISO 8601.
_ISO = ""
Instant = tuple[int | None, bool]


@dataclass(frozen=True, slots=True)
class Stamps:
    """The times of one draft in microseconds UTC, on whose word the first stands; or why it is refused."""

    occurred: int = 0
    basis: str = ""
    recorded: int | None = None
    promised: int | None = None
    ahead: bool = False
    fault: tuple[str, str] | None = None


def stamped(drafts: list[Draft], zone: str, received: int, arrival: str) -> list[Stamps]:
    """The times of each draft. `arrival` is the text that stands for the arrival itself."""
    occurred = _instants([(one.time, one.entry.time_format if one.time != arrival else _ISO) for one in drafts], zone)
    recorded = _instants([(one.recorded or "", _ISO) for one in drafts], zone)
    promised = _instants([(due(one.fields.get("promised_at") or ""), _ISO) for one in drafts], zone)
    return [
        _judged(one, (occurred[at], recorded[at][0], promised[at][0]), received, arrival)
        for at, one in enumerate(drafts)
    ]


def _instants(texts: list[tuple[str, str]], zone: str) -> list[Instant]:
    """(microseconds or None, whether the text names its zone) of written times with their formats."""
    found: list[Instant] = [(None, False)] * len(texts)
    by_layout: dict[str, list[int]] = defaultdict(list)
    for at, (text, layout) in enumerate(texts):
        if text:
            by_layout[layout].append(at)
    for layout, places in by_layout.items():
        made = _read([texts[at][0] for at in places], layout, zone)
        for at, instant in zip(places, made, strict=True):
            found[at] = instant
    return found


def _read(texts: list[str], layout: str, zone: str) -> list[Instant]:
    if layout in EPOCHS:
        return [(_since_1970(text, EPOCHS[layout]), True) for text in texts]
    at, told = instants(pl.Series(texts, dtype=pl.String), layout, zone)
    return list(zip(at.to_physical().to_list(), told.to_list(), strict=True))


def _since_1970(text: str, unit: int) -> int | None:
    whole = text.partition(".")[0]
    return int(whole) * unit if whole.isascii() and whole.isdecimal() and len(whole) <= _DIGITS else None


def _judged(draft: Draft, times: tuple[Instant, int | None, int | None], received: int, arrival: str) -> Stamps:
    (at, told), recorded, promised = times
    if at is None:
        return Stamps(fault=("bad_time", f"time {draft.time[:80]!r}"))
    at += draft.entry.plus_seconds * 1_000_000
    if why := off_range(at, received):
        return Stamps(fault=("time_out_of_range", f"time {draft.time[:80]!r}: {why}"))
    if fault := _other_fault(draft, recorded, promised):
        return Stamps(fault=fault)
    basis = "received" if draft.time == arrival else "explicit" if told else "partner_default"
    ahead = at > received + SKEW
    return Stamps(received if ahead else at, basis, recorded, promised, ahead)


def _other_fault(draft: Draft, recorded: int | None, promised: int | None) -> tuple[str, str] | None:
    for name, text, at in (
        ("recorded", draft.recorded, recorded),
        ("promised_at", draft.fields.get("promised_at"), promised),
    ):
        if text and at is None:
            return "bad_time", f"{name} {text[:80]!r}"
        if at is not None and not EARLIEST <= at <= LATEST_PROMISE:
            return "time_out_of_range", f"{name} {text!r}"[: reading.TEXT_LIMIT]
    return None
