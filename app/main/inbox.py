"""The inbox: files that partners drop are taken when they have stood still, then moved to `done` or `rejected`.

1. A file is looked at once a second. 2. It is taken when its size and time of change were the same twice. 3. It is
loaded through the same path as everything else. 4. It moves to `done/` when anything of it was taken, else to
`rejected/`, beside a `.reason.json` that says why; rejected items of a file that was taken are dead letters. 5. One
that breaks off for a reason that may not be its own (a disk, a store) stays and is tried again after a pause, a few
times before it is rejected; one that cannot be moved is tried for ever. The others never wait for it.
A file in `SOURCE/extract/` is a full extract: it is compared with what we hold first, and a `.report.json` says how.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from app import clock
from app.contracts import Sink
from app.errors import OrderscopeError, brief
from app.main.loading import Loaded, load
from app.main.reconciling import reconcile
from app.settings import Settings
from app.store.reader import Reader
from collectors.files import UNFINISHED

log = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0
#: Seconds before a file that broke off is tried again, after the first time, the second …; the last one stays.
_PAUSES = (10, 60, 600)
#: The folder of full extracts in that of their source.
EXTRACT = "extract"
Look = tuple[int, int]


class Inbox:
    """Watches `inbox/SOURCE/` under the data directory in a thread of its own."""

    def __init__(
        self, settings: Settings, sink: Sink, reader: Reader, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings, self._sink, self._reader, self._ticks = settings, sink, reader, ticks
        self.folder = settings.data / "inbox"
        self._looked: dict[Path, Look] = {}
        self._broken: dict[Path, tuple[int, float]] = {}
        self._unread: set[Path] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)

    def start(self) -> None:
        """Make a folder for each declared source and watch."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for code in self._settings.sources:
            (self.folder / code / EXTRACT).mkdir(parents=True, exist_ok=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the file at hand and stop."""
        self._stop.set()
        self._thread.join()

    def look(self) -> int:
        """Take every file that has stood still since the last look; how many that were."""
        seen = dict(self._candidates())
        still = [file for file, look in seen.items() if self._looked.get(file) == look and not self._rests(file)]
        self._broken = {file: pause for file, pause in self._broken.items() if file in seen}
        self._looked = {file: look for file, look in seen.items() if file not in still}
        for file in still:
            self._take(file)
        return len(still)

    def _rests(self, file: Path) -> bool:
        """Whether a file broke off and is not yet to be tried again."""
        return file in self._broken and self._ticks() < self._broken[file][1]

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                self.look()
            except Exception:  # nothing must ever end the watch
                log.exception("The inbox could not be read; it is tried again")

    def _candidates(self) -> Iterator[tuple[Path, Look]]:
        for source in sorted(self.folder.iterdir()):
            for folder in (source, source / EXTRACT):
                try:
                    yield from _files(folder)
                    self._unread.discard(folder)
                except OSError as fault:  # one folder that may not be read hides no other
                    if folder not in self._unread:
                        log.error("%s cannot be read: %s", folder, fault)
                    self._unread.add(folder)

    def _take(self, file: Path) -> None:
        """One file. Whatever goes wrong with it, the others go on; it is told once."""
        times = self._broken.get(file, (0, 0.0))[0]
        try:
            self._settle(file, last=times >= len(_PAUSES))
            self._broken.pop(file, None)
        except Exception:  # whatever a disk or a store does
            if not times:
                log.exception("%s could not be taken; it stays where it is and is tried again", file)
            self._broken[file] = times + 1, self._ticks() + _PAUSES[min(times, len(_PAUSES) - 1)]

    def _settle(self, file: Path, last: bool) -> None:
        """Load a file and move it. What breaks off is raised, unless it is the last time: then the file is rejected."""
        beside: dict[str, Any] = {}
        try:
            loaded = self._compared(file, beside) if file.parent.name == EXTRACT else self._loaded(file)
            taken = loaded.accepted + loaded.duplicates > 0 or not loaded.rejected
            beside |= {"reason": _reason(loaded)} if loaded.rejected or not taken else {}
        except OrderscopeError as fault:
            taken, beside["reason"] = False, {"error": str(fault), "mend": getattr(fault, "mend", "")}
        except Exception as fault:
            if not last:
                raise
            mend = "The log says more. Put the file into the inbox again once that is mended."
            taken, beside["reason"] = False, {"error": f"Again and again: {brief(fault)}", "mend": mend}
        _aside(file, "done" if taken else "rejected", beside)

    def _loaded(self, file: Path) -> Loaded:
        return load(self._sink, self._settings, file.parent.name, file)

    def _compared(self, file: Path, beside: dict[str, Any]) -> Loaded:
        """A full extract: compared, then loaded."""
        report = reconcile(self._sink, self._reader, self._settings, file.parent.parent.name, [file])
        beside["report"] = report.told()
        return report.loaded


def _aside(file: Path, where: str, beside: dict[str, Any]) -> None:
    """Move a file, and write what is told of it beside it: first that, so that whoever sees the file moved can read it."""
    folder = file.parent / where
    folder.mkdir(exist_ok=True)
    target = folder / file.name
    if target.exists():
        target = folder / f"{clock.wall():%Y%m%dT%H%M%S%f}-{file.name}"
    for name, told in beside.items():
        target.with_name(f"{target.name}.{name}.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    file.rename(target)
    log.info("%s moved to %s", file, where)


def _files(folder: Path) -> Iterator[tuple[Path, Look]]:
    """The files of a folder that are whole by their names, with how they look; those that just went are not there."""
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        if file.is_file() and not file.is_symlink() and not file.name.startswith(".") and file.suffix not in UNFINISHED:
            with suppress(FileNotFoundError):
                stat = file.stat()
                yield file, (stat.st_size, stat.st_mtime_ns)


def _reason(loaded: Loaded) -> dict[str, object]:
    first = [{"index": r.index, "id": r.id, "reason": r.reason, "dead_letter": r.dead_letter} for r in loaded.examples]
    return {"accepted": loaded.accepted, "duplicates": loaded.duplicates, "rejected": loaded.rejected, "first": first}
