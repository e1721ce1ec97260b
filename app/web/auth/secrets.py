"""Secrets: random ids that are stored only as hashes, and passwords that are slow to guess."""

import hashlib
import hmac
import secrets
import threading
import time

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

_HASHER = PasswordHasher()
_ACCOUNTS = 10_000
_MINUTE = 60.0


def fresh() -> str:
    """A new secret of 256 bits, safe in a URL."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """How a random secret is stored; it needs no salt, because nobody can guess it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def csrf_of(session_id: str) -> str:
    """The word that a page must send back: made from the session, so that nothing more is stored."""
    return hashed("csrf:" + session_id)


def same(one: str, other: str) -> bool:
    """Compare without telling by the time taken how much was right."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def password_hash(password: str) -> str:
    """Argon2id with its parameters and salt. Takes about 0.1 s and 64 MiB: call it in a thread."""
    return _HASHER.hash(password)


#: What an unknown name is checked against, so that it takes as long as a known one.
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))


def password_fits(stored: str | None, password: str) -> bool:
    """Whether the password is right; as slow for nobody's as for somebody's."""
    try:
        return _HASHER.verify(stored or _NOBODY, password) and stored is not None
    except (Argon2Error, InvalidHashError):
        return False


class Tries:
    """Failed sign-ins per account within the last minute; forgets the oldest accounts when there are too many."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute, self._lock = per_minute, threading.Lock()
        self._failed: dict[str, list[float]] = {}

    def spent(self, account: str) -> bool:
        """Whether this account has failed too often to try now."""
        with self._lock:
            return len(self._recent(account)) >= self._per_minute

    def failed(self, account: str) -> None:
        """Remember one more failure."""
        with self._lock:
            recent = [*self._recent(account), time.monotonic()]
            self._failed.pop(account, None)
            self._failed[account] = recent
            if len(self._failed) > _ACCOUNTS:
                del self._failed[next(iter(self._failed))]

    def passed(self, account: str) -> None:
        """A right password ends the count."""
        with self._lock:
            self._failed.pop(account, None)

    def _recent(self, account: str) -> list[float]:
        since = time.monotonic() - _MINUTE
        return [at for at in self._failed.get(account, []) if at > since]
