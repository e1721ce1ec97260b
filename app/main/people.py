"""`orderscope user …` and `orderscope token …`: who may come in. Both work beside a running server."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from app.cases import Store

users = typer.Typer(no_args_is_help=True, help="People who sign in.")
tokens = typer.Typer(no_args_is_help=True, help="Tokens of systems and scripts.")
Config = Annotated[str, typer.Option("--config", help="The configuration file.", envvar="ORDERSCOPE_CONFIG")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def _store(config: str) -> "Store":
    from app.cases import Store
    from app.settings import load

    settings = load(config or None)
    settings.data.mkdir(parents=True, exist_ok=True)
    return Store(settings.workflow_url())


def _told(said: dict[str, Any], as_json: bool, text: str) -> None:
    print(json.dumps(said) if as_json else text)


@users.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="The name to sign in with.")],
    role: Annotated[str, typer.Option(help="operations, executive or owner.")],
    title: Annotated[str, typer.Option(help="How pages call the person.")] = "",
    team: Annotated[str, typer.Option(help="The team whose exceptions are theirs.")] = "",
    owner: Annotated[list[str], typer.Option(help="Further owner names whose exceptions are theirs.")] = [],  # noqa: B006
    password_stdin: Annotated[bool, typer.Option(help="Read a password from standard input.")] = False,
    config: Config = "",
    as_json: Json = False,
) -> None:
    """Add a person; prints a link that signs them in once.

    Example: orderscope user add ana --role owner --team order-desk
    """
    from app.settings import load
    from app.web.auth.links import link
    from app.web.auth.people import Person, add_person

    store = _store(config)
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    add_person(store, Person(name, role, title, team, tuple(owner), password))
    if password is not None:
        _told({"name": name}, as_json, f"{name} may sign in with that password.")
        return
    path = link(store, name, load(config or None).auth.link_minutes)
    _told({"name": name, "link": path}, as_json, f"{name} may sign in once with {path} behind the server's address.")


@users.command("link")
def sign_in_link(name: str, config: Config = "", as_json: Json = False) -> None:
    """A new link that signs a person in once.

    Example: orderscope user link ana
    """
    from app.settings import load
    from app.web.auth.links import link

    path = link(_store(config), name, load(config or None).auth.link_minutes)
    _told({"name": name, "link": path}, as_json, path)


@users.command("list")
def list_users(config: Config = "", as_json: Json = False) -> None:
    """Everybody, with role and team.

    Example: orderscope user list
    """
    from app.web.auth.people import people

    _listed(people(_store(config)), ("name", "title", "roles", "team", "disabled"), as_json)


@users.command("disable")
def disable_user(name: str, config: Config = "") -> None:
    """Sign a person out and keep them out.

    Example: orderscope user disable ana
    """
    from app.web.auth.people import disable_person

    disable_person(_store(config), name)
    print(f"{name} can no longer sign in.")


@users.command("enable")
def enable_user(name: str, config: Config = "") -> None:
    """Let a person in again who was disabled.

    Example: orderscope user enable ana
    """
    from app.web.auth.people import enable_person

    enable_person(_store(config), name)
    print(f"{name} can sign in again.")


@tokens.command("add")
def add_token(
    name: Annotated[str, typer.Option(help="What the token is for.")],
    scope: Annotated[
        list[str], typer.Option(help="ingest:SOURCE, ingest:*, backfill, read, act or admin; several times.")
    ],
    config: Config = "",
    as_json: Json = False,
) -> None:
    """Add a token; its secret is printed once.

    Example: orderscope token add --name edi --scope ingest:erp.main
    """
    from app.web.auth.tokens import add_token as new_token

    secret = new_token(_store(config), name, scope)
    _told({"token": secret}, as_json, secret)


@tokens.command("list")
def list_tokens(config: Config = "", as_json: Json = False) -> None:
    """Every token with its scopes and last use.

    Example: orderscope token list
    """
    from app.web.auth.tokens import tokens as every_token

    _listed(every_token(_store(config)), ("name", "scopes", "disabled", "last_used_at"), as_json)


@tokens.command("disable")
def disable_token(name: str, config: Config = "") -> None:
    """Refuse a token from now on.

    Example: orderscope token disable edi
    """
    from app.web.auth.tokens import disable_token as end_token

    end_token(_store(config), name)
    print(f"{name} is refused from now on.")


def _listed(rows: list[dict[str, Any]], columns: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        print(json.dumps(rows, default=str))
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(
            *[
                ", ".join(v) if isinstance(v := row.get(column), list) else str(v if v is not None else "")
                for column in columns
            ]
        )
    Console(width=None if sys.stdout.isatty() else 160).print(table)
