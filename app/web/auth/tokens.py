"""Tokens: how programs come in. Shown once, stored as a hash, each with the scopes it needs and no more."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from app import clock
from app.cases.identity import Identity
from app.cases.store import Store
from app.cases.tables import token
from app.errors import Conflict, NotFound, WrongUse
from app.web.auth.secrets import fresh, hashed

SCOPES = ("ingest:SOURCE", "ingest:*", "backfill", "read", "act", "admin")
_SCOPE = re.compile(r"backfill|read|act|admin|ingest:(\*|[A-Za-z0-9][A-Za-z0-9._/:-]{0,199})")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,99}")
_USE_NOTED_EVERY = timedelta(minutes=1)


def add_token(store: Store, name: str, scopes: Iterable[str]) -> str:
    """Add a token; returns its secret, which cannot be had again. Works beside a running server."""
    wanted = sorted(set(scopes))
    if not _NAME.fullmatch(name):
        raise WrongUse(f"`{name}` is no name for a token.", "Use letters, digits, dot, dash, underscore, space.")
    if not wanted or (wrong := [scope for scope in wanted if not _SCOPE.fullmatch(scope)]):
        raise WrongUse(f"`{(wanted and wrong[0]) or ''}` is no scope.", f"Use one or more of {', '.join(SCOPES)}.")
    secret = "osc_" + fresh()
    row = {"name": name, "hash": hashed(secret), "scopes": wanted, "disabled": False}
    with store.writing() as connection:
        if connection.execute(select(token.c.name).where(token.c.name == name)).first():
            raise Conflict(f"There is a token {name} already.", "Disable it and choose another name.")
        connection.execute(insert(token).values(row | {"created_at": clock.instant(clock.wall())}))
    return secret


def disable_token(store: Store, name: str) -> None:
    """Refuse this token from now on."""
    with store.writing() as connection:
        if not connection.execute(update(token).where(token.c.name == name).values(disabled=True)).rowcount:
            raise NotFound(f"There is no token {name}.")


def tokens(store: Store) -> list[dict[str, Any]]:
    """Every token with its scopes and last use, without its hash."""
    shown = [column for column in token.columns if column.name != "hash"]
    with store.reading() as connection:
        return [dict(row) for row in connection.execute(select(*shown).order_by(token.c.name)).mappings()]


def whose(store: Store, secret: str) -> Identity | None:
    """The identity of a token that is in force, or None; notes the use, to the minute."""
    with store.reading() as connection:
        chosen = select(token).where(token.c.hash == hashed(secret), token.c.disabled.is_(False))
        row = connection.execute(chosen).mappings().first()
    if row is None:
        return None
    now = clock.instant(clock.wall())
    if row["last_used_at"] is None or now - row["last_used_at"] > _USE_NOTED_EVERY:
        _note(store, row["name"], now)
    return Identity(name=row["name"], kind="token", scopes=frozenset(row["scopes"]))


def _note(store: Store, name: str, now: datetime) -> None:
    with store.writing() as connection:
        connection.execute(update(token).where(token.c.name == name).values(last_used_at=now))
