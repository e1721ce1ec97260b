"""Blocked orders: the queue of what stands still or is late, sorted by what is due first, to be taken on in bulk."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
import polars as pl
from dash import Input, Output, State, callback, clientside_callback, dcc, html, no_update

from app import clock
from app.errors import BadInput, Conflict
from app.store.past import Making
from dashboards import acting, context, guard, kpis, notices, parts, past, queue, words
from dashboards.browser import clientside
from dashboards.context import Reader, Row
from dashboards.parts import Piece, aria, button
from dashboards.past import Then

VIEWS = [
    {"value": "blocked", "label": "Blocked"},
    {"value": "late", "label": "Late"},
    {"value": "at_risk", "label": "At risk"},
    {"value": "diverged", "label": "Disagree"},
    {"value": "silent", "label": "Silent"},
    {"value": "all", "label": "All"},
]
#: Views of which a row is an order, whether or not an exception was raised -> what its reason says.
ORDERS = {"at_risk": "May miss its promise", "diverged": "Systems disagree", "silent": "Nothing heard for long"}
#: How such a view is sorted by what a column shows.
SORTS = {"due_at": "promised_at"} | {name: name for name in ("so", "customer", "value")}
FIRST_SORT = {"silent": [("last_at", "asc")]}
NOTHING = {
    "blocked": (
        "Nothing is blocked",
        "Every open order can take its next step. Look under Late for promises that have passed.",
    ),
    "late": ("Nothing is late", "No promise has passed without its goods. Blocked shows what may become late."),
    "at_risk": ("Nothing is at risk", "Every open order can keep its promise at the usual pace."),
    "diverged": (
        "The systems agree",
        "No system says anything else than the one that decides, beyond the usual delay.",
    ),
    "silent": ("Nothing is silent", "Of every open order something was heard within the usual time."),
    "all": ("No open exceptions", "Nothing has gone wrong that is not settled."),
}
FIRST = (
    "No order has been seen yet",
    "Let a system send its events to /api/v1/events, or load a file: orderscope ingest --source CODE PATH.",
)
FILTERED = ("Nothing matches these filters", "Take a filter away to see more; the filters of the columns count too.")
FILTERS = ("severity", "system", "owner", "status")
KEEP = {"persistence": True, "persistence_type": "session"}


def register() -> None:
    """The page and its callbacks."""
    for name, path, order in (("blocked", "/", 0), ("blocked_too", "/blocked", 90)):
        said: Row = {"path": path, "name": "Blocked orders", "title": "Blocked orders · Orderscope", "order": order}
        guard.page(name, layout, past=True, icon="list-checks", nav=path == "/", **said)
    rows_callbacks()
    bulk_callbacks()
    screen_callbacks()


async def layout(**query: str) -> Piece:
    """The page; its rows come when the grid asks for them."""
    try:
        then = past.then(**query)
    except BadInput as fault:
        return past.refused("Blocked orders", fault)
    board = await context.asked(context.here().board.frame)
    tiles = kpis.tiles(await context.asked(kpis.strip, context.here().live.kpis, board)) if not then else kpis.waiting()
    act = guard.acts() and not then
    hint = "Worst and oldest first. " + ("Space selects, Enter opens." if act else "Enter opens.")
    grid = html.Div(queue.grid("queue", select=not then), id="queue-place", className="grid-place")
    return html.Div(
        [
            past.banner(then),
            parts.page_head("Blocked orders", hint, [past.control("queue-time"), *actions(act, bool(then))]),
            html.Div(tiles, id="queue-kpis", className="tiles"),
            filters(board),
            html.Div([grid, html.Div(id="queue-empty")], className="grid-box"),
            *confirmation(),
            dcc.Store(id="queue-phone", data=queue.columns(phone=True)),
            dcc.Store(id="queue-then", data=then.kept() if then else None),
        ]
    )


def actions(act: bool, past: bool) -> list[Piece]:
    """What can be done with the list; in the past only looking."""
    export = html.A(
        button("Export CSV", "queue-export", "download", variant="default"), href="/api/v1/exceptions.csv?view=blocked", id="queue-csv",
        download="exceptions.csv", className="gone" if past else "",
    )  # fmt: skip
    if not act:
        return [export, *(html.Span(id=f"queue-{name}", className="gone") for name in ("all", "ack"))]
    return [
        export,
        button("Acknowledge all matching…", "queue-all", "check-check"),
        button("Acknowledge selected", "queue-ack", "check", True, disabled=True),
    ]


def filters(board: pl.DataFrame) -> Piece:
    """View and filters; what they offer is what is on the board."""

    def several(name: str, label: str, data: list[Row]) -> Piece:
        choice = dmc.MultiSelect(
            id=f"queue-{name}", placeholder=label, data=data, value=[], clearable=True, searchable=True, hidePickedOptions=True,
            size="sm", **KEEP, **aria(label=label),
        )  # fmt: skip
        return html.Div(choice, id=f"queue-{name}-box", className="filter-box")

    return html.Div(
        [
            dmc.SegmentedControl(id="queue-view", data=VIEWS, value="blocked", **KEEP, **aria(label="Which orders")),
            several("severity", "Severity", [{"value": s, "label": s.capitalize()} for s in words.SEVERITIES]),
            several("system", "System", options(board, "system", words.system)),
            several("owner", "Owner", options(board, "owner", str)),
            several(
                "status",
                "Status",
                [{"value": s, "label": t} for s, t in words.STATUS.items() if s not in ("resolved", "closed")],
            ),
            html.Span(id="queue-count", className="muted num", role="status"),
        ],
        className="filters",
    )


def options(board: pl.DataFrame, column: str, name: Any) -> list[Row]:
    """The values of a column as choices."""
    if column not in board.columns:
        return []
    return [{"value": v, "label": name(v)} for v in sorted(board[column].drop_nulls().unique().to_list()) if v]


def confirmation() -> list[Piece]:
    """The question before many cases are acknowledged at once."""
    buttons = [button("Cancel", "all-cancel"), button("Acknowledge all", "all-go", "check-check", primary=True)]
    body = dmc.Stack([html.P(id="all-text", style={"margin": 0}), dmc.Group(buttons, justify="flex-end")])
    return [
        dmc.Modal(body, id="all-modal", title="Acknowledge all matching", opened=False, centered=True),
        dcc.Store(id="all-frozen"),
    ]


def rows(request: Row, view: str, where: Row) -> tuple[list[Row], int]:
    """A block of the queue as the grid shows it, and how many rows there are in all."""
    here = context.here()
    return block(here.reader, here.board.frame(), clock.instant(), request, view, where, None)


def rows_then(request: Row, view: str, where: Row, then: Then | None) -> tuple[list[Row], int] | Making:
    """The same at another time; or how far the making of that time has come."""
    if then is None:
        return rows(request, view, where)
    source = context.here().reader.past(then.as_of, then.known_at)
    if isinstance(source, Making):
        return source
    return block(source, source.board(), then.at, request, view, where, then)


def block(
    reader: Reader, board: pl.DataFrame, now: datetime, request: Row, view: str, where: Row, then: Then | None
) -> tuple[list[Row], int]:
    """What a request asks of one reader: orders by a judgement, or exceptions."""
    offset, limit, sort, grid = queue.asked_for(request)
    if view in ORDERS:
        by = [(SORTS[c], d) for c, d in sort if c in SORTS] or FIRST_SORT.get(view, [("promised_at", "asc")])
        orders, total = reader.orders(judged(view, where, grid), by, offset, limit, now)
        found = [order_row(o, view, board) for o in orders]
    else:
        asked = where | ({"grid": grid} if grid else {})
        found, total = reader.blocked(board, view, asked, sort, offset, limit)
    return [queue.written(row, now, context.here().partners, then) for row in found], total


def judged(view: str, where: Row, grid: Row) -> Row:
    """The filters that a list of orders knows: owners, and words in number or customer."""
    said = next((str(grid[name]["filter"]) for name in ("so", "customer") if grid.get(name, {}).get("filter")), "")
    owners = where.get("owner") or []
    return {view: True} | ({"q": said} if said else {}) | ({"owner": owners} if owners else {})


def order_row(order: Row, view: str, board: pl.DataFrame) -> Row:
    """An order as a row of the queue, with its worst open exception where there is one."""
    open_ = (
        board.filter((pl.col("order_id") == order["order_id"]) & pl.col("folded_under").is_null())
        if board.height
        else board
    )
    case = open_.sort("severity_rank", "since").row(0, named=True) if open_.height else {}
    named = {name: case.get(name) for name in ("case_id", "version", "severity", "status", "system", "owner", "team")}
    owner = case.get("owner") or next(iter(order.get("owners") or []), None)
    since = order.get("last_at") if view == "silent" else order.get("blocked_since") or order.get("stage_at")
    return (
        order
        | named
        | {"owner": owner, "cause": None, "code": ORDERS[view], "due_at": order.get("promised_at"), "since": since}
    )


def figures(then: Then | None) -> list[Piece] | None:
    """The four figures, now or at another time; None while that is being made."""
    here = context.here()
    if not then:
        return kpis.tiles(kpis.strip(here.live.kpis, here.board.frame()))
    source = here.reader.past(then.as_of, then.known_at)
    return None if isinstance(source, Making) else kpis.tiles(kpis.strip(source.kpis(then.at), source.board()))


def nothing(view: str, filtered: bool) -> Piece:
    """What stands where no row is."""
    if not filtered and not context.here().live.kpis.get("orders", 1):
        return parts.empty(*FIRST, mark="activity")
    return parts.empty(
        *(FILTERED if filtered else NOTHING.get(view, NOTHING["all"])), mark="filter-x" if filtered else "circle-check"
    )


def matching(view: str, where: Row, grid: Row, limit: int = 1_000_000) -> list[tuple[str, int | None]]:
    """(id, version) of every new exception that the filters match."""
    here = context.here()
    if view in ORDERS:
        return queue.chosen(rows({"startRow": 0, "endRow": queue.MOST, "filterModel": grid}, view, where)[0])
    if where.get("status") and "new" not in where["status"]:
        return []
    asked = where | {"status": ["new"]} | ({"grid": grid} if grid else {})
    found, _ = here.reader.blocked(here.board.frame(), view, asked, [], 0, limit)
    return [(str(r["case_id"]), int(r["version"])) for r in found if r.get("case_id")]


def acknowledge_all(frozen: Row) -> tuple[list[Row], bool]:
    """Acknowledge what the person was shown the count of; nothing when the count is another by now."""
    items = matching(frozen["view"], frozen["where"], frozen["grid"])
    if len(items) != frozen["expected"]:
        said = f"{frozen['expected']:,} matched when you asked, {len(items):,} match now. Nothing was done; look again."
        return notices.note(said, "orange", "The list has changed"), False
    return acting.done_to_many(items)


def rows_callbacks() -> None:
    """The grid and what stands in for it."""

    @callback(
        Output("queue", "getRowsResponse"), Output("queue-count", "children"), Output("queue-empty", "children"),
        Input("queue", "getRowsRequest"), State("queue-then", "data"), State("queue-view", "value"),
        *(State(f"queue-{f}", "value") for f in FILTERS),
        prevent_initial_call=True,
    )  # fmt: skip
    async def fetch(request: Row | None, then: Row | None, view: str, *said: Sequence[str] | None) -> tuple[Any, ...]:
        if not request:
            return (no_update,) * 3
        where = queue.where(*said)
        answer = await context.asked(rows_then, request, view, where, past.then(**(then or {})))
        if isinstance(answer, Making):
            return {"rowData": [], "rowCount": 0}, "", past.making(answer.done, answer.total, "queue")
        found, total = answer
        gone = nothing(view, bool(where or request.get("filterModel"))) if not total else None
        return (
            {"rowData": found, "rowCount": total},
            words.count(total, "order" if view in ORDERS else "exception"),
            gone,
        )

    @callback(
        Output("queue-kpis", "children"), Input("version", "data"), Input("queue-count", "children"), State("queue-then", "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def tiles(_version: int | None, _count: str | None, then: Row | None) -> Any:
        return await context.asked(figures, past.then(**(then or {}))) or no_update


def bulk_callbacks() -> None:
    """Acknowledging what is selected, or all that matches."""

    acting.takes_selected("queue")

    @callback(
        Output("all-modal", "opened"), Output("all-text", "children"), Output("all-frozen", "data"), Output("all-go", "disabled"),
        Input("queue-all", "n_clicks"), State("queue", "getRowsRequest"), State("queue-view", "value"),
        *(State(f"queue-{f}", "value") for f in FILTERS),
        prevent_initial_call=True,
    )  # fmt: skip
    async def ask(clicks: int | None, request: Row | None, view: str, *said: Sequence[str] | None) -> tuple[Any, ...]:
        if not clicks:
            return (no_update,) * 4
        where, grid = queue.where(*said), queue.asked_for(request or {})[3]
        count = len(await context.asked(matching, view, where, grid))
        text = f"{words.count(count, 'new exception matches', 'new exceptions match')} the filters. They will be acknowledged in your name; owners stay."
        return True, text, {"view": view, "where": where, "grid": grid, "expected": count}, count == 0

    @callback(
        Output("notes", "sendNotifications", allow_duplicate=True), Output("acted", "data", allow_duplicate=True),
        Output("all-modal", "opened", allow_duplicate=True),
        Input("all-go", "n_clicks"), State("all-frozen", "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def confirm(clicks: int | None, frozen: Row | None) -> tuple[Any, ...]:
        if not clicks:
            return (no_update,) * 3
        if not frozen:
            raise Conflict("There is nothing to acknowledge.")
        said, _ = await context.asked(acknowledge_all, frozen)
        return said, clock.wall().timestamp(), False


def screen_callbacks() -> None:
    """What the browser does alone: width, refresh in place, counts on buttons, the address of the export."""
    past.register("queue-time")
    clientside_callback(
        clientside("fitting"), *(Output(f"queue-{name}-box", "style") for name in ("severity", "system", "status")), Output("queue-csv", "style"),
        Input("queue-view", "value"),
    )  # fmt: skip
    clientside_callback(
        clientside("again"), Output("queue-place", "data-retry"), Input("queue-retry", "n_intervals"), State("queue-place", "id"),
        prevent_initial_call=True,
    )  # fmt: skip
    chosen = [Input(f"queue-{f}", "value") for f in FILTERS]
    clientside_callback(
        clientside("narrow"), Output("queue", "columnDefs"), Output("queue", "dashGridOptions"),
        Input("queue-phone", "data"), State("queue", "dashGridOptions"),
    )  # fmt: skip
    clientside_callback(
        clientside("refresh"), Output("queue-place", "data-refresh"),
        Input("version", "data"), Input("acted", "data"), Input("minute", "n_intervals"), State("queue-place", "id"),
        prevent_initial_call=True,
    )  # fmt: skip
    clientside_callback(
        clientside("clear"),
        Output("queue-place", "data-clear"),
        Input("acted", "data"),
        State("queue-place", "id"),
        prevent_initial_call=True,
    )
    clientside_callback(
        clientside("restart"),
        Output("queue-place", "data-restart"),
        Input("queue-view", "value"),
        *chosen,
        State("queue-place", "id"),
        prevent_initial_call=True,
    )
    clientside_callback(
        clientside("pick"),
        Output("queue-ack", "disabled"),
        Output("queue-ack", "children"),
        Input("queue", "selectedRows"),
        prevent_initial_call=True,
    )
    clientside_callback(
        clientside("csv"),
        Output("queue-csv", "href"),
        Input("queue-view", "value"),
        *chosen,
        Input("queue", "getRowsRequest"),
    )
    clientside_callback(
        clientside("leave"),
        Output("all-modal", "opened", allow_duplicate=True),
        Input("all-cancel", "n_clicks"),
        prevent_initial_call=True,
    )
