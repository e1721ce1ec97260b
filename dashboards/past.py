"""Another time on a page: the control that asks for it, the banner that says so, and what the address carries.

`as_of` is business time: what had happened by then, with all that is known today. `known_at` is arrival: what was known
then, right or wrong. Both stand in the address, so that a view of the past can be sent to somebody.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, clientside_callback, dcc, html

from app import clock
from app.errors import BadInput
from dashboards import words
from dashboards.browser import clientside
from dashboards.context import Row
from dashboards.parts import Piece, aria, button, empty, icon, page_head

MODES = [{"value": "as_of", "label": "What had happened"}, {"value": "known_at", "label": "What we knew"}]
SAYS = {
    "as_of": "What had happened by then, with everything that has become known since.",
    "known_at": "Only what had reached us by then: what people could see at that moment.",
}
QUICK = (("1 hour ago", 1), ("Yesterday", 24), ("A week ago", 168))


@dataclass(frozen=True, slots=True)
class Then:
    """The time that a page is asked about, naive UTC; at least one of the two."""

    as_of: datetime | None = None
    known_at: datetime | None = None

    @property
    def at(self) -> datetime:
        """The moment at which the past is looked at."""
        return self.as_of or self.known_at or clock.instant()

    @property
    def told(self) -> datetime:
        """What people did later is not shown."""
        return min(t for t in (self.as_of, self.known_at) if t)

    @property
    def query(self) -> str:
        """As the end of an address."""
        return "?" + "&".join(f"{name}={value}" for name, value in self.kept().items() if value)

    def kept(self) -> Row:
        """As a store of the page holds it."""
        return {"as_of": text(self.as_of), "known_at": text(self.known_at)}


def then(as_of: str | None = None, known_at: str | None = None, **_other: Any) -> Then | None:
    """The time in an address; None for now. Raises BadInput for what is no time or has not come yet."""
    said = [instant(value) for value in (as_of, known_at)]
    if not any(said):
        return None
    if any(at > clock.instant() for at in said if at):
        raise BadInput("That time has not come yet.", "Choose a moment that has passed.")
    return Then(*said)


def instant(value: str | None) -> datetime | None:
    """A time out of an address. Raises BadInput."""
    try:
        return words.parsed((value or "").replace(" ", "+") if "T" in (value or "") else value)
    except (ValueError, OverflowError):
        raise BadInput(
            f"“{str(value)[:60]}” is no time.", "Write it as 2026-11-19T14:00Z, or use the clock on the page."
        ) from None


def text(at: datetime | None) -> str:
    """An instant as the address carries it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def control(id: str) -> Piece:
    """The button “As of …” with what opens under it; one on a page."""
    name = button("As of…", f"{id}-open", "clock", variant="default")
    quick = [
        dmc.Button(label, id={"type": "then-quick", "hours": hours, "page": id}, variant="light", size="compact-xs")
        for label, hours in QUICK
    ]
    body = dmc.Stack(
        [
            html.Div(dmc.SegmentedControl(id=f"{id}-mode", data=MODES, value="as_of", size="xs", fullWidth=True)),
            html.P(SAYS["as_of"], id=f"{id}-said", className="muted small then-said"),
            dmc.Group(quick, gap=6),
            dmc.DateTimePicker(
                id=f"{id}-at", label="Or at (UTC)", size="sm", clearable=True, valueFormat="YYYY-MM-DD HH:mm", placeholder="Date and time",
                maxDate=clock.instant().strftime("%Y-%m-%d %H:%M:%S"), popoverProps={"withinPortal": False},
            ),
            button("Show", f"{id}-go", primary=True, size="sm"),
        ],
        gap=10,
    )  # fmt: skip
    return dmc.Popover(
        [dmc.PopoverTarget(name), dmc.PopoverDropdown(body)], width=300, position="bottom-end", trapFocus=True, id=f"{id}-pop",
        shadow="md", closeOnClickOutside=True,
    )  # fmt: skip


def banner(said: Then | None) -> Piece:
    """What must not be overlooked: this is not now. Empty for now, so that nothing moves."""
    if said is None:
        return html.Div(className="then none")
    known, happened = words.instant(said.known_at), words.instant(said.as_of)
    if said.as_of and said.known_at:
        what = ["You are looking at ", html.Strong(happened), " UTC as it was known at ", html.Strong(known), " UTC."]
    elif said.as_of:
        what = ["You are looking at ", html.Strong(happened), " UTC, with everything that is known today."]
    else:
        what = ["You are looking at what was known at ", html.Strong(known), " UTC."]
    back = html.A([icon("arrow-right"), "Back to now"], href="?", className="strong", id="then-back")
    sentence: list[Piece] = [*what, " Nothing can be changed here. ", back]
    return html.Div([icon("clock"), html.Div(sentence)], className="callout high then", role="status")


def unheeded() -> Piece:
    """The address names another time, on a page that answers for now only."""
    sentence: list[Piece] = [
        "This page shows how things stand now, whatever time its address names. Orders and their lists can be looked at"
        " another time here, figures by the API. ", html.A([icon("arrow-right"), "Back to now"], href="?", className="strong"),
    ]  # fmt: skip
    return html.Div([icon("clock"), html.Div(sentence)], className="callout high then", role="status")


def refused(title: str, fault: BadInput) -> Piece:
    """The address holds a time that cannot be shown."""
    way = html.Span([fault.mend, " ", html.A("Back to now", href="?")])
    return html.Div(
        [page_head(title, fault.detail), html.Section(empty("No such time", way, "clock"), className="card")]
    )


def making(done: int, total: int, id: str) -> Piece:
    """How far the making of a whole past has come."""
    share = int(100 * done / total) if total else 0
    return html.Div(
        [
            html.Strong("That time is being put together"),
            html.Span(
                f"{done:,} of {words.count(total, 'event')} so far. The list appears by itself.", className="muted"
            ),
            dmc.Progress(value=share, size="sm", w=260, **aria(label="Progress")),
            dcc.Interval(id=f"{id}-retry", interval=1500),
        ],
        className="empty",
        role="status",
    )


def register(id: str) -> None:
    """The browser goes to the address of the chosen time; nothing asks the server."""
    clientside_callback(
        clientside("then"), Output(f"{id}-open", "data-went"),
        Input({"type": "then-quick", "hours": ALL, "page": id}, "n_clicks"), Input(f"{id}-go", "n_clicks"),
        State(f"{id}-mode", "value"), State(f"{id}-at", "value"), State("clock", "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    clientside_callback(
        clientside("mode"), Output(f"{id}-said", "children"), Input(f"{id}-mode", "value"), prevent_initial_call=True
    )
