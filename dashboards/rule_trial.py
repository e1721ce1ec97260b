"""A rule tried on what is stored: a bar while it runs, a way to stop it, and what it would have raised beside what stands."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, callback, dcc, html, no_update

from app import clock
from app.errors import BadInput, NotFound, OrderscopeError
from dashboards import context, guard, parts, words
from dashboards.context import Row
from dashboards.parts import Piece, button, chip, row, table, tile

CHANGES = {"more": ("More", "high"), "less": ("Fewer", "ok"), "same": ("Same", "low")}
_LOOK_MS = 700


def controls() -> Piece:
    """The period, the buttons, the bar and the answer."""
    days = [
        dmc.DateInput(id=f"rule-{name}", label=label, clearable=True, size="sm", valueFormat="YYYY-MM-DD", w=150)
        for name, label in (("from", "Due from"), ("to", "Due before"))
    ]
    return html.Div(
        [
            html.H3("Try it on history"),
            dmc.Group(
                [*days, button("Try", "rule-try", "play"), button("Stop", "rule-stop", "x", style={"display": "none"})],
                gap="sm", align="flex-end",
            ),
            html.Div(id="rule-trial", role="status"), dcc.Store(id="rule-trial-id"),
            dcc.Interval(id="rule-look", interval=_LOOK_MS, disabled=True),
        ],
        className="below trying",
    )  # fmt: skip


def begun(text: str, frm: str | None, to: str | None) -> tuple[str, Piece]:
    """Begin a trial in the person's name; its id, and what to show. A failure is said, never raised."""
    try:
        who, rules = guard.acting(), context.here().rules
        assert rules is not None
        trial = rules.begin(text, day(frm), day(to), who)
    except BadInput as fault:
        return "", parts.callout(fault.detail, "critical")
    except OrderscopeError as fault:
        return "", parts.callout(f"{fault.detail} {fault.mend}".strip(), "critical")
    return trial["id"], bar(trial)


def day(text: str | None) -> datetime | None:
    """The beginning of a day in UTC."""
    return clock.instant(datetime.combine(datetime.fromisoformat(text).date(), time(), UTC)) if text else None


def seen(id: str) -> tuple[Piece, bool]:
    """How far a trial has come, and whether it goes on."""
    rules = context.here().rules
    try:
        trial = rules.trial(id) if rules else None
    except NotFound as fault:
        return parts.callout(f"{fault.detail} {fault.mend}", "critical"), False
    if trial is None:
        return None, False
    running = trial["state"] in ("waiting", "running")
    return (bar(trial) if running else outcome(trial)), running


def stopped(id: str) -> Piece:
    """End a trial in the person's name."""
    try:
        guard.acting()
        rules = context.here().rules
        assert rules is not None
        rules.stop(id)
    except OrderscopeError as fault:
        return parts.callout(f"{fault.detail} {fault.mend}".strip(), "critical")
    return parts.callout("Stopping after the orders that are being judged.")


def bar(trial: Row) -> Piece:
    """How far it has come."""
    share = 100 * trial["done"] / trial["of"] if trial["of"] else 0
    text = f"{trial['done']:,} of {trial['of']:,} orders judged" if trial["of"] else "Waiting for its turn"
    return html.Div(
        [
            dmc.Progress(
                value=share,
                size="lg",
                mt="sm",
                striped=True,
                animated=True,
                **parts.aria(label="Progress of the trial"),
            ),
            html.P(text, className="muted small num"),
        ]
    )


def outcome(trial: Row) -> Piece:
    """What came of it."""
    if trial["state"] == "stopped":
        return parts.callout("Stopped. Nothing was written.")
    if trial["state"] == "failed":
        return parts.callout(f"It could not be tried: {trial['fault']}", "critical")
    return answer(trial["answer"])


def answer(said: Row) -> Piece:
    """Both sides in figures, by partner, and orders that differ."""
    would, stands = said["would"], said["stands"]
    unrated = (
        parts.callout(
            "No declared source sends what would stop this clock, so that it is not rated: silence would prove nothing."
        )
        if not said["rated"]
        else None
    )
    return html.Div(
        [
            unrated,
            html.Div(figures(said), className="tiles"),
            states(would, stands),
            partners(said["partners"]),
            examples(said["examples"]),
        ],
        className="outcome",
    )


