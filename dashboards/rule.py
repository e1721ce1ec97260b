"""One rule whole: as it is written, what to do about it, its examples and how they turn out, where it comes from."""

from collections.abc import Sequence
from typing import Any

from dash import html

from app.errors import NotFound
from dashboards import context, guard, parts, rule_editor, words
from dashboards.context import Row
from dashboards.parts import Piece, aria, card, chip, row, table

FROM = {"catalogue": "the catalogue", "published": "a publication here", "file": "a file of this installation"}
STATES = {"met": "ok", "breached": "critical", "running": "medium", "void": "low"}
#: What stands elsewhere on the page, or says nothing to a reader.
_SHOWN = ("id", "title", "runbook", "override", "kind", "version", "code", "owner", "severity")


def nothing() -> Piece:
    """Where there are no rules at all."""
    return html.Section(
        parts.empty("This server judges by no rules", "Ask the one with the engine.", "list-checks"), className="card"
    )


def look(id: str) -> Row | None:
    """The rule as it is. Raises NotFound."""
    rules = context.here().rules
    return rules.one(id) if rules else None


async def page(id: str, back: Piece) -> Piece:
    """The page of one."""
    try:
        said = await context.asked(look, id)
    except NotFound as fault:
        text = f"{fault.detail} It may have been withdrawn."
        return html.Section([parts.empty("No such rule", text, "list-checks"), back], className="card")
    if said is None:
        return nothing()
    if said["origin"] is None:
        return away(said, back)
    return html.Div([head(said, back), html.Div(body(said), id="rule-body", className="stack")], className="stack-page")


def away(said: Row, back: Piece) -> Piece:
    """The page of a publication that is left out: why, its text to mend or take back, and its history."""
    heading = parts.page_head(f"{said['id']} is left out", "It was published here and is not in force.", [back])
    told = [left_out(said), written(said), history(said["history"])]
    return html.Div([heading, html.Div(told, id="rule-body", className="stack")], className="stack-page")


def left_out(said: Row) -> Piece:
    """Why what was published of this rule is not in force."""
    if not said["left_out"]:
        return None
    lines = [html.Li(f"line {n['line']}: {n['what']}. {n['mend']}") for n in said["left_out"]]
    told = html.Strong(
        "What was published of this rule does not fit any more and is left out. Publish it anew, or withdraw it."
    )
    return parts.callout([told, html.Ul(lines, className="reasons-plain")], "critical")


def head(said: Row, back: Piece) -> Piece:
    """Id, title and state."""
    marks = [
        parts.severity(said["severity"]) if said["severity"] else None,
        None if said["enabled"] else chip("Switched off", "low"),
    ]
    heading = html.H1([f"{said['id']} ", said["title"], " ", *marks])
    sub = f"{words.words(said['kind'])} over {said['over']} · {said['code']} · version {said['version']}, from {FROM[said['origin']]}"
    return parts.page_head(heading, sub, [back])


def body(said: Row) -> list[Piece]:
    """Everything below the head."""
    found = [
        left_out(said), wins(said), figures(said), card("What to do", html.P(said["runbook"], className="wrap")), facts(said),
        overrides(said["said"].get("override") or []), examples(said["examples"]), written(said), versions(said["versions"]),
        history(said["history"]),
    ]  # fmt: skip
    return [one for one in found if one is not None]


def wins(said: Row) -> Piece:
    """What this rule replaces, and why it cannot be changed here where a file has it."""
    if said["origin"] == "file":
        return parts.callout(
            f"This rule stands in {said['layers'][-1]['file']}. Files win over what is published here: change it there."
        )
    if said["replaces"]:
        return parts.callout(
            f"This rule was published here and is in force instead of that of {FROM[said['replaces'][-1]]}."
        )
    return None


def figures(said: Row) -> Piece:
    """What it has on its hands."""
    dues = said["dues"]
    cells: list[tuple[str, Any]] = [(f"Open exceptions: {words.words(said['code'])}", f"{said['open_cases']:,}")]
    names = (("Running", "running"), ("Missed", "breached"), ("Met", "met"), ("Void", "void"))
    cells += [(text, f"{dues[name]:,}") for text, name in names] if dues else []
    cells += [("Condition cannot be told of", f"{said['unknown']:,}")] if said["unknown"] else []
    return card("On its hands", parts.fields(cells), waiting(said), sub="Clocks of all time." if dues else "")


def waiting(said: Row) -> Piece:
    """The worst of its open exceptions."""
    rows = [
        row(
            [
                parts.severity(one["severity"]), parts.order_link(one["order_id"], one["so"]) if one["order_id"] else "–",
                html.Span(words.bare(one["subject"]), className="mono"), words.system(one["partner"]) if one["partner"] else "–",
                words.instant(one["due_at"]), one["owner"] or "–", parts.status(one["status"]),
            ]
        )
        for one in said["open"]
    ]  # fmt: skip
    head = ("", "Order", "What", "Partner", "Since", "Owner", "State")
    return html.Div(table(head, rows, "Open exceptions"), className="below") if rows else None


