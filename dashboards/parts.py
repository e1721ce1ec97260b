"""The pieces every page is put together from: cards, chips, tiles, lists of moves. Pure: values in, components out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import dash_mantine_components as dmc
from dash import html

from app.cases import codes
from dashboards import words
from dashboards.context import Row

Piece = Any

#: What a Plotly figure may show of its own: no link to the outside, no button that sends a chart away.
GRAPH: Any = {"displaylogo": False, "showSendToCloud": False, "responsive": True, "displayModeBar": False}


def aria(**said: str) -> Any:
    """Attributes for those who hear a page: `aria(label="Pages")`; untyped, for Dash does not type them."""
    return {f"aria-{name}": text for name, text in said.items()}


def icon(name: str) -> Piece:
    """A local icon; it says nothing to a screen reader."""
    return html.Span(className=f"i i-{name}", **aria(hidden="true"))


def chip(text: str, tone: str = "", title: str = "") -> Piece:
    """A label whose colour and mark mean its tone: critical, high, medium, low, ok, plain."""
    return html.Span(text, className=f"chip {tone}".strip(), title=title)


def severity(name: Any) -> Piece:
    """The chip of a severity."""
    return chip(str(name or "low"), str(name or "low"))


def status(name: Any) -> Piece:
    """The chip of a case's status."""
    return chip(words.STATUS.get(str(name), words.words(name)), words.STATUS_TONE.get(str(name), "low"))


def card(title: str, *body: Piece, sub: Any = None, end: Piece = None, id: str = "", className: str = "") -> Piece:
    """A section with its own heading."""
    head = html.Div(
        [html.Div([html.H2(title), html.Span(sub, className="sub") if sub else None]), end], className="card-head"
    )
    named: Any = {"id": id} if id else {}
    return html.Section([head, *body], className=f"card {className}".strip(), **named)


def page_head(title: Piece, sub: Piece, actions: Sequence[Piece] = ()) -> Piece:
    """The first heading of a page, one line under it, and what can be done here."""
    heading = html.H1(title) if isinstance(title, str) else title
    return html.Div(
        [html.Div([heading, html.P(sub)]), html.Div(list(actions), className="actions")], className="page-head"
    )


def tile(label: str, value: str, note: str = "", tone: str = "", mark: str = "") -> Piece:
    """One figure of the strip on top of a page."""
    return html.Div(
        [
            html.Div([icon(mark) if mark else None, label], className="label"),
            html.Div(value, className="value"),
            html.Div(note, className="note"),
        ],
        className=f"card kpi {tone}".strip(),
    )


def empty(title: str, text: Piece, mark: str = "circle-check") -> Piece:
    """What stands where there is nothing: what that means and what to do next."""
    return html.Div([icon(mark), html.Strong(title), html.Span(text)], className="empty")


def callout(text: Piece, tone: str = "") -> Piece:
    """A remark that must not be overlooked."""
    return html.Div([icon("info"), html.Div(text)], className=f"callout {tone}".strip(), role="note")


def table(
    head: Sequence[Any], rows: Sequence[Piece], caption: str, right: Sequence[int] = (), wide: bool = False
) -> Piece:
    """A plain table that scrolls sideways in its own box; `right` are the columns of numbers, `wide` has many."""
    cells = [html.Th(h, scope="col", className="r" if n in right else "") for n, h in enumerate(head)]
    body = [html.Caption(caption, className="sr"), html.Thead(html.Tr(cells)), html.Tbody(list(rows))]
    css = "plain wide" if wide else "plain"
    return html.Div(
        html.Table(body, className=css), className="scroll", tabIndex=0, role="region", **aria(label=caption)
    )


def row(cells: Sequence[Any], right: Sequence[int] = (), className: str = "") -> Piece:
    """A row of `table`."""
    return html.Tr([html.Td(c, className="r" if n in right else "") for n, c in enumerate(cells)], className=className)


def fields(pairs: Sequence[tuple[str, Any]], className: str = "") -> Piece:
    """What is known, name over value, as many beside each other as fit; what is not known is left out."""
    cells = [html.Div([html.Dt(name), html.Dd(value)]) for name, value in pairs if value not in (None, "", "–")]
    return html.Dl(cells, className=f"fields {className}".strip())


def steps(taken: Sequence[tuple[str, datetime | None, str]], now: datetime) -> Piece:
    """Steps with their times in the order in which they happened, each with the time since the one before."""
    known = sorted(((at, name, tone) for name, at, tone in taken if at), key=lambda s: s[0])
    before = [None, *(at for at, _, _ in known)]
    items = [step(name, at, tone, last, now) for (at, name, tone), last in zip(known, before, strict=False)]
    return html.Ol(items, className="steps") if items else html.P("No step is known yet.", className="muted small")


def step(name: str, at: datetime, tone: str, last: datetime | None, now: datetime) -> Piece:
    """One step: what, when, how long after the one before; what lies ahead says so."""
    after = f"in {words.span(at - now)}" if at > now else f"+ {words.span(at - last)}" if last else ""
    css = f"{tone} ahead".strip() if at > now else tone
    when = html.Time(words.brief(at, now), title=words.instant(at), dateTime=f"{at.isoformat()}Z", className="num")
    return html.Li([html.Span(name, className="what"), when, html.Span(after, className="after")], className=css)


