"""`orderscope source …`: the systems that send, and how the feeds of those that are fetched stand."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

sources = typer.Typer(no_args_is_help=True, help="Systems that send or are fetched.")
_COLUMNS = ("source", "collector", "pull", "last_success_at", "accepted", "rejected")


@sources.command("list")
def list_sources(
    config: Annotated[str, typer.Option("--config", help="The configuration file.", envvar="ORDERSCOPE_CONFIG")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Every declared source; of a fetched one its last success, last error and position.

    Example: orderscope source list --json
    """
    from app.main.standing import standings
    from app.settings import load

    rows = standings(load(config or None))
    if as_json:
        print(json.dumps(rows))
        return
    table = Table(*_COLUMNS)
    for row in rows:
        table.add_row(*[escape(str("" if row.get(column) is None else row[column])) for column in _COLUMNS])
    console = Console(highlight=False)
    console.print(table)
    for row in (row for row in rows if row.get("failing")):
        console.print(f"{row['source']}: {row['last_error']} ({row['last_error_at']})", markup=False)
