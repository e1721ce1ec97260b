"""`orderscope slo`: the objectives in force as OpenSLO documents, and OpenSLO documents as rules of ours."""

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError

from app.errors import BadInput, WrongUse
from app.settings import load as load_settings
from rules import source
from rules.book import load, objectives
from rules.kinds import KINDS
from rules.objective.exchange import exported, imported
from rules.objective.rule import Objective

slos = typer.Typer(no_args_is_help=True, help="Service level objectives, from and to OpenSLO v1.")
_LARGEST = 1 << 20


@slos.command("export")
def export(
    config: Annotated[str, typer.Option("--config", help="The configuration file.", envvar="ORDERSCOPE_CONFIG")] = "",
) -> None:
    """Print the objectives in force as OpenSLO v1, one document each.

    Example: orderscope slo export > slos.yaml
    """
    settings = load_settings(config or None)
    documents = [exported(one) for one in objectives(load(KINDS), settings.slas)]
    typer.echo(yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True), nl=False)


@slos.command("import")
def read(
    file: Annotated[Path, typer.Argument(help="An OpenSLO v1 document of kind SLO.")],
    id: Annotated[str, typer.Option("--id", help="The id of the rule that it becomes, such as L07.")],
    due: Annotated[str, typer.Option("--due", help="The rule whose Dues are counted, if it does not say.")] = "",
) -> None:
    """Print an OpenSLO v1 document as a rule; what OpenSLO cannot say, such as examples, is left to be written.

    Example: orderscope slo import search-slo.yaml --id L07 --due S06
    """
    rule = imported(_document(file), id, due)
    typer.echo(yaml.safe_dump({"rules": [rule]}, sort_keys=False, allow_unicode=True), nl=False)
    for line in _left(rule):
        typer.echo(line, err=True)


def _document(file: Path) -> Any:
    if file.is_file() and file.stat().st_size > _LARGEST:
        raise WrongUse(f"{file} is larger than a megabyte", "Name a file with one document.")
    found = source.read(file)
    if isinstance(found, source.Fault):
        raise BadInput(f"{found.file}:{found.line}: {found.what}.", found.mend)
    return found.said


def _left(rule: dict[str, Any]) -> list[str]:
    """What is still missing before the rule can stand in the catalogue."""
    try:
        made = Objective.model_validate(rule)
    except ValidationError as fault:
        wrong = [f"{'.'.join(map(str, e['loc'])) or 'rule'}: {e['msg']}" for e in fault.errors()]
        return [*wrong, "examples: write one that breaches and one that does not"]
    return [*made.notices, "examples: write one that breaches and one that does not"]
