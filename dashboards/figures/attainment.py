"""How well a promise was kept: a ring, days with their line, partners against days. Counts first, ratios from them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import plotly.graph_objects as go
from dash import html

from dashboards import words
from dashboards.figures.style import BLUE, figure, text
from dashboards.parts import aria

Row = dict[str, Any]
COUNTS = ("met", "breached", "breached_open", "unknown", "running", "void")
MET, LATE, OPEN = "#2f9e63", "#e08a1e", "#d63434"
#: Red to blue over near-white, as everyone can tell apart; both ends hold white figures.
DIVERGING = [[0, "#a8182b"], [0.25, "#dd6a54"], [0.5, "#f3d3c0"], [0.62, "#e9ecef"], [0.8, "#9cc6e2"], [1, "#1f62ac"]]
MOST_ROWS = 40


def summed(rows: Iterable[Row]) -> Row:
    """The rows of an attainment as one: counts added, the ratio taken from the sums and never from ratios.

    `breached` holds everything that missed its moment, `breached_open` the part of it that has not ended yet;
    `unknown` is what nobody can say while its source is silent, and counts as neither.
    """
    total: Row = dict.fromkeys(COUNTS, 0)
    for row in rows:
        for name in COUNTS:
            total[name] += int(row.get(name) or 0)
    judged = total["met"] + total["breached"]
    return total | {
        "numerator": total["met"],
        "denominator": judged,
        "attainment": total["met"] / judged if judged else None,
    }


def tone(attainment: float | None, objective: float | None) -> str:
    """Whether the objective is kept: ok, high (just missed) or critical; medium where there is none."""
    if attainment is None:
        return "low"
    if objective is None:
        return "medium"
    if attainment >= objective:
        return "ok"
    return "high" if attainment >= objective - 0.05 else "critical"


def ring(attainment: float | None, objective: float | None) -> Any:
    """A dial of the share, with the objective as a notch on it."""
    turn = {"--share": f"{attainment or 0:.4f}"} | ({"--goal": f"{objective:.4f}"} if objective is not None else {})
    notch = html.Span(className="notch") if objective is not None else None
    said = html.Span(words.share(attainment), className="said" if attainment is not None else "said none")
    return html.Span(
        [html.Span(className="arc"), notch, said], className=f"dial {tone(attainment, objective)}", style=turn
    )


def split(total: Row) -> Any:
    """A thin bar of the judged ones: met, ended late, still open past their moment."""
    parts = (
        ("seg-met", total["met"]),
        ("seg-late", total["breached"] - total["breached_open"]),
        ("seg-open", total["breached_open"]),
    )
    bars = [
        html.I(className=name, style={"width": f"{100 * n / (total['denominator'] or 1):.3f}%"})
        for name, n in parts
        if n > 0
    ]
    return html.Span(bars, className="split", **aria(hidden="true"))


def day(value: Any) -> date:
    """A day out of a row: a date, an instant, or its text."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def trend(rows: Sequence[Row], objective: float | None) -> go.Figure:
    """Stacked counts per day and, on the right axis, the share that was met."""
    rows = sorted(rows, key=lambda r: day(r["day"]))
    days = [day(r["day"]) for r in rows]
    open_ = [int(r.get("breached_open") or 0) for r in rows]
    late = [int(r.get("breached") or 0) - o for r, o in zip(rows, open_, strict=True)]
    bars = [
        go.Bar(
            name="Met",
            x=days,
            y=[int(r.get("met") or 0) for r in rows],
            marker={"color": MET},
            hovertemplate="%{y:,} met<extra></extra>",
        ),
        go.Bar(
            name="Ended late",
            x=days,
            y=late,
            marker={"color": LATE, "pattern": pattern(".")},
            hovertemplate="%{y:,} ended late<extra></extra>",
        ),
        go.Bar(
            name="Late, still open",
            x=days,
            y=open_,
            marker={"color": OPEN, "pattern": pattern("/")},
            hovertemplate="%{y:,} still open<extra></extra>",
        ),
    ]
    share = [None if r.get("attainment") is None else 100 * float(r["attainment"]) for r in rows]
    line = go.Scatter(
        name="Attainment", x=days, y=share, yaxis="y2", mode="lines+markers", line={"color": BLUE, "width": 2.5}, connectgaps=False,
        marker={"size": 5}, hovertemplate="%{y:.1f} % met<extra></extra>",
    )  # fmt: skip
    made = figure([*bars, line], height=330, barmode="stack", hovermode="x unified", bargap=0.2)
    made.update_layout(
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "range": [0, 104],
            "tickvals": [0, 25, 50, 75, 100],
            "ticksuffix": " %",
            "showgrid": False,
            "fixedrange": True,
        },
        legend={"traceorder": "normal"},
        margin={"t": 40, "l": 8, "r": 8, "b": 8},
    )
    if objective is not None and days:
        made.add_hline(y=100 * objective, yref="y2", line={"color": BLUE, "width": 1, "dash": "dash"})
    made.update_xaxes(type="date", showgrid=False, tickformat="%d %b", nticks=9, **one_day(days))
    return made


