"""The editor of a rule: its text with line numbers, faults as one types, its examples, and publishing with a comment."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, callback, clientside_callback, dcc, html, no_update

from app.errors import BadInput, OrderscopeError
from dashboards import context, guard, parts, rule_trial
from dashboards.browser import clientside
from dashboards.context import Row
from dashboards.parts import Piece, aria, button, card, chip

#: Where a new rule begins: complete, so that only what differs is written.
TEMPLATE = """\
rules:
- id: H01
  version: 1
  code: pick_overdue
  title: Picked after the warehouse took the order
  kind: deadline
  over: fo
  start: fulfillment.acknowledged
  stop: [pick.confirmed, shipment.dispatched]
  void: [fulfillment.cancelled, order.cancelled]
  clock: B
  calendar: node
  target: 6h
  severity: medium
  owner: partner
  runbook: >
    The warehouse has taken the order and has not picked it. Ask its desk whether goods are missing or the wave is late.
  examples:
  - story: |
      2026-11-02 09:00 3pl.west fulfillment.acknowledged so=1 fo=1-1 partner=3pl.west
    now: 2026-11-02 15:01
    state: breached
  - story: |
      2026-11-02 09:00 3pl.west fulfillment.acknowledged so=1 fo=1-1 partner=3pl.west
      +6h              3pl.west pick.confirmed           so=1 fo=1-1 partner=3pl.west
    now: 2026-11-03 09:00
    state: met
"""
_FONT = {
    "fontFamily": "ui-monospace, Menlo, Consolas, monospace",
    "fontSize": ".8125rem",
    "lineHeight": "1.5",
    "whiteSpace": "pre",
    "overflowX": "auto",
}


def editor(text: str, seen: int, id: str, origin: str = "", where: str = "") -> Piece:
    """The text with everything that can be done with it; `seen` is the number of what is published of it, 0 for nothing."""
    how = (
        "Faults stand below as you type, with their lines. Try the rule on what is stored before you publish it: nothing is "
        "written by that. A version counts for clocks that begin after it was published; the first one of a rule for all."
    )
    box = dmc.Textarea(
        id="rule-text", value=text, spellCheck=False, styles=sized(text.count("\n") + 1),
        className="code", **aria(label="The rule as YAML"),
    )  # fmt: skip
    numbers = html.Pre(numbered(text), id="rule-lines", className="lines", **aria(hidden="true"))
    return card(
        "As it is written" if id else "Its text", html.P(how, className="muted small"),
        html.Div([numbers, box], className="editor"), html.Div(id="rule-said", role="status", **aria(live="polite")),
        rule_trial.controls(), publishing(id, origin, bool(seen)), dcc.Store(id="rule-seen", data=seen),
        dcc.Store(id="rule-id", data=id), dcc.Store(id="rule-rested"), dcc.Store(id="rule-read"), sub=where, id="rule-editor",
    )  # fmt: skip


def numbered(text: str) -> str:
    """The numbers of its lines, each on its own."""
    return "\n".join(str(n + 1) for n in range(text.count("\n") + 1))


def sized(lines: int) -> Row:
    """The font of the text, and the height of so many lines."""
    return {"input": _FONT | {"height": f"calc({max(lines, 12)} * 1.21875rem + 34px)"}}


def publishing(id: str, origin: str, published: bool) -> Piece:
    """Comment and buttons, for whoever may publish; why not, for the others."""
    shown = guard.publishes() and origin != "file"
    if origin == "file":
        note = "This rule stands in a file. Files win, so it is changed there."
    else:
        note = "" if shown else "Publishing is for the role `operations`."
    hide, back = ({} if one else {"display": "none"} for one in (shown, guard.publishes() and published))
    why = {} if shown or not back else {"display": "none"}
    return html.Div(
        [
            html.H3("Put it in force"), html.P(note, className="muted small") if note else None,
            dmc.TextInput(id="rule-comment", label="What changes and why", description="Needed to publish or withdraw; it stays in the history.", style=why),
            dmc.Group(
                [
                    button("Publish", "rule-publish", "check", True, disabled=True, style=hide),
                    button("Withdraw what was published", "rule-withdraw", "rotate-ccw", style=back),
                ],
                gap="sm", mt="sm",
            ),
            html.Div(id="rule-result", role="status"),
        ],
        className="below publishing",
    )  # fmt: skip


def said_of(found: Row) -> Piece:
    """What is wrong, what is in the way of publishing, and how the examples turn out."""
    if found["faults"]:
        return html.Div(
            [chip(f"{len(found['faults'])} wrong", "critical"), listed(found["faults"])], className="verdict"
        )
    marks = [
        chip(f"Reads: {', '.join(found['rules'])}", "ok"),
        chip(f"{len(found['examples'])} examples turn out so", "ok"),
    ]
    return html.Div([html.Div(marks, className="marks"), listed(found["publishing"])], className="verdict")


def listed(faults: Sequence[Row]) -> Piece:
    """Faults with their lines."""
    lines = [
        html.Li([html.Span(f"line {f['line']}", className="mono strong"), f" {f['what']}. {f['mend']}"]) for f in faults
    ]
    return html.Ul(lines, className="reasons-plain") if lines else None


def examine(text: str) -> Row:
    """What is to be said of a text."""
    rules = context.here().rules
    return rules.examined(text) if rules else {"faults": [], "publishing": [], "rules": [], "examples": []}


def read(text: str, found: Row) -> Row:
    """What the buttons go by: whether this very text can be published, but for a comment, and whether it can be tried."""
    sound = not found["faults"] and len(found["rules"]) == 1
    return {"text": text, "try": sound, "publish": sound and not found["publishing"]}


def publish(text: str, comment: str, seen: int | None) -> tuple[Piece, Row | None]:
    """Publish in the person's name; what came of it, and the rule if it did. A failure is said, never raised."""
    try:
        who, rules = guard.publishing(), context.here().rules
        assert rules is not None
        done = rules.publish(text, comment, who, "web", seen)
    except BadInput as fault:
        faults: Any = fault.extra.get("faults")
        return parts.callout(listed(faults) if faults else f"{fault.detail} {fault.mend}", "critical"), None
    except OrderscopeError as fault:
        return parts.callout(f"{fault.detail} {fault.mend}".strip(), "critical"), None
    return published(f"{done['id']} is in force as version {done['rule_version']}.", done["id"]), done


