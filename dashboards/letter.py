"""One dead letter: its message with the fault marked, what was done about it, and the way to mend and replay it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, unquote

import dash_mantine_components as dmc
from dash import Input, Output, State, callback, dcc, html, no_update

from app import clock
from app.contracts import Wanted
from app.errors import NotFound, OrderscopeError
from dashboards import context, guard, parts, words
from dashboards.context import Row
from dashboards.parts import Piece, aria, button, card, chip, row, table

RESULTS = {
    "accepted": ("Accepted", "ok"), "duplicate": ("Known already", "ok"), "nothing": ("No event in it", "medium"),
    "rejected": ("Still rejected", "high"),
}  # fmt: skip
_SHOWN = 12


def look(id: str) -> Row:
    """The letter as the store has it. Raises NotFound."""
    return context.here().reader.dead_letter(id)


async def layout(id: str) -> Piece:
    """The page of one."""
    id = unquote(id)
    try:
        said = await context.asked(look, id)
    except NotFound as fault:
        return html.Section(parts.empty("No such letter", f"{fault.detail} {fault.mend}", "inbox"), className="card")
    return html.Div(
        [
            dcc.Store(id="letter-id", data=id),
            html.Div(body(said, guard.acts() and context.here().replays is not None)),
        ]
    )


def body(said: Row, acts: bool) -> list[Piece]:
    """Head, message, what can be done, history."""
    heading = html.H1([words.words(said["reason"]), " ", html.Span(state(said), id="letter-state")])
    who = words.system(said["source"]) if said["source"] else "Sender unknown"
    sub = f"{who}, arrived {words.instant(said['received_at'], True)} UTC · {place(said)} · {said['id']}"
    kept = said["message"].get("kept")
    return [
        parts.page_head(heading, sub, [html.A("All dead letters", href="/letters", className="strong")]),
        html.Div(
            [
                card("What is wrong", html.P(str(said["detail"] or "No details were given."), className="wrong"), facts(said)),
                message(said["message"]),
                mending(said) if kept and acts else None,
                html.Div(rest(said), id="letter-rest", className="stack"),
            ],
            className="stack",
        ),
    ]  # fmt: skip


def state(said: Row) -> Piece:
    """Whether it waits."""
    return chip("Waiting", "high") if said["status"] == "open" else chip("Done", "ok")


def rest(said: Row) -> list[Piece]:
    """What changes by a replay: the other letters of the message, and the history."""
    return [part for part in (siblings(said["siblings"]), history(said["history"])) if part is not None]


def place(said: Row) -> str:
    """Which part of its message it is."""
    return f"item {said['item'] + 1}" if said["item"] >= 0 else "the whole message"


def facts(said: Row) -> Piece:
    """What is known of it."""
    kept = said["message"]
    return parts.fields(
        [
            ("Id given by the sender", html.Span(said["native_id"], className="mono") if said["native_id"] else None), ("Collector", said["collector"]),
            ("Mapping", html.Span(kept["mapping"], className="mono") if kept.get("mapping") else None), ("Message", said["raw_id"]),
            ("Size", f"{kept['size']:,} bytes" if kept.get("size") is not None else None), ("Media type", kept.get("media")),
        ]
    )  # fmt: skip


def message(said: Row) -> Piece:
    """The message around the item, with what does not fit marked."""
    if not said.get("kept"):
        return card("Message", parts.empty("The message is no longer kept", said.get("why", ""), "clock"))
    if not said["is_text"]:
        return card("Message", parts.empty("The message is no text", f"It has {said['size']:,} bytes.", "package"))
    text = [
        html.Span(said["before"], className="around"), html.Span(marked(said["item"], said["marks"]), className="item"),
        html.Span(said["after"], className="around"),
    ]  # fmt: skip
    shown = html.Pre(text, className="raw", tabIndex=0, **aria(label="The message around the item"))
    return card(
        "Message", shown, sub=f"The item, in full colour, begins in line {said['line']:,}; what does not fit is marked."
    )


def marked(item: str, marks: Sequence[Sequence[int]]) -> list[Piece]:
    """A text with its marks; every piece is text, whatever stands in it."""
    pieces: list[Piece] = []
    at = 0
    for begin, end in marks:
        if begin >= at:
            pieces += [item[at:begin], html.Mark(item[begin:end])]
            at = end
    return [*pieces, item[at:]]


def mending(said: Row) -> Piece:
    """Replay by the mapping as it is now, or with another text."""
    how = (
        "Mend the mapping of this source and replay: the message is read by the mapping as it stands now. "
        "Or mend the message itself. What it says then takes the place of what it said before."
    )
    editable = said["message"]["editable"]
    editor = html.Div(
        dmc.Textarea(
            id="letter-text", label="The message as it should be", autosize=True, minRows=6, maxRows=22,
            styles={"input": {"fontFamily": "ui-monospace, Menlo, Consolas, monospace", "fontSize": ".8125rem"}},
        ),
        id="letter-editor", style={"display": "none"},
    )  # fmt: skip
    no = html.P("The message is too large, or no text: it cannot be edited here.", className="muted small")
    buttons = [
        button("Try", "letter-try", "play"), button("Replay", "letter-go", "rotate-ccw", True),
        button("Mend the message itself", "letter-edit", "message-square", style=None if editable else {"display": "none"}),
    ]  # fmt: skip
    return card(
        "Put it through again", html.P(how, className="muted small"), editor, None if editable else no,
        dmc.TextInput(id="letter-why", label="Words for the history", mt="sm"),
        dmc.Group(buttons, gap="sm", mt="sm"), html.Div(id="letter-result", role="status"), id="replay",
    )  # fmt: skip


def siblings(found: Sequence[Row]) -> Piece:
    """What else of the message could not be taken; replayed together."""
    if not found:
        return None
    rows = [
        row(
            [
                dcc.Link(words.words(s["reason"]), href=f"/letters/{quote(s['id'], safe='')}"), f"item {s['item'] + 1}" if s["item"] >= 0 else "whole",
                html.Span(s["native_id"] or "–", className="mono"), "Waiting" if s["closed_at"] is None else "Done",
            ]
        )
        for s in found[:_SHOWN]
    ]  # fmt: skip
    sub = f"{words.count(len(found), 'other letter')} of the same message; a replay reads it whole."
    return card(
        "Of the same message", table(("Reason", "Item", "Id", "State"), rows, "Letters of this message"), sub=sub
    )


def history(found: Sequence[Row]) -> Piece:
    """When it was replayed, by whom, by which mapping, and what came of it."""
    if not found:
        return None
    rows = [
        row(
            [
                html.Span(words.instant(h["at"], True), className="num nowrap"), h["person"], chip(*RESULTS.get(h["result"], (h["result"], ""))),
                html.Span([h["detail"] or made(h), html.Div(h["why"], className="muted small") if h["why"] else None]),
                html.Span(h["mapping"] or "–", className="mono"),
            ]
        )
        for h in found
    ]  # fmt: skip
    return card(
        "History", table(("When", "Who", "Result", "What came of it", "Mapping"), rows, "Replays"), id="history"
    )


def made(entry: Row) -> str:
    """How many events stand behind a result."""
    return words.count(len(entry["made"] or []), "event")


def outcome(done: Row) -> Piece:
    """What came of a replay, or would come of it."""
    if not done["messages"]:
        return parts.callout("Nothing waits here: these letters are done already.")
    would = "would be " if done["dry_run"] else ""
    results = [(RESULTS[name], done[name]) for name in RESULTS if done[name]]
    chips = [chip(f"{text}: {n:,}", tone) for (text, tone), n in results]
    said = (
        f"{words.count(done['messages'], 'message')}: {words.count(done['made'], 'event')} {would}made,"
        f" {done['replaced']:,} {would}replaced, {done['kept']:,} kept as they are."
    )
    left = (
        html.Div(f"{done['left']:,} further messages match; press again for the next ones.", className="small")
        if done["left"]
        else None
    )
    told = [
        html.Strong("What would happen" if done["dry_run"] else "Done"),
        html.Div(said),
        html.Div(chips, className="marks"),
        left,
    ]
    return html.Div([parts.callout(told, "ok" if not done["rejected"] else ""), effects(done)], className="outcome")


def effects(done: Row) -> Piece:
    """The events that were or would be made or replaced, and what is still wrong."""
    rows = [(kind, e) for one in done["items"] for kind in ("made", "replaced") for e in one[kind]][:_SHOWN]
    events = [
        row([chip("New" if kind == "made" else "Replaced", "ok" if kind == "made" else "medium"), words.event(e["type"]), words.system(e["source"]),
             words.instant(e["at"]), html.Span(", ".join(words.bare(k) for k in e["keys"] or []), className="mono")])
        for kind, e in rows
    ]  # fmt: skip
    wrong = [one for item in done["items"] for one in item["letters"] if one["result"] == "rejected"]
    faults = [html.Li([html.Strong(words.words(one["reason"])), " ", one["detail"]]) for one in wrong[:_SHOWN]]
    failed = [
        html.Li([html.Strong(f"Message {one['message']}"), " ", one["fault"]])
        for one in done["items"]
        if "fault" in one
    ]
    listed = table(("", "Event", "Source", "When", "Numbers"), events, "Events") if events else None
    return html.Div(
        [listed, html.Ul(faults + failed[:_SHOWN], className="reasons-plain") if faults or failed else None]
    )


def fault(detail: str, mend: str) -> Piece:
    """A failure, in words."""
    return parts.callout(f"{detail} {mend}".strip(), "warn")


def through(id: str, text: str | None, why: str, dry: bool) -> tuple[Piece, bool]:
    """Put one letter through again in the person's name; what came of it, and whether anything may have changed."""
    try:
        who, replays = guard.acting(), context.here().replays
        if replays is None:
            return fault("This installation replays nothing by hand.", "Ask its administrator."), False
        wanted = Wanted({}, (id,), why=why, dry_run=dry)
        done = replays.many(wanted, who) if text is None else replays.edited(id, text, wanted, who)
    except OrderscopeError as wrong:
        return fault(wrong.detail, wrong.mend), False
    return outcome(done), not dry


