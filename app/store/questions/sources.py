"""Each source: how it stands, up to when it is complete, and what came of what it sent.

A source is one that is declared, or one of which anything came. Counts are by hour of arrival. What is usual is what
was agreed; where nothing was agreed it is learned from the hours of the last four weeks in which something came.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import polars as pl

from app import clock
from app.clock import written
from app.contracts import Clocks
from app.model.event import INSTANT
from app.model.sources import STATES, Expected, Heard, Standing, standing, watermark
from app.settings import Expects, Source
from app.store.questions.asking import Asking, Row
from app.store.questions.linking import unmatched_by_source

COUNTS = ("accepted", "duplicates", "rejected", "late", "spans")
#: Hours shown one by one, and how far back what is usual is learned from how many gaps.
HOURS, LEARNED, SAMPLES = 24, timedelta(days=28), 10
_SUMS = ", ".join(
    f"coalesce(sum({name}) filter (where hour >= $frm and hour < $to), 0)::bigint as {name}" for name in COUNTS
)
_EVERY = """
with counted as (
    select source, hour, accepted, duplicates, rejected, late, 0::bigint as spans, last_at, last_event_at from source_hour
    union all select source, hour, spans, duplicates, 0, 0, spans, last_at, null from spans.span_hour
)"""
_COUNTS = f"""{_EVERY}
select source, min(hour) as first_at, max(last_at) as last_seen_at, max(last_event_at) as last_event_at, {_SUMS},
    sum(accepted)::bigint as accepted_ever, sum(rejected)::bigint as rejected_ever
