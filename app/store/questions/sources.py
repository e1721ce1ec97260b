"""Each source: how it stands, up to when it is complete, and what came of what it sent.

A source is one that is declared, or one of which anything came. Counts are by hour of arrival.
"""

from datetime import datetime, timedelta

from app.clock import written
from app.model.sources import SILENCES, STATES
from app.settings import Expects, Source
from app.store.hearing import EVERY, Agreed, Hearing, hearings, usual
from app.store.questions.asking import Asking, Row
from app.store.questions.linking import unmatched_by_source
from app.store.volume import HOURS, Hours, hourly, volume

COUNTS = ("accepted", "duplicates", "rejected", "late", "spans")
_SUMS = ", ".join(
    f"coalesce(sum({name}) filter (where hour >= $frm and hour < $to), 0)::bigint as {name}" for name in COUNTS
)
_COUNTS = f"""{EVERY}
select source, {_SUMS} from counted group by source order by source
"""
_NOTICED = f"select subject, max(noticed_at) as noticed_at from source_spell where cause in {SILENCES} and ended_at is null group by subject"
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
from judgement j left join counted c on j.subject = c.source and j.cause = c.code
left join touched t on j.subject = t.source and j.cause = t.code
where j.kind = 'agreement' and j.since <= $now order by j.subject, j.code
"""


def sources(reader: Asking, agreed: Agreed, frm: datetime | None, to: datetime | None, now: datetime) -> list[Row]:
    """Every source with its state, watermark and counts; those first of which somebody should look.

    Counts are of the hours that begin in [frm, to); the last 24 hours where `frm` is left out.
    """
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    frm, to = frm or this_hour - timedelta(hours=HOURS - 1), to or now + timedelta(hours=1)
    counted = {row["source"]: row for row in reader.rows(_COUNTS, {"frm": frm, "to": to}) if row["source"]}
    stand = hearings(reader.rows, agreed, usual(reader.rows, now), now)
    noticed = {row["subject"]: row["noticed_at"] for row in reader.rows(_NOTICED)}
    told = hourly(reader.rows, this_hour)
    strays, letters, broken = unmatched_by_source(reader), _open_letters(reader), faults(reader, now)
    found = []
    for code, heard in stand.items():
        row = counted.get(code, dict.fromkeys(COUNTS))
        found.append(
            _told(code, row, agreed.declared.get(code), heard)
            | {
                "noticed_at": written(noticed.get(code)) if heard.standing.state == "silent" else None,
                "unmatched": strays.get(code, 0), "dead_letters": letters.get(code, 0),
                "hours": told.get(code, [[0, 0, 0]] * HOURS), "volume": _volume(agreed, code, told.get(code, []), this_hour),
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


def _volume(agreed: Agreed, code: str, hours: Hours, this_hour: datetime) -> Row | None:
    told = volume(agreed, code, hours, this_hour)
    return told | {"newest": written(told["newest"])} if told else None


def _told(code: str, row: Row, declared: Source | None, heard: Hearing) -> Row:
    how, expected = heard.standing, heard.expected
    late = (declared.expects if declared else Expects()).late
    return {
        "source": code, "declared": declared is not None, "collector": declared.collector if declared else None,
        "owner": (declared.owner if declared else "") or None, "state": how.state, "since": written(how.since), "why": how.why,
        "last_seen_at": written(heard.last_seen_at), "last_event_at": written(heard.last_event_at),
        "watermark": written(heard.watermark),
        "expected": {
            "every_seconds": int(expected.gap.total_seconds()) if expected.gap else None,
            "agreed": bool(declared and (declared.expects.every or declared.expects.at)),
            "at": list(declared.expects.at) if declared else [], "late_seconds": int(late.total_seconds()),
        },
        **{name: row[name] or 0 for name in COUNTS},
    }  # fmt: skip


def _open_letters(reader: Asking) -> dict[str, int]:
    rows = reader.rows("select source, count(*) as n from dead_letter where closed_at is null group by source")
    return {row["source"]: row["n"] for row in rows}
