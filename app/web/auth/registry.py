"""Who a cookie or a token belongs to: asked with every request, so answers are remembered for two seconds.

What another process changes (`orderscope token disable`) is seen within that time, what this one changes at once.
"""

import threading
import time
from collections.abc import Callable

import anyio

from app.cases.identity import Identity
from app.cases.store import Store
from app.settings import Auth
from app.web.auth import links, people, sessions, tokens
from app.web.auth.secrets import Tries, hashed, password_fits

_REMEMBERED_S = 2.0
_AT_MOST = 10_000


class Registry:
    """Sign-in, sign-out and recognition over the workflow store. All methods may be awaited on the event loop."""

    def __init__(self, store: Store, auth: Auth) -> None:
        self.store, self.auth = store, auth
        self._known: dict[str, tuple[float, Identity | None]] = {}
        self._lock = threading.Lock()
        self._tries = Tries(auth.tries_per_minute)
        self._hashing = anyio.CapacityLimiter(2)

    async def by_token(self, secret: str) -> Identity | None:
        """Whose token this is."""
        return await self._remembered("token:" + hashed(secret), lambda: tokens.whose(self.store, secret))

    async def by_session(self, secret: str) -> Identity | None:
        """Whose session this is."""
        return await self._remembered("session:" + hashed(secret), lambda: sessions.whose(self.store, secret))

    def spent(self, name: str) -> bool:
        """Whether this account must wait before it may try again."""
        return self._tries.spent(name)

    async def sign_in(self, name: str, password: str) -> str | None:
        """The id of a new session, or None: the name or the password is wrong, or it was tried too often."""
        if self._tries.spent(name):
            return None
        row = await anyio.to_thread.run_sync(people.found, self.store, name)
        stored = row["password"] if row else None
        fits = await anyio.to_thread.run_sync(password_fits, stored, password, limiter=self._hashing)
        if not row or not fits:
            self._tries.failed(name)
            return None
        self._tries.passed(name)
        return await self._begun(row["name"])

    async def redeem(self, secret: str) -> str | None:
        """The id of a new session for a sign-in link that was never used, or None."""
        name = await anyio.to_thread.run_sync(links.redeem, self.store, secret)
        return await self._begun(name) if name else None

    async def sign_out(self, secret: str) -> None:
        """End this session everywhere."""
        await anyio.to_thread.run_sync(sessions.end, self.store, secret)
        self.forget()

    def forget(self) -> None:
        """Ask the store again, about everybody."""
        with self._lock:
            self._known.clear()

    async def _begun(self, name: str) -> str:
        return await anyio.to_thread.run_sync(sessions.begin, self.store, name, self.auth.session_hours)

    async def _remembered(self, key: str, ask: Callable[[], Identity | None]) -> Identity | None:
        now = time.monotonic()
        with self._lock:
            known = self._known.get(key)
        if known and known[0] > now:
            return known[1]
        who = await anyio.to_thread.run_sync(ask)
        with self._lock:
            if len(self._known) >= _AT_MOST:
                self._known.clear()
            self._known[key] = (now + _REMEMBERED_S, who)
        return who
