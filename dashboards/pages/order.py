"""One order: where it stands in every system, what is due, what went wrong, whose it is, and why we believe so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from dash import Input, Output, State, callback, dcc, html, no_update

from app import clock
from app.errors import Ambiguous, NotFound
from dashboards import acting, context, guard, parts, words
from dashboards.context import Row
from dashboards.figures.journey import journey
from dashboards.order_parts import clocks, events, exceptions, ledger, links, trace, views, waterfall_of
from dashboards.parts import Piece, aria

RANKS = {"critical": 0, "high": 1, "medium": 2, "low": 3}


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the page shows of an order, asked for in one go."""

    order: Row
    cases: list[Row]
    timeline: list[Row]
    links: list[Row]
    traces: list[Row]
    now: datetime

    @property
    def mark(self) -> str:
        """Changes when anything on the page would: the page is drawn again only then."""
        cases = [(c["id"], c["version"], len(c["history"])) for c in self.cases]
        return repr((self.order.get("stage"), len(self.timeline), len(self.links), len(self.traces), cases))

    @property
    def main(self) -> Row | None:
        """The open case that the buttons on top are about: not folded, the worst first."""
        found = [c for c in self.cases if c["status"] not in ("resolved", "closed")]
        return min(
            found,
            key=lambda c: (bool(c["folded_under"]), RANKS.get(c["severity"], 9), c["opened_at"] or ""),
            default=None,
        )


def register() -> None:
    """The page and its callbacks."""
    guard.page("order", layout, path_template="/order/<key>", name="Order", title=title, order=91)
    callbacks()


def title(key: str = "") -> str:
    """The words on the browser's tab."""
    return f"{unquote(key)} · Orderscope"


def look(key: str) -> Seen:
    """Ask everything about an order. Raises NotFound, or Ambiguous with the candidates."""
    here = context.here()
    now = clock.instant()
    order = here.reader.order(key, here.board.frame(), now)
    id = order["order_id"]
    found, _, _ = here.cases.list({"order": id, "status": "all", "folded": "true"}, sort="opened_at", limit=200)
    cases = [here.cases.one(c["id"]) for c in found]
    timeline = [timed(r) for r in here.reader.timeline(id, now)]
    return Seen(order, cases, [r for r in timeline if r["at"]], here.reader.links(id), here.reader.traces(id), now)


def timed(row: Row) -> Row:
    """A row with its instants read; a mark in the history of a case is not news of the order."""
    return row | {"at": words.parsed(row.get("at")), "arrived_at": words.parsed(row.get("arrived_at"))}


async def layout(key: str = "", **_query: str) -> Piece:
    """The page of one order, or why there is none."""
    asked = unquote(key)
    try:
        seen = await context.asked(look, asked)
    except NotFound as fault:
        spans = await context.asked(context.here().reader.trace, asked)
        return lone_trace(asked, spans) if spans else unknown(asked, fault)
    except Ambiguous as several:
        return ambiguous(asked, several.extra.get("candidates"))
    stores = [dcc.Store(id="order-key", data=seen.order["order_id"]), dcc.Store(id="order-mark", data=seen.mark)]
    return html.Div([*stores, html.Div(body(seen, guard.acts()), id="order-body", className="stack")])


def body(seen: Seen, acts: bool) -> list[Piece]:
    """The sections in the order in which one asks: where, why, since when, whose, how do we know."""
    systems = {r["system"] for r in seen.timeline if r["kind"] == "event"}
    figure = dcc.Graph(figure=journey(seen.order, seen.timeline, seen.now), config=parts.GRAPH, className="chart-min")
    lane = html.Div(figure, className="scroll", role="group", tabIndex=0, **aria(label=story(seen.order, systems)))
    sub = f"{words.count(len(systems), 'system')}, times in UTC · dotted lines are hand-overs"
    return [
        head(seen, acts),
        html.Nav([html.A(t, href=f"#{t.lower()}") for t in ("Journey", "Exceptions", "Clocks", "Views", "Lines", "Trace", "Events", "Links")], className="jump", **aria(label="On this page")),
        parts.card("Journey across systems", lane, sub=sub, id="journey"),
        html.Div([clocks(seen.order, seen.now), exceptions(seen.cases, seen.now, acts)], className="two"),
        views(seen.order, seen.now),
        ledger(seen.order),
        trace(seen.traces),
        html.Div([events(seen.timeline, seen.now), links(seen.links)], className="halves"),
    ]  # fmt: skip


def story(order: Row, systems: set[str]) -> str:
    """The picture in a sentence, for those who do not see it."""
    stuck = "; ".join(
        f"blocked by {words.cause(b['cause'])} since {words.instant(b.get('since'))}"
        for b in order.get("blocked") or []
    )
    return f"Journey of the order over {words.count(len(systems), 'system')}. Stage {words.event(order.get('stage'))}. {stuck or 'Not blocked'}."


