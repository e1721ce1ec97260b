"""Tying events to orders by hand: the dialogue that asks for a reason, and what is done with the answer.

`tied` is a plain function of the context; the callbacks below it only carry values.
"""

from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, callback, ctx, dcc, html, no_update

from app import clock
from app.errors import NotAllowed, OrderscopeError
from dashboards import context, guard, words
from dashboards.context import Row
from dashboards.notices import note
from dashboards.parts import Piece, button

TITLES = {
    "cut": "This event does not belong here", "link": "Link an event to this order", "adopt": "Link this event to an order",
    "distinct": "These are two orders", "undo": "Take it back",
}  # fmt: skip
SAYS = {
    "cut": "The event leaves the order, and everything that followed from it is worked out again. It can be taken back.",
    "link": "The event joins the order, and everything that follows from it is worked out again. It can be taken back.",
    "adopt": "The event joins the order, and everything that follows from it is worked out again. It can be taken back.",
    "distinct": "Each is an order of its own: nobody is asked about the two again. It can be taken back.",
    "undo": "What was said is withdrawn; the order is worked out again as if it had never been said.",
}
DONE = {"cut": "Removed", "link": "Linked", "adopt": "Linked", "distinct": "Told apart", "undo": "Taken back"}


def possible() -> bool:
    """Whether this installation takes a person's word on links."""
    return context.here().ties is not None


def opener(label: str, act: str, mark: str = "", size: str = "compact-sm", title: str = "", **about: Any) -> Piece:
    """A button that opens the dialogue; its id says what it is about: order, event, link, and the key of another order."""
    known = {name: str(about.get(name) or "") for name in ("order", "event", "link", "key")}
    heard: Any = {"aria-label": title} if title else {}
    return button(label, {"type": "tie", "act": act, **known}, mark, variant="default", size=size, **heard)


def dialogue() -> Piece:
    """The one dialogue; lives in the shell."""
    inputs = [
        html.P(id="tie-says", className="muted small", style={"margin": 0}),
        html.Div(dmc.TextInput(id="tie-order", label="Order", placeholder="Any number of the order"), id="tie-order-box"),
        html.Div(
            dmc.Select(id="tie-event", label="Event", placeholder="Events without an order", searchable=True, data=[], nothingFoundMessage="No event waits for an order"),
            id="tie-event-box",
        ),
        dmc.Textarea(id="tie-reason", label="Why? It stays in the history.", autosize=True, minRows=2, required=True),
        html.Div(id="tie-fault", className="late small", role="alert"),
        dmc.Group([button("Cancel", "tie-cancel"), button("Do it", "tie-go", primary=True)], justify="flex-end"),
    ]  # fmt: skip
    modal = dmc.Modal(dmc.Stack(inputs, gap="sm"), id="tie-modal", title="", opened=False, centered=True)
    return html.Div([modal, dcc.Store(id="tie-pending")])


def waiting() -> list[Row]:
    """Events without an order, as choices."""
    found, _ = context.here().reader.unmatched(0, 200)
    return [{"value": str(e["id"]), "label": choice(e)} for e in found]


def choice(event: Row) -> str:
    """`Shipment in transit · Carrier UPS · 2026-11-19 08:02 · 1Z9…`."""
    keys = ", ".join(words.bare(k) for k in event.get("keys") or [])
    said = [words.event(event.get("type")), words.system(event.get("source")), words.instant(event.get("at")), keys]
    return " · ".join(s for s in said if s)


def suggested(event: str) -> str:
    """The order that an event most likely belongs to; empty where nothing suggests one."""
    found, _ = context.here().reader.unmatched(0, 200)
    guesses = next((e.get("suggestions") or [] for e in found if str(e["id"]) == event), [])
    first = guesses[0] if guesses else {}
    return str(first.get("so") or first.get("order_id") or first.get("order") or "")


def tied(act: str, order: str, event: str, link: str, reason: str, key: str = "") -> tuple[list[Row], bool]:
    """Say it in the person's name; gives the toast and whether it was taken. A failure is said, never raised."""
    try:
        who, ties = guard.acting(), context.here().ties
        if ties is None:
            raise NotAllowed("This installation takes no links by hand.", "Ask its administrator.")
        if act == "undo":
            ties.undo(link, reason, who)
        else:
            ties.say("link" if act == "adopt" else act, order, event, reason, who, key)
    except OrderscopeError as fault:
        return note(f"{fault.detail} {fault.mend}".strip(), "orange", fault.title), False
    return note(f"{DONE[act]}. The order is being worked out again."), True


def missing(act: str, order: str, event: str, reason: str) -> str:
    """What the dialogue still lacks, in words; empty when it is complete."""
    if act in ("adopt", "distinct") and not order:
        return "Say which order it belongs to." if act == "adopt" else "Say which other order it is not."
    if act == "link" and not event:
        return "Choose the event."
    return "" if reason else "It needs a reason: somebody will ask."


def register() -> None:
    """Opening the dialogue, and doing what it says."""

    @callback(
        Output("tie-modal", "opened"), Output("tie-modal", "title"), Output("tie-says", "children"), Output("tie-pending", "data"),
        Output("tie-order-box", "style"), Output("tie-event-box", "style"), Output("tie-order", "value"), Output("tie-event", "data"),
        Output("tie-event", "value"), Output("tie-reason", "value"), Output("tie-fault", "children"), Output("tie-go", "children"),
        Input({"type": "tie", "act": ALL, "order": ALL, "event": ALL, "link": ALL, "key": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def press(_clicks: list[int | None]) -> tuple[Any, ...]:
        id: Any = ctx.triggered_id
        if not id or not any(t["value"] for t in ctx.triggered):
            return (no_update,) * 12
        act = id["act"]
        events = await context.asked(waiting) if act == "link" else []
        order = await context.asked(suggested, id["event"]) if act == "adopt" else id["key"]
        shown = [{"display": "block" if act in acts else "none"} for acts in (("adopt", "distinct"), ("link",))]
        label = {"cut": "Remove", "undo": "Take back", "distinct": "Tell them apart"}.get(act, "Link")
        return (True, TITLES[act], SAYS[act], dict(id), *shown, order, events, None, "", "", label)

    @callback(
        Output("notes", "sendNotifications", allow_duplicate=True), Output("acted", "data", allow_duplicate=True),
        Output("tie-modal", "opened", allow_duplicate=True), Output("tie-fault", "children", allow_duplicate=True),
        Input("tie-go", "n_clicks"), State("tie-pending", "data"), State("tie-order", "value"), State("tie-event", "value"),
        State("tie-reason", "value"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def confirm(
        clicks: int | None, pending: Row | None, order: str | None, event: str | None, reason: str | None
    ) -> tuple[Any, ...]:
        if not clicks or not pending:
            return (no_update,) * 4
        act, said = pending["act"], (reason or "").strip()[:2000]
        typed, event = (order or "").strip(), pending["event"] or (event or "")
        mine, other = (pending["order"], typed) if act == "distinct" else (pending["order"] or typed, "")
        if lacks := missing(act, typed if act == "distinct" else mine, event, said):
            return no_update, no_update, no_update, lacks
        toast, did = await context.asked(tied, act, mine, event, pending["link"], said, other)
        return toast, clock.wall().timestamp() if did else no_update, False, ""

    @callback(
        Output("tie-modal", "opened", allow_duplicate=True), Input("tie-cancel", "n_clicks"), prevent_initial_call=True
    )
    async def leave(clicks: int | None) -> Any:
        return False if clicks else no_update
