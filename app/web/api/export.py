"""The whole store as one file, for whoever administers it: a log for process mining, or the tables in an archive.

Everything at once is more than anything on screen, raw attributes of every sender included, so `read` is not enough:
it needs the scope `admin`. One is written at a time, by a worker thread; it is sent when it is whole, from a file that
has no name any more, so that nothing is left behind however the answer ends.
"""

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import BinaryIO, Literal
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import anyio
import anyio.to_thread
from fastapi import APIRouter, Depends
from starlette.responses import StreamingResponse

from app import clock
from app.cases.identity import known
from app.errors import Busy, NotAllowed
from app.store.export.told import Rows
from app.store.reader import Reader
from app.web.api import shapes

Kind = Literal["ocel.json", "ocel.sqlite", "parquet", "csv"]
#: Kind -> how the file ends, and its media type.
_FILES = {
    "ocel.json": ("json", "application/json"), "ocel.sqlite": ("sqlite", "application/vnd.sqlite3"),
    "parquet": ("parquet.zip", "application/zip"), "csv": ("csv.zip", "application/zip"),
}  # fmt: skip
_SCRATCH = ".export-"
_PIECE = 2**20


class Abandoned(Exception):
    """Nobody waits for the export any more."""


async def may_export() -> None:
    """Taking everything away needs the scope of an administrator."""
    if "admin" not in known().scopes:
        raise NotAllowed("Only an administrator may take everything away.", "Use a token with the scope `admin`.")


def router(reader: Reader) -> APIRouter:
    """`/export/{kind}`."""
    made = APIRouter(tags=["export"], responses=shapes.FAILS, dependencies=[Depends(may_export)])
    writing = threading.Lock()
    _swept(reader.folder)

    @made.get("/export/{kind}", summary="Everything, as one file", response_class=StreamingResponse)
    async def everything(kind: Kind) -> StreamingResponse:
        gone = threading.Event()
        try:
            file, rows = await anyio.to_thread.run_sync(
                lambda: _alone(writing, reader, kind, gone), abandon_on_cancel=True
            )
        except anyio.get_cancelled_exc_class():
            gone.set()
            raise
        return _sent(file, rows, kind)

    return made


def _alone(writing: threading.Lock, reader: Reader, kind: Kind, gone: threading.Event) -> tuple[BinaryIO, Rows]:
    if not writing.acquire(blocking=False):
        raise Busy("Another export is being written.", "Try again when it is done.")
    try:
        return written(reader, kind, gone)
    finally:
        writing.release()


def written(reader: Reader, kind: Kind, gone: threading.Event) -> tuple[BinaryIO, Rows]:
    """The open file, already without a name, and how many rows it holds."""

    def told(_what: str, _done: int, _of: int) -> None:
        if gone.is_set():
            raise Abandoned

    scratch = Path(mkdtemp(prefix=_SCRATCH, dir=reader.folder))
    try:
        whole = scratch / "export"
        rows = reader.export(kind, whole, told)
        return (_archive(whole) if whole.is_dir() else whole).open("rb"), rows
    finally:
        shutil.rmtree(scratch)


def _archive(folder: Path) -> Path:
    """The files of a folder in one archive; Parquet is packed already."""
    archive = folder.with_suffix(".zip")
    with ZipFile(archive, "w") as out:
        for file in sorted(folder.iterdir()):
            out.write(file, file.name, ZIP_STORED if file.suffix == ".parquet" else ZIP_DEFLATED, compresslevel=1)
    return archive


def _sent(file: BinaryIO, rows: Rows, kind: Kind) -> StreamingResponse:
    ending, media = _FILES[kind]
    size = file.seek(0, 2)
    file.seek(0)
    headers = {
        "Content-Length": str(size),
        "Content-Disposition": f'attachment; filename="orderscope-{clock.now():%Y%m%dT%H%M%SZ}.{ending}"',
        "X-Orderscope-Rows": json.dumps(rows),
    }
    return StreamingResponse(_pieces(file), media_type=media, headers=headers)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _swept(folder: Path) -> None:
    """A server that was killed while it wrote has left its pieces."""
    for old in folder.glob(f"{_SCRATCH}*"):
        shutil.rmtree(old, ignore_errors=True)