from counted group by source order by source
"""
#: How long was between two hours in which something came, by source and hour of the day at which it began.
_USUAL = f"""{_EVERY},
active as (select distinct source, hour from counted where hour >= $from_at and hour <= $now),
gap as (
    select source, hour(hour) as clock_hour, lead(hour) over (partition by source order by hour) - hour as length from active
),
whole as (select source, count(*) as n, quantile_disc(length, 0.99) as usual from gap where length is not null group by source)
select g.source, g.clock_hour, case when count(*) >= $samples then quantile_disc(g.length, 0.99) else any_value(w.usual) end as usual
from gap g join whole w on g.source = w.source where g.length is not null and w.n >= $samples group by g.source, g.clock_hour
union all select source, null, usual from whole where n >= $samples
"""
_HOURLY = f"""{_EVERY}
select source, hour, sum(accepted)::bigint as accepted, sum(duplicates)::bigint as duplicates, sum(rejected)::bigint as rejected
from counted where hour > $from_at and hour <= $now group by source, hour
"""
#: What stands against the agreements by now, with how often, the first of it, and the orders that its messages touch.
_FAULTS = """
with counted as (
    select source, code, sum(items)::bigint as items, arg_min(detail, row(at_first, raw_id, item)) as detail,
        (list(distinct raw_id))[:1000] as messages
    from source_fault group by source, code
),
touched as (
    select c.source, c.code, (list(distinct coalesce(o.so, o.order_id) order by coalesce(o.so, o.order_id)))[:5] as orders
    from counted c join event e on list_contains(c.messages, e.raw_id) and e.source = c.source join link l on e.seq = l.seq join orders o on l.order_no = o.order_no
    where e.raw_id between (select min(raw_id) from source_fault) and (select max(raw_id) from source_fault)
    group by c.source, c.code
)
select j.subject as source, j.code, j.since, j.detail as first, c.items, c.detail, coalesce(t.orders, []) as orders
from judgement j left join counted c on j.subject = c.source and j.code = c.code
left join touched t on j.subject = t.source and j.code = t.code
where j.kind = 'agreement' and j.since <= $now order by j.subject, j.code
"""


class Agreed(Protocol):
    """What was agreed with the sources, and the calendars that it speaks of."""

    @property
    def declared(self) -> Mapping[str, Source]:
        """The declared sources by their codes."""
        ...

    @property
    def clocks(self) -> Clocks | None:
        """The calendars; without them every hour works."""
        ...


def sources(reader: Asking, agreed: Agreed, frm: datetime | None, to: datetime | None, now: datetime) -> list[Row]:
    """Every source with its state, watermark and counts; those first of which somebody should look.

    Counts are of the hours that begin in [frm, to); the last 24 hours where `frm` is left out.
    """
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    frm, to = frm or this_hour - timedelta(hours=HOURS - 1), to or now + timedelta(hours=1)
    counted = {row["source"]: row for row in reader.rows(_COUNTS, {"frm": frm, "to": to}) if row["source"]}
    usual = {(r["source"], r["clock_hour"]): r["usual"] for r in _usual(reader, now)}
    hourly = _hourly(reader, this_hour)
    strays, letters, broken = unmatched_by_source(reader), _open_letters(reader), faults(reader, now)
    found = []
    for code in sorted({*agreed.declared, *counted}):
        row = counted.get(code, dict.fromkeys((*COUNTS, "first_at", "last_seen_at", "last_event_at")))
        holes = [one["since"] for one in broken.get(code, []) if one["code"] == "sequence_gap"]
        how, expected = _standing(code, row | {"gap_at": min(holes, default=None)}, agreed, usual, now)
        found.append(
            _told(code, row, agreed.declared.get(code), how, expected)
            | {
                "unmatched": strays.get(code, 0), "dead_letters": letters.get(code, 0),
                "hours": hourly.get(code, [[0, 0, 0]] * HOURS), "volume": _volume(agreed, code, hourly.get(code, []), this_hour),
                "faults": [one | {"since": written(one["since"])} for one in broken.get(code, [])],
            }
        )  # fmt: skip
    return sorted(found, key=lambda one: (STATES.index(one["state"]), one["source"]))


def faults(reader: Asking, now: datetime) -> dict[str, list[Row]]:
    """Source -> what stands against its agreement: code, since, the first of it, how often, the orders it touches."""
    found: dict[str, list[Row]] = {}
    for row in reader.rows(_FAULTS, {"now": now}):
        found.setdefault(row.pop("source"), []).append(row)
    return found


def _volume(agreed: Agreed, code: str, hours: list[list[int]], this_hour: datetime) -> Row | None:
    """How many of the last full working hours had fewer or more items than agreed; None where nothing was agreed."""
    declared = agreed.declared.get(code)
    if declared is None or declared.expects.per_hour is None:
        return None
    least, most = declared.expects.per_hour
    begins = [this_hour - timedelta(hours=back) for back in range(HOURS - 1, 0, -1)]
    items = [sum(hour) for hour in hours[:-1]] or [0] * len(begins)
    hour, calendar = timedelta(hours=1), declared.expects.calendar
    worked = [n for at, n in zip(begins, items, strict=True) if _worked(agreed.clocks, calendar, at, at + hour) == hour]
    below, above = sum(n < least for n in worked), sum(n > most for n in worked)
    return {"least": least, "most": most, "hours": len(worked), "below": below, "above": above}


def _told(code: str, row: Row, declared: Source | None, how: Standing, expected: Expected) -> Row:
    late = (declared.expects if declared else Expects()).late
    return {
        "source": code, "declared": declared is not None, "collector": declared.collector if declared else None,
        "owner": (declared.owner if declared else "") or None, "state": how.state, "since": written(how.since), "why": how.why,
        "last_seen_at": written(row["last_seen_at"]), "last_event_at": written(row["last_event_at"]),
        "watermark": written(watermark(row["last_event_at"], row["last_seen_at"], late)),
        "expected": {
            "every_seconds": int(expected.gap.total_seconds()) if expected.gap else None,
            "agreed": bool(declared and (declared.expects.every or declared.expects.at)),
            "at": list(declared.expects.at) if declared else [], "late_seconds": int(late.total_seconds()),
        },
        **{name: row[name] or 0 for name in COUNTS},
    }  # fmt: skip


def _standing(
    code: str, row: Row, agreed: Agreed, usual: Mapping[tuple[str, int | None], timedelta], now: datetime
) -> tuple[Standing, Expected]:
    declared = agreed.declared.get(code)
    expects, zone = (declared.expects, declared.zone) if declared else (Expects(), "UTC")
    last = row["last_event_at"] if clock.frozen() else row["last_seen_at"]
    learned = usual.get((code, last.hour), usual.get((code, None))) if last and not expects.at else None
    expected = Expected(expects.every or learned, newest_slot(expects.at, zone, now))
    return standing(
        expected, Heard(last, _worked(agreed.clocks, expects.calendar, last, now), row.get("gap_at")), now
    ), expected


def newest_slot(times: tuple[str, ...], zone: str, now: datetime) -> datetime | None:
    """The newest of these times of day (HH:MM in a zone) that is half an hour past by `now`; naive UTC."""
    if not times:
        return None
    local = clock.aware(now - timedelta(minutes=30)).astimezone(ZoneInfo(zone))
    today = [local.replace(hour=int(t[:2]), minute=int(t[3:]), second=0, microsecond=0) for t in times]
    return max(clock.instant(at if at <= local else at - timedelta(days=1)) for at in today)


def _worked(clocks: Clocks | None, calendar: str, last: datetime | None, now: datetime) -> timedelta:
    """Working time since `last`."""
    if last is None or now <= last:
        return timedelta()
    if clocks is None or not calendar:
        return now - last
    one, other = (pl.Series([at], dtype=INSTANT) for at in (last, now))
    took: timedelta = clocks.elapsed(one, other, pl.Series([calendar])).item()
    return took


def _usual(reader: Asking, now: datetime) -> list[Row]:
    return reader.rows(_USUAL, {"from_at": now - LEARNED, "now": now, "samples": SAMPLES})


def _hourly(reader: Asking, this_hour: datetime) -> dict[str, list[list[int]]]:
    """Source -> [accepted, duplicates, rejected] of each of the last hours, the oldest first."""
    first = this_hour - timedelta(hours=HOURS)
    found: dict[str, list[list[int]]] = {}
    for row in reader.rows(_HOURLY, {"from_at": first, "now": this_hour}):
        hours = found.setdefault(row["source"], [[0, 0, 0] for _ in range(HOURS)])
        place = int((row["hour"] - first).total_seconds()) // 3600 - 1
        hours[place] = [row["accepted"], row["duplicates"], row["rejected"]]
    return found


def _open_letters(reader: Asking) -> dict[str, int]:
    rows = reader.rows("select source, count(*) as n from dead_letter where closed_at is null group by source")
    return {row["source"]: row["n"] for row in rows}
