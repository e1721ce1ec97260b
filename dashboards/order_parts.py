"""The sections of an order's page. Pure: what was asked in, components out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboards import acting, words
from dashboards.context import Row
from dashboards.figures.waterfall import length, ms, waterfall
from dashboards.order_standing import DIRECTIONS, contradictions
from dashboards.parts import Piece, aria, card, chip, empty, row, table

#: state of a Due -> (words, tone)
STATES = {
    "running": ("running", "medium"), "met": ("met", "ok"), "breached": ("breached", "critical"), "void": ("void", "low"),
    "warned": ("nearly due", "high"),
}  # fmt: skip
#: What it means that a breach is not confirmed.
UNSURE = {
    "presumed": "Its source has not told of everything up to that moment yet.",
    "unknown": "Its source is silent: it may have happened and not been told.",
}
LEDGER = (
    "ordered", "open", "cancelled", "backordered", "allocated", "released", "acknowledged", "picked", "shipped", "posted",
    "delivered", "invoiced", "returned", "credited",
)  # fmt: skip
COLUMNS = {"acknowledged": "Accepted", "backordered": "Backorder"}
SETTLED = ("resolved", "closed")
MOST_EVENTS = 400


def clocks(order: Row, now: datetime) -> Piece:
    """The promises on this order: started, due, met, and how much is left or over."""
    dues = sorted(order.get("dues") or [], key=lambda d: (order_of(d), str(d.get("due_at"))))
    if not dues:
        return card("Clocks", empty("No clock runs", "No rule has promised anything here yet.", "timer"), id="clocks")
    rows = [clock_row(d, now) for d in dues]
    late = sum(d.get("state") == "breached" for d in dues)
    sub = f"{words.count(len(dues), 'clock')}, {late} breached"
    return card(
        "Clocks",
        table(("SLA", "State", "Started", "Due", "Ended", "Left or over"), rows, "Clocks of this order", right=(5,)),
        sub=sub,
        id="clocks",
    )


def order_of(due: Row) -> int:
    """Missed and open first, then running, then what is over."""
    if due.get("state") == "breached" and not due.get("met_at"):
        return 0
    return {"running": 1, "breached": 2, "met": 3}.get(str(due.get("state")), 4)


def clock_row(due: Row, now: datetime) -> Piece:
    """One clock."""
    state, tone = STATES.get(str(due.get("state")), (str(due.get("state")), "low"))
    text, css = left(due, now)
    target = f"target {due['target']}" if due.get("target") else ""
    calendar = f"calendar {due['calendar']}" if due.get("calendar") else ""
    name = html.Div([html.Span(str(due.get("sla") or ""), className="strong"), html.Div(" · ".join(s for s in (due.get("title") or words.words(due.get("code")), target, calendar) if s), className="muted small"),
                     html.Div(subject(due), className="muted small")])  # fmt: skip
    sure = UNSURE.get(str(due.get("confidence"))) if due.get("state") == "breached" else None
    confidence = html.Span(due["confidence"], className="tag", title=sure) if sure else None
    cells = [
        name,
        html.Span([chip(state, tone), " ", confidence]),
        *(
            html.Span(words.brief(due.get(f), now), className="num", title=words.instant(due.get(f)))
            for f in ("started_at", "due_at", "met_at")
        ),
    ]
    return row([*cells, html.Span(text, className=css)], right=(5,))


def subject(due: Row) -> str:
    """What the clock is on, where that is not the order or purchase order itself."""
    said = str(due.get("subject") or "")
    return (
        "" if said.startswith(("order:", "po:")) else " · ".join(w for w in (words.bare(said), words.issuer(said)) if w)
    )


def left(due: Row, now: datetime) -> tuple[str, str]:
    """`1 h 2 min left`, `30 min over`, `5 min early`; and its tone."""
    due_at, met_at = words.parsed(due.get("due_at")), words.parsed(due.get("met_at"))
    if due_at is None or due.get("state") == "void":
        return "–", "muted"
    until = met_at or now
    over = until - due_at
    if met_at and abs(over) < timedelta(seconds=1):
        return "just in time", ""
    if over > timedelta(0):
        return f"{words.span(over)} over", "late"
    return (
        (f"{words.span(over)} early", "")
        if met_at
        else (f"{words.span(over)} left", "warned" if -over < timedelta(hours=1) else "")
    )


def views(order: Row, now: datetime) -> Piece:
    """Each system's own word for where the order is, beside the truth."""
    shown = [("", {"stage": order.get("stage"), "truth": True}), *(order.get("views") or {}).items()]
    off = directions(order)
    cards = [view(system, said, off.get(system, ""), now) for system, said in shown]
    disagree = f"{len(off)} of them {'disagrees' if len(off) == 1 else 'disagree'}"
    sub = "Where each system believes the order to be" + (f" · {disagree}" if off else "")
    return card(
        "Views side by side", html.Div(cards, className="views"), contradictions(order, now), sub=sub, id="views"
    )


