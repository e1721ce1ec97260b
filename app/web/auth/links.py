"""Sign-in links: printed once, good for one sign-in, and only for a while."""

from datetime import timedelta

from sqlalchemy import delete, insert, select, update

from app import clock
from app.cases.store import Store
from app.cases.tables import person, sign_in_link
from app.errors import Conflict, NotFound
from app.web.auth.secrets import fresh, hashed


def link(store: Store, name: str, minutes: int) -> str:
    """A path that signs this person in once: `/sign-in/link?token=...`."""
    secret, now = fresh(), clock.instant(clock.wall())
    with store.writing() as connection:
        known = connection.execute(select(person.c.disabled).where(person.c.name == name)).first()
        if known is None:
            raise NotFound(f"There is no person {name}.", "Add them with `orderscope user add`.")
        if known.disabled:
            raise Conflict(f"{name} is disabled.", "Let them in again with `orderscope user enable`.")
        connection.execute(delete(sign_in_link).where(sign_in_link.c.expires_at < now))
        row = {"hash": hashed(secret), "person": name, "expires_at": now + timedelta(minutes=minutes)}
        connection.execute(insert(sign_in_link).values(row))
    return f"/sign-in/link?token={secret}"


def redeem(store: Store, secret: str) -> str | None:
    """The name a link belongs to, the first time it is used in time; None ever after. Compare and set."""
    now = clock.instant(clock.wall())
    unused = (sign_in_link.c.hash == hashed(secret), sign_in_link.c.used_at.is_(None), sign_in_link.c.expires_at > now)
    with store.writing() as connection:
        used = update(sign_in_link).where(*unused).values(used_at=now).returning(sign_in_link.c.person)
        return connection.execute(used).scalar_one_or_none()
