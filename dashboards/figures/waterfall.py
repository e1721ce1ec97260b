"""A trace as a table with a bar per span: it reads on a phone, prints, and a screen reader reads its rows."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboards import words
from dashboards.parts import aria

Row = dict[str, Any]
PALETTE = 7


def tones(spans: Sequence[Row]) -> dict[str, int]:
    """A colour for each system, in the order of appearance."""
    return {name: n % PALETTE for n, name in enumerate(dict.fromkeys(str(s.get("system") or "") for s in spans))}


def length(spans: Sequence[Row]) -> float:
    """Milliseconds from the first start to the last end; never 0, so that shares can be taken."""
    return max((float(s["offset_ms"] or 0) + float(s["duration_ms"] or 0) for s in spans), default=0.0) or 1.0


def waterfall(spans: Sequence[Row], caption: str) -> Any:
    """The table: span, system, milliseconds, and where it lay in the whole."""
    whole, colors = length(spans), tones(spans)
    ticks = [html.Span(ms(whole * n / 4), className="tick", style={"left": f"{n * 25}%"}) for n in range(4)]
    head: list[tuple[Any, str]] = [("Span", "name"), ("System", "sys"), ("ms", "ms"), (html.Div(ticks), "lane")]
    return html.Table(
        [
            html.Caption(caption, className="sr"),
            html.Thead(html.Tr([html.Th(text, scope="col", className=name) for text, name in head])),
            html.Tbody([span(s, whole, colors[str(s.get("system") or "")]) for s in spans]),
        ],
        className="waterfall",
    )


def span(said: Row, whole: float, color: int) -> Any:
    """One row of the table."""
    bad = str(said.get("status") or "").lower() in ("error", "bad")
    offset, took = float(said["offset_ms"] or 0), float(said["duration_ms"] or 0)
    bar = {"marginLeft": f"{100 * offset / whole:.3f}%", "width": f"{100 * took / whole:.3f}%"}
    cross = html.Span("✕", className="cross", title="failed", **aria(label="failed")) if bad else None
    hint = " · ".join(str(part) for part in (said.get("name"), said.get("message")) if part)
    indent = {"paddingLeft": f"{8 + 14 * min(int(said.get('depth') or 0), 12)}px"}
    return html.Tr(
        [
            html.Td([cross, str(said.get("name") or "–")], className="name", style=indent, title=hint),
            html.Td(
                [html.Span(className=f"marker sys-{color}"), " ", words.system(said.get("system"))], className="sys"
            ),
            html.Td(ms(took), className="ms"),
            html.Td(html.Span(className=f"bar sys-{color}{' bad' if bad else ''}", style=bar), className="lane"),
        ]
    )


def ms(value: float) -> str:
    """Milliseconds as they read best: `0.4`, `12.5`, `2,210`."""
    return f"{value:,.1f}" if 0 < value < 20 else f"{value:,.0f}"
