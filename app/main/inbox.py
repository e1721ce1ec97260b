"""The inbox: files that partners drop are taken when they have stood still, then moved to `done` or `rejected`.

1. A file is looked at once a second. 2. It is taken when its size and time of change were the same twice. 3. It is
loaded through the same path as everything else. 4. It moves to `done/` when anything of it was taken, else to
`rejected/`, beside a `.reason.json` that says why; rejected items of a file that was taken are dead letters.
"""

import json
import logging
import threading
from pathlib import Path

from app import clock
from app.contracts import Sink
from app.errors import OrderscopeError
from app.main.loading import Loaded, load
from app.settings import Settings
from collectors.files import UNFINISHED

log = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0
_ASIDE = ("done", "rejected")
Look = tuple[int, int]


class Inbox:
    """Watches `inbox/SOURCE/` under the data directory in a thread of its own."""

    def __init__(self, settings: Settings, sink: Sink) -> None:
        self._settings, self._sink = settings, sink
        self.folder = settings.data / "inbox"
        self._looked: dict[Path, Look] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)

    def start(self) -> None:
        """Make a folder for each declared source and watch."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for code in self._settings.sources:
            (self.folder / code).mkdir(exist_ok=True)
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
        files = (f for source in sorted(self.folder.iterdir()) if source.is_dir() for f in sorted(source.iterdir()))
        return [
            f
            for f in files
            if f.is_file() and not f.is_symlink() and not f.name.startswith(".") and f.suffix not in UNFINISHED
        ]

    def _take(self, file: Path) -> None:
        code = file.parent.name
        try:
            loaded = load(self._sink, self._settings, code, file)
            taken = loaded.accepted + loaded.duplicates > 0 or not loaded.rejected
            reason = _reason(loaded)
        except OrderscopeError as fault:
            taken, reason = False, {"error": str(fault), "mend": getattr(fault, "mend", "")}
        self._aside(file, "done" if taken else "rejected", None if taken and not reason["rejected"] else reason)

    def _aside(self, file: Path, where: str, reason: dict[str, object] | None) -> None:
        folder = file.parent / where
        folder.mkdir(exist_ok=True)
        target = folder / file.name
        if target.exists():
            target = folder / f"{clock.wall():%Y%m%dT%H%M%S%f}-{file.name}"
        file.rename(target)
        if reason:
            target.with_name(target.name + ".reason.json").write_text(json.dumps(reason, indent=1), encoding="utf-8")
        log.info("%s/%s moved to %s", file.parent.name, file.name, where)


def _look(file: Path) -> Look:
    stat = file.stat()
    return stat.st_size, stat.st_mtime_ns


def _reason(loaded: Loaded) -> dict[str, object]:
    first = [{"index": r.index, "id": r.id, "reason": r.reason, "dead_letter": r.dead_letter} for r in loaded.examples]
    return {"accepted": loaded.accepted, "duplicates": loaded.duplicates, "rejected": loaded.rejected, "first": first}
