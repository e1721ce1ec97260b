"""Repeated requests: the answer to an Idempotency-Key is kept for a day and given again.

It is stored after the data. Should the process die between the two, the request is done again, and finds that its
items are known: what is stored is the same, only the answer counts duplicates.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from app import clock
from app.cases.store import Store
from app.cases.tables import idempotency
from app.errors import Conflict

KEPT = timedelta(hours=24)


class Repeats:
    """Answers by key, in the workflow store. Blocking."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, key: str, body: str) -> dict[str, Any] | None:
        """The answer given before; None for the first time. Raises Conflict when the body was another."""
        since = clock.instant(clock.wall() - KEPT)
        chosen = select(idempotency).where(idempotency.c.key == key, idempotency.c.stored_at > since)
        with self._store.reading() as connection:
            row = connection.execute(chosen).first()
        if row is not None and row.body != body:
            raise Conflict("Another body was sent under this Idempotency-Key.", "Use a new key for a new request.")
        return dict(row.answer) if row is not None else None

    def keep(self, key: str, body: str, answer: dict[str, Any]) -> None:
        """Keep an answer; of two that come at once the last one stays."""
        row = {"key": key, "body": body, "answer": answer, "stored_at": clock.instant(clock.wall())}
        with self._store.writing() as connection:
            connection.execute(idempotency.delete().where(idempotency.c.key == key))
            connection.execute(insert(idempotency).values(row))
