"""Inventory: what ERP, warehouse and shop say of each item at each place, how old that is, and where they differ."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, callback, dcc, html

from app import clock
from dashboards import context, guard, parts, words
from dashboards.context import Row
from dashboards.figures.drift import by_location, drift
from dashboards.parts import Piece, aria, chip, row, table, tile

#: Rows of a page: what a callback draws anew costs the browser the square of it.
PAGE, MOST = 25, 1000
WHICH = [
    {"value": "all", "label": "All"},
    {"value": "drift", "label": "Differ"},
    {"value": "oversold", "label": "Promised too much"},
]
#: kind of view -> its column
VIEWS = {"erp": "ERP", "node": "Warehouse", "ecom": "Shop"}
OLD_SECONDS = 24 * 3600
SORT = [("oversell", "desc"), ("drift", "desc"), ("sku", "asc")]
TONES = {"inventory_drift": "high", "oversell_risk": "critical", "inventory_snapshot_partial": "high"}


def register() -> None:
    """The page and its callback."""
    said: Row = {"path": "/inventory", "name": "Inventory", "title": "Inventory · Orderscope", "icon": "layers"}
    guard.page("inventory", layout, order=4, nav=True, **said)
    callbacks()


def asked_for(
    which: str, skus: Sequence[str] | None, places: Sequence[str] | None, partners: Sequence[str] | None
) -> Row:
    """The filters as the store takes them."""
    said = {"sku": list(skus or []), "location": list(places or []), "partner": list(partners or [])}
    only: dict[str, Row] = {"drift": {"drift": True}, "oversold": {"code": ["oversell_risk"]}}
    return {name: values for name, values in said.items() if values} | only.get(which, {})


def look(where: Row, page: int = 1, limit: int = PAGE) -> tuple[list[Row], int]:
    """A page of positions, what differs most first."""
    return context.here().reader.positions(where, SORT, (max(page, 1) - 1) * limit, limit, clock.instant())


async def layout(**_query: str) -> Piece:
    """The page; its filters offer what there is."""
    found, total = await context.asked(look, {}, 1, MOST)
    if not total:
        return html.Div(
            [parts.page_head("Inventory", "No stock has been reported yet."), html.Section(first(), className="card")]
        )
    now = clock.instant()
    differing = await context.asked(look, {"drift": True}, 1, MOST)
    oversold = await context.asked(look, {"code": ["oversell_risk"]}, 1, 1)
    return html.Div(
        [
            parts.page_head("Inventory", freshness(found, now)),
            html.Div(tiles(total, differing[1], oversold[1], found), className="tiles"),
            figure(differing[0], total),
            filters(found, total),
            html.Section([html.Div(listing(found[:PAGE]), id="inventory-rows"), pager(total)], className="card"),
        ],
        className="stack-page",
    )


def first() -> Piece:
    """What stands where no stock is known."""
    how = "A stock report is an event inventory.snapshot with items and quantities, a movement is inventory.adjusted; an X12 846 or a CSV file does as well."
    return parts.empty("No stock has been reported yet", how, "layers")


def freshness(found: Sequence[Row], now: datetime) -> str:
    """How old the numbers are."""
    ages = [f["freshness"] for f in found]
    newest = max((a["newest_at"] for a in ages), default=None)
    oldest = min((a["oldest_at"] for a in ages), default=None)
    said = [(words.parsed(newest), "newest count"), (words.parsed(oldest), "oldest")]
    return (
        " · ".join(f"{name} {words.span(now - at)} ago" for at, name in said if at)
        + " · what each system says, side by side"
    )


def tiles(total: int, differing: int, oversold: int, found: Sequence[Row]) -> list[Piece]:
    """The strip."""
    old = sum(f["freshness"]["age_seconds"] > OLD_SECONDS for f in found)
    least = "at least " if total > len(found) else ""
    return [
        tile("Positions", f"{total:,}", "items at places, with owner and lot", "", "layers"),
        tile("Differ", f"{differing:,}", "warehouse and ERP, beyond the tolerance", "high" if differing else "ok", "triangle-alert"),
        tile("Promised too much", f"{oversold:,}", "more promised than can be used", "critical" if oversold else "ok", "octagon-alert"),
        tile("Old counts", f"{least}{old:,}", "some view is older than a day", "medium" if old else "ok", "clock"),
    ]  # fmt: skip


def figure(differing: Sequence[Row], total: int) -> Piece:
    """Where the differences lie; nothing to draw is said."""
    sums = by_location(differing)
    if not sums:
        text = f"Warehouses and ERP agree on {words.count(total, 'position')}, as far as both have counted."
        return parts.card("Where stock differs", parts.empty("No differences", text), id="drift")
    told = "; ".join(f"{name}: {more:+,} and {less:+,} units" for name, (more, less) in sums.items())
    graph = dcc.Graph(figure=drift(differing), config=parts.GRAPH)
    sub = "Units by which the warehouse's count differs from the ERP's, at the same moment"
    return parts.card(
        "Where stock differs", html.Div(graph, role="group", **aria(label=f"{sub}. {told}")), sub=sub, id="drift"
    )


def filters(found: Sequence[Row], total: int) -> Piece:
    """What can be narrowed down to."""
    nodes = {v["partner"] for f in found for v in f["views"].values() if v.get("partner")}
    return html.Div(
        [
            dmc.SegmentedControl(id="inventory-which", data=WHICH, value="all", **aria(label="Which positions")),
            several("sku", "Item", {f["sku"]: str(f["sku"]) for f in found if f["sku"]}),
            several("location", "Place", {f["location"]: str(f["location"]) for f in found if f["location"]}),
            several("partner", "Warehouse", {n: words.system(n) for n in nodes}),
            html.Span(words.count(total, "position"), id="inventory-count", className="muted num", role="status"),
        ],
        className="filters",
    )


def several(name: str, label: str, data: dict[str, str]) -> Piece:
    """A choice of several."""
    return dmc.MultiSelect(
        id=f"inventory-{name}", placeholder=label, data=[{"value": v, "label": t} for v, t in sorted(data.items())], value=[], clearable=True,
        searchable=True, hidePickedOptions=True, size="sm", limit=100, **aria(label=label),
    )  # fmt: skip


def pager(total: int) -> Piece:
    """The way through many positions."""
    pages = -(-total // PAGE) or 1
    return html.Div(
        dmc.Pagination(id="inventory-page", total=pages, value=1, size="sm"), id="inventory-pager", className="pager", style=hidden(pages)
    )  # fmt: skip


def hidden(pages: int) -> Row:
    """The way to other pages only where there are some."""
    return {"display": "none"} if pages < 2 else {}


def listing(found: Sequence[Row]) -> Piece:
    """The positions as a table."""
    if not found:
        return parts.empty("Nothing matches these filters", "Take a filter away to see more.", "filter-x")
    head = ("Item", "Place", *VIEWS.values(), "Difference", "Too much promised", "")
    return table(head, [position(f) for f in found], "Stock by item and place", right=(2, 3, 4, 5, 6), wide=True)


def position(said: Row) -> Piece:
    """One item at one place."""
    place = " · ".join(str(said[f]) for f in ("owner", "lot") if said.get(f))
    name = [
        html.Span(str(said.get("sku") or "–"), className="strong nowrap"),
        html.Div(str(said.get("uom") or ""), className="muted small"),
    ]
    where = [html.Span(str(said.get("location") or "–"), className="nowrap"), html.Div(place, className="muted small")]
    marks = [chip(words.words(c), TONES.get(c, "medium")) for c in said.get("codes") or []]
    differs, oversell = words.decimal(said.get("drift")), words.decimal(said.get("oversell"))
    bad = "inventory_drift" in (said.get("codes") or [])
    return row(
        [
            html.Div(name), html.Div(where), *(view(said, kind) for kind in VIEWS),
            html.Span(title=f"at {words.instant(said.get('drift_at'))}", children="–" if differs is None else f"{differs:+,f}" if differs else "0", className="warned" if bad else "" if differs else "muted"),
            html.Span(words.quantity(oversell), className="late" if oversell else "muted"), html.Div(marks, className="marks"),
        ],
        right=(2, 3, 4, 5, 6), className="off" if bad else "",
    )  # fmt: skip


def view(said: Row, kind: str) -> Piece:
    """What the systems of one kind say, each with its age."""
    found = [(system, v) for system, v in said["views"].items() if v.get("view") == kind]
    if not found:
        return html.Span("–", className="muted")
    return html.Div([counted(system, v) for system, v in found])


def counted(system: str, said: Row) -> Piece:
    """One system's number: what lies there, else what it offers; how it is split is in the title."""
    amount = said.get("on_hand") if said.get("on_hand") is not None else said.get("available")
    split = ", ".join(
        f"{words.words(n).lower()} {words.quantity(said[n])}"
        for n in ("available", "allocated", "held", "damaged", "in_transit")
        if said.get(n) is not None
    )
    age = said.get("age_seconds")
    old = age is not None and age > OLD_SECONDS
    when = f"{words.span(age)} old" if age is not None else "age unknown"
    note = f"{when}{'' if said.get('on_hand') is not None else ', offered'}"
    title = f"{words.system(system)}, {words.instant(said.get('as_of'))}" + (f": {split}" if split else "")
    return html.Div(
        [html.Span(words.quantity(amount)), html.Div(note, className="warned small" if old else "muted small")],
        title=title,
    )


def callbacks() -> None:
    """Rows by filter and page."""

    @callback(
        Output("inventory-rows", "children"), Output("inventory-count", "children"), Output("inventory-page", "total"),
        Output("inventory-pager", "style"),
        Input("inventory-which", "value"), Input("inventory-sku", "value"), Input("inventory-location", "value"),
        Input("inventory-partner", "value"), Input("inventory-page", "value"), Input("minute", "n_intervals"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def fetch(
        which: str,
        skus: Sequence[str] | None,
        places: Sequence[str] | None,
        partners: Sequence[str] | None,
        page: int | None,
        _minutes: Any,
    ) -> tuple[Any, ...]:
        where = asked_for(which, skus, places, partners)
        found, total = await context.asked(look, where, page or 1)
        if not found and (page or 1) > 1:
            found, total = await context.asked(look, where)
        pages = -(-total // PAGE) or 1
        return listing(found), words.count(total, "position"), pages, hidden(pages)
