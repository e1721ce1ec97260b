"""`orderscope slo`: the objectives in force as OpenSLO documents, and OpenSLO documents as rules of ours."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError

from app.calendar import Calendars
from app.errors import BadInput, WrongUse
from app.main.inforce import in_force
from app.main.rulebook import standing
from app.settings import load as load_settings
from rules import source
from rules.objective.exchange import exported, imported
from rules.objective.openslo import mapping
from rules.objective.rule import Objective

slos = typer.Typer(no_args_is_help=True, help="Service level objectives, from and to OpenSLO v1.")
_LARGEST = 1 << 20
#: Where one document of a file ends and the next begins.
_CUT = re.compile(r"^---(?:[ \t].*)?$", re.MULTILINE)


@slos.command("export")
def export(
    config: Annotated[str, typer.Option("--config", help="The configuration file.", envvar="ORDERSCOPE_CONFIG")] = "",
) -> None:
    """Print the objectives in force as OpenSLO v1, one document each.

    Example: orderscope slo export > slos.yaml
    """
    settings = load_settings(config or None)
    shelf = standing(settings)
    found = in_force(shelf.entries, settings, Calendars(settings.calendars), shelf.lost).objectives
    documents = [exported(one) for one in found]
    typer.echo(yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True), nl=False)


@slos.command("import")
def read(
    file: Annotated[Path, typer.Argument(help="An OpenSLO v1 document of kind SLO.")],
    id: Annotated[str, typer.Option("--id", help="The id of the rule that it becomes, such as L07.")],
    due: Annotated[str, typer.Option("--due", help="The rule whose Dues are counted, if it does not say.")] = "",
    name: Annotated[str, typer.Option("--name", help="Which document, by its metadata.name, of several.")] = "",
) -> None:
    """Print an OpenSLO v1 document as a rule; what OpenSLO cannot say, such as examples, is left to be written.

    Example: orderscope slo import search-slo.yaml --id L07 --due S06
    """
    rule = imported(_document(file, name), id, due)
    typer.echo(yaml.safe_dump({"rules": [rule]}, sort_keys=False, allow_unicode=True), nl=False)
    for line in _left(rule):
        typer.echo(line, err=True)


def _document(file: Path, name: str) -> Any:
    """The only SLO of a file, or the one of that name."""
    if file.is_file() and file.stat().st_size > _LARGEST:
        raise WrongUse(f"{file} is larger than a megabyte", "Name a smaller file.")
    try:
        pieces = _CUT.split(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        raise WrongUse(f"{file} cannot be read: {fault}", "Name a file of UTF-8 text.") from None
    every = [_parsed(piece, str(file)) for piece in pieces if piece.strip()]
    found = [one for one in every if not name or named(one) == name]
    if len(found) == 1:
        return found[0]
    names = ", ".join(map(named, every))
    raise WrongUse(f"{file} holds {len(every)} documents: {names or 'none'}", "Choose one of them with --name.")


def _parsed(text: str, file: str) -> Any:
    found = source.parse(text, file)
    if isinstance(found, source.Fault):
        raise BadInput(f"{found.file}:{found.line}: {found.what}.", found.mend)
    return found.said


def named(document: Any) -> str:
    """The name of a document, "" where it has none."""
    return str(mapping(mapping(document).get("metadata")).get("name") or "")


def _left(rule: dict[str, Any]) -> list[str]:
    """What is still missing before the rule can stand in the catalogue."""
    try:
        made = Objective.model_validate(rule)
    except ValidationError as fault:
        wrong = [f"{'.'.join(map(str, e['loc'])) or 'rule'}: {e['msg']}" for e in fault.errors()]
        return [*wrong, "examples: write one that breaches and one that does not"]
    return [*made.notices, "examples: write one that breaches and one that does not"]
