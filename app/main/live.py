"""What open tabs hear: a version and a few figures, computed once for all of them."""

import asyncio
import logging
from typing import Any

import anyio.to_thread

from app import clock
from app.main.house import House

log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.5


class Live:
    """Counts up when orders or cases have changed; tabs wait for the next version."""

    def __init__(self, house: House) -> None:
        self.version = 0
        self.kpis: dict[str, Any] = {}
        self._house = house
        self._changed = True
        self._event: asyncio.Event | None = None
        house.board.on_change(lambda version: self.touch())
        house.engine.on_done = lambda done: self.touch()

    def touch(self) -> None:
        """Something has changed; may be called from any thread."""
        self._changed = True

    async def wait(self, version: int) -> tuple[int, dict[str, Any]]:
        """The next version after `version`, with its figures."""
        while self.version <= version:
            self._event = self._event or asyncio.Event()
            await self._event.wait()
        return self.version, self.kpis

    async def run(self) -> None:
        """Look twice a second; ask the store only when something has changed."""
        while True:
            if self._changed:
                self._changed = False
                await self._publish()
            await asyncio.sleep(_LOOK_SECONDS)

    async def _publish(self) -> None:
        try:
            self.kpis = await anyio.to_thread.run_sync(lambda: self._house.reader.kpis(clock.instant()))
        except Exception:  # tabs keep their last figures; the next change tries again
            log.exception("The figures of the header could not be computed")
            return
        self.version += 1
        event, self._event = self._event, None
        if event:
            event.set()