def head(seen: Seen, acts: bool) -> Piece:
    """Number, state, customer, money, owner; and the two buttons that matter most."""
    order, main = seen.order, seen.main
    heading = html.Div(
        [
            html.H1(called(order), className="wrap"),
            *chips(order, main),
        ],
        className="title",
    )
    buttons = []
    if acts and main:
        buttons = [acting.step(main, "assign", primary=False, size="sm")]
        if main["status"] == "new":
            buttons.append(acting.step(main, "acknowledge", size="sm"))
    return parts.page_head(heading, subtitle(order, main), buttons)


def called(order: Row) -> str:
    """The number that people know it by: the sales order, else the shop's, else ours."""
    return str(order.get("so") or next(iter((order.get("keys") or {}).get("ch") or []), "") or order["order_id"])


def chips(order: Row, main: Row | None) -> list[Piece]:
    """What is true of the order now."""
    made = [parts.severity(main["severity"]), parts.status(main["status"])] if main else []
    made += [parts.chip("Blocked", "critical")] if order.get("blocked") else []
    made += [parts.chip("Late", "high")] if order.get("late") else []
    made += [parts.chip("At risk", "high")] if order.get("at_risk") and not order.get("late") else []
    made += [parts.chip("Systems disagree", "medium")] if order.get("diverged") else []
    stage = words.event(order.get("stage")) + (", partly" if order.get("partly") else "")
    return [
        *made,
        parts.chip(stage, "ok" if order.get("stage") in ("delivered", "closed") else "low", "Stage of the order"),
    ]


def subtitle(order: Row, main: Row | None) -> str:
    """`Borealis · PO 88-20417 · € 18,240.00 · owner A. Costa`, with what is known."""
    po = ", ".join((order.get("keys") or {}).get("cpo") or [])
    said = [
        order.get("customer"),
        f"PO {po}" if po else "",
        words.money(order.get("value"), order.get("currency")) if order.get("value") else "",
        f"owner {main['owner']}" if main and main.get("owner") else "",
        f"promised {words.instant(order['promised_at'])}" if order.get("promised_at") else "no promise known",
    ]
    return " · ".join(str(s) for s in said if s)


def unknown(key: str, fault: NotFound) -> Piece:
    """No order by this key: say what was looked for and what helps."""
    hint = fault.mend or "Look for another number of it: customer PO, tracking number, invoice, or the shop's number."
    return html.Div(
        [
            parts.page_head("No such order", f"Nothing is known by “{key}”."),
            html.Section(parts.empty("Nothing found", hint, "search"), className="card"),
            meant(fault.extra.get("suggestions")),
        ]
    )


def lone_trace(trace_id: str, spans: list[Row]) -> Piece:
    """A trace that touches no order we know: its spans all the same."""
    hint = "None of its spans names an order that is known. Names of attributes are configured with the source."
    return html.Div(
        [
            parts.page_head("Trace", f"{trace_id} · {hint}"),
            parts.card("Spans", waterfall_of(spans), id="trace"),
        ]
    )


def meant(suggestions: Any) -> Piece:
    """Orders whose number holds what was typed."""
    if not suggestions:
        return html.Div()
    items = [
        html.Li([parts.order_link(reach(c), name(c)), html.Div(facts(c), className="muted small")]) for c in suggestions
    ]
    return parts.card("Did you mean one of these?", html.Ul(items, className="candidates"))


def ambiguous(key: str, candidates: Any) -> Piece:
    """A key of several things: which one is meant?"""
    items = [
        html.Li([parts.order_link(reach(c), name(c)), html.Div(facts(c), className="muted small")])
        for c in candidates or []
    ]
    sub = f"“{key}” means {words.count(len(items), 'thing')}. Which one?"
    return html.Div(
        [
            parts.page_head("More than one match", sub),
            html.Section(html.Ul(items, className="candidates"), className="card"),
        ]
    )


def reach(candidate: Any) -> str:
    """What opens a candidate."""
    return (
        str(candidate.get("order_id") or candidate.get("key") or "") if isinstance(candidate, dict) else str(candidate)
    )


def name(candidate: Any) -> str:
    """What a candidate is called."""
    return (
        str(candidate.get("so") or candidate.get("key") or candidate.get("order_id"))
        if isinstance(candidate, dict)
        else str(candidate)
    )


def facts(candidate: Any) -> str:
    """What tells a candidate from the others."""
    if not isinstance(candidate, dict):
        return ""
    return " · ".join(str(candidate[f]) for f in ("type", "customer", "partner", "stage") if candidate.get(f))


def callbacks() -> None:
    """Drawing again when something changed, and choosing a trace."""

    @callback(
        Output("order-body", "children"), Output("order-mark", "data"),
        Input("version", "data"), Input("acted", "data"), State("order-key", "data"), State("order-mark", "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def again(_version: int | None, _acted: float | None, key: str | None, mark: str | None) -> tuple[Any, Any]:
        if not key:
            return no_update, no_update
        seen = await context.asked(look, key)
        return (no_update, no_update) if seen.mark == mark else (body(seen, guard.acts()), seen.mark)

    @callback(Output("trace-body", "children"), Input("trace-pick", "value"))
    async def show(picked: str | None) -> Any:
        return waterfall_of(await context.asked(context.here().reader.trace, picked)) if picked else None
