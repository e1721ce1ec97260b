"""Events without an order: what waits, since when, where it may belong; and the way to say so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, callback, dcc, html, no_update

from app import clock
from dashboards import context, guard, parts, tying, words
from dashboards.context import Row
from dashboards.order_links import sure
from dashboards.parts import Piece, row, table

PAGE = 25


def register() -> None:
    """The page and its callback."""
    said: Row = {
        "path": "/unmatched",
        "name": "Unmatched events",
        "title": "Unmatched events · Orderscope",
    }
    guard.page("unmatched", layout, icon="link", order=6, nav=True, **said)
    callbacks()


def look(page: int) -> tuple[list[Row], int]:
    """A page of events, those that wait longest first."""
    return context.here().reader.unmatched((max(page, 1) - 1) * PAGE, PAGE)


async def layout(**_query: str) -> Piece:
    """The page."""
    found, total = await context.asked(look, 1)
    pager = html.Div(
        dmc.Pagination(id="unmatched-page", total=-(-total // PAGE) or 1, value=1, size="sm"),
        id="unmatched-pager",
        className="pager",
        style=hidden(total),
    )
    sub = "Events without an order: they name no number that is known, so they count for none. Those that wait longest come first."
    body = html.Div(listing(found, guard.acts(), clock.instant()), id="unmatched-rows")
    return html.Div(
        [
            parts.page_head("Unmatched events", sub),
            html.Div(
                html.Span(said(total), id="unmatched-count", className="muted num", role="status"), className="filters"
            ),
            html.Section([body, pager], className="card"),
            dcc.Store(id="unmatched-mark", data=[str(e["id"]) for e in found]),
        ]
    )


def said(total: int) -> str:
    """How many wait."""
    return f"{words.count(total, 'event')} waiting" if total else "Nothing waits"


def hidden(total: int) -> Row:
    """The way to other pages only where there are some."""
    return {} if total > PAGE else {"display": "none"}


def listing(found: Sequence[Row], acts: bool, now: datetime) -> Piece:
    """The events, or what it means that there are none."""
    if not found:
        text = "Every event of an order, a delivery, a return or an invoice names a number that is known. An event may wait for a day before it stands here."
        return parts.empty("Every event has its order", text)
    may = acts and tying.possible()
    head = ("Event", "Numbers it names", "Waits since", "May belong to", *([""] if may else []))
    return table(head, [event(e, may, now) for e in found], "Events without an order")


def event(said: Row, may: bool, now: datetime) -> Piece:
    """One event."""
    who = " · ".join(w for w in (words.system(said.get("source")), words.instant(said.get("at"))) if w)
    what = html.Div(
        [html.Span(words.event(said.get("type")), className="strong"), html.Div(who, className="muted small")]
    )
    keys = [
        html.Div([html.Span(words.bare(k), className="mono"), html.Span(f" {kind(k)}", className="muted small")])
        for k in said.get("keys") or []
    ]
    cells = [
        what,
        html.Div(keys or "none"),
        waiting(said, now),
        guesses(said.get("suggestions") or []),
    ]
    if not may:
        return row(cells)
    named = f"Link {words.event(said.get('type'))} of {words.system(said.get('source'))} to an order"
    return row([*cells, tying.opener("Link…", "adopt", event=said["id"], mark="link", title=named, size="compact-xs")])


def waiting(said: Row, now: datetime) -> Piece:
    """Since when it waits, and from when on somebody is asked to look."""
    arrived, since = words.parsed(said.get("arrived_at") or said.get("at")), words.parsed(said.get("since"))
    asked = f"an exception in {words.span(since - now)}" if since and since > now else "an exception is raised"
    note = html.Div(asked, className="muted small") if since else None
    return html.Div([html.Span(words.brief(arrived, now), className="num", title=words.instant(arrived)), note])


def kind(key: Any) -> str:
    """What sort of number a key is, and whose."""
    text = words.KEYS.get(str(key).split(":", 1)[0], "")
    return ", ".join(w for w in (text, words.issuer(key)) if w)


def guesses(found: Sequence[Row]) -> Piece:
    """Orders with a number that looks alike; guesses, which link nothing by themselves."""
    if not found:
        return html.Span("no guess", className="muted")
    items = [
        html.Li([parts.order_link(g["order_id"], g.get("so") or g["order_id"]), " ", sure(g.get("confidence")), html.Div(str(g.get("why") or ""), className="muted small")])
        for g in found[:3]
    ]  # fmt: skip
    return html.Ul(items, className="guesses")


def callbacks() -> None:
    """The list follows what is linked and what arrives."""

    @callback(
        Output("unmatched-rows", "children"), Output("unmatched-count", "children"), Output("unmatched-page", "total"), Output("unmatched-pager", "style"), Output("unmatched-mark", "data"),
        Input("unmatched-page", "value"), Input("version", "data"), Input("acted", "data"), State("unmatched-mark", "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def fetch(page: int | None, _version: Any, _acted: Any, mark: list[str] | None) -> tuple[Any, ...]:
        found, total = await context.asked(look, page or 1)
        if (ids := [str(e["id"]) for e in found]) == mark:
            return (no_update,) * 5
        rows = listing(found, guard.acts(), clock.instant())
        return rows, said(total), -(-total // PAGE) or 1, hidden(total), ids
