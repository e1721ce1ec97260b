"""`orderscope source …`: how each system that sends stands, from the running server or from the stores."""

import json
import sys
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app import clock
from app.main.people import Config, Json
from app.settings import Settings
from app.settings import load as load_settings

sources = typer.Typer(no_args_is_help=True, help="Systems that send.")
_COLUMNS = (
    "source", "state", "last_seen_at", "watermark", "accepted", "duplicates", "rejected", "late", "unmatched",
    "dead_letters",
)  # fmt: skip


@sources.command("list")
def list_sources(config: Config = "", as_json: Json = False) -> None:
    """Each source with its state, its watermark and what came of what it sent in the last 24 hours; errors of feeds below.

    Example: orderscope source list --json
    """
    found = told(load_settings(config or None))
    if as_json:
        print(json.dumps(found, default=str))
        return
    table = Table()
    for column in _COLUMNS:
        table.add_column(column.replace("_", " "), justify="right" if column in _COLUMNS[4:] else "left")
    for row in found:
        table.add_row(*(escape(str("" if row.get(column) is None else row[column])) for column in _COLUMNS))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    console.print(table if found else "No source is declared, and nothing has been sent yet.")
    for row in (row for row in found if (row["feed"] or {}).get("failing")):
        console.print(f"{row['source']}: {row['feed']['last_error']} ({row['feed']['last_error_at']})", markup=False)


def told(settings: Settings) -> list[dict[str, Any]]:
    """What `GET /api/v1/sources` gives."""
    from app.main.house import opened
    from app.main.remote import Remote

    remote = Remote.running(settings)
    if remote:
        return remote.all("/api/v1/sources")
    with opened(settings) as house:
        return house.reader.sources(clock.instant())
