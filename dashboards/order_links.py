"""Why each event belongs to an order, and what people have said about that. Pure: links in, components out."""

import re
from collections.abc import Sequence
from typing import Any

from dash import html

from dashboards import tying, words
from dashboards.context import Row
from dashboards.parts import Piece, card, chip, empty, row, table

MOST = 200
#: a full key inside a sentence
KEY = r"\b[a-z]+:[\w.-]+:[^\s,;]+"
#: rule of a link, without its strength -> the sentence that says it; `{}` is the key
RULES = {
    "alias": "It names {}.",
    "relation": "It names {}, which belongs to this order.",
    "shared": "It names {}, which several orders share; this is one of them.",
    "trace": "It was written in trace {}, which holds this order alone.",
    "person": "Somebody linked it by hand.",
}
SURE = (
    (0.97, "certain", "ok"),
    (0.85, "strong", "ok"),
    (0.6, "likely", "medium"),
    (0.0, "weak", "high"),
)


def links(order: Row, found: Sequence[Row], acts: bool) -> Piece:
    """Each event with the reason why it is here and how sure that is; whoever may act can say otherwise."""
    may = acts and tying.possible()
    more = tying.opener("Link an event", "link", order=order["order_id"], mark="link") if may else None
    if not found:
        return card("Links", empty("No links", "No event has been tied to this order.", "link"), end=more, id="links")
    head = ("Event", "Why it is here", "How sure", *([""] if may else []))
    rows = [link(order, x, may) for x in found[:MOST]]
    left = f" · the first {MOST} of {len(found):,}" if len(found) > MOST else ""
    sub = f"Why each event belongs to this order{left}"
    said = spoken(order.get("said_links") or [], {str(x.get("event_id")): named(x) for x in found}, may)
    return card("Links", table(head, rows, "Why each event belongs to this order"), said, sub=sub, end=more, id="links")


def link(order: Row, said: Row, may: bool) -> Piece:
    """One event."""
    what = [
        html.Span(words.event(said["type"]), className="strong"),
        html.Div(f"{words.system(said.get('source'))} · {words.instant(said.get('at'))}", className="muted small"),
    ]
    cells = [html.Div(what), html.Div(why(said), className="wrap"), sure(said.get("confidence"))]
    if not may:
        return row(cells)
    act = tying.opener(
        "Not here", "cut", order=order["order_id"], event=said.get("event_id"), mark="x", size="compact-xs",
        title=f"This event does not belong here: {named(said)}",
    )  # fmt: skip
    return row([*cells, act])


def named(said: Row) -> str:
    """`Shipment in transit, Carrier UPS, 2026-11-19 08:02`."""
    return f"{words.event(said['type'])}, {words.system(said.get('source'))}, {words.instant(said.get('at'))}"


def why(said: Row) -> str:
    """The reason in words: as the store gives it, else from its rule and key."""
    if said.get("why") or said.get("reason"):
        text = plain(str(said.get("why") or said["reason"]))
        return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
    kind = str(said.get("rule") or "").split(":", 1)[0]
    return RULES.get(kind, "It names {}.").format(said.get("key") or "a number of this order")


def plain(reason: str) -> str:
    """A reason with numbers and events as people call them."""
    named = re.sub(rf"^names ({KEY})", lambda m: f"names the {kind(m[1])} {words.bare(m[1])}", reason)
    told = r" by (\S+) (\w+\.\w+)"
    return re.sub(told, lambda m: f" by {words.system(m[1])}, {words.event(m[2]).lower()}", words.unkeyed(named))


def kind(key: str) -> str:
    """What people call the type of a key."""
    return words.KEYS.get(key.split(":", 1)[0], "number")


def sure(said: Any) -> Piece:
    """A share of certainty as a word; the figure is in the title."""
    if not isinstance(said, int | float):
        return html.Span("–")
    word, tone = next((w, t) for least, w, t in SURE if said >= least)
    return chip(word, tone, f"{int(said * 100)} % sure")


def spoken(said: Sequence[Row], events: dict[str, str], may: bool) -> Piece | None:
    """What people have said of this order's links, each with the way to take it back."""
    if not said:
        return None
    items = [html.Li([html.Div(sentence(s, events), className="wrap"), undo(s) if may else None]) for s in said]
    return html.Div(
        [html.H3("Said by people", className="below-head"), html.Ul(items, className="spoken")], className="below"
    )


def sentence(said: Row, events: dict[str, str]) -> list[Piece]:
    """`A. Costa linked …: reason`."""
    did = {"link": "linked", "cut": "removed", "distinct": "said that it is not order"}.get(
        str(said.get("act")), str(said.get("act"))
    )
    event = str(said.get("event_id") or "")
    what = (
        events.get(event, "an event that is not here now")
        if event
        else words.unkeyed(str(said.get("a_text") or "a number"))
    )
    when = words.instant(said.get("said_at") or said.get("at"))
    return [html.Strong(str(said.get("person") or "Somebody")), f" {did} {what}: {said.get('reason') or 'no reason given'}",
            html.Div(when, className="muted small num")]  # fmt: skip


def undo(said: Row) -> Piece:
    """The way back."""
    return tying.opener("Take back", "undo", link=said.get("link_id"), mark="rotate-ccw", size="compact-xs")
