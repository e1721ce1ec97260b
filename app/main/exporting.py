"""`orderscope export …`: everything as files, from the running server or from the stores."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated
from zipfile import ZipFile

import typer

if TYPE_CHECKING:
    from app.main.remote import Remote
    from app.settings import Settings
    from app.store.export.told import Rows, Told

exports = typer.Typer(no_args_is_help=True, help="Take everything away, for process mining or for other tools.")
Config = Annotated[str, typer.Option("--config", help="The configuration file.", envvar="ORDERSCOPE_CONFIG")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
AsOf = Annotated[str, typer.Option(help="Stop the clock at this instant, for historical data.")]
Folder = Annotated[Path, typer.Argument(help="A folder; files of the same names are replaced.")]
#: How the file of a log ends -> which kind of log it is.
_LOGS = {".json": "ocel.json", ".jsonocel": "ocel.json", ".sqlite": "ocel.sqlite"}


@exports.command("ocel")
def ocel(
    path: Annotated[Path, typer.Argument(help="A file that ends in .json, .jsonocel or .sqlite.")],
    config: Config = "",
    as_of: AsOf = "",
    as_json: Json = False,
) -> None:
    """An object-centric event log (OCEL 2.0) for process mining: events, objects, and what relates to what.

    Example: orderscope export ocel orders.jsonocel
    """
    from app.errors import WrongUse

    kind = _LOGS.get(path.suffix.lower())
    if kind is None:
        raise WrongUse(f"{path}: cannot tell the format", f"End the name in {', '.join(_LOGS)}.")
    if path.is_dir():
        raise WrongUse(f"{path}: is a folder", "Name a file.")
    _exported(kind, path, config, as_of, as_json)


@exports.command("parquet")
def parquet(folder: Folder, config: Config = "", as_of: AsOf = "", as_json: Json = False) -> None:
    """Each table as a Parquet file.

    Example: orderscope export parquet tables/
    """
    _exported("parquet", folder, config, as_of, as_json)


@exports.command("csv")
def csv(folder: Folder, config: Config = "", as_of: AsOf = "", as_json: Json = False) -> None:
    """Each table as a CSV file, in which no cell is a formula to a spreadsheet.

    Example: orderscope export csv tables/
    """
    _exported("csv", folder, config, as_of, as_json)


def _exported(kind: str, path: Path, config: str, as_of: str, as_json: bool) -> None:
    from app.errors import WrongUse
    from app.main.remote import Remote
    from app.settings import load

    settings = load(config or None)
    if kind in ("parquet", "csv") and path.exists() and not path.is_dir():
        raise WrongUse(f"{path}: is a file", "Name a folder.")
    remote = Remote.running(settings)
    if remote and as_of:
        raise WrongUse("The running server keeps its own clock.", "Leave out --as-of, or stop the server.")
    try:
        rows = _fetched(remote, kind, path) if remote else _made(settings, kind, path, as_of)
    except OSError as fault:
        raise WrongUse(f"{fault.filename or path}: {fault.strerror}", "Choose another place.") from None
    if as_json:
        print(json.dumps({"path": str(path), "rows": rows}))
    else:
        print(f"{path}: " + (", ".join(f"{count:,} {name}" for name, count in rows.items() if count) or "nothing yet"))


def _made(settings: "Settings", kind: str, path: Path, as_of: str) -> "Rows":
    """Open the stores, let the engine catch up, and write."""
    from app import clock
    from app.main.commands import as_of_instant
    from app.main.house import opened
    from app.main.show import Shown

    clock.freeze(as_of_instant(as_of))
    shown = Shown()
    with shown.catching_up() as progress, opened(settings, progress) as house:
        shown.stop()
        with _bar() as told:
            return house.reader.export(kind, path, told)


def _fetched(remote: "Remote", kind: str, path: Path) -> "Rows":
    """Have the running server write it, and put what it sends in place when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".export-", dir=path.parent) as scratch, _bar() as told:
        sent = Path(scratch) / "sent"
        told("waiting for the server", 0, 0)
        headers = remote.save(f"/api/v1/export/{kind}", sent, lambda done, of: told("bytes", done, of))
        if kind in _LOGS.values():
            sent.replace(path)
        else:
            _unpacked(sent, path)
    rows: Rows = json.loads(headers["X-Orderscope-Rows"])
    return rows


def _unpacked(archive: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with ZipFile(archive) as packed:
        for name in packed.namelist():
            part = archive.with_name(Path(name).name)
            with packed.open(name) as read, part.open("wb") as out:
                shutil.copyfileobj(read, out)
            part.replace(folder / part.name)


@contextmanager
def _bar() -> "Iterator[Told]":
    """A bar on standard error; gives the function that tells it what is written and how far it is."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("Writing {task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True, highlight=False), transient=True) as bar:
        task = bar.add_task("")
        yield lambda what, done, of: bar.update(task, description=what, completed=done, total=of or None)
