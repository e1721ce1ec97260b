"""Dead letters: what could not be taken, why, and the way to put it through again; one letter with its message."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, unquote

import dash_mantine_components as dmc
from dash import Input, Output, State, callback, dcc, html, no_update

from app import clock
from app.contracts import Wanted
from app.errors import OrderscopeError
from dashboards import context, guard, letter, parts, words
from dashboards.context import Row
from dashboards.parts import Piece, aria, button, chip, icon, row, table

PAGE, REASONS = 25, 1000
WHICH = [{"value": "open", "label": "Waiting"}, {"value": "closed", "label": "Done"}, {"value": "all", "label": "All"}]
#: How far back the list looks: hours, and their words.
AGES = [{"value": "", "label": "Any time"}, {"value": "1", "label": "Last hour"}, {"value": "24", "label": "Last day"}, {"value": "168", "label": "Last week"}]  # fmt: skip
RESULTS = {
    "accepted": "Accepted",
    "duplicate": "Known already",
    "nothing": "No event in it",
    "rejected": "Still rejected",
}


def register() -> None:
    """The list, the page of one, and their callbacks."""
    said: Row = {
        "path": "/letters",
        "name": "Dead letters",
        "title": "Dead letters · Orderscope",
        "icon": "message-square",
    }
    guard.page("letters", layout, order=8, nav=True, **said)
    guard.page("letter", inside, path_template="/letters/<id>", name="Dead letter", title=title, order=94)
    callbacks()
    letter.callbacks()


def title(id: str = "") -> str:
    """The words on the browser's tab."""
    return f"{unquote(id)} · Orderscope"


def asked_for(
    which: str | None, sources: Sequence[str] | None, reasons: Sequence[str] | None, age: str | None, said: str | None
) -> Row:
    """The filters as the store takes them."""
    since = clock.instant(clock.wall()) - timedelta(hours=int(age)) if age and age.isdecimal() else None
    chosen = {"source": list(sources or []), "reason": list(reasons or []), "from": since, "q": (said or "").strip()}
    return {"status": which or "open"} | {name: value for name, value in chosen.items() if value}


def look(where: Row, page: int = 1) -> tuple[list[Row], int]:
    """A page of letters, the newest first."""
    return context.here().reader.dead_letters(where, (max(page, 1) - 1) * PAGE, PAGE)


async def layout(source: str = "", reason: str = "", **_query: str) -> Piece:
    """The list; its address may name a source or a reason."""
    where = asked_for("open", [source] if source else [], [reason] if reason else [], "", "")
    found, total = await context.asked(look, where)
    kinds = await context.asked(context.here().reader.letter_kinds)
    body = html.Div(listing(found, clock.instant(clock.wall())), id="letters-rows")
    sub = (
        "Messages and parts of messages that could not be read or believed. Each is kept whole until somebody mends it."
    )
    return html.Div(
        [
            parts.page_head("Dead letters", sub, actions(guard.acts())),
            html.Div(summary(kinds), id="letters-kinds"),
            filters(kinds, source, reason, total),
            html.Div(id="letters-result", role="status"),
            html.Section([body, pager(total)], className="card"),
        ],
        className="stack-page",
    )


async def inside(id: str = "", **_query: str) -> Piece:
    """The page of one."""
    return await letter.layout(id)


def actions(acts: bool) -> list[Piece]:
    """What can be done with all that match."""
    if not (acts and context.here().replays):
        return []
    return [
        button("Try all matching", "letters-try", "play"),
        button("Replay all matching", "letters-go", "rotate-ccw", True),
    ]


def summary(kinds: Sequence[Row]) -> list[Piece]:
    """The most frequent reasons, each the way to its letters."""
    if not kinds:
        return []
    rows = [
        row(
            [
                html.Span(words.system(k["source"]) if k["source"] else "Sender unknown", className="strong"),
                dcc.Link(words.words(k["reason"]), href=href(k)), f"{k['count']:,}", words.instant(k["first_at"]), words.instant(k["last_at"]),
            ],
            (2,),
        )
        for k in kinds[:6]
    ]  # fmt: skip
    head = ("Source", "Reason", "Waiting", "First", "Newest")
    more = f", the {len(rows)} most frequent of {len(kinds)}" if len(kinds) > len(rows) else ""
    return [parts.card("What waits, by source and reason", table(head, rows, "Kinds of dead letters", right=(2,)), sub=f"One cause is often many letters{more}.")]  # fmt: skip


def href(kind: Row) -> str:
    """The address of the letters of one source and reason."""
    return f"/letters?source={quote(kind['source'] or '', safe='')}&reason={quote(kind['reason'], safe='')}"


def filters(kinds: Sequence[Row], source: str, reason: str, total: int) -> Piece:
    """What the list can be narrowed down to."""
    search = dmc.TextInput(
        id="letters-q", placeholder="Id or words of the fault", leftSection=icon("search"), size="sm", debounce=300,
        **aria(label="Id or words of the fault"),
    )  # fmt: skip
    return html.Div(
        [
            dmc.SegmentedControl(id="letters-which", data=WHICH, value="open", **aria(label="Which letters")),
            several("source", "Source", {k["source"]: words.system(k["source"]) for k in kinds if k["source"]}, source),
            several("reason", "Reason", {k["reason"]: words.words(k["reason"]) for k in kinds}, reason),
            dmc.Select(id="letters-age", data=AGES, value="", size="sm", w=130, allowDeselect=False, **aria(label="Arrived")),
            search,
            html.Span(said(total), id="letters-count", className="muted num", role="status"),
        ],
        className="filters",
    )  # fmt: skip