def directions(order: Row) -> dict[str, str]:
    """System -> ahead, behind or differs, of those that disagree; ahead is the worst of several."""
    found: dict[str, str] = {}
    for one in order.get("diverged") or []:
        system, direction = str(one.get("view") or one.get("system")), str(one.get("direction") or "differs")
        found[system] = direction if found.get(system) != "ahead" else "ahead"
    return found


def view(system: str, said: Row, off: str, now: datetime) -> Piece:
    """One system's view: its last word, the stage it means, how old it is, and in which direction it disagrees."""
    at = words.parsed(said.get("at"))
    raw = words.said(said.get("raw"))
    who = "Orderscope" if said.get("truth") else words.system(system)
    notes = [
        f"last word: {raw}" if raw else "",
        *extras(said),
        f"{words.span(now - at)} ago · {words.brief(at, now)}"
        if at
        else "what follows from all of them"
        if said.get("truth")
        else "age unknown",
    ]
    mark = html.Span(DIRECTIONS.get(off, (off, ""))[0]) if off else None
    css = "view truth" if said.get("truth") else "view off" if off else "view"
    return html.Div(
        [
            html.Div([who, mark], className="who"),
            html.Div(
                words.event(said.get("stage")) or "no stage said",
                className="stage" if said.get("stage") else "stage muted",
            ),
            *(html.Div(n, className="age") for n in notes if n),
        ],
        className=css,
    )


def extras(said: Row) -> list[str]:
    """What else a system says: hold, cancellation, quantity shipped, date, revision."""
    return [
        "on hold" if said.get("held") else "",
        "cancelled" if said.get("cancelled") else "",
        f"shipped {words.quantity(said['shipped'])}" if said.get("shipped") is not None else "",
        f"promised {words.instant(said['promised_at'])}" if said.get("promised_at") else "",
        f"revision {said['revision']}" if said.get("revision") is not None else "",
    ]


def ledger(order: Row, now: datetime) -> Piece:
    """The quantities of each line; they decide the stage."""
    lines = order.get("lines") or []
    if not lines:
        return card(
            "Lines",
            empty("No lines are known", "The messages so far speak of the order as a whole.", "layers"),
            id="lines",
        )
    rows = [ledger_row(x, now) for x in lines]
    head = ("Line", "Item", *(COLUMNS.get(n, n.capitalize()) for n in LEDGER))
    sub = f"{words.count(len(lines), 'line')} · quantities decide the stage; amber is ordered and not yet shipped"
    right = range(2, 2 + len(LEDGER))
    return card("Lines", table(head, rows, "Quantity ledger", right=right, wide=True), sub=sub, id="lines")


def ledger_row(line: Row, now: datetime) -> Piece:
    """One line; what is still open is marked, what waits for stock says until when."""
    cells = [html.Span(words.quantity(line.get(n)), className=weight(line, n)) for n in LEDGER]
    expected = words.parsed(line.get("expected_at"))
    until = f"expected {words.brief(expected, now)}" if expected else "no date known"
    waits = html.Div(until, className="muted small" if expected else "late small")
    notes = [
        line.get("uom"),
        line.get("location"),
        line.get("family"),
        words.event(line["stage"]).lower() if line.get("stage") else "",
    ]
    name = [
        html.Span(str(line.get("sku") or "–"), className="strong"),
        html.Div(" · ".join(str(n) for n in notes if n), className="muted small"),
        waits if (words.decimal(line.get("backordered")) or 0) > 0 else None,
    ]  # fmt: skip
    css = "off" if (words.decimal(outstanding(line)) or 0) > 0 else ""
    return row([str(line.get("line") or ""), html.Div(name), *cells], right=range(2, 2 + len(LEDGER)), className=css)


def outstanding(line: Row) -> Any:
    """What is still to be shipped: as the document says it, else ordered less cancelled and shipped."""
    if line.get("open") is not None:
        return line["open"]
    ordered, *gone = (words.decimal(line.get(n)) or 0 for n in ("ordered", "cancelled", "shipped"))
    return ordered - sum(gone)


def weight(line: Row, name: str) -> str:
    """Nothing is quiet; more shipped than ordered is not."""
    value = words.decimal(line.get(name)) or 0
    return "late" if value < 0 else "" if value else "muted"


def exceptions(cases: Sequence[Row], now: datetime, acts: bool, then: bool = False) -> Piece:
    """The cases: open ones first, folded ones under theirs, each with its history and buttons."""
    if not cases:
        return card(
            "Exceptions",
            empty(
                "No exceptions", "None had been raised by then." if then else "Nothing has gone wrong on this order."
            ),
            id="exceptions",
        )
    roots = sorted(
        (c for c in cases if not c.get("folded_under")),
        key=lambda c: (c["status"] in SETTLED, c.get("opened_at") or ""),
    )
    ranked = [c for root in roots for c in (root, *(f for f in cases if f.get("folded_under") == root["id"]))]
    rest = [c for c in cases if c not in ranked]
    open_ = [c for c in [*ranked, *rest] if c["status"] not in SETTLED]
    settled = [c for c in [*ranked, *rest] if c["status"] in SETTLED]
    body = [acting.case_block(c, c.get("history") or [], now, acts) for c in open_]
    body += [past_cases(settled, now, acts, alone=not open_)] if settled else []
    return card("Exceptions", *body, sub=f"{len(open_)} open of {len(cases)}", id="exceptions")


