"""One order: where it stands in every system, what is due, what went wrong, whose it is, and why we believe so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from dash import Input, Output, State, callback, dcc, html, no_update

from app import clock
from app.errors import Ambiguous, BadInput, NotFound
from dashboards import acting, context, guard, order_links, parts, past, words
from dashboards.context import Row
from dashboards.figures.journey import journey
from dashboards.order_documents import documents, parties
from dashboards.order_parts import clocks, events, exceptions, ledger, trace, views, waterfall_of
from dashboards.order_standing import KINDS, judged, standing
from dashboards.parts import Piece, aria
from dashboards.past import Then

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
    then: Then | None = None

    @property
    def mark(self) -> str:
        """Changes when anything on the page would: the page is drawn again only then."""
        cases = [(c["id"], c["version"], len(c["history"])) for c in self.cases]
        said = [s["link_id"] for s in self.order.get("said_links") or []]
        return repr((self.order.get("stage"), len(self.timeline), len(self.links), len(self.traces), cases, said))

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
    guard.page("order", layout, past=True, path_template="/order/<key>", name="Order", title=title, order=91)
    past.register("order-time")
    callbacks()


def title(key: str = "") -> str:
    """The words on the browser's tab."""
    return f"{unquote(key)} · Orderscope"


def look(key: str, then: Then | None = None) -> Seen:
    """Ask everything about an order, now or at another time. Raises NotFound, or Ambiguous with the candidates."""
    return look_back(key, then) if then else look_now(key)


def look_now(key: str) -> Seen:
    """The order as it stands."""
    here = context.here()
    now = clock.instant()
    order = here.reader.order(key, here.board.frame(), now)
    id = order["order_id"]
    return Seen(
        order | titled(order), cases_of([id]), timed(here.reader.timeline(id, now)), here.reader.links(id), here.reader.traces(id), now
    )  # fmt: skip


def look_back(key: str, then: Then) -> Seen:
    """The order at another time; what people did later is not shown."""
    found = context.here().reader.past_order(key, then.as_of, then.known_at)
    cases = [c for c in (cut(case, then.told) for case in cases_of(found.ids)) if c]
    order = found.order | titled(found.order)
    return Seen(order, cases, timed(found.timeline), found.links, found.traces, then.at, then)


def cases_of(ids: list[str]) -> list[Row]:
    """Every case of these orders, with its history."""
    cases = context.here().cases
    found = [
        c
        for id in ids
        for c in cases.list({"order": id, "status": "all", "folded": "true"}, sort="opened_at", limit=200)[0]
    ]
    return [cases.one(c["id"]) for c in found]


def cut(case: Row, until: datetime) -> Row | None:
    """A case as it stood at a moment: its history up to then, and the status that this left it in."""
    history = [m for m in case["history"] if (words.parsed(m["at"]) or until) <= until]
    if not history:
        return None
    stood = [m["to"] for m in history if isinstance(m.get("to"), str) and m["to"] in words.STATUS]
    return case | {"history": history, "status": stood[-1] if stood else "new"}


def titled(order: Row) -> Row:
    """The clocks of an order with the names of their SLAs."""
    names = {s["id"]: s["title"] for s in context.here().slas()}
    return {"dues": [d | {"title": d.get("title") or names.get(d.get("sla"))} for d in order.get("dues") or []]}


def timed(rows: list[Row]) -> list[Row]:
    """Rows with their instants read, those without one left out."""
    read = [r | {"at": words.parsed(r.get("at")), "arrived_at": words.parsed(r.get("arrived_at"))} for r in rows]
    return [r for r in read if r["at"]]


async def layout(key: str = "", **query: str) -> Piece:
    """The page of one order, or why there is none."""
    asked = unquote(key)
    try:
        then = past.then(**query)
        seen = await context.asked(look, asked, then)
    except BadInput as fault:
        return past.refused(asked, fault)
    except NotFound as fault:
        if query.get("as_of") or query.get("known_at"):
            return not_yet(asked, fault)
        spans = await context.asked(context.here().reader.trace, asked)
        return lone_trace(asked, spans) if spans else unknown(asked, fault)
    except Ambiguous as several:
        return ambiguous(several)
    stores = [
        dcc.Store(id="order-key", data=seen.order["order_id"]),
        dcc.Store(id="order-mark", data=seen.mark),
        dcc.Store(id="order-then", data=then.kept() if then else None),
    ]
    whole = html.Div(body(seen, guard.acts() and not then), id="order-body", className="stack")
    return html.Div([*stores, past.banner(then), whole])


