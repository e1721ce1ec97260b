"""Where stock differs: per location, how much more and how much less the warehouses count than the ERP. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import plotly.graph_objects as go

from dashboards import words
from dashboards.figures.style import AMBER, BLUE, INK, figure, text

Row = dict[str, Any]


def by_location(positions: Sequence[Row]) -> dict[str, tuple[Decimal, Decimal]]:
    """Location -> (more, less) in units, the greatest difference last."""
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for one in positions:
        drift = words.decimal(one.get("drift")) or Decimal(0)
        sums[str(one.get("location") or "no location")][drift < 0] += drift
    found = {name: (more, less) for name, (more, less) in sums.items() if more or less}
    return dict(sorted(found.items(), key=lambda item: item[1][0] - item[1][1]))


def drift(positions: Sequence[Row]) -> go.Figure:
    """A bar to each side of nothing per location."""
    sums = by_location(positions)
    names = list(sums)
    made = figure(
        [_bars("Warehouse counts more", names, [s[0] for s in sums.values()], BLUE, ""), _bars("Warehouse counts less", names, [s[1] for s in sums.values()], AMBER, "/")],
        height=84 + 34 * max(len(names), 1), barmode="relative", bargap=0.4, margin={"l": 8, "r": 16, "t": 40, "b": 8},
    )  # fmt: skip
    made.update_xaxes(zeroline=True, title=None, showgrid=True, tickformat=",d")
    made.update_layout(
        legend={"yref": "container", "y": 0.99, "yanchor": "top"},
        shapes=[{"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": 0, "x1": 0, "line": {"color": INK, "width": 1}}],
    )  # fmt: skip
    return made


def _bars(name: str, names: list[str], sums: list[Decimal], color: str, pattern: str) -> go.Bar:
    return go.Bar(
        orientation="h", name=name, y=[text(n) for n in names], x=[float(s) for s in sums],
        marker={"color": color, "cornerradius": 4, "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": "rgba(255,255,255,.28)", "size": 7}},
        customdata=[[f"{s:+,}"] for s in sums], hovertemplate="<b>%{y}</b><br>%{customdata[0]} units<extra></extra>",
    )  # fmt: skip
