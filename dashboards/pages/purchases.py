"""Purchase orders: how far each has come, whether order, receipt and invoice match, and which orders wait for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import dash_mantine_components as dmc
from dash import Input, Output, callback, html

from app import clock
from app.errors import Ambiguous, NotFound
from dashboards import context, guard, parts, words
from dashboards.context import Row
from dashboards.order_parts import clocks
from dashboards.parts import Piece, aria, card, chip, fields, row, steps, table

#: Rows of a page: what a callback draws anew costs the browser the square of it.
PAGE = 25
#: how three papers stand -> (words, tone)
MATCHES = {
    "matched": ("All three match", "ok"), "open": ("Still open", "low"),
    "cleared_without_receipt": ("Paid without a receipt", "critical"),
    "invoiced_before_receipt": ("Invoiced before receipt", "high"),
    "invoiced_over_receipt": ("Invoiced more than received", "high"),
    "received_over_order": ("Received more than ordered", "high"),
}  # fmt: skip
STEPS = {
    "created_at": ("Created", ""), "sent_at": ("Sent", ""), "technically_acknowledged_at": ("Taken by their system", ""),
    "acknowledged_at": ("Accepted", "ok"), "rejected_at": ("Refused", "bad"), "cancelled_at": ("Cancelled", "warn"),
    "asn_at": ("Announced", ""), "counted_at": ("Counted at the dock", ""), "posted_at": ("Posted in the ERP", "ok"),
    "invoiced_at": ("Invoiced", ""), "cleared_at": ("Paid", "ok"),
}  # fmt: skip
TONES = {"rejected": "critical", "cancelled": "high", "posted": "ok", "invoiced": "ok", "acknowledged": "ok"}
STAGES = ("created", "sent", "acknowledged", "rejected", "cancelled", "announced", "counted", "posted", "invoiced")
QUANTITIES = ("ordered", "confirmed", "announced", "counted", "posted", "invoiced")
COLUMNS = ("Ordered", "Confirmed", "Announced", "Counted", "Posted", "Invoiced")
WHICH = [
    {"value": "all", "label": "All"},
    {"value": "late", "label": "Late"},
    {"value": "unmatched", "label": "Do not match"},
]


def register() -> None:
    """The list, the page of one, and the callback."""
    said: Row = {
        "path": "/purchases",
        "name": "Purchase orders",
        "title": "Purchase orders · Orderscope",
        "icon": "truck",
    }
    guard.page("purchases", layout, order=5, nav=True, **said)
    guard.page("purchase", one, path_template="/purchases/<key>", name="Purchase order", title=title, order=92)
    callbacks()


def title(key: str = "") -> str:
    """The words on the browser's tab."""
    return f"{words.bare(unquote(key))} · Orderscope"


def look(which: str, stages: Sequence[str] | None, said: str | None, page: int = 1) -> tuple[list[Row], int]:
    """A page of the list, what was heard last first."""
    wrong = [m for m in MATCHES if m not in ("matched", "open")]
    only: dict[str, Row] = {"late": {"late": True}, "unmatched": {"match": wrong}}
    asked: Row = {"stage": list(stages or []), "q": (said or "").strip()} | only.get(which, {})
    where = {name: value for name, value in asked.items() if value}
    return context.here().reader.purchases(where, [], (max(page, 1) - 1) * PAGE, PAGE, clock.instant())


async def layout(**_query: str) -> Piece:
    """The list with its first page; what follows comes by callback."""
    found, total = await context.asked(look, "all", None, "", 1)
    rows = html.Div(listing(found, False, clock.instant()), id="purchases-rows")
    sub = "What was ordered from suppliers, what they promised, what came, and what they want for it."
    return html.Div(
        [
            parts.page_head("Purchase orders", sub),
            filters(total),
            html.Section([rows, pager(total)], className="card"),
        ]
    )


def filters(total: int) -> Piece:
    """What the list can be narrowed down to."""
    search = dmc.TextInput(
        id="purchases-q", placeholder="Number or supplier", leftSection=parts.icon("search"), size="sm", debounce=300,
        **aria(label="Number or supplier"),
    )  # fmt: skip
    stage = dmc.MultiSelect(
        id="purchases-stage", placeholder="State", data=[{"value": s, "label": words.words(s)} for s in STAGES], value=[],
        clearable=True, size="sm", **aria(label="State"),
    )  # fmt: skip
    which = dmc.SegmentedControl(id="purchases-which", data=WHICH, value="all", **aria(label="Which purchase orders"))
    count = html.Span(words.count(total, "purchase order"), id="purchases-count", className="muted num", role="status")
    return html.Div([which, search, stage, count], className="filters")


