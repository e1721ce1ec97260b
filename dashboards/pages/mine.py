"""My exceptions: what the signed-in person has to take on, new ones first, then by what is due next."""

from datetime import datetime
from typing import Any

import dash
import dash_mantine_components as dmc
import polars as pl
from dash import Input, Output, State, callback, clientside_callback, dcc, html, no_update

from app import clock
from app.cases import Identity
from app.errors import NotFound
from dashboards import acting, context, degrading, guard, parts, queue, words
from dashboards.browser import clientside
from dashboards.context import Row
from dashboards.parts import Piece, aria, button, tile

STANDING = [
    {"value": "all", "label": "All open"},
    {"value": "new", "label": "New"},
    {"value": "working", "label": "In work"},
    {"value": "snoozed", "label": "Snoozed"},
]
STATUSES = {"new": ("new",), "working": ("acknowledged", "in_progress", "waiting"), "snoozed": ("snoozed",)}
#: A request may sort by these; the first two are the order in which one works.
RANKED = {"new": 0, "acknowledged": 1, "in_progress": 1, "waiting": 2, "snoozed": 3}
SORTS = {"so": "so", "severity": "severity_rank", "due_at": "due_at", "customer": "customer", "cause": "code", "system": "system",
         "owner": "owner", "status": "rank", "value": "amount"}  # fmt: skip


def register() -> None:
    """The page and its callbacks."""
    said: Row = {"path": "/mine", "name": "My exceptions", "title": "My exceptions · Orderscope", "icon": "inbox"}
    guard.page("mine", layout, guard.WORKING, order=2, nav=True, **said)
    rows_callbacks()
    panel_callbacks()
    screen_callbacks()


def owned(board: pl.DataFrame, who: Identity) -> pl.DataFrame:
    """The open cases of a person: by name, by team, by the owners they stand for; folded ones stay under theirs."""
    names = [n.lower() for n in who.mine]
    theirs = pl.col("owner").str.to_lowercase().is_in(names) | pl.col("team").str.to_lowercase().is_in(names)
    return board.filter(theirs.fill_null(False) & pl.col("folded_under").is_null())


def sorted_by(frame: pl.DataFrame, sort: list[tuple[str, str]]) -> pl.DataFrame:
    """As asked for; otherwise new ones first, then what is due next."""
    ranked = frame.with_columns(
        rank=pl.col("status").replace_strict(RANKED, default=9, return_dtype=pl.Int32),
        amount=pl.col("value").cast(pl.Float64, strict=False),
    )
    by = [(SORTS[c], d == "desc") for c, d in sort if c in SORTS] or [
        ("rank", False),
        ("due_at", False),
        ("severity_rank", False),
    ]
    return ranked.sort([c for c, _ in by] + ["case_id"], descending=[d for _, d in by] + [False], nulls_last=True)


def rows(request: Row, standing: str, who: Identity) -> tuple[list[Row], int]:
    """A block of the person's cases as the grid shows them."""
    found = owned(context.here().board.frame(), who)
    if standing in STATUSES:
        found = found.filter(pl.col("status").is_in(STATUSES[standing]))
    offset, limit, sort, _ = queue.asked_for(request)
    now = clock.instant()
    page = sorted_by(found, sort).slice(offset, limit).to_dicts()
    return [queue.written(row, now, context.here().partners) for row in page], found.height


def tiles(board: pl.DataFrame, who: Identity, now: datetime) -> list[Piece]:
    """What waits for this person."""
    found = owned(board, who)
    new = found.filter(pl.col("status") == "new")
    over = found.filter(pl.col("due_at") < now).height
    worst = new.filter(pl.col("severity") == "critical").height
    ahead = found.filter(pl.col("due_at") >= now)["due_at"].min() if found.height else None
    return [
        tile("New", f"{new.height:,}", f"{worst:,} of them critical", "high" if new.height else "ok", "inbox"),
        tile(
            "In work",
            f"{found.filter(pl.col('status').is_in(STATUSES['working'])).height:,}",
            "acknowledged or started",
            "medium",
            "play",
        ),
        tile("Past due", f"{over:,}", "their moment has passed", "critical" if over else "ok", "clock"),
        tile(
            "Due next",
            words.due(ahead, now)[0] if isinstance(ahead, datetime) else "–",
            words.instant(ahead) if ahead else "nothing ahead",
            "low",
            "timer",
        ),
    ]


