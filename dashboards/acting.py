"""What people do about cases: the buttons, the one dialogue behind them, and the words that come back.

`done` and `done_to_many` are plain functions of the context; the callbacks below them only carry values.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, callback, ctx, dcc, html, no_update

from app import clock
from app.cases import Identity
from app.errors import OrderscopeError
from dashboards import context, guard, parts, queue, tying, words
from dashboards.context import Row
from dashboards.notices import note
from dashboards.parts import DID, Piece, button

log = logging.getLogger(__name__)

#: What a status lets a person do, in the order of the buttons.
STEPS: dict[str, tuple[str, ...]] = {
    "new": ("acknowledge", "assign", "comment", "snooze", "resolve"),
    "acknowledged": ("start", "assign", "comment", "snooze", "resolve"),
    "in_progress": ("assign", "comment", "snooze", "resolve"),
    "waiting": ("start", "assign", "comment", "resolve"),
    "snoozed": ("unsnooze", "comment", "resolve"),
    "resolved": ("reopen", "comment"),
    "closed": (),
}
LABELS = {
    "acknowledge": "Acknowledge", "start": "Start work", "assign": "Reassign", "comment": "Comment", "snooze": "Snooze",
    "unsnooze": "Wake", "resolve": "Resolve", "reopen": "Reopen",
}  # fmt: skip
MARKS = {"acknowledge": "check", "assign": "user-plus", "comment": "message-square", "snooze": "alarm-clock",
         "resolve": "circle-check", "reopen": "rotate-ccw", "start": "play", "unsnooze": "play"}  # fmt: skip
AT_ONCE = ("acknowledge", "start", "unsnooze")
REASONS = [
    {"value": "accepted", "label": "Accepted: known and tolerated"},
    {"value": "not_a_fault", "label": "Not a fault"},
    {"value": "corrected", "label": "Corrected outside"},
    {"value": "recalled", "label": "Recalled"},
]
SNOOZES = [
    {"value": str(h), "label": t}
    for h, t in ((1, "1 hour"), (4, "4 hours"), (24, "1 day"), (72, "3 days"), (168, "7 days"))
]


def steps(case: Row) -> Piece:
    """The buttons of a case, as its status allows."""
    said = [step(case, action) for action in STEPS.get(str(case.get("status")), ())]
    return html.Div([*said, distinct(case)], className="do")


def distinct(case: Row) -> Piece:
    """The button of an order that is suspected to be another one entered twice: to say that they are two."""
    cause, subject = str(case.get("cause") or ""), case.get("subject") or {}
    over = case.get("status") in ("resolved", "closed")
    if over or not cause.startswith("like ") or subject.get("type") != "order" or not tying.possible():
        return None
    mine, other = case.get("order_id"), cause.removeprefix("like ")
    return tying.opener("These are distinct", "distinct", mark="check", order=mine, key=other)


def step(case: Row, action: str, primary: bool | None = None, size: str = "compact-sm") -> Piece:
    """One button; its id carries the version that the person sees."""
    id = {"type": "do", "case": case["id"], "version": case["version"], "action": action, "size": size}
    filled = action == "acknowledge" if primary is None else primary
    return button(LABELS[action], id, MARKS.get(action, ""), filled, size=size)


def done(case_id: str, action: str, version: int, **fields: Any) -> tuple[list[Row], bool]:
    """Do one thing to one case; gives the toast and whether it was done. A failure is said, never raised."""
    try:
        who, cases = guard.acting(), context.here().cases
        if remark := fields.pop("remark", ""):  # a comment makes no new version, so the step after it still fits
            cases.act(case_id, "comment", version, who, "web", reason=remark)
        after = cases.act(case_id, action, version, who, "web", **fields)
    except OrderscopeError as fault:
        return note(f"{fault.detail} {fault.mend}".strip(), "orange", fault.title), False
    name = after.get("title") or words.words(after.get("code"))
    return note(f"{DID.get(action, LABELS.get(action, action))}: {name}."), True


def done_to_many(items: Sequence[tuple[str, int | None]], action: str = "acknowledge") -> tuple[list[Row], bool]:
    """The same thing to many cases; the toast counts what was done and what had changed meanwhile."""
    try:
        results = context.here().cases.bulk(items, action, guard.acting(), "web")
    except OrderscopeError as fault:
        return note(f"{fault.detail} {fault.mend}".strip(), "orange", fault.title), False
    good = sum(bool(r.get("ok")) for r in results)
    said = f"{words.count(good, 'exception')} {DID[action].lower()}."
    if good == len(results):
        return note(said), good > 0
    stale = (
        f"{words.count(len(results) - good, 'exception')} had changed since you read them; nothing was done to those."
    )
    return note(f"{said} {stale}", "orange", "Not all of them"), good > 0


def fields(action: str, text: str | None, owner: str | None, reason: str | None, hours: str | None) -> Row:
    """What the dialogue gives to an action. Raises ValueError with the words to show when something is missing."""
    said = (text or "").strip()[:4000]
    match action:
        case "assign" if not (owner or "").strip():
            raise ValueError("Say who takes it over.")
        case "assign":
            return {"owner": (owner or "").strip(), "reason": said}
        case "comment" if not said:
            raise ValueError("A comment needs words.")
        case "resolve" if not reason:
            raise ValueError("Say why it is settled.")
        case "resolve":
            return {"reason": reason} | ({"remark": said} if said else {})
        case "snooze":
            return {"until": clock.instant() + timedelta(hours=int(hours or 4)), "reason": said}
    return {"reason": said}


def dialogue() -> Piece:
    """The one dialogue for actions that need words; lives in the shell."""
    inputs = [
        html.Div(
            dmc.Autocomplete(id="act-owner", label="New owner", placeholder="A team or a person", data=[]),
            id="act-owner-box",
        ),
        html.Div(
            dmc.Select(id="act-reason", label="Why is it settled?", data=REASONS, value="accepted"), id="act-reason-box"
        ),
        html.Div(dmc.Select(id="act-hours", label="Bring it back in", data=SNOOZES, value="4"), id="act-hours-box"),
        dmc.Textarea(id="act-text", label="Words for the history", autosize=True, minRows=2),
        html.Div(id="act-fault", className="late small", role="alert"),
        dmc.Group([button("Cancel", "act-cancel"), button("Do it", "act-go", primary=True)], justify="flex-end"),
    ]
    modal = dmc.Modal(dmc.Stack(inputs, gap="sm"), id="act-modal", title="", opened=False, centered=True)
    stores = [dcc.Store(id="act-pending"), dcc.Store(id="acted", data=0)]
    return html.Div([modal, *stores])


def boxes(action: str) -> list[Row]:
    """Which inputs the dialogue shows for an action: owner, reason, hours."""
    return [{"display": "block" if action == a else "none"} for a in ("assign", "resolve", "snooze")]


def owners(who: Identity | None) -> list[str]:
    """Names to offer as owners: the teams, everybody who may sign in, whoever owns something open."""
    here = context.here()
    frame = here.board.frame()
    seen = frame["owner"].drop_nulls().unique().to_list() if "owner" in frame.columns else []
    return sorted({*here.teams, *here.cases.people(), *seen, *((who.name,) if who else ())} - {""})


def known(owner: str | None) -> None:
    """Raises ValueError, with the words to show, for an owner whose queue nobody looks at."""
    names = owners(context.here().whoami())
    if owner and owner not in names:
        near = get_close_matches(owner, names, n=1)
        raise ValueError(f"There is no team or person “{owner}”." + (f" Did you mean {near[0]}?" if near else ""))


def register() -> None:
    """The callbacks of the buttons and of the dialogue."""

    @callback(
        Output("notes", "sendNotifications", allow_duplicate=True), Output("acted", "data", allow_duplicate=True),
        Output("act-modal", "opened"), Output("act-modal", "title"), Output("act-pending", "data"),
        Output("act-owner-box", "style"), Output("act-reason-box", "style"), Output("act-hours-box", "style"),
        Output("act-owner", "data"), Output("act-text", "value"), Output("act-fault", "children"),
        Output("act-go", "children"),
        Input({"type": "do", "case": ALL, "version": ALL, "action": ALL, "size": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def press(_clicks: list[int | None]) -> tuple[Any, ...]:
        id: Any = ctx.triggered_id
        if not id or not any(t["value"] for t in ctx.triggered):
            return (no_update,) * 12
        if id["action"] in AT_ONCE:
            said, _ = await context.asked(done, id["case"], id["action"], id["version"])
            return (said, clock.wall().timestamp(), *(no_update,) * 10)
        names = await context.asked(owners, context.here().whoami())
        label = LABELS[id["action"]]
        return (no_update, no_update, True, label, dict(id), *boxes(id["action"]), names, "", "", label)

    @callback(
        Output("notes", "sendNotifications", allow_duplicate=True), Output("acted", "data", allow_duplicate=True),
        Output("act-modal", "opened", allow_duplicate=True), Output("act-fault", "children", allow_duplicate=True),
        Input("act-go", "n_clicks"), State("act-pending", "data"), State("act-text", "value"), State("act-owner", "value"),
        State("act-reason", "value"), State("act-hours", "value"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def confirm(clicks: int | None, pending: Row | None, *said: str | None) -> tuple[Any, ...]:
        if not clicks or not pending:
            return (no_update,) * 4
        try:
            given = fields(pending["action"], *said)
            await context.asked(known, given.get("owner"))
        except ValueError as missing:
            return no_update, no_update, no_update, str(missing)
        toast, _ = await context.asked(lambda: done(pending["case"], pending["action"], pending["version"], **given))
        return toast, clock.wall().timestamp(), False, ""


def takes_selected(grid: str) -> None:
    """The callback of the button `GRID-ack`: acknowledge the rows that are selected in a grid."""

    @callback(
        Output("notes", "sendNotifications", allow_duplicate=True), Output("acted", "data", allow_duplicate=True),
        Input(f"{grid}-ack", "n_clicks"), State(grid, "selectedRows"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def selected(clicks: int | None, selection: list[Row] | None) -> tuple[Any, ...]:
        items = queue.chosen(selection)
        if not clicks or not items:
            return (note("These are acknowledged already.", "blue") if clicks else no_update), no_update
        said, _ = await context.asked(done_to_many, items)
        return said, clock.wall().timestamp()


def case_block(case: Row, history: Sequence[Row], now: Any, acts: bool) -> Piece:
    """A case as it stands on a page: what, whose, what can be done, what was done."""
    body = [
        html.Header(
            [
                html.H3(case.get("title") or words.words(case.get("code"))),
                parts.severity(case.get("severity")),
                parts.status(case.get("status")),
            ]
        ),
        html.P(parts.facts(case, now), className="facts"),
        evidence(case),
        html.P(case["runbook"], className="muted small") if case.get("runbook") else None,
        steps(case) if acts else None,
        html.Details(
            [html.Summary(f"History · {words.count(len(history), 'entry', 'entries')}"), parts.moves(history)],
            open=len(history) < 6,
        ),
    ]
    return html.Article(body, className="case folded" if case.get("folded_under") else "case")


def evidence(case: Row) -> Piece:
    """What an exception says in numbers; the ids of events, which are one word each, are no such thing."""
    said = [str(one) for one in case.get("evidence") or [] if " " in str(one)]
    return html.Ul([html.Li(one) for one in said], className="small num") if said else None