def opened(id: str) -> str:
    """The message for the editor."""
    replays = context.here().replays
    return replays.body(id) if replays else ""


def callbacks() -> None:
    """Opening the editor, trying and replaying."""

    @callback(
        Output("letter-text", "value"), Output("letter-editor", "style"), Input("letter-edit", "n_clicks"),
        State("letter-id", "data"), State("letter-text", "value"), prevent_initial_call=True,
    )  # fmt: skip
    async def edit(clicks: int | None, id: str | None, there: str | None) -> Any:
        if not clicks or not id:
            return no_update, no_update
        try:
            text = there or await context.asked(opened, id)
        except OrderscopeError as wrong:
            text = wrong.detail
        return text, {"display": "block"}

    for name, dry in (("try", True), ("go", False)):
        _press(name, dry)


def _press(name: str, dry: bool) -> None:
    @callback(
        Output("letter-result", "children", allow_duplicate=True), Output("letter-state", "children", allow_duplicate=True),
        Output("letter-rest", "children", allow_duplicate=True), Output("acted", "data", allow_duplicate=True),
        Input(f"letter-{name}", "n_clicks"), State("letter-id", "data"), State("letter-text", "value"), State("letter-why", "value"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def press(clicks: int | None, id: str | None, text: str | None, why: str | None) -> Any:
        if not clicks or not id:
            return (no_update,) * 4
        told, did = await context.asked(through, id, text or None, (why or "").strip()[:1000], dry)
        if not did:
            return told, no_update, no_update, no_update
        said = await context.asked(look, id)
        return told, state(said), rest(said), clock.wall().timestamp()