def facts(said: Row) -> Piece:
    """Its words, those first that the settings have changed."""
    told = {k: v for k, v in said["said"].items() if k not in _SHOWN and v not in (None, "", [], {}, False)}
    pairs = [(words.words(k), html.Span(value(v), className="mono")) for k, v in told.items()]
    changes = [
        html.Li([html.Strong(words.words(c["field"])), f": {value(c['to']) or 'nothing'} instead of {value(c['from']) or 'nothing'}"])
        for c in said["settings"]
    ]  # fmt: skip
    owned = [("Owner", said["owner"]), ("Rule version", html.Span(said["rule_version"], className="mono"))]
    below = (
        [
            html.P("The settings of this installation change:", className="small strong below"),
            html.Ul(changes, className="reasons-plain"),
        ]
        if changes
        else []
    )
    return card("What it says", parts.fields([*owned, *pairs]), *below)


def value(said: Any) -> str:
    """A value in a line."""
    if isinstance(said, dict):
        return ", ".join(f"{k} {value(v)}" for k, v in said.items() if v not in (None, "", [], {}))
    if isinstance(said, list):
        return ", ".join(several(one) if isinstance(one, dict) else value(one) for one in said)
    return str(said if said is not None else "")


def several(said: Row) -> str:
    """One of several parts: what it names alone, or all that it says."""
    told = [v for v in said.values() if v not in (None, "", [], {})]
    return value(told[0]) if len(told) == 1 else f"({value(said)})"


def overrides(found: Sequence[Row]) -> Piece:
    """Other values for some; the first that matches wins for each value by itself."""
    if not found:
        return None
    rows = [row([value(one["when"]), value({k: v for k, v in one.items() if k != "when"})]) for one in found]
    return card(
        "Overrides",
        table(("When", "Then"), rows, "Overrides"),
        sub="The first that matches wins, for each value by itself.",
    )


def examples(found: Sequence[Row]) -> Piece:
    """What it means: stories with their outcomes."""
    return card(
        "Examples",
        html.Div([example(n, one) for n, one in enumerate(found, 1)], className="examples"),
        id="rule-examples",
    )


def example(n: int, one: Row) -> Piece:
    """One story: what happened, when one looks, and what must be said of it."""
    wrong = html.P(f"It {one['fault']}", className="late small") if one["fault"] else None
    due = f", due {one['due']}" if one["due"] else ""
    mark = chip("Turns out otherwise", "critical") if one["fault"] else chip("Turns out so", "ok")
    return html.Div(
        [
            html.H3([f"Example {n}: ", chip(words.words(one["state"]), STATES.get(one["state"], "low")), " ", mark]),
            html.P(f"Looked at {one['now']}{due}", className="muted small"),
            html.Pre(one["text"], className="raw", tabIndex=0, **aria(label=f"Example {n}")), wrong,
        ],
        className="example",
    )  # fmt: skip


def written(said: Row) -> Piece:
    """The text, or the editor for whoever may try or publish."""
    layers = said["layers"] if said["origin"] in ("catalogue", "file") else []
    where = f"{layers[-1]['file']}, line {layers[-1]['line']}" if layers else "published here"
    if guard.acts():
        return rule_editor.editor(said["text"], said["seen"], said["id"], said["origin"] or "", where)
    return card(
        "As it is written", html.Pre(said["text"], className="raw", tabIndex=0, **aria(label="YAML")), sub=where
    )


def versions(found: Sequence[Row]) -> Piece:
    """Which version counts from when."""
    if not found:
        return None
    rows = [
        row([html.Span(one["rule_version"], className="mono"), words.instant(one["valid_from"]) if one["valid_from"] else "always", words.instant(one["loaded_at"])])
        for one in found
    ]  # fmt: skip
    sub = "A clock goes by the version that was in force when it began, to its end."
    return card("Versions in force", table(("Version", "For starts from", "Loaded"), rows, "Versions"), sub=sub)


def history(found: Sequence[Row]) -> Piece:
    """What was published: by whom, why, and what it changed."""
    if not found:
        return None
    return card("Published here", html.Ol([published(one) for one in found], className="moves"), id="rule-history")


def published(one: Row) -> Piece:
    """One publication."""
    did = "Taken back" if one["withdrawn"] else f"Published as version {one['version']}"
    lines = [
        html.Span(f"{line}\n", className={"+": "added", "-": "removed"}.get(line[:1], "around"))
        for line in one["change"]
    ]
    change = html.Details([html.Summary("What changed"), html.Pre(lines, className="raw change")]) if lines else None
    return html.Li(
        [
            html.Div(did, className="t"), html.Div(f"{words.instant(one['at'], True)} · {one['author']} · {one['via']}", className="m"),
            html.Div(one["comment"], className="d"), change,
        ],
        className="warn" if one["withdrawn"] else "brand",
    )  # fmt: skip
