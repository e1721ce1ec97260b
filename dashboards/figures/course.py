"""The course of an interface by the quarter of an hour: a measure, what is usual, its limit, and its spells. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import plotly.graph_objects as go

from dashboards.figures.style import AMBER, BLUE, GREY, RED, figure
from rules.degradation.shift import smoothed

Row = dict[str, Any]
_QUARTER = timedelta(minutes=15)
#: measure -> (its name, columns of the band: low, usual, high; factor for the screen; how a value is written)
MEASURES: dict[str, tuple[str, tuple[str, str, str], float, str]] = {
    "p50": ("Median", ("low", "usual", "high"), 1, ",.0f"),
    "error_share": ("Error share", ("errors_low", "errors_usual", "errors_high"), 100, ".1f"),
    "p95": ("95 of 100 within", ("", "p95_usual", ""), 1, ",.0f"),
    "depth": ("Waiting", ("", "", ""), 1, ",.0f"),
}


def course(rows: Sequence[Row], measure: str, limit: Sequence[float | None] = ()) -> go.Figure:
    """Lines of one measure over the quarters; `limit` has its limit at each of them, nothing where there is none."""
    name, (low, usual, high), times, form = MEASURES[measure]
    at = [row["begun_at"] for row in rows]
    traces = _band(at, [_scaled(rows, one, times) for one in (low, high)]) if low else []
    if usual:
        traces.append(_line("Usual at this hour", at, _scaled(rows, usual, times), GREY, form, dash="dot", width=1.5))
    traces.append(_line(name, at, _scaled(rows, measure, times), BLUE, form, width=1.5))
    traces.append(_line("Smoothed", at, ewma(_scaled(rows, measure, times)), AMBER, form, width=2.5))
    if any(one is not None for one in limit):
        traces.append(_line("Limit", at, [None if one is None else times * one for one in limit], RED, form, dash="dash", width=1.5))  # fmt: skip
    made = figure(traces, height=250, hovermode="x unified", shapes=[_mark(*spell) for spell in spells(rows)])
    made.update_yaxes(rangemode="tozero")
    return made


def ewma(values: Sequence[float | None]) -> list[float | None]:
    """The exponentially weighted mean with weight 0.2 of the values that there are; a hole stays a hole."""
    known = [value for value in values if value is not None]
    line = iter(smoothed(known, known[0]).to_list() if known else [])
    return [None if value is None else next(line) for value in values]


def spells(rows: Sequence[Row]) -> list[tuple[datetime, datetime]]:
    """[from, to) of the stretches in which the interface was degrading."""
    groups = [list(some) for firing, some in groupby(rows, lambda row: row["state"] == "firing") if firing]
    return [(some[0]["begun_at"], some[-1]["begun_at"] + _QUARTER) for some in groups]


def _scaled(rows: Sequence[Row], column: str, times: float) -> list[float | None]:
    return [None if row[column] is None else times * row[column] for row in rows]


def _band(at: list[datetime], ends: list[list[float | None]]) -> list[go.Scatter]:
    """What is usual at each hour, three spreads to either side."""
    quiet = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    low, high = ends
    return [
        go.Scatter(x=at, y=low, showlegend=False, **quiet),
        go.Scatter(x=at, y=high, name="Usually within", fill="tonexty", fillcolor="rgba(136,145,160,.22)", **quiet),
    ]


def _line(name: str, at: list[datetime], values: list[float | None], color: str, form: str, **line: Any) -> go.Scatter:
    return go.Scatter(
        name=name, x=at, y=values, mode="lines", line={"color": color, **line}, connectgaps=False,
        hovertemplate=f"%{{y:{form}}}<extra>{name}</extra>",
    )  # fmt: skip


def _mark(begin: datetime, end: datetime) -> dict[str, Any]:
    return {
        "type": "rect", "xref": "x", "yref": "paper", "x0": begin, "x1": end, "y0": 0, "y1": 1, "layer": "below",
        "fillcolor": "rgba(214,52,52,.14)", "line": {"width": 0},
    }  # fmt: skip
