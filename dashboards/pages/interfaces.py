"""Interfaces: the register of what is connected, whose it is, what shall become of it, and what trouble it makes."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from dash import Input, Output, State, callback, dcc, html

from app import clock
from dashboards import context, degrading, guard, parts, words
from dashboards.context import Row
from dashboards.pages.sources import LABELS, TONES, number
from dashboards.parts import Piece, card, chip, row, table, tile

PLANS = {
    "keep": ("Keep", "ok"),
    "wrap": ("Wrap", "low"),
    "replace": ("Replace", "high"),
    "retire": ("Retire", "medium"),
}
WHAT = {
    "unknown": "not known here", "missed": "further there than here", "contradicted": "less far there than here",
    "quantity": "with another quantity", "absent": "open here, not there",
}  # fmt: skip
HEAD = ("Interface", "Open", "30 days", "Mostly", "State", "Arrival", "Contract", "Priority", "Plan", "Full extract")
DIFFERENCES = ("Order", "What", "Here", "There")
#: Differences of an extract that are shown one by one.
SHOWN = 20


def register() -> None:
    """The page and its callback."""
    about: Row = {"path": "/interfaces", "name": "Interfaces", "title": "Interfaces · Orderscope", "icon": "waypoints"}
    guard.page("interfaces", layout, order=9, nav=True, **about)
    callbacks()


def look(source: str) -> tuple[list[Row], list[Row], Piece]:
    """The register, the newest extracts, and what gets worse, with the course of one source's interfaces."""
    here, now = context.here(), clock.instant()
    worse = [
        degrading.worse(degrading.standing(), now), *degrading.open_blocks(source, guard.acts()),
        degrading.courses(source, degrading.detail(source)),
    ]  # fmt: skip
    return here.reader.register(here.cases.opened_by_system(now), now), here.reader.extracts(), worse


async def layout(**query: str) -> Piece:
    """The page; `?source=mw.hub` shows the course of its interfaces."""
    source = query.get("source", "")
    found, extracts, worse = await context.asked(look, source)
    sub = "What is connected, whose it is, and what trouble it makes. Those that cause the most open exceptions come first."
    return html.Div(
        [
            parts.page_head("Interfaces", sub),
            html.Div(body(found, extracts, clock.instant(), worse), id="interfaces-body", className="stack-page"),
            dcc.Store(id="interfaces-source", data=source),
        ],
        className="stack-page",
    )


def body(found: Sequence[Row], extracts: Sequence[Row], now: datetime, worse: Sequence[Piece] = ()) -> list[Piece]:
    """The strip, what gets worse, the register, old beside new, and the extracts."""
    if not found:
        text = "Declare your systems under `sources` in the configuration, each with its `interface`."
        return [html.Section(parts.empty("No interface is known yet", text, "waypoints"), className="card")]
    listing = table(HEAD, [line(one, now) for one in found], "Interfaces", right=(1, 2), wide=True)
    pairs = [one for one in found if one["old"]]
    return [
        html.Div(tiles(found), className="tiles"),
        *worse,
        html.Section(listing, className="card"),
        beside(pairs) if pairs else None,
        compared(extracts, now),
    ]


def tiles(found: Sequence[Row]) -> list[Piece]:
    """What to look at first."""
    worst, slow = found[0], sum(one["too_slow"] for one in found)
    differ = sum(one["extract_outcome"] not in (None, "equal") for one in found)
    leaving = sum(one["plan"] in ("replace", "retire") for one in found)
    return [
        tile("Most exceptions", f"{worst['open']:,}", words.system(worst["source"]), "critical" if worst["open"] else "ok", "octagon-alert"),
        tile("Too slow", f"{slow}", "arrive later than is tolerated", "high" if slow else "ok", "timer"),
        tile("Extracts differ", f"{differ}", "said something else than they had sent", "high" if differ else "ok", "layers"),
        tile("Leaving", f"{leaving}", "to be replaced or retired", "", "route"),
    ]  # fmt: skip


def line(one: Row, now: datetime) -> Piece:
    """One interface."""
    label, tone = PLANS[one["plan"]]
    return row(
        [
            name(one), number(one["open"], "late"), number(one["raised"]), mostly(one), chip(LABELS[one["state"]], TONES[one["state"]], one["why"]),
            arrival(one), contract(one), parts.severity(one["priority"]), plan(one, label, tone), extract(one, now),
        ],
        right=(1, 2),
    )  # fmt: skip


def name(one: Row) -> Piece:
    """What it is called, and who looks after it."""
    known = " · ".join(w for w in (one["source"], one["collector"], one["owner"]) if w)
    under = known if one["declared"] else f"{one['source']} · not declared"
    return html.Div(
        [
            dcc.Link(words.system(one["source"]), href=degrading.address(one["source"]), className="strong"),
            html.Div(under, className="muted small"),
        ]
    )


