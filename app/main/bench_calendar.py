"""Working time for very many clocks at once, beside a walk through the days for each of them.

Both answer the same questions, and the answers are compared: a fast wrong one would be no figure.
"""

import random
import time
from datetime import datetime, timedelta

import polars as pl

from app.calendar import Calendars
from app.calendar.hours import WEEK, hours
from app.calendar.walk import Walk
from app.errors import OrderscopeError
from app.main.bench_result import Result
from app.settings import Calendar

_START, _TRIED, _MOST = datetime(2026, 1, 5), 2_000, timedelta(days=330)
_DESK = Calendar(zone="Europe/Berlin", hours=dict.fromkeys(WEEK[:5], "08:00-12:00,13:00-18:00"), holidays="DE-BW")


def counting(clocks: int) -> list[Result]:
    """When that many clocks are due, on one calendar with holidays, as clocks per second."""
    pick = random.Random(1)
    starts = pl.Series([_START + timedelta(seconds=pick.randrange(int(_MOST.total_seconds()))) for _ in range(clocks)])
    seconds = pl.Series([pick.randrange(1, 40 * 3600) for _ in range(clocks)])
    calendars, walk = Calendars({"desk": _DESK}), Walk(hours("desk", _DESK))
    names = pl.Series(["desk"]).new_from_index(0, clocks)
    calendars.add(starts[:1], seconds[:1], names[:1])
    began = time.perf_counter()
    due = calendars.add(starts, seconds, names)
    ours = clocks / (time.perf_counter() - began)
    pairs = list(zip(starts[:_TRIED].to_list(), seconds[:_TRIED].to_list(), strict=True))
    began = time.perf_counter()
    walked = [walk.add(start, timedelta(seconds=amount)) for start, amount in pairs]
    floor = len(walked) / (time.perf_counter() - began)
    if walked != due[:_TRIED].to_list():
        raise OrderscopeError("The table and the walk through the days do not agree.", "Report this with the version.")
    return [Result(f"working time for {clocks:,} clocks at once", ours, floor, "clocks/s", "≥ 100 × one by one")]