def order_link(key: Any, text: Any = None) -> Piece:
    """A link to an order by any of its keys."""
    return dmc.Anchor(str(text or key), href=order_href(key), fw=600, inherit=True)


def order_href(key: Any) -> str:
    """The address of an order's page."""
    return f"/order/{quote(str(key or ''), safe='')}"


def button(label: str, id: Any, mark: str = "", primary: bool = False, **more: Any) -> Piece:
    """A button with an optional icon before its words."""
    kind = {"variant": "filled" if primary else "default", "leftSection": icon(mark) if mark else None}
    return dmc.Button(label, id=id, **{**kind, **more})


def moves(history: Sequence[Mapping[str, Any]]) -> Piece:
    """The history of a case, newest last, as it was written."""
    return html.Ol([move(m) for m in history], className="moves")


TONES = {"raise": "bad", "reopen": "bad", "escalate": "warn", "resolve": "ok", "clear": "ok", "void": "ok"}
DID = {
    "raise": "Raised", "acknowledge": "Acknowledged", "unacknowledge": "Acknowledgement withdrawn", "assign": "Assigned",
    "start": "Work started", "wait": "Waiting", "comment": "Comment", "snooze": "Snoozed", "unsnooze": "Woken",
    "resolve": "Resolved", "reopen": "Reopened", "escalate": "Escalated", "clear": "Healed by itself",
    "void": "Withdrawn", "update": "Updated", "fold": "Folded", "unfold": "Unfolded", "close": "Closed",
}  # fmt: skip


def move(made: Mapping[str, Any]) -> Piece:
    """One change of a case: what, who, when, why."""
    action = str(made.get("action") or "")
    who = [words.instant(made.get("at")), *by(str(made.get("actor") or ""), str(made.get("via") or ""))]
    return html.Li(
        [
            html.Div(DID.get(action, words.words(action)) + change(made), className="t"),
            html.Div(" · ".join(str(w) for w in who if w), className="m"),
            html.Div(str(made["reason"]), className="d") if made.get("reason") else None,
        ],
        className=TONES.get(action, "brand"),
    )


def by(actor: str, via: str) -> list[str]:
    """Who made a move and how; the product itself by its name, with the rule that it went by."""
    if via != "engine":
        return [actor, via]
    rule = actor.split("@", maxsplit=1)[0]
    return ["Orderscope", f"rule {rule}" if rule[1:3].isdigit() else ""]


def change(made: Mapping[str, Any]) -> str:
    """` · New → Acknowledged · owner order-desk → kim`, where a move changed something nameable."""
    before, after = made.get("from"), made.get("to")
    told = []
    if before != after and after not in (None, "") and not isinstance(after, dict):
        told.append(f"{words.words(before)} → {words.words(after)}" if before else words.words(after))
    changes = made.get("changes") or {}
    if "owner" in changes:
        told.append("owner " + " → ".join(str(one or "nobody") for one in changes["owner"]))
    if all(moved := changes.get("due_at") or [None]):
        told.append("due " + " → ".join(words.instant(one) for one in moved))
    if until := (changes.get("snoozed_until") or changes.get("waiting_until") or (None, None))[1]:
        told.append(f"until {words.instant(until)}")
    return "".join(f" · {one}" for one in told)


def named(case: Row) -> bool:
    """Whether the cause of a case says more than its title: a judgement's title says it all."""
    return case.get("code") not in codes.now().whole


def _penalty(one: Row) -> str:
    """What a missed clock has cost, and whom."""
    return f"penalty so far {words.money(one['amount'], one['currency'])}" + (
        " owed to us" if one["pays"] == "partner" else ""
    )


def sure(case: Row) -> str:
    """That a case is not confirmed, and why; nothing where it is, or is over."""
    if case.get("condition") not in ("active", "presumed"):
        return ""
    said = {"presumed": "its source has not told of everything up to then", "unknown": "its source is silent"}
    confidence = str(case.get("confidence"))
    return f"{confidence}: {said[confidence]}" if confidence in said else ""


def facts(case: Row, now: datetime) -> str:
    """One line on a case: whose, since when, due when, why."""
    text, _ = words.due(words.parsed(case.get("due_at")), now)
    said = [
        f"owner {case['owner']}" if case.get("owner") else "no owner yet",
        f"since {words.instant(case.get('due_at'))} ({text})" if case.get("due_at") else "",
        sure(case),
        f"silent since {words.instant(case['started_at'])}"
        if case.get("code") == "source_silent" and case.get("started_at")
        else "",
        f"{'noticed' if case.get('code') == 'source_silent' else 'raised'} {words.instant(case.get('opened_at'))}",
        f"cause: {words.cause(case['cause'])}"
        if case.get("cause") not in (None, "", case.get("code")) and named(case)
        else "",
        "found late" if case.get("found_late") else "",
        f"cleared, please close; closes by itself {words.instant(case['rests_at'])}" if case.get("rests_at") else "",
        "comes and goes" if case.get("flapping") else "",
        f"at risk: {words.money(case['value_at_risk'], case.get('currency'))}" if case.get("value_at_risk") else "",
        *(_penalty(one) for one in case.get("penalties") or []),
    ]
    return " · ".join(s for s in said if s)