def pager(total: int) -> Piece:
    """The way through many purchase orders."""
    pages = -(-total // PAGE) or 1
    box = dmc.Pagination(id="purchases-page", total=pages, value=1, size="sm")
    return html.Div(box, id="purchases-pager", className="pager", style=hidden(pages))


def hidden(pages: int) -> Row:
    """The way to other pages only where there are some."""
    return {"display": "none"} if pages < 2 else {}


def listing(found: Sequence[Row], filtered: bool, now: datetime) -> Piece:
    """The list, or what it means that there is none."""
    if not found and filtered:
        return parts.empty("Nothing matches these filters", "Take a filter away to see more.", "filter-x")
    if not found:
        how = "They appear as soon as a system sends purchase_order.created, or a supplier's answer names one."
        return parts.empty("No purchase orders yet", how, "truck")
    head = (
        "Purchase order",
        "Supplier",
        "State",
        "Needed by",
        "Confirmed for",
        "Ordered",
        "Counted",
        "Invoiced",
        "Amount",
        "Papers",
    )
    return table(head, [line(p, now) for p in found], "Purchase orders", right=(5, 6, 7, 8), wide=True)


def line(said: Row, now: datetime) -> Piece:
    """One purchase order in the list."""
    place = " · ".join(str(said[f]) for f in ("entity", "location") if said.get(f))
    name = [
        dmc.Anchor(words.bare(said["key"]), href=address(said["key"]), fw=600, inherit=True),
        html.Div(place, className="muted small"),
    ]
    return row(
        [
            html.Div(name), words.system(said.get("supplier")) or "–", html.Div([state(said.get("stage")), *codes(said)], className="marks"),
            date(said.get("need_by"), now), date(said.get("confirmed_at"), now, late=overdue(said, now)),
            *(counted(said, n) for n in ("ordered", "counted", "invoiced")), words.money(said.get("amount"), said.get("currency")), papers(said.get("match") or {}),
        ],
        right=(5, 6, 7, 8),
    )  # fmt: skip


def address(key: Any) -> str:
    """The page of a purchase order."""
    return f"/purchases/{words.address(key)}"


def state(stage: Any) -> Piece:
    """The chip of its state."""
    return chip(words.words(stage), TONES.get(str(stage), "low"))


def codes(said: Row) -> list[Piece]:
    """What is wrong with it."""
    return [chip(words.words(c), "high") for c in said.get("codes") or []]


def overdue(said: Row, now: datetime) -> bool:
    """Whether the promised day has passed without a receipt."""
    due = words.parsed(said.get("confirmed_at") or said.get("need_by"))
    return bool(due and due < now and not said.get("posted_at") and not said.get("cancelled_at"))


def date(at: Any, now: datetime, late: bool = False) -> Piece:
    """A day; a missed one in red and in words."""
    known = words.parsed(at)
    note = html.Div("passed", className="late small") if late and known else None
    return html.Div(
        [html.Span(words.brief(known, now), className="num" if known else "muted", title=words.instant(known)), note]
    )


def counted(said: Row, name: str) -> Piece:
    """A quantity; nothing is quiet, and less than ordered is marked once it was counted."""
    value, ordered = words.decimal(said.get(name)), words.decimal(said.get("ordered"))
    odd = name != "ordered" and bool(value) and ordered is not None and value != ordered
    return html.Span(words.quantity(value), className="warned" if odd else "" if value else "muted")


def papers(matches: Row, count: bool = True) -> Piece:
    """How its lines stand, the worst first."""
    known = [(m, n) for m, n in matches.items() if n]
    shown = sorted(known, key=lambda item: list(MATCHES).index(item[0]) if item[0] in MATCHES else 0, reverse=True)
    many = count and sum(n for _, n in known) > 1
    return html.Div(
        [
            chip(MATCHES.get(m, (m, ""))[0] + (f" · {n}" if many else ""), MATCHES.get(m, ("", "low"))[1])
            for m, n in shown
        ]
        or "–",
        className="marks",
    )


async def one(key: str = "", **_query: str) -> Piece:
    """The page of one purchase order, or why there is none."""
    asked = unquote(key)
    now = clock.instant()
    try:
        said = await context.asked(context.here().reader.purchase, asked, now)
    except NotFound as fault:
        return html.Div(
            [
                parts.page_head("No such purchase order", fault.detail),
                html.Section(
                    parts.empty("Nothing found", "Look for it in the list of purchase orders.", "search"),
                    className="card",
                ),
            ]
        )
    except Ambiguous as several:
        found: Any = several.extra.get("candidates") or []
        items = [
            html.Li(
                [
                    dmc.Anchor(c["key"], href=address(c["key"]), fw=600),
                    html.Div(words.system(c.get("supplier")), className="muted small"),
                ]
            )
            for c in found
        ]
        return html.Div(
            [
                parts.page_head("More than one match", f"“{asked}” means {words.count(len(items), 'purchase order')}."),
                html.Section(html.Ul(items, className="candidates"), className="card"),
            ]
        )
    return html.Div(body(said, now), className="stack")


def body(said: Row, now: datetime) -> list[Piece]:
    """Where it stands, its steps, its papers, who waits for it."""
    heading = html.Div(
        [html.H1(words.bare(said["key"]), className="wrap"), state(said.get("stage")), *codes(said)], className="title"
    )
    head = [words.system(said.get("supplier")), words.money(said.get("amount"), said.get("currency")) if said.get("amount") else "",
            f"last heard {words.span(now - last)} ago" if (last := words.parsed(said.get("last_at"))) else ""]  # fmt: skip
    taken = [(name, words.parsed(said.get(field)), tone) for field, (name, tone) in STEPS.items()]
    ahead = (
        []
        if said.get("posted_at")
        else [
            ("Confirmed for", words.parsed(said.get("confirmed_at")), ""),
            ("Announced for", words.parsed(said.get("asn_eta_at")), ""),
        ]
    )
    ahead = [a for a in ahead if a[1] and a[1] > now]
    return [
        parts.page_head(heading, " · ".join(h for h in head if h)),
        *([wrong(said["judgements"], now)] if said.get("judgements") else []),
        card("Steps", steps([*taken, *ahead], now), sub="Times in UTC", id="steps"),
        lines(said),
        *([clocks(said, now)] if said.get("dues") else []),
        card("Terms", terms(said), id="terms"),
        waiting(said.get("orders") or [], said, now),
    ]


def wrong(found: Sequence[Row], now: datetime) -> Piece:
    """What was judged."""
    rows = [
        row(
            [
                chip(words.words(j["code"]), str(j.get("severity") or "medium")),
                str(j.get("detail") or "–"),
                date(j.get("since"), now),
                str(j.get("owner") or "–"),
            ]
        )
        for j in found
    ]
    return card("What is wrong", table(("What", "Because of", "Since", "Owner"), rows, "What is wrong"), id="why")


def lines(said: Row) -> Piece:
    """The match of order, receipt and invoice, line by line."""
    found = said.get("lines") or []
    if not found:
        return card(
            "Order, receipt, invoice",
            parts.empty("No lines are known", "The messages so far speak of the purchase order as a whole.", "layers"),
            id="lines",
        )
    rows = [
        row([str(x.get("line") or ""), html.Span(str(x.get("sku") or "–"), className="strong"), *(counted(x, n) for n in QUANTITIES), papers(dict.fromkeys(x["match"], 1), count=False)], range(2, 8))
        for x in found
    ]  # fmt: skip
    sub = "Three papers that should say the same: what was ordered, what was received, what is invoiced"
    return card(
        "Order, receipt, invoice",
        table(("Line", "Item", *COLUMNS, "Match"), rows, "Three-way match", right=range(2, 8), wide=True),
        sub=sub,
        id="lines",
    )


def terms(said: Row) -> Piece:
    """Parties and dates."""
    revision = said.get("revision")
    confirmed = said.get("revision_confirmed")
    return fields(
        [
            ("Supplier", words.system(said.get("supplier"))), ("Company", said.get("entity")), ("To", said.get("location")),
            ("Needed by", words.instant(said.get("need_by"))), ("Confirmed for", words.instant(said.get("confirmed_at"))),
            ("Announced for", words.instant(said.get("asn_eta_at"))), ("Revision", revision),
            ("Confirmed revision", confirmed if confirmed != revision else ""), ("Amount", words.money(said.get("amount"), said.get("currency"))),
        ]
    )  # fmt: skip


def waiting(orders: Sequence[Row], said: Row, now: datetime) -> Piece:
    """The customer orders that hang on it; one that comes too late is marked."""
    if not orders:
        return card(
            "Orders that wait for it",
            parts.empty("No order waits for it", "No customer order names this purchase order.", "package"),
            id="orders",
        )
    comes = words.parsed(said.get("confirmed_at") or said.get("need_by"))
    rows = [
        row([parts.order_link(o["order_id"], o.get("so") or o["order_id"]), words.event(o.get("stage")), date(o.get("promised_at"), now),
             chip("comes too late", "high") if comes and (p := words.parsed(o.get("promised_at"))) and comes > p else "in time" if comes and o.get("promised_at") else "–"])
        for o in orders
    ]  # fmt: skip
    return card(
        "Orders that wait for it",
        table(("Order", "Stage", "Promised", "This supply"), rows, "Orders"),
        sub=words.count(len(rows), "order"),
        id="orders",
    )


def callbacks() -> None:
    """Rows by filter and page."""

    @callback(
        Output("purchases-rows", "children"), Output("purchases-count", "children"), Output("purchases-page", "total"), Output("purchases-pager", "style"),
        Input("purchases-which", "value"), Input("purchases-stage", "value"), Input("purchases-q", "value"), Input("purchases-page", "value"),
        Input("minute", "n_intervals"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def fetch(
        which: str, stages: Sequence[str] | None, said: str | None, page: int | None, _minutes: Any
    ) -> tuple[Any, ...]:
        found, total = await context.asked(look, which, stages, said, page or 1)
        if not found and (page or 1) > 1:
            found, total = await context.asked(look, which, stages, said)
        pages = -(-total // PAGE) or 1
        filtered = which != "all" or bool(stages) or bool((said or "").strip())
        shown = listing(found, filtered, clock.instant())
        return shown, words.count(total, "purchase order"), pages, hidden(pages)