def past_cases(settled: Sequence[Row], now: datetime, acts: bool, alone: bool) -> Piece:
    """What is over, folded away while something is open."""
    blocks = [acting.case_block(c, c.get("history") or [], now, acts) for c in settled]
    return html.Details(
        [html.Summary(f"{words.count(len(settled), 'exception')} settled"), *blocks], open=alone or len(settled) == 1, className="settled"
    )  # fmt: skip


def events(timeline: Sequence[Row], now: datetime) -> Piece:
    """Everything that was heard of the order, with the time it happened and the time we heard."""
    shown = sorted(timeline, key=lambda r: r["at"], reverse=True)
    if not shown:
        return card("Events", empty("No events", "Nothing has been heard of it.", "activity"), id="events")
    more = f" · the newest {MOST_EVENTS}" if len(shown) > MOST_EVENTS else ""
    items = [event(r, now) for r in shown[:MOST_EVENTS]]
    return card(
        "Events",
        html.Ol(items, className="feed"),
        sub=f"{words.count(len(shown), 'entry', 'entries')}, newest first, UTC{more}",
        id="events",
    )


def event(said: Row, now: datetime) -> Piece:
    """One entry: when, who, what; late arrival and inference are said."""
    lag = said["arrived_at"] - said["at"] if said.get("arrived_at") else timedelta(0)
    heard = html.Div(f"heard {words.span(lag)} later", className="muted small") if lag > timedelta(minutes=1) else None
    tags = (
        [html.Span("inferred", className="tag", title="Later evidence implies it; no message said so")]
        if said.get("inferred")
        else []
    )
    tags += [html.Span(said["kind"], className="tag")] if said.get("kind") not in ("event", None) else []
    bad = {
        "bad": chip(
            "breached" if said.get("kind") == "due" else "failed" if said.get("kind") == "span" else "stops it",
            "critical",
        ),
        "warn": chip("attention", "high"),
    }.get(str(said.get("status")))
    what = [
        html.Span(named(said), className="strong" + (" inferred" if said.get("inferred") else "")),
        " ",
        *tags,
        " ",
        bad,
    ]
    detail = html.Div(str(said["detail"]), className="muted small wrap") if said.get("detail") else None
    when = html.Time(
        words.brief(said["at"], now),
        className="num muted",
        title=words.instant(said["at"]),
        dateTime=f"{said['at'].isoformat()}Z",
    )
    return html.Li(
        [
            when,
            html.Span(words.system(said.get("system")), className="muted"),
            html.Div([*what, detail, heard], className="wrap"),
        ]
    )


def named(said: Row) -> str:
    """What an entry is called: a type of event in words, anything else by its own title."""
    title = str(said.get("title") or said.get("type") or "")
    return words.event(title) if title == said.get("type") else title


def trace(traces: Sequence[Row]) -> Piece:
    """The spans of a trace; a choice where the order has several."""
    if not traces:
        return card("Trace", empty("No trace", "No span carries a key of this order.", "activity"), id="trace")
    data = [{"value": t["trace_id"], "label": trace_name(t)} for t in traces]
    pick = dmc.Select(
        id="trace-pick",
        data=data,
        value=traces[0]["trace_id"],
        allowDeselect=False,
        size="xs",
        w=330,
        maw="100%",
        **aria(label="Trace"),
    )
    sub = words.count(len(traces), "trace") + " of this order"
    return card("Trace", html.Div(id="trace-body"), sub=sub, end=pick, id="trace")


def trace_name(said: Row) -> str:
    """`order.submit · 12 spans · 2 errors · 7f3a…c21e`."""
    id = str(said["trace_id"])
    errors = words.count(int(said["errors"]), "error") if said.get("errors") else ""
    named = [said.get("root"), words.count(int(said.get("spans") or 0), "span"), errors, f"{id[:4]}…{id[-4:]}"]
    return " · ".join(str(n) for n in named if n)


def waterfall_of(spans: Sequence[Row]) -> Piece:
    """The waterfall with its sum in a line above."""
    if not spans:
        return empty("No spans", "This trace has no spans any more.", "activity")
    bad = sum(str(s.get("status") or "").lower() in ("error", "bad") for s in spans)
    whole = length(spans)
    took = f"{whole / 1000:,.2f} s" if whole >= 1000 else f"{ms(whole)} ms"
    said = f"{words.count(len(spans), 'span')} · {words.count(bad, 'error')} · {took}"
    id = html.Span(str(spans[0].get("trace_id") or ""), className="mono muted")
    return html.Div(
        [
            html.P([said, " ", id], className="muted small"),
            html.Div(
                waterfall(spans, said), className="scroll", tabIndex=0, role="region", **aria(label="Trace waterfall")
            ),
        ]
    )
