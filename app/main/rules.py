"""`orderscope rule …` and `orderscope backtest`: rules in force, one whole, the schema, published, tried on history."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.progress import Progress

from app import clock
from app.errors import BadInput, WrongUse
from app.main.people import Config, Json
from app.settings import Settings
from app.settings import load as load_settings
from app.web.answers import plain

rules = typer.Typer(no_args_is_help=True, help="Rules: what is in force, written, published.")
Row = dict[str, Any]
_COLUMNS = ("id", "title", "kind", "over", "target", "severity", "owner", "version", "origin", "open_cases")
_LOOK_SECONDS = 0.2
Comment = Annotated[str, typer.Option("--comment", help="What changes and why.")]


@rules.command("list")
def listed(config: Config = "", as_json: Json = False) -> None:
    """Every rule in force with where it comes from, and below them what is left out and why.

    Example: orderscope rule list
    """
    with _asking(load_settings(config or None)) as ask:
        said = ask("GET", "/rules", None)
    if as_json:
        print(json.dumps(said))
        return
    from app.main.show import table

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    console.print(table("Rules in force", said["items"], _COLUMNS))
    for note in said["notices"]:
        console.print(f"{note['file']}:{note['line']}: {note['what']}. {note['mend']}", markup=False)


@rules.command("show")
def show(
    id: Annotated[str, typer.Argument(help="The id, such as S06.")], config: Config = "", as_json: Json = False
) -> None:
    """One rule as it is written, where it comes from, what the settings change in it, and its history.

    Example: orderscope rule show S06
    """
    with _asking(load_settings(config or None)) as ask:
        said = ask("GET", f"/rules/{quote(id, safe='')}", None)
    if as_json:
        print(json.dumps(said))
        return
    out = Console(highlight=False, soft_wrap=True)
    layer = said["layers"][-1]
    out.print(f"# {said['id']} {said['title']}: {said['origin']}, {layer['file']}:{layer['line']}", markup=False)
    for one in said["settings"]:
        out.print(f"# the settings make `{one['field']}` {one['to']}", markup=False)
    for one in said["history"]:
        did = "taken back" if one["withdrawn"] else f"published as {one['version']}"
        out.print(f"# {one['at']} {did} by {one['author']}: {one['comment']}", markup=False)
    out.print(said["text"].rstrip(), markup=False)


@rules.command("schema")
def schema() -> None:
    """Print the JSON Schema of a file of rules, for editors that check while one writes.

    Example: orderscope rule schema > rules.schema.json
    """
    from rules.published import file_schema

    print(json.dumps(file_schema(), indent=1))


@rules.command("publish")
def publish(
    file: Annotated[Path, typer.Argument(help="A file with one rule.")], comment: Comment, config: Config = "",
    as_json: Json = False,
) -> None:  # fmt: skip
    """Put a rule in force; the catalogue's rule of its id gives way until it is withdrawn.

    Example: orderscope rule publish S06.yaml --comment 'West needs six hours until March'
    """
    with _asking(load_settings(config or None)) as ask:
        said = ask("POST", "/rules", {"text": _text(file), "comment": comment})
    print(json.dumps(said) if as_json else f"{said['id']} is in force as version {said['rule_version']}.")


@rules.command("withdraw")
def withdraw(
    id: Annotated[str, typer.Argument(help="The id of a published rule.")], comment: Comment, config: Config = "",
    as_json: Json = False,
) -> None:  # fmt: skip
    """Take back what was published of a rule; what it had replaced comes into force again.

    Example: orderscope rule withdraw S06 --comment 'West is back to four hours'
    """
    with _asking(load_settings(config or None)) as ask:
        said = ask("POST", f"/rules/{quote(id, safe='')}/withdraw", {"comment": comment})
    now = f"the rule of the {said['origin']} is in force" if said["origin"] else "there is no such rule any more"
    print(json.dumps(said) if as_json else f"{said['id']}: {now}.")


def backtested(settings: Settings, file: Path, frm: datetime | None, to: datetime | None) -> Row:
    """What a rule would have raised, with a bar on standard error; raises BadInput with its faults."""
    said = {"text": _text(file), "from": clock.written(frm), "to": clock.written(to)}
    bar = Progress(console=Console(stderr=True, highlight=False), transient=True)
    with _asking(settings) as ask, bar:
        task = bar.add_task("Judging orders again", total=None)
        trial = ask("POST", "/backtests", said)
        try:
            while trial["state"] in ("waiting", "running"):
                time.sleep(_LOOK_SECONDS)
                trial = ask("GET", f"/backtests/{trial['id']}", None)
                bar.update(task, completed=trial["done"], total=trial["of"] or None)
        except KeyboardInterrupt:
            ask("DELETE", f"/backtests/{trial['id']}", None)
            raise
    if trial["state"] != "done":
        raise BadInput(trial["fault"] or "The trial was stopped.")
    answer: Row = trial["answer"]
    return answer


def compared(said: Row) -> None:
    """A trial as tables: figures, partners, examples."""
    from app.main.show import table

    out = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    would, stands = said["would"], said["stands"]
    out.print(
        f"{said['rule']} {said['rule_version']} would have raised {would['raised']:,}; the version in force raised"
        f" {stands['raised']:,}: {said['more']:,} more, {said['less']:,} fewer, {said['same']:,} the same.", markup=False,
    )  # fmt: skip
    if not said["rated"]:
        out.print("No declared source sends what would stop this clock, so that it is not rated.")
    counted = [{"": name, **side} for name, side in (("would have", would), ("stands", stands))]
    out.print(table("Dues", counted, ("", "met", "breached", "running", "void")))
    out.print(table("By partner", said["partners"], ("partner", "would", "stands", "more", "less")))
    out.print(
        table("Examples", said["examples"], ("change", "so", "subject", "partner", "due_at", "met_at", "severity"))
    )


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise WrongUse(f"{file} cannot be read: {fault}", "Name a file of text with one rule.") from None


@contextmanager
def _asking(settings: Settings) -> Iterator[Callable[[str, str, Row | None], Any]]:
    """Asks the running server of this data directory, or else the stores themselves."""
    from app.main.remote import Remote

    remote = Remote.running(settings)
    if remote:
        yield lambda how, path, said: remote.say(how, f"/api/v1{path}", said)
        return
    with _at_home(settings) as ask:
        yield ask


@contextmanager
def _at_home(settings: Settings) -> Iterator[Callable[[str, str, Row | None], Any]]:
    """The same answers without a server."""
    from app.engine.trials import Trials
    from app.main.backtesting import ruling
    from app.main.house import opened
    from app.main.show import Shown

    trials = Trials()
    with Shown().catching_up() as progress, opened(settings, progress) as house:
        made = ruling(house, trials)
        try:
            yield lambda how, path, said: plain(_answer(made, path.split("/")[1:], how, said or {}))
        finally:
            trials.close()
        house.engine.catch_up()


def _answer(made: Any, place: list[str], how: str, said: Row) -> Any:
    """What the API would answer, to whoever owns this machine's data."""
    from urllib.parse import unquote

    from app.cases import Identity

    who = Identity("command-line", kind="token", scopes=frozenset({"admin"}))
    match (how, *place):
        case ("GET", "rules"):
            return {"items": made.listed(), "notices": made.notes()}
        case ("GET", "rules", id):
            return made.one(unquote(id))
        case ("POST", "rules"):
            return made.publish(said["text"], said["comment"], who, "command")
        case ("POST", "rules", id, "withdraw"):
            return made.withdraw(unquote(id), said["comment"], who, "command")
        case ("POST", "backtests"):
            return made.begin(said["text"], _naive(said["from"]), _naive(said["to"]), who)
        case (_, _, trial):
            return made.stop(trial) if how == "DELETE" else made.trial(trial)


def _naive(text: str | None) -> datetime | None:
    return clock.instant(datetime.fromisoformat(text)) if text else None
