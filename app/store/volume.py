"""How many items came of each source, hour by hour of arrival, and whether that is as many as agreed."""

from datetime import datetime, timedelta

from app.store.hearing import EVERY, Agreed, Row, Rows, worked

#: Hours that are looked at one by one.
HOURS = 24
_HOUR = timedelta(hours=1)
_HOURLY = f"""{EVERY}
select source, hour, sum(accepted)::bigint as accepted, sum(duplicates)::bigint as duplicates, sum(rejected)::bigint as rejected
from counted where hour > $from_at and hour <= $now group by source, hour
"""
Hours = list[list[int]]


def hourly(rows: Rows, this_hour: datetime) -> dict[str, Hours]:
    """Source -> [accepted, duplicates, rejected] of each of the last hours, the oldest first."""
    first = this_hour - HOURS * _HOUR
    found: dict[str, Hours] = {}
    for row in rows(_HOURLY, {"from_at": first, "now": this_hour}):
        hours = found.setdefault(row["source"], [[0, 0, 0] for _ in range(HOURS)])
        place = int((row["hour"] - first).total_seconds()) // 3600 - 1
        hours[place] = [row["accepted"], row["duplicates"], row["rejected"]]
    return found


def volume(agreed: Agreed, code: str, hours: Hours, this_hour: datetime) -> Row | None:
    """How many of the last full working hours had fewer or more items than agreed; None where nothing was agreed.

    `newest` is the newest of these hours, `items` how many came in it, `off` whether they are `fewer` or `more`.
    """
    declared = agreed.declared.get(code)
    if declared is None or declared.expects.per_hour is None:
        return None
    least, most = declared.expects.per_hour
    begins = [this_hour - back * _HOUR for back in range(HOURS - 1, 0, -1)]
    items = [sum(hour) for hour in hours[:-1]] or [0] * len(begins)
    calendar = declared.expects.calendar
    full = [
        (at, n) for at, n in zip(begins, items, strict=True)
        if worked(agreed.clocks, calendar, at, at + _HOUR) == _HOUR
    ]  # fmt: skip
    below, above = sum(n < least for _, n in full), sum(n > most for _, n in full)
    newest, last = full[-1] if full else (None, 0)
    off = "fewer" if newest and last < least else "more" if newest and last > most else ""
    told = {"newest": newest, "items": last, "off": off}
    return {"least": least, "most": most, "hours": len(full), "below": below, "above": above} | told
