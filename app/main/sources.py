"""`orderscope source …`: the systems that send, and how the feeds of those that are fetched stand."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

sources = typer.Typer(no_args_is_help=True, help="Systems that send or are fetched.")
_COLUMNS = ("source", "collector", "pull", "last_success_at", "position", "accepted", "rejected", "last_error")


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
        table.add_row(*[_shown(row.get(column)) for column in _COLUMNS])
    Console(highlight=False).print(table)


def _shown(value: object) -> str:
    """A cell; what a server said is text and no markup."""
    return "" if value in (None, {}) else escape(json.dumps(value) if isinstance(value, dict) else str(value))
