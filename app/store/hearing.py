"""How every source stands: what was heard of it beside what should have been, and up to when it is complete.

The engine and the pages ask here, so that there is one answer. What is usual is what was agreed; where nothing was
agreed it is learned from the hours of the last four weeks in which something came.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import polars as pl

from app import clock
from app.calendar.zones import Zone
from app.contracts import Clocks
from app.model.event import INSTANT
from app.model.sources import EARLY, SILENCES, Expected, Heard, Standing, standing
from app.model.watermarks import complete_until
from app.settings import Expects, Source
from rules.kinds.freshness import HEARD, Freshness, stale

Row = dict[str, Any]
Rows = Callable[[str, Row], list[Row]]
#: How far back what is usual is learned from how many gaps.
LEARNED, SAMPLES = timedelta(days=28), 10
#: Everything that was counted of sources, spans too.
EVERY = """
with counted as (
    select source, hour, accepted, duplicates, rejected, late, 0::bigint as spans, last_at, last_event_at from source_hour
    union all select source, hour, spans, duplicates, 0, 0, spans, last_at, null from spans.span_hour
)"""
_LAST = f"""{EVERY}
select source, max(last_at) as last_seen_at, max(last_event_at) as last_event_at from counted where source <> '' group by source
"""
#: How long was between two hours in which something came, by source and hour of the day at which it began.
_USUAL = f"""{EVERY},
active as (select distinct source, hour from counted where hour >= $from_at and hour <= $now),
gap as (
    select source, hour(hour) as clock_hour, lead(hour) over (partition by source order by hour) - hour as length from active
),
whole as (select source, count(*) as n, quantile_disc(length, 0.99) as usual from gap where length is not null group by source)
select g.source, g.clock_hour, case when count(*) >= $samples then quantile_disc(g.length, 0.99) else any_value(w.usual) end as usual
from gap g join whole w on g.source = w.source where g.length is not null and w.n >= $samples group by g.source, g.clock_hour
union all select source, null, usual from whole where n >= $samples
"""
#: When a message came last that was not cut off, of sources that deliver by a timetable.
_WHOLE = """
select source, max(received_at) as at from raw
where list_contains($timed::varchar[], source) and received_at >= $from_at
    and raw_id not in (select raw_id from source_fault where code = 'batch_incomplete') group by source