def one_day(days: Sequence[date]) -> Row:
    """A range for the axis of a single day, which Plotly would otherwise cut into hours."""
    if len(set(days)) != 1:
        return {}
    noon = datetime.combine(days[0], datetime.min.time())
    return {"range": [noon - timedelta(days=3), noon + timedelta(days=3)], "dtick": 86400000}


def pattern(shape: str) -> Row:
    """A pattern over a bar's own colour."""
    return {"shape": shape, "fillmode": "overlay", "fgcolor": "rgba(255,255,255,.35)", "size": 6, "solidity": 0.25}


def heatmap(rows: Sequence[Row], names: Mapping[str, str], objective: float | None) -> go.Figure:
    """Partners against days, the worst on top; a hole is a day on which nothing fell due."""
    cells = {(r.get("partner") or "", day(r["day"])): r for r in rows if r.get("attainment") is not None}
    days = spread({d for _, d in cells})
    order = sorted(
        {p for p, _ in cells}, key=lambda p: -(summed(c for (q, _), c in cells.items() if q == p)["attainment"] or 0)
    )[-MOST_ROWS:]
    z = [[share_of(cells.get((p, d))) for d in days] for p in order]
    said = [[counts_of(cells.get((p, d))) for d in days] for p in order]
    low = min((v for line in z for v in line if v is not None), default=0)
    floor = max(0, min(80, 10 * int(low // 10)))
    made = figure(
        [
            go.Heatmap(
                x=days, y=[text(names.get(p) or words.system(p) or "not yet assigned") for p in order], z=z, customdata=said, zmin=floor, zmax=100, xgap=1.5, ygap=1.5,
                colorscale=DIVERGING, hovertemplate="<b>%{y}</b><br>%{x|%d %b %Y}<br>%{z:.1f} % · %{customdata}<extra></extra>",
                colorbar={"thickness": 12, "outlinewidth": 0, "ticksuffix": " %", "len": 1, "tickfont": {"size": 11}},
            )
        ],
        height=max(330, 90 + 24 * len(order)),
    )  # fmt: skip
    made.update_xaxes(type="date", showgrid=False, tickformat="%d %b", nticks=8, **one_day(days))
    made.update_yaxes(showgrid=False, ticklabelstandoff=8)
    return made


def spread(days: set[date]) -> list[date]:
    """Every day from the first to the last, so that holes show; a long history keeps its own days only."""
    if not days or (max(days) - min(days)).days > 400:
        return sorted(days)
    return [min(days) + timedelta(days=n) for n in range((max(days) - min(days)).days + 1)]


def share_of(cell: Row | None) -> float | None:
    """The percentage of a cell."""
    return None if cell is None else 100 * float(cell["attainment"])


def counts_of(cell: Row | None) -> str:
    """`18 of 20`."""
    return "" if cell is None else f"{int(cell['met']):,} of {int(cell['met']) + int(cell['breached']):,}"


def burn_down(rows: Sequence[Row]) -> go.Figure:
    """What was left of an error budget after each day, against the straight line to nothing; below 0 it is overspent."""
    at = [r["at"] for r in rows]
    left = go.Scatter(
        name="Left", x=at, y=[100 * float(r["remaining"]) for r in rows], mode="lines", line={"color": BLUE, "width": 2.5},
        hovertemplate="%{y:.0f} % left<extra></extra>",
    )  # fmt: skip
    even = go.Scatter(
        name="Even pace", x=at, y=[100 * float(r["ideal"]) for r in rows], mode="lines", line={"color": LATE, "width": 1.5, "dash": "dash"},
        hovertemplate="%{y:.0f} % at an even pace<extra></extra>",
    )  # fmt: skip
    made = figure([left, even], height=220, hovermode="x unified")
    made.update_layout(margin={"t": 36, "l": 8, "r": 8, "b": 8})
    made.update_yaxes(ticksuffix=" %", zeroline=True)
    made.update_xaxes(type="date", showgrid=False, tickformat="%d %b", nticks=9)
    return made