def mostly(one: Row) -> Piece:
    """Of what kind most of the open exceptions are."""
    most = [f"{count} {words.words(code).lower()}" for code, count in list(one["codes"].items())[:2]]
    return html.Div(", ".join(most), className="small")


def arrival(one: Row) -> Piece:
    """How long after it happened things arrive, beside what is tolerated."""
    if one["arrival_p95_seconds"] is None:
        return html.Span("–", className="muted")
    took = words.span(timedelta(seconds=one["arrival_p95_seconds"]))
    most = f"{words.span(timedelta(seconds=one['latency_seconds']))} tolerated" if one["latency_seconds"] else ""
    return html.Div(
        [
            html.Span(f"95% in {took}", className="late" if one["too_slow"] else ""),
            html.Div(most, className="muted small"),
        ]
    )


def contract(one: Row) -> Piece:
    """Which version runs where, and where the contract stands."""
    what = " · ".join(w for w in (one["version"] and f"version {one['version']}", one["environment"]) if w)
    said = one["contract"] or ""
    where = dcc.Link("Contract", href=said, target="_blank") if said.startswith(("https://", "http://")) else said
    return html.Div([what, html.Div(where, className="muted small") if said else None])


def plan(one: Row, label: str, tone: str) -> Piece:
    """What shall become of it."""
    instead = f"replaces {one['replaces']}" if one["replaces"] else ""
    return html.Div([chip(label, tone), html.Div(instead, className="muted small") if instead else None])


def extract(one: Row, now: datetime) -> Piece:
    """What came of its last full extract."""
    if not one["extract_at"]:
        return html.Span("–", className="muted")
    equal = one["extract_outcome"] == "equal"
    when = html.Div(words.brief(one["extract_at"], now), className="muted small")
    return html.Div([chip("Agrees" if equal else "Differs", "ok" if equal else "high"), when])


def beside(pairs: Sequence[Row]) -> Piece:
    """Old interfaces and those that replace them, by the same measures."""
    rows = [measured(one, "new") for one in pairs], [measured(one["old"], "old") for one in pairs]
    head = ("Interface", "", "State", "Accepted", "Rejected", "Dead letters", "Open exceptions", "30 days")
    each = [line for pair in zip(*reversed(rows), strict=True) for line in pair]
    return card("Old beside new", table(head, each, "Old beside new", right=(3, 4, 5, 6, 7)), sub="The last 24 hours")


def measured(one: Row, which: str) -> Piece:
    """One of a pair."""
    counts = [f"{one[n]:,}" for n in ("accepted", "rejected", "dead_letters", "open", "raised")]
    state = chip(LABELS[one["state"]], TONES[one["state"]])
    return row(
        [words.system(one["source"]), chip(which, "ok" if which == "new" else ""), state, *counts],
        right=(3, 4, 5, 6, 7),
    )


def compared(extracts: Sequence[Row], now: datetime) -> Piece:
    """The newest full extracts, each with its first differences."""
    if not extracts:
        text = "Put a full extract into the inbox folder SOURCE/extract, or load one with the command orderscope reconcile."
        return html.Section(parts.empty("No extract has been compared yet", text, "layers"), className="card")
    return card(
        "Full extracts",
        *[report(one, now) for one in extracts],
        sub="What a system says it holds, beside what it had sent",
    )


def report(one: Row, now: datetime) -> Piece:
    """One comparison."""
    told = json.loads(one["report"])
    counts = ", ".join(f"{count:,} {WHAT[what]}" for what, count in told["differences"].items()) or "no difference"
    head = (
        f"{words.system(one['source'])}, {words.brief(one['at'], now)}: {told['compared']:,} orders compared, {counts}."
    )
    if not told["named"]:
        return html.P(head)
    rows = [row([d["key"], WHAT[d["what"]], d["here"] or "–", d["there"] or "–"]) for d in told["named"][:SHOWN]]
    return html.Details(
        [html.Summary(head), table(DIFFERENCES, rows, f"Differences of {one['source']}")], className="settled"
    )


def callbacks() -> None:
    """The page follows what arrives."""

    @callback(
        Output("interfaces-body", "children"), Input("minute", "n_intervals"), Input("version", "data"),
        State("interfaces-source", "data"), prevent_initial_call=True,
    )  # fmt: skip
    async def fetch(_minutes: Any, _version: Any, source: str | None) -> Any:
        found, extracts, worse = await context.asked(look, source or "")
        return body(found, extracts, clock.instant(), worse)
