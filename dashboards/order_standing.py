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
    "outcome_missing": ("No effect seen", "high", "A message was acknowledged, and what it asks for has not happened"),
}
FIELDS = {
    "stage": "Stage", "stage_rank": "Stage", "held": "On hold", "hold": "On hold", "cancelled": "Cancelled",
    "shipped": "Shipped quantity", "promised_at": "Promised date", "ship_to": "Ship-to", "revision": "Revision",
}  # fmt: skip
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
    since = {"late": order.get("promised_at")}.get(kind)
    return [{"since": since}] if found else []


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
    name, tone, plain = KINDS[kind]
    cause, since = said.get("cause"), words.parsed(said.get("since"))
    cells: list[Piece] = [html.Span(words.cause(cause) if cause else plain, className="strong")]
    cells += [html.Div(str(said["detail"]), className="muted small wrap")] if said.get("detail") else []
    whose = [
        f"waits for {words.system(said['system'])}" if said.get("system") else "",
        f"owner {said['owner']}" if said.get("owner") else "",
    ]
    return html.Li(
        [
            html.Div(chip(name, tone)),
            html.Div(cells),
            html.Div(
                ["since ", moment(since, now)] if since else "since when is not known",
                className="" if since else "muted",
            ),
            html.Div(" · ".join(w for w in whose if w) or "–", className="muted"),
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
    at = words.parsed((views.get(str(system)) or {}).get("at"))
    age = f"{words.system(system)}, {words.span(now - at)} old" if at else words.system(system)
    return html.Div([html.Span(valued(field, value)), html.Div(age, className="muted small")])


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
