"""Takes the store away: OCEL 2.0 for process mining, Parquet and CSV for everything else, all of one moment.

The files are written beside their place and put there when they are whole, so that nobody reads half an export.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb

from app.store.database import Database
from app.store.export import ocel_json, ocel_sqlite, tables
from app.store.export.told import Rows, Told

#: What may be asked for -> what writes it: one file for a log, a folder for tables.
KINDS: dict[str, Callable[[duckdb.DuckDBPyConnection, Path, Told], Rows]] = {
    "ocel.json": ocel_json.write, "ocel.sqlite": ocel_sqlite.write, "parquet": tables.parquet, "csv": tables.csv,
}  # fmt: skip


def export(database: Database, kind: str, target: Path, told: Told = lambda what, done, of: None) -> Rows:
    """Write one of KINDS into a file, or as files into a folder; what stands there is replaced. Gives the rows written."""
    part = target.with_name(f".{target.name}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    _gone(part)
    con = database.connection()
    try:
        con.execute("begin transaction read only")
        rows = KINDS[kind](con, part, told)
    except BaseException:
        _gone(part)
        raise
    finally:
        con.close()
    _placed(part, target)
    return rows


def _placed(part: Path, target: Path) -> None:
    if part.is_file():
        part.replace(target)
        return
    target.mkdir(exist_ok=True)
    for file in part.iterdir():
        file.replace(target / file.name)
    part.rmdir()


def _gone(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part)
    part.unlink(missing_ok=True)