"""
_HOLES = """
select subject as source, min(since) as at from judgement
where kind = 'agreement' and cause in ('sequence_gap', 'stream_gap') and since <= $now group by subject
"""
#: Who is noticed to be silent.
SILENT = f"select subject from source_spell where cause in {SILENCES} and ended_at is null"
#: Feeds of queues and of files; wires whose messages come one by one.
_PULLED = {"kafka": "queue", "rabbitmq": "queue", "nats": "queue", "sftp": "file"}
_AT_ONCE = ("cloudevents", "otlp", "webhook")
_NEVER, _NO_TIME = datetime(9999, 1, 1), pl.lit(None, pl.Duration("us"))
Usual = Mapping[tuple[str, int | None], timedelta]


class Agreed(Protocol):
    """What was agreed with the sources, the calendars that it speaks of, and how long silence is allowed."""

    @property
    def declared(self) -> Mapping[str, Source]:
        """The declared sources by their codes."""
        ...

    @property
    def clocks(self) -> Clocks:
        """The calendars."""
        ...

    @property
    def silences(self) -> tuple[Freshness, ...]:
        """The rules that say when a source is silent."""
        ...


@dataclass(frozen=True, slots=True)
class Hearing:
    """One source: how it stands, what is expected, up to when it is complete. Instants are naive UTC.

    `rule` says when it is silent, None where nothing does; `calendar` names the hours in which it sends.
    """

    standing: Standing
    expected: Expected
    watermark: datetime | None
    last_seen_at: datetime | None
    last_event_at: datetime | None
    rule: Freshness | None
    calendar: str


def usual(rows: Rows, now: datetime) -> Usual:
    """(source, hour of the day, or None for any) -> the longest usual time until something comes again."""
    told = rows(_USUAL, {"from_at": now - LEARNED, "now": now, "samples": SAMPLES})
    return {(row["source"], row["clock_hour"]): row["usual"] for row in told}


def hearings(
    rows: Rows, agreed: Agreed, habits: Usual, now: datetime, deaf_until: datetime | None = None
) -> dict[str, Hearing]:
    """Every source, declared or heard, at `now`.

    Until `deaf_until` nobody could be heard, since we did not listen; who was silent before is silent still.
    """
    seen = {row["source"]: row for row in rows(_LAST, {})}
    holes = {row["source"]: row["at"] for row in rows(_HOLES, {"now": now})}
    every = [_facts(code, seen.get(code, {}), agreed, habits) for code in sorted({*agreed.declared, *seen})]
    _delivered(rows, every, now)
    known = {row["subject"] for row in rows(SILENT, {})} if deaf_until else set()
    frame = _heard([one | {"deaf_until": None if one["source"] in known else deaf_until} for one in every])
    rules = sorted(agreed.silences, key=lambda rule: (rule.of, rule.id))
    late = [stale(frame, rule, agreed.clocks).with_columns(rule=pl.lit(n)) for n, rule in enumerate(rules)]
    none = frame.with_columns(allowed=_NO_TIME, since="heard_at", due_at=pl.lit(None, INSTANT), rule=pl.lit(len(rules)))
    told = pl.concat([*late, none]).sort("source", pl.col("due_at").fill_null(_NEVER), "rule")
    first = told.unique("source", keep="first", maintain_order=True)
    when = {row["source"]: row | {"rule": [*rules, None][row["rule"]]} for row in first.iter_rows(named=True)}
    return {one["source"]: _hearing(one, when[one["source"]], holes.get(one["source"]), now) for one in every}


def transport(source: Source | None) -> str:
    """How a source sends: `api`, `queue` or `file`; "" where it was never declared."""
    if source is None:
        return ""
    if source.pull:
        return _PULLED.get(source.pull.kind, "api")
    return "api" if source.collector in _AT_ONCE else "file"


def _facts(code: str, seen: Row, agreed: Agreed, habits: Usual) -> Row:
    declared = agreed.declared.get(code)
    expects = declared.expects if declared else Expects()
    last_seen, last_event = seen.get("last_seen_at"), seen.get("last_event_at")
    last = last_event if clock.frozen() else last_seen
    learned = habits.get((code, last.hour), habits.get((code, None))) if last and not expects.at else None
    return {
        "source": code, "expects": expects, "zone": declared.zone if declared else "UTC", "last": last,
        "last_seen": last_seen, "last_event": last_event, "usual": expects.every or learned, "next": None, "whole": None,
        "transport": transport(declared),
    }  # fmt: skip


def _delivered(rows: Rows, every: list[Row], now: datetime) -> None:
    """Of those who deliver by a timetable: when something whole came last, and the first delivery after it."""
    timed = [one for one in every if one["expects"].at and one["last"]]
    if not timed:
        return
    whole = rows(_WHOLE, {"timed": [one["source"] for one in timed], "from_at": now - LEARNED})
    came = {row["source"]: row["at"] for row in whole}
    for one in timed:
        at, zone = one["expects"].at, one["zone"]
        one["whole"] = one["last"] if clock.frozen() else came.get(one["source"])
        cut_off = newest_slot(at, zone, one["last"] + EARLY)
        one["next"] = next_slot(at, zone, one["whole"] + EARLY) if one["whole"] else cut_off


def _heard(every: list[Row]) -> pl.DataFrame:
    """The sources as rules of kind `freshness` read them (columns HEARD)."""
    told = [
        (one["source"], one["source"], one["source"], one["transport"], one["expects"].calendar,
         _latest(one["last"], one["deaf_until"]), one["usual"], _latest(one["next"], one["deaf_until"]))
        for one in every
    ]  # fmt: skip
    return pl.DataFrame(told, schema=HEARD, orient="row")


def _latest(at: datetime | None, deaf_until: datetime | None) -> datetime | None:
    return max(at, deaf_until) if at and deaf_until else at


def _hearing(one: Row, when: Row, hole: datetime | None, now: datetime) -> Hearing:
    rule = when["rule"]
    since = one["next"] if rule and rule.of == "file" else one["last"]
    expected = Expected(one["usual"], one["next"], when["allowed"], since, when["due_at"])
    expects = one["expects"]
    told = one["last_seen"] if expects.at else one["last_event"]
    mark = complete_until(told, one["last_seen"], expects.late)
    if expects.at:  # a whole file tells all up to its end, which is no event
        end = newest_slot(expects.at, one["zone"], one["whole"] + EARLY) if one["whole"] else None
        mark = min(mark, end) if mark and end else None
    how = standing(expected, Heard(one["last"], hole), now)
    return Hearing(how, expected, mark, one["last_seen"], one["last_event"], rule, expects.calendar)


def newest_slot(times: Iterable[str], zone: str, at: datetime) -> datetime | None:
    """The newest of these times of day (HH:MM in a zone) at or before an instant; naive UTC."""
    return max((slot for slot in _slots(times, zone, at) if slot <= at), default=None)


def next_slot(times: Iterable[str], zone: str, at: datetime) -> datetime | None:
    """The first of these times of day (HH:MM in a zone) after an instant; naive UTC."""
    return min((slot for slot in _slots(times, zone, at) if slot > at), default=None)


def _slots(times: Iterable[str], zone: str, at: datetime) -> list[datetime]:
    """These times of day on the day of an instant and on its neighbours."""
    where = Zone.named(zone)
    day = where.shown(at).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    return [
        where.utc(day + timedelta(days=more, hours=int(text[:2]), minutes=int(text[3:])))
        for text in times
        for more in (-1, 0, 1)
    ]


def worked(clocks: Clocks, calendar: str, last: datetime, now: datetime) -> timedelta:
    """Working time from `last` to `now`."""
    one, other = (pl.Series([at], dtype=INSTANT) for at in (last, now))
    took: timedelta = clocks.elapsed(one, other, pl.Series([calendar])).item()
    return took
