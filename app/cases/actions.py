"""What people do to cases: one at a time with the version they saw, or many at once.

1. The case is read with the pen in hand. 2. The same action by the same person from the same version was done
already: the case as it is, no second Move. 3. Another version than the one seen: Stale, nothing done. 4. The life
cycle says what changes. 5. The change, its Move and the folding of its order are stored together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from app import clock
from app.cases.folding import fold
from app.cases.ledger import Hand, Ledger, pieces
from app.cases.life_cycle import ALLOWED, CLOSE_AFTER, OPEN, Row, Said, rested, stepped
from app.cases.store import Store
from app.cases.tables import case, idempotency, move
from app.cases.views import case_json
from app.errors import NotFound, OrderscopeError, Stale

_AT_ONCE = 200
Done = dict[str, list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, through which door, in answer to which request."""

    actor: str
    via: str = "api"
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody wants done: the action, what they say with it, and who they are."""

    action: str
    said: Said
    by: By


def act(store: Store, case_id: str, seen: int | None, deed: Deed) -> Row:
    """Do one action on one case; returns the case after it. `seen` None means whatever version stands."""
    with store.writing() as connection:
        ledger = Ledger(connection, store.scope)
        row = _act(ledger, case_id, seen, deed, _done(connection, [case_id], deed))
        ledger.flush()
        return row


def bulk(
    store: Store, wanted: Iterable[tuple[str, int | None]], deed: Deed, *, dry_run: bool = False
) -> list[dict[str, Any]]:
    """The same action on many cases, each on its own: one that fails stops no other. Tells of each what happened."""
    results: list[dict[str, Any]] = []
    for some in pieces(wanted, _AT_ONCE):
        with store.reading() if dry_run else store.writing() as connection:
            ledger = Ledger(connection, store.scope)
            keys = [key for key, _ in some]
            ledger.read_each(case.c.id, keys)
            done = _done(connection, keys, deed)
            results += [_tried(ledger, key, seen, deed, done) for key, seen in some]
            if not dry_run:
                ledger.flush()
    return results


def _tried(ledger: Ledger, key: str, seen: int | None, deed: Deed, done: Done) -> dict[str, Any]:
    try:
        row = _act(ledger, key, seen, deed, done)
        return {"id": key, "ok": True, "status": row["status"], "version": row["version"]}
    except OrderscopeError as fault:
        return {"id": key, "ok": False, "error": fault.title, "detail": fault.detail, "mend": fault.mend}


def _act(ledger: Ledger, case_id: str, seen: int | None, deed: Deed, done: Done) -> Row:
    row = _read(ledger, case_id)
    if _repeated(done.get(case_id, []), row, seen, deed):
        return row
    if seen not in (None, row["version"]) or (deed.action == "acknowledge" and row["status"] not in OPEN):
        raise _stale(ledger.connection, row)
    at, said, by = clock.instant(), deed.said, deed.by
    changes = stepped(row, deed.action, said, by.actor, at)
    if said.of:
        _read(ledger, said.of)
    hand = Hand(by.actor, by.via, at, deed.action, said.reason or said.text, by.request_id, row["version"], said.kept())
    open_before = row["status"] in OPEN
    ledger.change(row, changes, hand, always=deed.action in ("comment", "escalate"))
    if open_before != (row["status"] in OPEN) and row["order_id"]:
        fold(ledger, [row["order_id"]], Hand("engine", "engine", at, "fold", request_id=by.request_id))
    return row


def _read(ledger: Ledger, case_id: str) -> Row:
    row = ledger.rows.get(case_id) or next(iter(ledger.read(case.c.id == case_id)), None)
    if row is None:
        raise NotFound(f"There is no exception {case_id}.", "It may belong to another date (--as-of).")
    return row


def _done(connection: Connection, keys: list[str], deed: Deed) -> Done:
    """When this person said the very same with the same action: case id -> (version seen, version made)."""
    mine = (move.c.actor == deed.by.actor, move.c.action == deed.action, move.c.case_id.in_(keys))
    moves = select(move.c.case_id, move.c.said, move.c.seen, move.c.version).where(*mine)
    done: Done = {}
    for key, said, seen, made in connection.execute(moves):
        if said == deed.said.kept():
            done.setdefault(key, []).append((seen, made))
    return done


def _repeated(done: list[tuple[int, int]], row: Row, seen: int | None, deed: Deed) -> bool:
    """Whether this very action was done already: from the version seen, or as what made the case stand as it does."""
    now = row["version"]
    again = any(before == (now if seen is None else seen) for before, _ in done)
    stands = row["status"] not in ALLOWED.get(deed.action, ()) and any(made == now for _, made in done)
    return again or (stands and seen in (None, now))


def _stale(connection: Connection, row: Row) -> Stale:
    newest = select(move.c.actor, move.c.action).where(move.c.case_id == row["id"]).order_by(move.c.sequence.desc())
    last = connection.execute(newest.limit(1)).first()
    told = f" Last: {last.action} by {last.actor}." if last else ""
    return Stale(
        f"The exception is {row['status']} at version {row['version']}.{told} Nothing was done.",
        "Read it again; to take it over, assign it to yourself.",
        case=case_json(row),
    )


def tidy(store: Store, now: datetime, wall: datetime) -> int:
    """What time alone does: snoozes and waits end, resolved cases close. Returns the number of moves."""
    with store.reading() as connection:
        due = _due(connection, store.scope, now)
        stale = connection.execute(select(idempotency.c.key).where(idempotency.c.stored_at < wall).limit(1)).first()
    made = sum(_tidied(store, some, now) for some in pieces(due, _AT_ONCE))
    if stale:
        with store.writing() as connection:
            connection.execute(idempotency.delete().where(idempotency.c.stored_at < wall))
    return made


def _due(connection: Connection, scope: str, now: datetime) -> list[str]:
    """The ids of cases for which something falls due by `now`: the sentences of `life_cycle.rested`, as a question."""
    ripe = or_(
        and_(case.c.status == "resolved", case.c.resolved_at <= now - CLOSE_AFTER),
        and_(case.c.status == "snoozed", case.c.snoozed_until <= now),
        and_(case.c.status == "waiting", case.c.waiting_until <= now),
        and_(case.c.status.in_(OPEN), case.c.rests_at <= now),
        and_(case.c.status.in_(OPEN), case.c.calm_at <= now),
    )
    return list(connection.execute(select(case.c.id).where(case.c.scope == scope, ripe)).scalars())


def _tidied(store: Store, keys: list[str], now: datetime) -> int:
    with store.writing() as connection:
        ledger = Ledger(connection, store.scope)
        ledger.read_each(case.c.id, keys)
        touched = set()
        for row in list(ledger.rows.values()):
            if changes := rested(row, now):
                ledger.change(row, changes, Hand("engine", "engine", now, "tidy"))
                touched.add(row["order_id"])
        fold(ledger, touched, Hand("engine", "engine", now, "fold"))
        return ledger.flush()


def named(said: Mapping[str, Any]) -> Said:
    """What a person said, from a page's or request's fields; instants become naive UTC, and no text has a NUL, which
    PostgreSQL cannot store. Raises BadInput."""
    said = {name: one.replace("\x00", "") if isinstance(one, str) else one for name, one in said.items()}
    until = said.get("until")
    if isinstance(until, datetime):
        until = clock.asked(until)
    kept = {name: said.get(name) or None for name in ("owner", "team", "on", "of")}
    return Said(str(said.get("reason") or ""), str(said.get("text") or ""), until=until, **kept)