def figures(said: Row) -> list[Piece]:
    """The four figures."""
    return [
        tile("Would have raised", f"{said['would']['raised']:,}", f"as of {words.instant(said['as_of'])}"),
        tile("Stands", f"{said['stands']['raised']:,}", "raised by the versions in force"),
        tile("More", f"{said['more']:,}", "that were not raised", "high" if said["more"] else "ok"),
        tile("Fewer", f"{said['less']:,}", "that would not have been", "medium" if said["less"] else "ok"),
    ]  # fmt: skip


def states(would: Row, stands: Row) -> Piece:
    """How the clocks would stand; nothing where the kind keeps none."""
    names = ("met", "breached", "running", "void")
    if not any(side[name] for side in (would, stands) for name in names):
        return None
    rows = [
        row([text, *(f"{side[name]:,}" for name in names)], (1, 2, 3, 4))
        for text, side in (("Would", would), ("Stands", stands))
    ]
    return table(("Clocks", "Met", "Missed", "Running", "Void"), rows, "Clocks by state", right=(1, 2, 3, 4))


def partners(found: Sequence[Row]) -> Piece:
    """The difference by partner."""
    if not found:
        return parts.empty("Nothing would have been raised", "Neither by this rule nor by the one in force.")
    rows = [
        row(
            [partner(one["partner"]), *(f"{one[name]:,}" for name in ("would", "stands", "more", "less"))], (1, 2, 3, 4)
        )
        for one in found
    ]
    return table(("Partner", "Would", "Stands", "More", "Fewer"), rows, "Difference by partner", right=(1, 2, 3, 4))


def partner(code: str) -> str:
    """The name of a partner."""
    return context.here().partners.get(code) or words.system(code) or "None"


def examples(found: Sequence[Row]) -> Piece:
    """The first that differ, each with its order."""
    rows = [
        row(
            [
                chip(*CHANGES[one["change"]]), parts.order_link(one["order_id"], one["so"]) if one["order_id"] else "–",
                html.Span(words.bare(one["subject"]), className="mono"), partner(one["partner"]), words.instant(one["due_at"]),
                words.instant(one["met_at"]) if one["met_at"] else "still open", parts.severity(one["severity"]),
            ]
        )
        for one in found
    ]  # fmt: skip
    return table(("", "Order", "What", "Partner", "Due", "Ended", "Severity"), rows, "Examples") if rows else None


def callbacks() -> None:
    """Beginning, looking again and again, stopping."""
    shown: Row = {}
    hidden: Row = {"display": "none"}

    @callback(
        Output("rule-trial-id", "data"), Output("rule-trial", "children"), Output("rule-look", "disabled"), Output("rule-stop", "style"),
        Input("rule-try", "n_clicks"), State("rule-text", "value"), State("rule-from", "value"), State("rule-to", "value"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def begin(clicks: int | None, text: str | None, frm: str | None, to: str | None) -> Any:
        if not clicks:
            return (no_update,) * 4
        id, told = await context.asked(begun, text or "", frm, to)
        return id, told, not id, shown if id else hidden

    @callback(
        Output("rule-trial", "children", allow_duplicate=True), Output("rule-look", "disabled", allow_duplicate=True), Output("rule-stop", "style", allow_duplicate=True),
        Input("rule-look", "n_intervals"), State("rule-trial-id", "data"), prevent_initial_call=True,
    )  # fmt: skip
    async def look(_: int | None, id: str | None) -> Any:
        if not id:
            return no_update, True, hidden
        told, running = await context.asked(seen, id)
        return told, not running, shown if running else hidden

    @callback(
        Output("rule-trial", "children", allow_duplicate=True), Input("rule-stop", "n_clicks"), State("rule-trial-id", "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def stop(clicks: int | None, id: str | None) -> Any:
        return await context.asked(stopped, id) if clicks and id else no_update
