"""Rules: what is in force and where it comes from, what is left out and why; one rule whole, and the way to change it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, unquote

import dash_mantine_components as dmc
from dash import Input, Output, State, callback, dcc, html

from dashboards import context, guard, parts, rule, rule_editor, rule_trial, words
from dashboards.context import Row
from dashboards.parts import Piece, aria, chip, row, table, tile

ORIGINS = {"catalogue": ("Catalogue", "low"), "published": ("Published", "medium"), "file": ("File", "high")}
HEAD = ("Rule", "Kind", "Over", "Target", "Severity", "Owner", "Comes from", "Running", "Missed", "Open")
_RIGHT = (7, 8, 9)


def register() -> None:
    """The list, the page of one, the page of a new one, and their callbacks."""
    about: Row = {"path": "/rules", "name": "Rules", "title": "Rules · Orderscope", "icon": "list-checks"}
    guard.page("rules", layout, order=11, nav=True, **about)
    guard.page("rule-new", fresh, path="/rules/new", name="New rule", title="New rule · Orderscope", order=95)
    guard.page("rule", inside, path_template="/rules/<id>", name="Rule", title=title, order=96)
    callbacks()
    rule_editor.callbacks()
    rule_trial.callbacks()


def title(id: str = "") -> str:
    """The words on the browser's tab."""
    return f"{unquote(id)} · Orderscope"


def look() -> tuple[list[Row], list[Row]]:
    """Every rule in force, and what is left out."""
    rules = context.here().rules
    return (rules.listed(), rules.notes()) if rules else ([], [])


async def layout(**_query: str) -> Piece:
    """The list."""
    found, notes = await context.asked(look)
    new = [dcc.Link("Write a rule", href="/rules/new", className="strong")] if guard.acts() and found else []
    return html.Div(
        [
            parts.page_head("Rules", sub(found), new),
            html.Div(faults(notes), id="rules-notes"),
            html.Div(tiles(found, notes), className="tiles", id="rules-tiles"),
            html.Section([filters(found), html.Div(listing(found), id="rules-rows")], className="card"),
        ],
        className="stack-page",
    )


async def fresh(**_query: str) -> Piece:
    """A page to write a new rule on."""
    if context.here().rules is None:
        return rule.nothing()
    return html.Div(
        [
            parts.page_head("New rule", "Begin with an id that no rule has. Nothing is in force before it is published.", [back()]),
            rule_editor.editor(rule_editor.TEMPLATE, 0, ""),
        ],
        className="stack-page",
    )  # fmt: skip


async def inside(id: str = "", **_query: str) -> Piece:
    """The page of one."""
    return await rule.page(unquote(id), back())


def back() -> Piece:
    """The way to all of them."""
    return dcc.Link("All rules", href="/rules", className="strong")


def sub(found: Sequence[Row]) -> str:
    """How many, of how many kinds."""
    kinds = len({one["kind"] for one in found})
    return f"{words.count(len(found), 'rule')} of {words.count(kinds, 'kind')}. A rule says when something goes wrong; files win over what was published here, and that over the catalogue."


def faults(notes: Sequence[Row]) -> list[Piece]:
    """What is left out; the rule before stays in force."""
    lines = [html.Li([place(n), f" {n['what']}. {n['mend']}"]) for n in notes]
    told = [
        html.Strong("Left out, because it has a fault. What was in force before still is."),
        html.Ul(lines, className="reasons-plain"),
    ]
    return [parts.callout(told, "critical")] if notes else []


def place(note: Row) -> Piece:
    """Where a fault stands; of a publication, with the way to mend it or to take it back."""
    said, (origin, _, id) = f"{note['file']}:{note['line']}", note["file"].partition(" ")
    link = dcc.Link(said, href=f"/rules/{quote(id, safe='')}") if origin == "published" else said
    return html.Span(link, className="mono")


def tiles(found: Sequence[Row], notes: Sequence[Row]) -> list[Piece]:
    """What to look at first."""
    own = sum(one["origin"] != "catalogue" for one in found)
    changed = sum(bool(one["settings"]) for one in found)
    off = sum(not one["enabled"] for one in found)
    opened = sum({one["code"]: one["open_cases"] for one in found}.values())
    return [
        tile("Open exceptions", f"{opened:,}", "raised by these rules", "high" if opened else "ok", "inbox"),
        tile("Of this installation", f"{own}", f"published or in files, of {len(found)}", "", "user"),
        tile("Changed by settings", f"{changed}", f"{off} switched off" if off else "none switched off", "", "list-checks"),
        tile("Faults", f"{len(notes)}", "left out until they are mended", "critical" if notes else "ok", "octagon-alert"),
    ]  # fmt: skip


