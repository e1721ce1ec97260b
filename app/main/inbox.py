"""The inbox: files that partners drop are taken when they have stood still, then moved to `done` or `rejected`.

1. A file is looked at once a second. 2. It is taken when its size and time of change were the same twice. 3. It is
loaded through the same path as everything else. 4. It moves to `done/` when anything of it was taken, else to
`rejected/`, beside a `.reason.json` that says why; rejected items of a file that was taken are dead letters.
A file in `SOURCE/extract/` is a full extract: it is compared with what we hold first, and a `.report.json` says how.
"""

import json
import logging
import threading
from pathlib import Path
from typing import Any

from app import clock
from app.contracts import Sink
from app.errors import OrderscopeError
from app.main.loading import Loaded, load
from app.main.reconciling import reconcile
from app.settings import Settings
from app.store.reader import Reader
from collectors.files import UNFINISHED

log = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0
#: The folder of full extracts in that of their source.
EXTRACT = "extract"
Look = tuple[int, int]


class Inbox:
    """Watches `inbox/SOURCE/` under the data directory in a thread of its own."""

    def __init__(self, settings: Settings, sink: Sink, reader: Reader) -> None:
        self._settings, self._sink, self._reader = settings, sink, reader
        self.folder = settings.data / "inbox"
        self._looked: dict[Path, Look] = {}
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
        seen = {file: _look(file) for file in self._candidates()}
        still = [file for file, look in seen.items() if self._looked.get(file) == look]
        self._looked = {file: look for file, look in seen.items() if file not in still}
        for file in still:
            self._take(file)
        return len(still)

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                self.look()
            except Exception:  # one file must never end the watch
                log.exception("The inbox could not be read; it is tried again")

    def _candidates(self) -> list[Path]:
        folders = [of for source in sorted(self.folder.iterdir()) for of in (source, source / EXTRACT) if of.is_dir()]
        files = (f for folder in folders for f in sorted(folder.iterdir()))
        return [
            f
            for f in files
            if f.is_file() and not f.is_symlink() and not f.name.startswith(".") and f.suffix not in UNFINISHED
        ]

    def _take(self, file: Path) -> None:
        beside: dict[str, Any] = {}
        try:
            loaded = self._compared(file, beside) if file.parent.name == EXTRACT else self._loaded(file)
            taken = loaded.accepted + loaded.duplicates > 0 or not loaded.rejected
            beside |= {"reason": _reason(loaded)} if loaded.rejected or not taken else {}
        except OrderscopeError as fault:
            taken, beside["reason"] = False, {"error": str(fault), "mend": getattr(fault, "mend", "")}
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


def _look(file: Path) -> Look:
    stat = file.stat()
    return stat.st_size, stat.st_mtime_ns


def _reason(loaded: Loaded) -> dict[str, object]:
    first = [{"index": r.index, "id": r.id, "reason": r.reason, "dead_letter": r.dead_letter} for r in loaded.examples]
    return {"accepted": loaded.accepted, "duplicates": loaded.duplicates, "rejected": loaded.rejected, "first": first}
