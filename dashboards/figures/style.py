"""The one Plotly template: transparent paper, no colours for text and lines, which the style sheet gives."""

from typing import Any

import plotly.graph_objects as go

BLUE, AMBER, RED, GREY, GREEN = "#3b6fd6", "#d97706", "#d63434", "#8891a0", "#1c8a4b"
#: The style sheet finds lines of this colour and paints them with the ink of the scheme.
INK = "rgb(1, 2, 3)"

_axis = {
    "showline": False,
    "zeroline": False,
    "gridcolor": "#8888",
    "ticks": "",
    "automargin": True,
    "fixedrange": True,
}
TEMPLATE = go.layout.Template(
    layout={
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "Inter Variable, system-ui, sans-serif", "size": 12},
        "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
        "xaxis": _axis,
        "yaxis": _axis,
        "hoverlabel": {"font": {"size": 12}, "align": "left"},
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "itemclick": False,
            "itemdoubleclick": False,
        },
        "dragmode": False,
        "bargap": 0.25,
    }
)


def figure(traces: list[Any], height: int, **layout: Any) -> go.Figure:
    """A figure in the house's style."""
    return go.Figure(traces, layout={"template": TEMPLATE, "height": height, **layout})


def text(value: Any) -> str:
    """A value as Plotly must read it: its labels know a few tags, data shall have none."""
    return str(value if value is not None else "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