def withdraw(id: str, comment: str, seen: int | None) -> tuple[Piece, Row | None]:
    """Take back what was published, in the same way."""
    try:
        who, rules = guard.publishing(), context.here().rules
        assert rules is not None
        done = rules.withdraw(id, comment, who, "web", seen)
    except OrderscopeError as fault:
        return parts.callout(f"{fault.detail} {fault.mend}".strip(), "critical"), None
    left = f"the rule of the {done['origin']} is in force again" if done["origin"] else "there is no such rule any more"
    return published(f"{id} was taken back: {left}.", id if done["origin"] else ""), done


def published(text: str, id: str) -> Piece:
    """It is done, and where to see it."""
    link = html.A("See the rule", href=f"/rules/{id}") if id else html.A("See all rules", href="/rules")
    return parts.callout([html.Strong(text), " Orders are judged again in the background. ", link], "ok")


def callbacks() -> None:
    """Numbers, faults as one types, publishing."""
    clientside_callback(
        clientside("lines"),
        Output("rule-lines", "children"),
        Output("rule-text", "styles"),
        Input("rule-text", "value"),
        State("rule-text", "styles"),
    )

    clientside_callback(clientside("rested"), Output("rule-rested", "data"), Input("rule-text", "value"))
    clientside_callback(
        clientside("unready"),
        Output("rule-publish", "disabled"),
        Output("rule-try", "disabled"),
        Output("rule-withdraw", "disabled"),
        Input("rule-text", "value"),
        Input("rule-comment", "value"),
        Input("rule-read", "data"),
    )

    @callback(
        Output("rule-said", "children"),
        Output("rule-read", "data"),
        Input("rule-rested", "data"),
        prevent_initial_call=True,
    )
    async def examined(text: str | None) -> Any:
        guard.acting()
        found = await context.asked(examine, text or "")
        return said_of(found), read(text or "", found)

    done_ = [
        Output("rule-result", "children", allow_duplicate=True), Output("rule-seen", "data", allow_duplicate=True),
        Output("rule-id", "data", allow_duplicate=True), Output("rule-comment", "value", allow_duplicate=True),
        Output("rule-withdraw", "style", allow_duplicate=True),
    ]  # fmt: skip

    @callback(
        *done_, Input("rule-publish", "n_clicks"), State("rule-text", "value"), State("rule-comment", "value"),
        State("rule-seen", "data"), prevent_initial_call=True,
    )  # fmt: skip
    async def put(clicks: int | None, text: str | None, comment: str | None, seen: int | None) -> Any:
        if not clicks:
            return (no_update,) * len(done_)
        return after(*await context.asked(publish, text or "", comment or "", seen))

    @callback(
        *done_, Input("rule-withdraw", "n_clicks"), State("rule-id", "data"), State("rule-comment", "value"),
        State("rule-seen", "data"), prevent_initial_call=True,
    )  # fmt: skip
    async def take_back(clicks: int | None, id: str | None, comment: str | None, seen: int | None) -> Any:
        if not clicks or not id:
            return (no_update,) * len(done_)
        return after(*await context.asked(withdraw, id, comment or "", seen))


def after(told: Piece, done: Row | None) -> tuple[Any, ...]:
    """What the editor knows when something was done: what is published now, of which rule; the comment was for that."""
    if done is None:
        return told, *(no_update,) * 4
    seen = done.get("seen") or 0
    return told, seen, done["id"], "", {} if seen else {"display": "none"}
