"""A whole server for the tests: real stores in a folder, the real collectors, no engine and no pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from app.calendar import Calendars
from app.cases import Board, Cases
from app.cases.answered import Answered
from app.contracts import Collector
from app.settings import Server, Settings, Source
from app.store.database import Database
from app.store.intake import Intake
from app.store.reader import Reader
from app.web.auth import add_person, add_token, link
from app.web.auth.people import Person
from app.web.parts import Parts
from app.web.server import asgi
from collectors.cloudevents import COLLECTOR as CLOUDEVENTS
from tests.cases.desk import desk, intent

HOST = "http://127.0.0.1:8050"
PASSWORD = "correct horse battery"
EVENT = {
    "specversion": "1.0", "id": "1", "source": "erp.main", "type": "order.created", "time": "2026-11-02T09:00:00Z",
    "data": {"keys": {"so": "4711"}, "customer": "C-17"},
}  # fmt: skip
PEOPLE = (
    Person("kim", "operations", password=PASSWORD),
    Person("eve", "executive"),
    Person("lee", "owner", owners=("3pl.west-desk",)),
)
Headers = dict[str, str]


@dataclass
class Site:
    """The running parts, and ways to be somebody."""

    app: FastAPI
    cases: Cases
    reader: Reader
    settings: Settings
    ends: tuple[Any, ...]

    def close(self) -> None:
        """Stop what writes and let the files go."""
        for one in self.ends:
            one.close()

    @asynccontextmanager
    async def client(
        self, client: tuple[str, int] = ("127.0.0.1", 5000), base: str = HOST
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A client that is nobody yet."""
        wire = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=client)
        async with httpx.AsyncClient(transport=wire, base_url=base) as made:
            yield made

    @asynccontextmanager
    async def person(self, name: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser in which this person has signed in by link; it repeats the CSRF word as our pages do."""
        async with self.client() as made:
            answer = await made.get(link(self.cases.store, name, 5))
            assert answer.status_code == 303
            made.headers["X-CSRFToken"] = made.cookies["_csrf_token"]
            yield made

    def token(self, *scopes: str) -> Headers:
        """The header of a new token."""
        name = "t" + "-".join(scopes).replace(":", ".").replace("*", "any")
        return {"Authorization": "Bearer " + add_token(self.cases.store, name, scopes)}

    def case(self, seq: int = 1, **more: Any) -> dict[str, Any]:
        """A new case, and what it says."""
        self.cases.apply([intent(seq, **more)])
        return dict(self.cases.list({"folded": "true"}, "-opened_at", 1)[0][0])


def site(
    folder: Path,
    attach: Any = None,
    sources: dict[str, Source] | None = None,
    collectors: tuple[Collector, ...] = (CLOUDEVENTS,),
    **server: Any,
) -> Site:
    """Build everything in a folder; three people: kim (operations), eve (executive), lee (owner of 3pl.west-desk)."""
    declared = sources or {"shop.web": Source(), "odd.one": Source(collector="nothing")}
    settings = Settings(data=folder, server=Server(**server), sources=declared)
    cases = desk(folder)
    board, database = Board(cases.store), Database(folder / "record.duckdb")
    reader = Reader(database, board.frame, declared=settings.sources)
    intake = Intake(database, {})
    answered = Answered(cases.store, Calendars({}))
    parts = Parts(settings, reader, cases, board, intake, collectors, readiness, answered=answered)
    for person in PEOPLE:
        add_person(cases.store, person)
    return Site(asgi(parts, attach), cases, reader, settings, (intake, database, cases))


def readiness() -> dict[str, Any]:
    """A server without an engine: everything stored is judged, because nobody judges."""
    return {"ready": True, "lag_events": 0, "lag_seconds": 0.0, "reasons": []}
