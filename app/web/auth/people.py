"""People: a name, a password, what they may do, and the owner names that mean them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from app import clock
from app.cases.identity import ROLES, Identity
from app.cases.store import Store
from app.cases.tables import person, session, sign_in_link
from app.errors import Conflict, NotFound, WrongUse
from app.web.auth.secrets import password_hash

_LONGEST = 100
_SHORTEST_PASSWORD = 8


@dataclass(frozen=True, slots=True)
class Person:
    """A person to add: `name` is what they sign in with, `title` what a page calls them."""

    name: str
    role: str
    title: str = ""
    team: str = ""
    owners: tuple[str, ...] = ()
    password: str | None = None


def add_person(store: Store, new: Person, *, replace: bool = False) -> None:
    """Add a person, or with `replace` change the one of that name; without a password only a link signs them in."""
    _checked(new)
    row = _row(new)
    now = clock.instant(clock.wall())
    with store.writing() as connection:
        if not connection.execute(select(person.c.name).where(person.c.name == new.name)).first():
            connection.execute(insert(person).values(row | {"name": new.name, "created_at": now}))
        elif replace:
            connection.execute(update(person).where(person.c.name == new.name).values(row))
        else:
            raise Conflict(
                f"There is a person {new.name} already.",
                "Choose another name; `orderscope user enable` lets somebody in again who was disabled.",
            )


def _checked(new: Person) -> None:
    if not new.name or len(new.name) > _LONGEST or ":" in new.name or not new.name.isprintable():
        raise WrongUse("This is no name to sign in with.", "Use 1 to 100 printable characters without a colon.")
    if new.role not in ROLES:
        raise WrongUse(f"`{new.role}` is no role.", f"Use one of {', '.join(ROLES)}.")
    if new.password is not None and len(new.password) < _SHORTEST_PASSWORD:
        raise WrongUse("The password is too short.", f"Use at least {_SHORTEST_PASSWORD} characters.")


def _row(new: Person) -> dict[str, Any]:
    return {
        "title": new.title or new.name,
        "password": password_hash(new.password) if new.password is not None else None,
        "roles": [new.role],
        "team": new.team,
        "owners": list(new.owners),
        "disabled": False,
    }


def disable_person(store: Store, name: str) -> None:
    """Shut a person out at once: no sign-in, no link, and every session ends."""
    with store.writing() as connection:
        if not connection.execute(update(person).where(person.c.name == name).values(disabled=True)).rowcount:
            raise NotFound(f"There is no person {name}.")
        connection.execute(delete(session).where(session.c.person == name))
        connection.execute(delete(sign_in_link).where(sign_in_link.c.person == name))


def enable_person(store: Store, name: str) -> None:
    """Let a person in again who was shut out; their password counts as before."""
    with store.writing() as connection:
        if not connection.execute(update(person).where(person.c.name == name).values(disabled=False)).rowcount:
            raise NotFound(f"There is no person {name}.", "`orderscope user list` shows everybody.")


def people(store: Store) -> list[dict[str, Any]]:
    """Everybody, without their passwords."""
    shown = [column for column in person.columns if column.name != "password"]
    with store.reading() as connection:
        return [dict(row) for row in connection.execute(select(*shown).order_by(person.c.name)).mappings()]


def identity_of(row: dict[str, Any]) -> Identity:
    """A row of the table as an identity."""
    return Identity(
        name=row["name"],
        title=row["title"],
        roles=frozenset(row["roles"]),
        teams=(row["team"],) if row["team"] else (),
        owners=tuple(row["owners"]),
    )


def found(store: Store, name: str) -> dict[str, Any] | None:
    """The row of a person who may come in, or None."""
    with store.reading() as connection:
        chosen = select(person).where(person.c.name == name, person.c.disabled.is_(False))
        row = connection.execute(chosen).mappings().first()
    return dict(row) if row else None