def several(name: str, label: str, data: dict[str, str], chosen: str) -> Piece:
    """A choice of several; what the address names is chosen."""
    known = data | ({chosen: data.get(chosen, words.words(chosen))} if chosen else {})
    return dmc.MultiSelect(
        id=f"letters-{name}", placeholder=label, data=[{"value": v, "label": t} for v, t in sorted(known.items())],
        value=[chosen] if chosen else [], clearable=True, searchable=True, hidePickedOptions=True, size="sm", limit=100, **aria(label=label),
    )  # fmt: skip


def said(total: int) -> str:
    """How many match."""
    return words.count(total, "letter")


def pager(total: int) -> Piece:
    """The way through many letters."""
    box = dmc.Pagination(id="letters-page", total=-(-total // PAGE) or 1, value=1, size="sm")
    return html.Div(box, id="letters-pager", className="pager", style=hidden(total))


def hidden(total: int) -> Row:
    """The way to other pages only where there are some."""
    return {} if total > PAGE else {"display": "none"}


def listing(found: Sequence[Row], now: datetime) -> Piece:
    """The letters as a table."""
    if not found:
        text = "Everything that was sent could be read, or has been mended since. Take a filter away to see more."
        return parts.empty("No letter here", text)
    head = ("Arrived", "Source", "What is wrong", "Item", "State")
    return table(head, [one(r, now) for r in found], "Dead letters")


def one(r: Row, now: datetime) -> Piece:
    """One letter."""
    arrived = words.parsed(r["received_at"])
    wrong = [
        dcc.Link(words.words(r["reason"]), href=f"/letters/{quote(r['id'], safe='')}", className="strong"),
        html.Div(str(r["detail"] or "")[:200], className="muted small"),
    ]
    named = [
        html.Span(str(r["native_id"] or "–"), className="mono"),
        html.Div(letter.place(r), className="muted small"),
    ]
    return row(
        [
            html.Span(words.brief(arrived, now), className="num nowrap", title=words.instant(arrived, True)),
            html.Span(words.system(r["source"]) if r["source"] else "Sender unknown"), html.Div(wrong), html.Div(named), state(r, now),
        ]
    )  # fmt: skip


def state(r: Row, now: datetime) -> Piece:
    """Whether it waits; what came of it, when and by whom."""
    if r["status"] == "open":
        again = html.Div("replayed, still rejected", className="muted small") if r["result"] == "rejected" else None
        return html.Div([chip("Waiting", "high"), again])
    note = f"{words.brief(r['closed_at'], now)}, {r['closed_by']}"
    return html.Div([chip(RESULTS.get(str(r["result"]), "Done"), "ok"), html.Div(note, className="muted small")])


def through(where: Row, dry: bool) -> Piece:
    """Put all that match through again in the person's name, or only try; what came of it. A failure is said, never raised."""
    try:
        who, replays = guard.acting(), context.here().replays
        if replays is None:
            return letter.fault("This installation replays nothing by hand.", "Ask its administrator.")
        done = replays.many(Wanted({k: v for k, v in where.items() if k != "status"}, dry_run=dry), who)
    except OrderscopeError as fault:
        return letter.fault(fault.detail, fault.mend)
    return letter.outcome(done)


def callbacks() -> None:
    """Rows by filter and page; trying and replaying what matches."""
    chosen = [Input(f"letters-{name}", "value") for name in ("which", "source", "reason", "age", "q")]

    @callback(
        Output("letters-rows", "children"), Output("letters-count", "children"), Output("letters-page", "total"), Output("letters-pager", "style"), Output("letters-kinds", "children"),
        *chosen, Input("letters-page", "value"), Input("acted", "data"), Input("minute", "n_intervals"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def fetch(which: str, sources: Any, reasons: Any, age: str, said_: str, page: int | None, *_: Any) -> Any:
        where = asked_for(which, sources, reasons, age, said_)
        found, total = await context.asked(look, where, page or 1)
        if not found and (page or 1) > 1:
            found, total = await context.asked(look, where)
        kinds = await context.asked(context.here().reader.letter_kinds)
        rows = listing(found, clock.instant(clock.wall()))
        return rows, said(total), -(-total // PAGE) or 1, hidden(total), summary(kinds)

    @callback(
        Output("letters-source", "value"), Output("letters-reason", "value"), Input("_pages_location", "search"),
        State("_pages_location", "pathname"), prevent_initial_call=True,
    )  # fmt: skip
    async def follow(search: str | None, path: str | None) -> Any:
        if path != "/letters":
            return no_update, no_update
        asked = parse_qs((search or "").lstrip("?"))
        return asked.get("source", []), asked.get("reason", [])

    for name, dry in (("try", True), ("go", False)):
        _through(name, dry, [State(one.component_id, "value") for one in chosen])


def _through(name: str, dry: bool, states: list[State]) -> None:
    @callback(
        Output("letters-result", "children", allow_duplicate=True), Output("acted", "data", allow_duplicate=True),
        Input(f"letters-{name}", "n_clicks"), *states, prevent_initial_call=True,
    )  # fmt: skip
    async def press(clicks: int | None, which: str, sources: Any, reasons: Any, age: str, said_: str) -> Any:
        if not clicks:
            return no_update, no_update
        told = await context.asked(through, asked_for(which, sources, reasons, age, said_), dry)
        return told, no_update if dry else clock.wall().timestamp()