def filters(found: Sequence[Row]) -> Piece:
    """What the list can be narrowed down to."""
    kinds = sorted({one["kind"] for one in found})
    return html.Div(
        [
            dmc.TextInput(id="rules-q", placeholder="Id, code, title or owner", leftSection=parts.icon("search"), size="sm", debounce=200, **aria(label="Id, code, title or owner")),
            dmc.MultiSelect(id="rules-kind", placeholder="Kind", data=[{"value": k, "label": kind(k)} for k in kinds], value=[], clearable=True, size="sm", **aria(label="Kind")),
            dmc.MultiSelect(id="rules-origin", placeholder="Comes from", data=[{"value": k, "label": v[0]} for k, v in ORIGINS.items()], value=[], clearable=True, size="sm", **aria(label="Comes from")),
            html.Span(words.count(len(found), "rule"), id="rules-count", className="muted num", role="status"),
        ],
        className="filters",
    )  # fmt: skip


def listing(found: Sequence[Row]) -> Piece:
    """The rules as a table."""
    if not found:
        return parts.empty("No rule here", "Take a filter away to see more.", "list-checks")
    return table(HEAD, [one(r) for r in found], "Rules", right=_RIGHT, wide=True)


def one(r: Row) -> Piece:
    """One rule."""
    dues = r["dues"] or {}
    name = [
        dcc.Link(f"{r['id']} {r['title']}", href=f"/rules/{quote(r['id'], safe='')}", className="strong"),
        html.Div(r["code"], className="mono muted"),
    ]
    return row(
        [
            html.Div(name), kind(r["kind"]), r["over"], target(r), parts.severity(r["severity"]) if r["severity"] else "–",
            r["owner"], origin(r), number(dues.get("running")), number(dues.get("breached")),
            number(r["open_cases"]),
        ],
        right=_RIGHT, className="" if r["enabled"] else "muted",
    )  # fmt: skip


def kind(name: str) -> str:
    """What people call a kind."""
    return {"slo": "Objective"}.get(name) or words.words(name)


def target(r: Row) -> Piece:
    """By what it goes, on which clock, and how often it is overridden."""
    clock = {"E": "elapsed", "B": "business time", "C": "by the cut-off", "W": "after the next file"}.get(
        r["clock"] or ""
    )
    more = [clock or "", words.count(r["overrides"], "override") if r["overrides"] else ""]
    said = html.Div(", ".join(m for m in more if m), className="muted small")
    return html.Div(
        [words.words(r["target"]) if r["target"] and not r["target"][0].isdigit() else r["target"] or "–", said]
    )


def origin(r: Row) -> Piece:
    """Where it comes from, what it replaces, and what the settings change."""
    text, tone = ORIGINS[r["origin"]]
    notes = [f"instead of {', '.join(r['replaces'])}"] if r["replaces"] else []
    notes += [f"settings change {', '.join(c['field'] for c in r['settings'])}"] if r["settings"] else []
    notes += [] if r["enabled"] else ["switched off"]
    return html.Div([chip(text, tone), html.Div("; ".join(notes), className="muted small") if notes else None])


def number(n: int | None) -> Piece:
    """A count; nothing where none is kept."""
    return html.Span(f"{n:,}" if n is not None else "–", className="num" if n else "num muted")


def chosen(found: Sequence[Row], q: str, kinds: Sequence[str], origins: Sequence[str]) -> list[Row]:
    """Those that match."""
    said = q.strip().lower()
    return [
        one for one in found
        if said in " ".join((one["id"], one["code"], one["title"], one["owner"])).lower()
        and one["kind"] in (kinds or [one["kind"]]) and one["origin"] in (origins or [one["origin"]])
    ]  # fmt: skip


def callbacks() -> None:
    """Rows by filter, and anew each minute."""

    @callback(
        Output("rules-rows", "children"), Output("rules-count", "children"), Output("rules-notes", "children"), Output("rules-tiles", "children"),
        Input("rules-q", "value"), Input("rules-kind", "value"), Input("rules-origin", "value"), Input("minute", "n_intervals"),
        State("rules-q", "id"), prevent_initial_call=True,
    )  # fmt: skip
    async def fetch(q: str | None, kinds: Any, origins: Any, *_: Any) -> Any:
        found, notes = await context.asked(look)
        some = chosen(found, q or "", kinds or [], origins or [])
        return listing(some), words.count(len(some), "rule"), faults(notes), tiles(found, notes)
