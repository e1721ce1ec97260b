"""States and owners: what each status means and who may say so, as the teams have agreed; one numbered list."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, clientside_callback, html

from app.model import ownership
from dashboards import guard, parts, words
from dashboards.browser import clientside
from dashboards.context import Row
from dashboards.parts import Piece, aria, card, icon, row, table


def register() -> None:
    """The page and its search."""
    said: Row = {"path": "/states", "name": "States and owners", "title": "States and owners · Orderscope"}
    guard.page("states", layout, icon="book-open", order=10, nav=True, **said)
    clientside_callback(clientside("sift"), Output("states-count", "children"), Input("states-search", "value"))


async def layout(**_query: str) -> Piece:
    """The whole list; the browser narrows it."""
    return html.Div(body(ownership.governed()))


def body(said: Row) -> list[Piece]:
    """Head, search, and the lists in the order in which one asks."""
    newest = said["changes"][0]
    sub = f"Version {said['version']}, of {newest['date']}. What each status means, and whose word it is."
    search = dmc.TextInput(
        id="states-search", placeholder="A status, an event, a system, a word of the CRM", leftSection=icon("search"), size="sm",
        w=380, maw="100%", **aria(label="Search this list"),
    )  # fmt: skip
    return [
        parts.page_head("States and owners", sub),
        html.Div([search, html.Span(id="states-count", className="muted num", role="status")], className="filters"),
        html.Div(
            [
                html.Div([stages(said["stages"]), records(said["records"])], className="halves"),
                events(said["events"], said["implied"]),
                html.Div([vocabulary(said["crm_words"]), tracks(said["tracks"])], className="halves"),
                changes(said["changes"]),
            ],
            className="stack sifted",
            id="states-body",
        ),
    ]


def stages(found: Sequence[Row]) -> Piece:
    """The stages in their order."""
    rows = [
        row(
            [
                html.Span(words.event(s["stage"]), className="strong"),
                str(s["rank"]) if s["rank"] >= 0 else "–",
                s["means"],
            ],
            (1,),
        )
        for s in found
    ]
    sub = "The stage of an order is the lowest one of its open lines. The rank says which of two is further."
    return card("Stages", table(("Stage", "Rank", "What it means"), rows, "Stages", right=(1,)), sub=sub, id="stages")


def records(found: Sequence[Row]) -> Piece:
    """Which system is right about what."""
    rows = [row([html.Span(words.system(r["system"]), className="strong"), r["owns"]]) for r in found]
    sub = "What another system says of these is a view: it is shown, and it decides nothing."
    return card(
        "Who is right about what", table(("System", "Decides"), rows, "Systems of record"), sub=sub, id="records"
    )


def events(found: Sequence[Row], implied: Sequence[Row]) -> Piece:
    """Each event, who may assert it, and the stage that follows."""
    implies = {i["event"]: i["implies"] for i in implied}
    rows = [event(e, implies.get(e["event"], [])) for e in found]
    head = ("Event", "Name in messages", "Whose word counts", "Stage that follows", "Steps it proves")
    sub = f"{words.count(len(found), 'event')}. A step that a later event proves is taken as done, and marked as inferred."
    return card("Events", html.Div(table(head, rows, "Events"), className="tall"), sub=sub, id="events")


def event(said: Row, proves: Sequence[str]) -> Piece:
    """One event."""
    return row(
        [
            html.Span(words.event(said["event"]), className="strong"),
            html.Span(said["event"], className="mono nowrap"),
            owners(said["owners"]),
            words.event(said["stage"]) if said["stage"] else html.Span("–", className="muted"),
            ", ".join(words.event(p).lower() for p in proves) or html.Span("–", className="muted"),
        ]
    )


def owners(found: Sequence[Any]) -> Piece:
    """The systems whose word counts; none means that nobody's does more than another's."""
    return html.Span(", ".join(words.system(o) for o in found) or "anybody", className="" if found else "muted")


def vocabulary(found: Sequence[Row]) -> Piece:
    """What the CRM says, and the stage that it means."""
    rows = [row([html.Span(f"“{w['word']}”", className="strong"), words.event(w["stage"])]) for w in found]
    sub = "The CRM has its own words. Compared is the stage that they mean."
    return card("Words of the CRM", table(("The CRM says", "It means"), rows, "Words of the CRM"), sub=sub, id="words")


def tracks(found: Sequence[Row]) -> Piece:
    """Billing and returns, which run beside the stage."""
    rows = [
        row([words.words(t["track"]), html.Span(words.words(t["state"]), className="strong"), t["means"]])
        for t in found
    ]
    sub = "Money and returns run beside the stage, each with its own states."
    return card("Beside the stage", table(("Track", "State", "What it means"), rows, "Tracks"), sub=sub, id="tracks")


def changes(found: Sequence[Row]) -> Piece:
    """What was changed in the list, newest first."""
    rows = [row([str(c["version"]), html.Span(str(c["date"]), className="num"), c["what"]]) for c in found]
    sub = "Whoever changes an owner or a meaning counts the version up and says why."
    return card(
        "Changes", table(("Version", "Date", "What changed"), rows, "Changes of this list"), sub=sub, id="changes"
    )
