"""Takes files from a folder of an SFTP server, each once.

1. A file is looked at in every run, and taken when its size and time are the same as in the run before. 2. It is copied
into the data directory and read by the wire. 3. When all of it is on disk it is remembered, and
moved to `done` where that is asked; a file that is remembered and still there was not moved yet. 4. A file that cannot be taken stays where it is and is told at the end; the others go on.
"""

import re
import shutil
import stat
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from hashlib import blake2b
from pathlib import Path
from typing import Any

from app import clock
from app.contracts import Batch, Errand
from app.errors import OrderscopeError
from app.pulls import SftpPull
from collectors.feeds.sftp.config import connected
from collectors.files import UNFINISHED

_PIECE = 2**15
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
#: (size, time of change) by name.
Looks = dict[str, list[int]]


def fetch(errand: Errand) -> Generator[Batch]:
    """Every file that has stood still since the last run and was not taken yet."""
    pull: SftpPull = errand.pull
    before: Looks = dict(errand.position.get("looked", {}))
    faults: list[str] = []
    for left in errand.folder.glob(_scratch(errand) + "*"):  # by a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    with connected(pull) as folder:
        now = _looked(folder, pull)
        taken: Looks = {name: look for name, look in errand.position.get("taken", {}).items() if now.get(name) == look}
        for name, look in now.items():
            if errand.stop.is_set():
                return
            try:
                if name not in taken and before.get(name) == look:
                    with _copied(folder, name, look[0], errand) as file:
                        yield Batch(files=[file], position={"looked": before, "taken": taken | {name: look}})
                    taken[name] = look
                if name in taken and pull.after == "move":
                    _move(folder, name, pull)
                    del taken[name]
            except OSError as fault:
                faults.append(f"{name}: {fault}")
    yield Batch(position={"looked": now, "taken": taken})
    if faults:
        raise OrderscopeError(f"{len(faults)} files could not be taken; the first is {faults[0][:300]}")


def _looked(folder: Any, pull: SftpPull) -> Looks:
    """The files that could be taken; names come from a stranger and must not lead elsewhere."""
    return {
        one.filename: [one.st_size or 0, one.st_mtime or 0]
        for one in sorted(folder.listdir_attr(), key=lambda one: str(one.filename))
        if (one.st_mode is None or stat.S_ISREG(one.st_mode))
        and fnmatchcase(one.filename, pull.pattern)
        and not one.filename.startswith(".")
        and not one.filename.endswith(UNFINISHED)
        and "/" not in one.filename
    }


@contextmanager
def _copied(folder: Any, name: str, known: int, errand: Errand) -> Iterator[Path]:
    """A copy for the length of a `with`; `known` is its size as listed. Raises OSError when it is larger than allowed or cannot be read."""
    limit: int = errand.pull.max_file
    if known > limit:
        raise _too_large(limit)
    with tempfile.TemporaryDirectory(dir=errand.folder, prefix=_scratch(errand)) as place:
        copy, size = Path(place) / _UNSAFE.sub("_", name)[-100:], 0
        with folder.open(name, "rb", _PIECE) as source, copy.open("wb") as target:
            source.prefetch(known, max_concurrent_requests=64)
            while piece := source.read(_PIECE):
                size += len(piece)
                if size > limit:
                    raise _too_large(limit)
                target.write(piece)
        yield copy


def _scratch(errand: Errand) -> str:
    """How the folders of copies are called; the digest of the source's code leads nowhere else."""
    return f"sftp-{blake2b(errand.code.encode(), digest_size=8).hexdigest()}-"


def _too_large(limit: int) -> OSError:
    return OSError(f"is larger than {limit:,} bytes; raise `max_file` to take it")


def _move(folder: Any, name: str, pull: SftpPull) -> None:
    """Into the folder of what is done, beside and not over a file of the same name."""
    try:
        folder.stat(pull.done)
    except FileNotFoundError:
        folder.mkdir(pull.done)
    target = f"{pull.done}/{name}"
    try:
        folder.stat(target)
        target = f"{pull.done}/{clock.wall():%Y%m%dT%H%M%S%f}-{name}"
    except FileNotFoundError:
        pass
    folder.rename(name, target)