async def layout(**_query: str) -> Piece:
    """The page; rows come when the grid asks."""
    who = guard.acting()
    board = await context.asked(context.here().board.frame)
    names = ", ".join(who.mine)
    actions = [button("Acknowledge selected", "mine-ack", "check", True, disabled=True)]
    control = dmc.SegmentedControl(
        id="mine-standing",
        data=STANDING,
        value="all",
        persistence=True,
        persistence_type="session",
        **aria(label="Which of mine"),
    )
    drawer = dmc.Drawer(
        html.Div(id="panel-content"),
        id="panel",
        title="Exception",
        opened=False,
        position="right",
        size="md",
        padding="md",
        zIndex=150,  # below the dialogue of an action
        trapFocus=False,
    )
    return html.Div(
        [
            parts.page_head("My exceptions", f"New ones first, then what is due next. Yours as {names}.", actions),
            html.Div(tiles(board, who, clock.instant()), id="mine-tiles", className="tiles"),
            html.Div([control, html.Span(id="mine-count", className="muted num", role="status")], className="filters"),
            html.Div(
                [
                    html.Div(
                        queue.grid("mine", button=True, keys="openPanel(params)", clicks="openPanel(params)"),
                        id="mine-place",
                        className="grid-place",
                    ),
                    html.Div(id="mine-empty"),
                ],
                className="grid-box",
            ),
            drawer,
            dcc.Store(id="mine-phone", data=queue.columns(phone=True)),
            dcc.Store(id="panel-case"),
        ]
    )


def rows_callbacks() -> None:
    """The grid, its counts, acknowledging from it."""

    @callback(
        Output("mine", "getRowsResponse"), Output("mine-count", "children"), Output("mine-empty", "children"),
        Input("mine", "getRowsRequest"), State("mine-standing", "value"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def fetch(request: Row | None, standing: str) -> tuple[Any, ...]:
        if not request:
            return (no_update,) * 3
        found, total = await context.asked(rows, request, standing, guard.acting())
        gone = (
            None
            if total
            else parts.empty("Nothing waits for you", "New exceptions of yours appear here by themselves.")
        )
        return {"rowData": found, "rowCount": total}, words.count(total, "exception"), gone

    @callback(
        Output("mine-tiles", "children"), Input("version", "data"), Input("acted", "data"), prevent_initial_call=True
    )
    async def figures(_version: int | None, _acted: float | None) -> list[Piece]:
        board = await context.asked(context.here().board.frame)
        return tiles(board, guard.acting(), clock.instant())

    acting.takes_selected("mine")

    @callback(
        Output("notes", "sendNotifications", allow_duplicate=True), Output("acted", "data", allow_duplicate=True),
        Input("mine", "cellRendererData"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def one(pressed: Row | None) -> tuple[Any, ...]:
        said = (pressed or {}).get("value") or {}
        if not said.get("id"):
            return no_update, no_update
        toast, _ = await context.asked(acting.done, said["id"], "acknowledge", said["version"])
        return toast, clock.wall().timestamp()


def panel(case_id: str) -> Piece:
    """A case beside the list: its facts, buttons, history, and the way to the order."""
    here = context.here()
    case = here.cases.one(case_id)
    case |= {"penalties": here.reader.penalty_of(case, clock.instant())}
    order = case.get("order") or {}
    link = (
        html.P(["Order ", parts.order_link(order.get("order_id"), order.get("so") or order.get("order_id"))])
        if order
        else None
    )
    link = link or degrading.way(case)
    history = case.get("history") or []
    return html.Div([link, acting.case_block(case, history, clock.instant(), guard.acts())])


def panel_callbacks() -> None:
    """The drawer: opened by a row, redrawn after an action."""

    @callback(
        Output("panel-content", "children"), Output("panel", "opened"),
        Input("panel-case", "data"), Input("acted", "data"), Input("version", "data"), State("panel", "opened"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def open_panel(
        picked: Row | None, _acted: float | None, _version: int | None, opened: bool | None
    ) -> tuple[Any, Any]:
        chosen = dash.ctx.triggered_id == "panel-case"
        if not picked or not (chosen or opened):
            return no_update, no_update
        try:
            return await context.asked(panel, picked["id"]), True if chosen else no_update
        except NotFound:
            return parts.empty("It is gone", "This exception belongs to another date.", "info"), no_update


def screen_callbacks() -> None:
    """What the browser does alone."""
    clientside_callback(
        clientside("narrow"), Output("mine", "columnDefs"), Output("mine", "dashGridOptions"),
        Input("mine-phone", "data"), State("mine", "dashGridOptions"),
    )  # fmt: skip
    clientside_callback(
        clientside("refresh"), Output("mine-place", "data-refresh"),
        Input("version", "data"), Input("acted", "data"), Input("minute", "n_intervals"), State("mine-place", "id"),
        prevent_initial_call=True,
    )  # fmt: skip
    clientside_callback(
        clientside("clear"),
        Output("mine-place", "data-clear"),
        Input("acted", "data"),
        State("mine-place", "id"),
        prevent_initial_call=True,
    )
    clientside_callback(
        clientside("restart"),
        Output("mine-place", "data-restart"),
        Input("mine-standing", "value"),
        State("mine-place", "id"),
        prevent_initial_call=True,
    )
    clientside_callback(
        clientside("pick"),
        Output("mine-ack", "disabled"),
        Output("mine-ack", "children"),
        Input("mine", "selectedRows"),
        prevent_initial_call=True,
    )
