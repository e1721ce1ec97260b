"""What stands in the way of an order, and where systems contradict each other. Pure: facts in, components out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboards import words
from dashboards.context import Row
from dashboards.parts import Piece, card, chip, row, table

#: judgement of the document -> (what it is called, tone, what is said where nothing more is known)
KINDS = {
    "blocked": ("Blocked", "critical", "Its next step needs a decision or a repair"),
    "stuck": ("Stuck", "critical", "The warehouse has not accepted it"),
    "late": ("Late", "high", "The promise has passed and goods are still open"),
    "at_risk": ("At risk", "high", "At the usual pace the promise will not be kept"),
    "silent": ("Silent", "medium", "Nothing has been heard of it for much longer than usual"),
    "wrong": ("Does not add up", "high", "Quantities or papers contradict each other"),
    "outcome_missing": ("No effect seen", "high", "A message was acknowledged, and what it asks for has not happened"),
}
FIELDS = {
    "stage": "Stage", "stage_rank": "Stage", "held": "On hold", "hold": "On hold", "cancelled": "Cancelled",
    "shipped": "Shipped quantity", "promised_at": "Promised date", "ship_to": "Ship-to", "revision": "Revision",
}  # fmt: skip
#: cause of a judgement -> the sentence that says it; any other is named like a cause of blocking
BECAUSE = {
    "not_sent": "The instruction to the warehouse was not sent",
    "unacknowledged_technically": "Sent, and not even taken in by the warehouse's system",
    "rejected_technically": "The warehouse's system could not read the instruction",
    "no_business_ack": "Taken in by the warehouse's system, and not accepted",
    "partner_down": "The warehouse cannot be reached; the instruction waits",
    "promise_passed": "The promise has passed and goods are still open",
    "slow": "At the usual pace of the steps that are left it comes after the promise",
    "blocked": "It is blocked, and the promise is near",
    "nothing_heard": "Nothing has been heard of it for much longer than usual",
}
DIRECTIONS = {"ahead": ("▲ ahead", "high"), "behind": ("▼ behind", "medium"), "differs": ("≠ differs", "medium")}


def judged(order: Row) -> list[tuple[str, Row]]:
    """(kind, what is known of it) of everything that holds of the order, the worst first."""
    return [(kind, each) for kind in KINDS for each in told(order, kind)]


def told(order: Row, kind: str) -> list[Row]:
    """A judgement as a list: the document has a list, one finding, or only that it is so."""
    found = order.get(kind)
    if isinstance(found, dict):
        return [found]
    if isinstance(found, list):
        return [f if isinstance(f, dict) else {"cause": str(f)} for f in found]
    since = order.get(f"{kind}_since") or (order.get("promised_at") if kind == "late" else None)
    return [{"cause": order.get(f"{kind}_cause"), "since": since}] if found else []


def because(kind: str, said: Row) -> str:
    """The cause of a judgement as a sentence."""
    cause, code = str(said.get("cause") or ""), said.get("code")
    if kind == "wrong" and code:
        return words.words(code)
    if cause.startswith("clock:"):
        return f"A clock is nearly used up: {words.words(cause[6:]).lower()}"
    if kind == "outcome_missing" and cause:
        return f"After “{words.event(cause)}” nothing followed"
    return BECAUSE.get(cause) or (words.cause(cause) if cause else KINDS[kind][2])


def about(said: Row) -> str:
    """What more is known: the document it is about, what a system said; keys as the numbers people know."""
    known = [str(said[f]) for f in ("subject", "detail") if said.get(f)]
    shown = [
        words.unkeyed(text) for text in dict.fromkeys(known) if not text.startswith("{") and text != said.get("cause")
    ]
    return " · ".join(s for s in dict.fromkeys(shown) if words.words(s) != words.cause(said.get("cause")))


def standing(order: Row, now: datetime) -> Piece | None:
    """Why the order does not move: what, because of what, since when, waiting for whom, whose it is."""
    found = judged(order)
    if not found:
        return None
    items = [finding(kind, said, now) for kind, said in found]
    title = "Why it does not move" if order.get("blocked") or order.get("stuck") else "What to watch"
    return card(title, html.Ul(items, className="reasons"), id="why")


def finding(kind: str, said: Row, now: datetime) -> Piece:
    """One reason."""
    name, tone, _ = KINDS[kind]
    since, more = words.parsed(said.get("since")), about(said)
    cells: list[Piece] = [html.Span(because(kind, said), className="strong")]
    cells += [html.Div(more, className="muted small wrap")] if more else []
    whose = [
        f"waits for {words.system(said['system'])}" if said.get("system") else "",
        f"owner {said['owner']}" if said.get("owner") else "",
    ]
    return html.Li(
        [
            html.Div(chip(name, tone)),
            html.Div(cells),
            html.Div(
                moment(since, now, "since ") if since else html.Span("since when is not known", className="muted")
            ),
            html.Div(" · ".join(w for w in whose if w), className="muted"),
        ]
    )


def moment(at: datetime | None, now: datetime, before: str = "") -> Piece:
    """An instant with its distance from now, and a word before it."""
    if at is None:
        return html.Span("–", className="muted")
    far = f"in {words.span(at - now)}" if at > now else f"{words.span(now - at)} ago"
    return html.Div(
        [
            html.Span(before + words.brief(at, now), className="num", title=words.instant(at)),
            html.Div(far, className="muted small"),
        ]
    )


def contradictions(order: Row, now: datetime) -> Piece | None:
    """Truth beside view, with the direction and how old each word is."""
    found: Sequence[Any] = order.get("diverged") or []
    rows = [contradiction(d, order.get("views") or {}, now) for d in found if isinstance(d, dict) and d.get("field")]
    if not rows:
        return None
    head = ("What", "In truth", "Shown", "Direction", "Since")
    return html.Div(table(head, rows, "Where systems contradict each other"), className="below")


def contradiction(found: Row, views: Row, now: datetime) -> Piece:
    """One field on which a system differs from the one that decides it."""
    field, direction = str(found["field"]), str(found.get("direction") or "differs")
    text, tone = DIRECTIONS.get(direction, (direction, "medium"))
    return row(
        [
            html.Span(FIELDS.get(field, words.words(field)), className="strong"),
            claim(field, found.get("truth_value"), found.get("truth"), views, now),
            claim(field, found.get("view_value"), found.get("view"), views, now),
            chip(text, str(found.get("severity") or tone)),
            moment(words.parsed(found.get("since")), now),
        ]
    )


def claim(field: str, value: Any, system: Any, views: Row, now: datetime) -> Piece:
    """What a system says of a field, and how old its word is."""
    at = words.parsed(viewed(views, str(system)).get("at"))
    age = f"{words.system(system)}, {words.span(now - at)} old" if at else words.system(system)
    return html.Div([html.Span(valued(field, value)), html.Div(age, className="muted small")])


def viewed(views: Row, system: str) -> Row:
    """What a system says, or the first that has the role of which is spoken."""
    found: Row = views.get(system) or next((v for name, v in views.items() if name.split(".")[0] == system), {})
    return found


def valued(field: str, value: Any) -> str:
    """A value of a field as people read it."""
    if value in (None, ""):
        return "nothing"
    if field in ("held", "hold", "cancelled"):
        return "yes" if str(value).lower() in ("true", "1", "yes") else "no"
    if field.endswith("_at"):
        return words.instant(value)
    if field == "shipped":
        return words.quantity(value)
    return words.event(value) if field in ("stage", "stage_rank") else str(value)
