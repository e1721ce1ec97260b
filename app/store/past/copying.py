"""Copies stored events into a scratch store: those that bear on some orders, or all, as far as they had arrived."""

from collections.abc import Callable
from datetime import datetime, timedelta

import polars as pl

from app import clock
from app.model.sources import SETTLING
from app.store.past import Times
from app.store.work import Work

_BEFORE, _AFTER = timedelta(days=2), timedelta(days=30)
_AT_ONCE = 200_000
#: Purchase order, advance notice, receipt: so many steps lead from one end of the chain to the other.
_LINKS = 3


def copy_near(record: Work, scratch: Work, orders: list[int], everywhere: list[int], times: Times) -> list[int]:
    """Copy what bears on these orders, and the events `everywhere`; the ids of the events that are theirs today."""
    record.hold("own", pl.DataFrame({"order_no": orders}, schema={"order_no": pl.Int64}))
    record.run("past/near")
    own = record.ask("select event_id, occurred_at from event semi join near_seq using (seq) where seq between $first and $last", **_range(record))  # fmt: skip
    record.run("past/around", **_range(record))
    _gather_told(record)
    record.hold("everywhere", pl.DataFrame({"seq": everywhere}, schema={"seq": pl.Int64}))
    record.run_sql("insert into near_seq from everywhere")
    _gather_rivals(record)
    bounds = _range(record)
    _put(scratch, "event", record.ask("past/event", frozen=clock.frozen() is not None, known=times.known, **bounds))
    _copy_spans(record, scratch, own, times, bounds)
    _copy_readings(record, scratch, times)
    _copy_profile(record, scratch, times)
    _copy_states(record, scratch, times)
    return own["event_id"].to_list()


def copy_all(
    record: Work, scratch: Work, after: int, times: Times, progress: Callable[[int, int], None] = lambda done, total: None
) -> int:  # fmt: skip
    """Copy every event above `after`, in pieces; the number of the last one looked at."""
    upto = record.number("select max(seq) from event")
    so_far = scratch.number("select max(seq) from event")
    frozen = clock.frozen() is not None
    _copy_readings(record, scratch, times)
    for first in range(after, upto, _AT_ONCE):
        last = min(first + _AT_ONCE, upto)
        some = record.ask(
            "past/all_events", so_far=so_far, after=first, upto=last, frozen=frozen, known=times.known
        ).sort("seq")
        _put(scratch, "event", some)
        so_far += len(some)
        progress(last, upto)
    _copy_all_spans(record, scratch, times)
    _copy_profile(record, scratch, times)
    _copy_states(record, scratch, times)
    return upto


def _range(record: Work) -> dict[str, int]:
    row = record.ask("select coalesce(min(seq), 0) as first, coalesce(max(seq), 0) as last from near_seq")
    return row.row(0, named=True)


def _gather_told(record: Work) -> None:
    """Master data and the chain of purchasing documents; where there is none, nothing is looked for."""
    if record.number("select count(*) from master"):
        record.run("past/told", **_range(record))
    for _ in range(_LINKS if record.number("select count(*) from chain") else 0):
        record.run("past/chained")


def _gather_rivals(record: Work) -> None:
    """Ids that several messages claim are rare: only then all claims are looked for."""
    bounds = _range(record)
    if record.number("select count(*) from outdone") and record.ask("past/contested", **bounds).item():
        record.run("past/rival", **bounds)


def _copy_spans(record: Work, scratch: Work, own: pl.DataFrame, times: Times, bounds: dict[str, int]) -> None:
    if not len(own) or not record.number("select count(*) from (from spans.span limit 1)"):
        return
    earliest, latest = own["occurred_at"].min(), own["occurred_at"].max()
    assert isinstance(earliest, datetime)
    assert isinstance(latest, datetime)
    window = {"earliest": earliest - _BEFORE, "latest": latest + _AFTER, "known": times.known, "now": times.now}
    _put(scratch, "spans.span", record.ask("past/span", **window, **bounds))


def _copy_all_spans(record: Work, scratch: Work, times: Times) -> None:
    upto = record.number("select max(seq) from spans.span")
    for first in range(scratch.number("select max(seq) from spans.span"), upto, _AT_ONCE):
        bounds = {"after": first, "upto": min(first + _AT_ONCE, upto), "known": times.known, "now": times.now}
        _put(scratch, "spans.span", record.ask("past/all_spans", **bounds))


def _copy_readings(record: Work, scratch: Work, times: Times) -> None:
    """What newer readings of messages have superseded, as far as they had been made; before events are counted."""
    scratch.run_sql("delete from superseded")
    known = "since <= $known and (until is null or until > $known)"
    query = f"select * replace (null::timestamp as until) from superseded where {known}"
    _put(scratch, "superseded", record.ask(query, known=times.known))


def _copy_profile(record: Work, scratch: Work, times: Times) -> None:
    """How long steps take, and how well that foretold, is published and never changed: what was valid then still stands."""
    for table in ("profile", "forecast_record"):
        scratch.run_sql(f"delete from {table}")
        _put(scratch, table, record.ask(f"select * from {table} where valid_from <= $told", told=times.told))


def _copy_states(record: Work, scratch: Work, times: Times) -> None:
    """How sources stand: as is known today, or who was noticed to be silent or out by what was known then."""
    scratch.run_sql("delete from source_state")
    if times.known_at is None:
        _put(scratch, "source_state", record.ask("from source_state"))
        return
    known = {"known": times.known_at, "settled": times.known_at - SETTLING}
    _put(scratch, "source_state", record.ask("past/states", **known))


def _put(scratch: Work, table: str, rows: pl.DataFrame) -> None:
    if len(rows):
        scratch.hold("copied", rows)
        scratch.run_sql(f"insert into {table} by name from copied")
        scratch.run_sql("drop table copied")
