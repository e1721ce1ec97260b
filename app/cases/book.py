"""The book of cases: everything the rest of the program may ask of them, in one place. It only delegates."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app import clock
from app.cases import actions, queries
from app.cases.actions import By, Deed
from app.cases.apply import House, applied_seq, apply
from app.cases.aside import lately_aside
from app.cases.identity import Identity, request_id
from app.cases.intents import Intent
from app.cases.life_cycle import Habit
from app.cases.store import Store
from app.cases.tables import person
from app.cases.views import Json, case_json
from app.errors import Stale
from app.settings import Settings

ANSWERS_KEPT = timedelta(hours=24)
BULK_AT_MOST = 10_000


class Cases:
    """Cases of one workflow store. Every method blocks: call it in a thread from async code."""

    def __init__(self, store: Store, house: House | None = None, runbooks: Mapping[str, str] | None = None) -> None:
        self.store, self.house, self.runbooks = store, house or House(), runbooks or {}

    @classmethod
    def open(
        cls, settings: Settings, runbooks: Mapping[str, str] | None = None, habits: Mapping[str, Habit] | None = None
    ) -> "Cases":
        """Open the configured workflow store and bring it to its newest shape.

        `runbooks` tells what to do, per code or per rule, `habits` how its faults come and go.
        """
        return cls(
            Store(settings.workflow_url()),
            House(settings.routes, settings.partners, {} if habits is None else habits),
            runbooks,
        )

    def apply(self, intents: Iterable[Intent]) -> int:
        """Apply what is new of the engine's intents, in order; returns how many were new."""
        return apply(self.store, intents, self.house)

    def applied_seq(self) -> int:
        """The number of the last intent applied in the present scope."""
        with self.store.reading() as connection:
            return applied_seq(connection, self.store.scope)

    def set_aside(self, since: datetime) -> tuple[int, Json]:
        """How many intents could not be applied since then (wall time, naive UTC), and the last: code, subject, detail."""
        with self.store.reading() as connection:
            return lately_aside(connection, self.store.scope, since)

    def opened_by_system(self, now: datetime) -> dict[str, int]:
        """How many cases were opened in the 30 days before `now`, by the system whose step they wait for."""
        return queries.opened_by_system(self.store, now - timedelta(days=30))

    def act(self, case_id: str, action: str, seen: int | None, who: Identity, via: str = "api", **said: Any) -> Json:
        """One action by a person on the version they saw; the case after it.

        Raises NotFound, Stale (412, with the case as it is) or Conflict (422).
        """
        return case_json(actions.act(self.store, case_id, seen, _deed(action, who, via, said)))

    def people(self) -> list[str]:
        """Everybody who may sign in, and the owner names that mean them, in order."""
        with self.store.reading() as connection:
            rows = connection.execute(select(person.c.name, person.c.owners).where(person.c.disabled.is_(False))).all()
        return sorted({name for row in rows for name in (row.name, *row.owners)})

    def bulk(
        self,
        wanted: Sequence[tuple[str, int | None]],
        action: str,
        who: Identity,
        via: str = "api",
        *,
        dry_run: bool = False,
        **said: Any,
    ) -> list[Json]:
        """The same action on many cases (id, version seen or None); what happened to each."""
        return actions.bulk(self.store, dict(wanted).items(), _deed(action, who, via, said), dry_run=dry_run)

    def chosen(self, filters: Mapping[str, str], expected: int) -> list[tuple[str, int | None]]:
        """The cases of a filter, if they are as many as the person saw; otherwise Stale."""
        found = queries.ids(self.store, filters, BULK_AT_MOST + 1)
        if len(found) != expected:
            detail = f"{len(found)} exceptions match now, not {expected}. Nothing was done."
            raise Stale(detail, "Look again.", found=len(found))
        return [(key, version) for key, version in found]

    def one(self, case_id: str) -> Json:
        """One case with history and similar cases; raises NotFound."""
        found = queries.one(self.store, case_id)
        return found | {"runbook": self._runbook(found)}

    def alerted(self, asked: Sequence[tuple[str, datetime]]) -> set[tuple[str, datetime]]:
        """Of orders and instants, those at which an exception of the order was open already."""
        return queries.alerted(self.store, asked)

    def _runbook(self, case: Mapping[str, Any]) -> str | None:
        """What its rule says, where several rules share a code; else what the code says."""
        return self.runbooks.get(case["rule"] or "") or self.runbooks.get(case["code"])

    def moves_of(self, order_id: str) -> Sequence[Json]:
        """What was done about an order, as entries of its timeline (kind `move`)."""
        return queries.moves_of(self.store, order_id)

    def list(
        self, filters: Mapping[str, str], sort: str = queries.DEFAULT_SORT, limit: int = 100, cursor: str = ""
    ) -> tuple[list[Json], str | None, int]:
        """A page of cases, the cursor of the next page or None, and the number that match."""
        rows, after, total = queries.listed(self.store, filters, sort, limit, cursor)
        told = [case_json(row) | {"runbook": self._runbook(row)} for row in rows]
        return told, after, total

    def counts(self) -> dict[str, int]:
        """Cases per status."""
        return queries.counts(self.store)

    def tidy(self, now: datetime | None = None) -> int:
        """End snoozes and waits, close what is long resolved, drop old answers; naive UTC, by default the clock's."""
        return actions.tidy(self.store, now or clock.instant(), clock.instant(clock.wall() - ANSWERS_KEPT))

    def close(self) -> None:
        """Close the store."""
        self.store.close()


def _deed(action: str, who: Identity, via: str, said: dict[str, Any]) -> Deed:
    return Deed(action, actions.named(said), By(who.actor, via, request_id.get()))
