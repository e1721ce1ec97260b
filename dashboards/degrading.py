"""Interfaces that get worse: which do, by which numbers, what it endangers, and the course of each measure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import quote

from dash import dcc, html

from app import clock
from app.model.interfaces import partner_of
from dashboards import acting, context, parts, words
from dashboards.context import Row
from dashboards.figures.course import course
from dashboards.parts import Piece, aria, card, chip, row, table
from rules.degradation.limits import Limit
from rules.degradation.spoken import NAMES

VERDICTS = {
    "degrading": ("Degrading", "critical"), "watched": ("One bad quarter", "medium"), "normal": ("Normal", "ok"),
    "unknown": ("Too few calls", "low"),
}  # fmt: skip
SHOWN = timedelta(days=3)
_HEAD = ("Interface", "Stands", "What", "Since", "Endangered orders", "Their clocks", "Their value")
#: Interfaces of which endangered orders are counted on the page, and those whose course is drawn.
_COUNTED, _DRAWN = 12, 6


def limits(source: str, row: Row) -> Mapping[str, Limit]:
    """The hard limits that the rules in force set for the interface of a row, by measure."""
    rules = context.here().rules
    return rules.limits(source, row["interface"], row["side"]) if rules else {}


def standing() -> list[Row]:
    """The interfaces that degrade or have had a bad quarter, the worst first, with what they endanger."""
    reader, now = context.here().reader, clock.instant()
    found = [one for one in reader.verdicts(now) if one["verdict"] in ("degrading", "watched")]
    found.sort(key=lambda one: (one["verdict"] != "degrading", str(one["since"]), one["source"], one["interface"]))
    return [one | {"endangered": _endangered(one, now) if n < _COUNTED else None} for n, one in enumerate(found)]


def _endangered(one: Row, now: datetime) -> Row:
    partner = partner_of(one["source"], one["interface"]) or ""
    found: Row = context.here().reader.endangered(one["source"], one["side"], one["interface"], partner, now)
    return found


def detail(source: str) -> list[Row]:
    """The course of a source's interfaces over the last three days."""
    now = clock.instant()
    return context.here().reader.course(source, now - SHOWN, now) if source else []


def worse(found: Sequence[Row], now: datetime) -> Piece:
    """The card of those that get worse; nothing where none does."""
    if not found:
        return None
    rows = [line(one, now) for one in found]
    sub = "Judged by the quarter of an hour against limits and against what is usual at that hour"
    return card("Getting worse", table(_HEAD, rows, "Interfaces that get worse", right=(4, 5, 6), wide=True), sub=sub)


def line(one: Row, now: datetime) -> Piece:
    """One of them: what is exceeded by how much, since when, and what it endangers."""
    label, tone = VERDICTS[one["verdict"]]
    what = one["detail"] or ", ".join(NAMES.get(name, name) for name in one["exceeds"] or [])
    risk = one.get("endangered")
    counts = [f"{risk['orders']:,}", f"{risk['dues']:,}", money(risk)] if risk else ["–"] * 3
    since = words.brief(one["since"], now) if one["since"] else "–"
    return row([name(one), chip(label, tone), html.Div(what, className="small"), since, *counts], right=(4, 5, 6))


def money(risk: Row) -> str:
    """The open value by currency."""
    return ", ".join(words.money(one["value"], one["currency"]) for one in risk["money"]) or "–"


def name(one: Row) -> Piece:
    """What is called by whom, with a link to its course."""
    at = one["interface"] or "the service as a whole"
    said = html.Div(f"{one['side']} · by {one['measured_by']}", className="muted small")
    link = dcc.Link(f"{words.system(one['source'])} · {at}", href=address(one["source"]), className="strong")
    return html.Div([link, said])


def address(source: str) -> str:
    """The address of the page with the course of a source's interfaces."""
    return f"/interfaces?source={quote(source, safe='')}"


def courses(source: str, rows: Sequence[Row]) -> Piece:
    """The course of each interface of a source: its measures with limit, band, smoothed line and spells."""
    if not source:
        return None
    if not rows:
        text = "Send spans or metrics of its calls, and wait for a quarter of an hour to be over."
        return html.Section(parts.empty(f"Nothing is measured of {source}", text, "waypoints"), className="card")
    each = [list(some) for _, some in groupby(rows, lambda one: (one["interface"], one["side"], one["measured_by"]))]
    each.sort(key=lambda some: -sum(one["state"] in ("firing", "pending") for one in some))
    more = f"{len(each) - _DRAWN} more interfaces are in the API." if len(each) > _DRAWN else None
    drawn = [drawing(source, some) for some in each[:_DRAWN]]
    return html.Div([*drawn, html.P(more, className="muted small") if more else None], className="stack-page")


def drawing(source: str, rows: Sequence[Row]) -> Piece:
    """One interface: two or three charts beside each other."""
    first = rows[0]
    at = first["interface"] or "the service as a whole"
    measures = ("depth",) if first["side"] == "queue" else ("p50", "error_share", "p95")
    hard = limits(source, first)
    charts = [chart(rows, measure, hard.get(measure)) for measure in measures]
    sub = f"{first['side']} · by {first['measured_by']} · the last three days; a red stretch is a time in which it was degrading"
    return card(f"{words.system(source)} · {at}", html.Div(charts, className="halves"), sub=sub)


def chart(rows: Sequence[Row], measure: str, limit: Limit | None) -> Piece:
    """One measure with its limit, named for those who do not see it."""
    units = {
        "p50": "Median in ms",
        "error_share": "Error share in %",
        "p95": "95 of 100 within, in ms",
        "depth": "Waiting messages",
    }
    graph = dcc.Graph(figure=course(rows, measure, bounds(rows, measure, limit)), config=parts.GRAPH)
    return html.Div([html.H3(units[measure]), html.Div(graph, role="group", **aria(label=units[measure]))])


def bounds(rows: Sequence[Row], measure: str, limit: Limit | None) -> list[float | None]:
    """The limit of a measure at each quarter: a number, or a multiple of what is usual there."""
    if limit is None:
        return []
    usual: Any = [row["usual" if measure == "p50" else "p95_usual"] for row in rows]
    return [None if one is None else limit.above * one for one in usual] if limit.times else [limit.above] * len(rows)


def way(case: Row) -> Piece:
    """From an exception that is no order's to its page: of an interface with what it endangers, of a budget to its SLA."""
    if case["subject"]["type"] == "interface" and case.get("system"):
        risk = context.here().reader.endangered_by(case, clock.instant())
        told = (
            f": {words.count(risk['orders'], 'endangered order', 'endangered orders')}, {money(risk)}" if risk else ""
        )
        return html.P([dcc.Link("Course of the interface", href=address(case["system"])), told])
    if case["code"] == "slo_burning":
        return html.P(dcc.Link("Error budget", href=f"/slas?sla={quote(str(case.get('rule') or ''), safe='')}"))
    return None


def open_blocks(source: str, acts: bool) -> list[Piece]:
    """The open exceptions of a source's interfaces, with what can be done about them."""
    here = context.here()
    mine = here.board.frame().filter(subject_type="interface", system=source) if source else None
    ids = mine["case_id"].to_list() if mine is not None and len(mine) else []
    cases = [here.cases.one(one) for one in ids]
    blocks = [acting.case_block(case, case.get("history") or [], clock.instant(), acts) for case in cases]
    return [card("Exceptions", *blocks, sub="They clear by themselves after three ordinary quarters")] if blocks else []