def body(seen: Seen, acts: bool) -> list[Piece]:
    """The sections in the order in which one asks: where, why, since when, whose, how do we know."""
    order, now = seen.order, seen.now
    why, papers = standing(order, now), documents(order, now)
    names = ["Why"] if why else []
    names += [
        "Journey",
        "Exceptions",
        "Clocks",
        "Views",
        "Lines",
        *(n for n, _ in papers),
        "Parties",
        "Trace",
        "Events",
        "Links",
    ]
    return [
        head(seen, acts),
        html.Nav([html.A(n, href=f"#{n.lower()}") for n in names], className="jump", **aria(label="On this page")),
        *([why] if why else []),
        lane(seen),
        html.Div([clocks(order, now), exceptions(seen.cases, now, acts, bool(seen.then))], className="two"),
        views(order, now),
        ledger(order, now),
        *(piece for _, piece in papers),
        parties(order, now),
        trace(seen.traces),
        html.Div([events(seen.timeline, now), order_links.links(order, seen.links, acts)], className="halves"),
    ]  # fmt: skip


def lane(seen: Seen) -> Piece:
    """The journey across systems."""
    systems = {r["system"] for r in seen.timeline if r["kind"] == "event"}
    figure = dcc.Graph(
        figure=journey(seen.order, seen.timeline, seen.now, "then" if seen.then else "now"),
        config=parts.GRAPH,
        className="chart-min",
    )
    box = html.Div(figure, className="scroll", role="group", tabIndex=0, **aria(label=story(seen.order, systems)))
    sub = f"{words.count(len(systems), 'system')}, times in UTC · dotted lines are hand-overs"
    return parts.card("Journey across systems", box, sub=sub, id="journey")


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
    return parts.page_head(heading, subtitle(order, main), [past.control("order-time"), *buttons])


def called(order: Row) -> str:
    """The number that people know it by: the sales order, else the shop's, else ours."""
    return str(order.get("so") or next(iter((order.get("keys") or {}).get("ch") or []), "") or order["order_id"])


def chips(order: Row, main: Row | None) -> list[Piece]:
    """What is true of the order now: how bad, who is on it, what holds, where it is."""
    made = [parts.severity(main["severity"]), parts.status(main["status"])] if main else []
    kinds = dict.fromkeys(kind for kind, _ in judged(order))
    made += [parts.chip(*KINDS[kind][:2]) for kind in kinds if not (kind == "at_risk" and "late" in kinds)]
    made += [parts.chip("Systems disagree", "medium")] if order.get("diverged") else []
    stage = words.event(order.get("stage")) + (", partly" if order.get("partly") else "")
    done = "ok" if order.get("stage") in ("delivered", "closed") else "low"
    return [*made, parts.chip(stage, done, "Stage of the order")]


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
            stray(key) if fault.extra.get("unmatched") else None,
            meant(fault.extra.get("suggestions")),
        ]
    )


def stray(key: str) -> Piece:
    """Where events are that name it and have no order."""
    link = html.A("Unmatched events", href="/unmatched", className="strong")
    return parts.card(
        "Events name it", html.P([f"“{key}” stands in events that belong to no order yet: see ", link, "."])
    )


def not_yet(key: str, fault: NotFound) -> Piece:
    """The order was not there at that time."""
    back = html.A("Back to now", href="?", className="strong")
    return html.Div(
        [
            parts.page_head(key, "At that time nothing was known of it."),
            html.Section(
                parts.empty("Not there yet", html.Span([f"{fault.detail} ", back]), "clock"), className="card"
            ),
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


def ambiguous(several: Ambiguous) -> Piece:
    """A key of several things: which one is meant?"""
    found: Any = several.extra.get("candidates") or []
    items = [html.Li([parts.order_link(reach(c), name(c)), html.Div(facts(c), className="muted small")]) for c in found]
    return html.Div(
        [
            parts.page_head("More than one match", f"{several.detail} Which one?"),
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
    return " · ".join(str(candidate[f]) for f in ("key", "type", "customer", "partner", "stage") if candidate.get(f))


def callbacks() -> None:
    """Drawing again when something changed, and choosing a trace."""

    @callback(
        Output("order-body", "children"), Output("order-mark", "data"),
        Input("version", "data"), Input("acted", "data"), State("order-key", "data"), State("order-mark", "data"),
        State("order-then", "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def again(
        _version: int | None, _acted: float | None, key: str | None, mark: str | None, then: Row | None
    ) -> tuple[Any, Any]:
        if not key or then:
            return no_update, no_update
        seen = await context.asked(look, key)
        return (no_update, no_update) if seen.mark == mark else (body(seen, guard.acts()), seen.mark)

    @callback(Output("trace-body", "children"), Input("trace-pick", "value"))
    async def show(picked: str | None) -> Any:
        return waterfall_of(await context.asked(context.here().reader.trace, picked)) if picked else None
