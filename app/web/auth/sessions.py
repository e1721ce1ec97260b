"""Sessions: who signed in lately. The cookie holds a random id, the store only its hash."""

from datetime import timedelta

from sqlalchemy import delete, insert, select

from app import clock
from app.cases.identity import Identity
from app.cases.store import Store
from app.cases.tables import person, session
from app.web.auth.people import identity_of
from app.web.auth.secrets import fresh, hashed


def begin(store: Store, name: str, hours: int) -> str:
    """Begin a session and forget those that have ended; returns the id for the cookie."""
    secret, now = fresh(), clock.instant(clock.wall())
    row = {"hash": hashed(secret), "person": name, "created_at": now, "expires_at": now + timedelta(hours=hours)}
    with store.writing() as connection:
        connection.execute(delete(session).where(session.c.expires_at < now))
        connection.execute(insert(session).values(row))
    return secret


def whose(store: Store, secret: str) -> Identity | None:
    """The person of a session that still runs, or None."""
    now = clock.instant(clock.wall())
    chosen = (
        select(person)
        .join(session, session.c.person == person.c.name)
        .where(session.c.hash == hashed(secret), session.c.expires_at > now, person.c.disabled.is_(False))
    )
    with store.reading() as connection:
        row = connection.execute(chosen).mappings().first()
    return identity_of(dict(row)) if row else None


def end(store: Store, secret: str) -> None:
    """End a session; ending one that is over does nothing."""
    with store.writing() as connection:
        connection.execute(delete(session).where(session.c.hash == hashed(secret)))
