"""The manual inside the product: one chapter per page, and the glossaries of events and SLAs."""

from pathlib import Path

from dash import dcc, html

from dashboards import guard, parts
from dashboards.parts import Piece, aria

CHAPTERS = {
    "blocked": "Blocked orders",
    "order": "An order",
    "ledger": "Where an order stands",
    "identity": "Why events are one order",
    "inventory": "Inventory",
    "purchases": "Purchase orders",
    "unmatched": "Unmatched events",
    "states": "States and owners",
    "slas": "SLAs",
    "mine": "My exceptions",
    "events": "Events",
    "sla-list": "The SLAs, one by one",
    "rules": "Rules",
    "findings": "What can be found wrong",
    "vendors": "Connecting vendors",
    "settings": "Settings",
    "commands": "Commands",
}
FOLDER = Path(__file__).parents[1] / "help"


def register() -> None:
    """The page."""
    guard.page("manual", layout, path_template="/help/<topic>", name="Help", title="Help · Orderscope", order=98)


async def layout(topic: str = "", **_query: str) -> Piece:
    """A chapter, and the way to the others."""
    if topic not in CHAPTERS:
        return guard.refusal(
            "There is no such chapter",
            "The manual has: " + ", ".join(CHAPTERS.values()) + ".",
            "/help/blocked",
            "Begin with Blocked orders",
        )
    links = [
        dcc.Link(name, href=f"/help/{t}", className="strong" if t == topic else "") for t, name in CHAPTERS.items()
    ]
    text = (FOLDER / f"{topic}.md").read_text(encoding="utf-8")
    return html.Div(
        [
            parts.page_head("Help", CHAPTERS[topic]),
            html.Nav(links, className="jump", **aria(label="Chapters")),
            chapter(text),
        ]
    )


def chapter(text: str) -> Piece:
    """The Markdown of a chapter, which is ours; no data goes through Markdown."""
    return html.Section(dcc.Markdown(text, className="prose"), className="card")
