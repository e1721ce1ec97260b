"""Applies the engine's intents to the cases: in order, in bulk, and as often as one likes with the same result."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from app.cases import life_cycle
from app.cases.aside import put_aside
from app.cases.folding import fold
from app.cases.intents import Intent, digest, key_of
from app.cases.ledger import Hand, Ledger, pieces
from app.cases.life_cycle import DISMISSED, OPEN, USUAL, Changes, Habit, Row
from app.cases.routing import routed
from app.cases.sheltering import concerned
from app.cases.store import Store
from app.cases.tables import applied, case
from app.cases.titles import title
from app.errors import Stale
from app.settings import Partner, Route

log = logging.getLogger(__name__)
#: Intents of one transaction: few enough that a person's click never waits long for the pen.
AT_ONCE = 2000
#: What an intent may say anew about a case that stands.
FACTS = (
    "order_id", "so", "customer", "partner", "system", "tier", "channel", "entity", "cause", "value", "currency",
    "due_at", "started_at", "rule_version",
)  # fmt: skip
_stated = attrgetter(*FACTS)
_BLANK: dict[str, Any] = {column.name: None for column in case.columns}
#: Why a case changes or is taken back when a calendar is corrected or something is heard late: old and new stand in its Move.
DUE_MOVED = "due_moved"
CONDITION = {"": "active", None: "active", "confirmed": "active"}


#: What is no intent's fault: tried again later, whole.
_OF_THE_STORE = (OperationalError, InterfaceError, TimeoutError, MemoryError, Stale)


@dataclass(frozen=True, slots=True)
class House:
    """What this installation says about ownership, and per code how its faults come and go."""

    routes: Sequence[Route] = ()
    partners: Mapping[str, Partner] | None = None
    habits: Mapping[str, Habit] = field(default_factory=dict)

    def habit(self, code: str) -> Habit:
        """How the faults of a code come and go."""
        return self.habits.get(code, USUAL)


def apply(store: Store, intents: Iterable[Intent], house: House) -> int:
    """Apply what is new; returns how many intents that was. Each transaction stores how far it came.

    One that cannot be applied is set aside and those behind it go on; where the store cannot be written, none is.
    """
    return sum(_piece(store, some, house) for some in pieces(sorted(intents, key=lambda i: i.seq), AT_ONCE))


def _piece(store: Store, some: list[Intent], house: House) -> int:
    """A transaction; where it fails, one for each half, down to the intent that cannot be applied."""
    try:
        with store.writing() as connection:
            return _apply(connection, store.scope, some, house)
    except _OF_THE_STORE:
        raise
    except Exception as fault:  # whatever an intent does to its case
        if len(some) > 1:
            half = len(some) // 2
            return _piece(store, some[:half], house) + _piece(store, some[half:], house)
        log.error("%s of %s could not be applied and is set aside", some[0].code, some[0].subject, exc_info=fault)
        with store.writing() as connection:
            put_aside(connection, store.scope, some[0], fault)
            _remember(connection, store.scope, some[0].seq)
        return 1


def applied_seq(connection: Connection, scope: str) -> int:
    """The number of the last intent that was applied in this scope; 0 before the first."""
    return connection.execute(select(applied.c.seq).where(applied.c.scope == scope)).scalar() or 0


def _apply(connection: Connection, scope: str, intents: list[Intent], house: House) -> int:
    before = applied_seq(connection, scope)
    fresh = [intent for intent in intents if intent.seq > before]
    if not fresh:
        return 0
    ledger = Ledger(connection, scope)
    keys = {intent.seq: key_of(scope, intent) for intent in fresh}
    ledger.read_each(case.c.key, dict.fromkeys(keys.values()))
    latest = _latest(ledger.rows.values())
    told = {(row["key"], due) for row in ledger.rows.values() for due in row["dues"]}
    touched: set[str] = set()
    for intent in fresh:
        key = keys[intent.seq]
        if intent.found_late and (key, _due(intent)) in told:
            continue
        row = _DO[intent.action](ledger, latest.get(key), intent, house, key)
        if row:
            latest[key] = row
            told.add((key, _due(intent)))
            touched.add(row["order_id"] or "")
    told_of = {keys[intent.seq] for intent in fresh}
    touched |= concerned(ledger, [row for key, row in latest.items() if key in told_of])
    fold(ledger, touched, Hand("engine", "engine", fresh[-1].at, "fold"))
    ledger.flush()
    _remember(connection, scope, fresh[-1].seq)
    return len(fresh)


def _latest(rows: Iterable[Row]) -> dict[str, Row]:
    """key -> its newest case."""
    return {row["key"]: row for row in sorted(rows, key=lambda r: r["number"])}


def _remember(connection: Connection, scope: str, seq: int) -> None:
    if not connection.execute(update(applied).where(applied.c.scope == scope).values(seq=seq)).rowcount:
        connection.execute(insert(applied).values(scope=scope, seq=seq))


def _due(intent: Intent) -> str:
    """The Due behind an intent, as a case remembers it."""
    return f"{intent.rule}:{intent.occurrence}"


def _hand(intent: Intent, action: str) -> Hand:
    actor = f"{intent.rule}@{intent.rule_version}" if intent.rule else "engine"
    return Hand(actor, "engine", intent.at, action, intent.reason)


def _raise(ledger: Ledger, row: Row | None, intent: Intent, house: House, key: str) -> Row | None:
    """Sentences 1 to 3 of the life cycle. What was never wrong when we looked makes no case."""
    if intent.condition == "void":
        return None
    if row and row["status"] in OPEN:
        return _noted(ledger, row, intent) if intent.found_late else _again(ledger, row, intent, house)
    if row and row["status"] == "resolved" and not intent.found_late:
        within = house.habit(intent.code).reopen_within
        if life_cycle.returns(row, _due(intent), _severity(intent), intent.at, within):
            return _reopen(ledger, row, intent)
        if life_cycle.known(row, _due(intent)):
            return _again(ledger, row, intent, house)
    if row and row["status"] == "closed" and life_cycle.known(row, _due(intent)) and not _worse(intent, row):
        return row
    new = _new(ledger.scope, key, row, intent, house)
    ledger.add(new, _hand(intent, "raise"))
    return new


def _noted(ledger: Ledger, row: Row, intent: Intent) -> Row:
    """Another Due of the same subject was missed and healed while this one is open: it is part of the same case."""
    ledger.change(row, {"dues": [*row["dues"], _due(intent)]}, _hand(intent, "found_late"))
    return row


def _again(ledger: Ledger, row: Row, intent: Intent, house: House) -> Row:
    """The fault is there (still, or again): the case takes what is new about it."""
    changes = _standing(row, intent) | _graded(row, intent, house)
    if row["condition"] not in life_cycle.WRONG and row["status"] in OPEN:
        changes |= {"cleared_at": None, "cleared_by": None, "rests_at": None}
    ledger.change(row, changes | _roused(row, changes), _hand(intent, "raise"))
    return row


def _reopen(ledger: Ledger, row: Row, intent: Intent) -> Row:
    """The fault is there again and the case is work again, as bad as it now is."""
    changes = life_cycle.returned(row, intent.at) | _standing(row, intent) | {"severity": _severity(intent, row)}
    ledger.change(row, changes, _hand(intent, "reopen"))
    return row


def _standing(row: Row, intent: Intent) -> Changes:
    """What a fault that is there changes in its case, whatever the status."""
    return _news(row, intent) | {
        "condition": CONDITION.get(intent.condition, intent.condition),
        "confidence": intent.confidence or row["confidence"],
        "active": sorted({*row["active"], _due(intent)}),
        "dues": list(dict.fromkeys([*row["dues"], _due(intent)])),
    }


def _graded(row: Row, intent: Intent, house: House) -> Changes:
    """The severity of a case of which this is said: up at once, down after a while; what was accepted only rises."""
    said = _severity(intent, row)
    if row["status"] not in OPEN:
        accepted = row["resolution"] in DISMISSED and not life_cycle.worse(said, row["severity"])
        return {} if accepted else {"severity": said}
    return life_cycle.graded(row, said, intent.at, house.habit(row["code"]).keep)


def _worse(intent: Intent, row: Row) -> bool:
    return life_cycle.worse(_severity(intent, row), row["severity"])


def _update(ledger: Ledger, row: Row | None, intent: Intent, house: House, key: str) -> Row | None:
    if not row or row["status"] == "closed":
        return None
    changes = _news(row, intent) | _graded(row, intent, house)
    if intent.confidence:
        changes["confidence"] = intent.confidence
    if intent.condition in life_cycle.WRONG and row["condition"] in life_cycle.WRONG:
        changes["condition"] = intent.condition
    if row["status"] == "resolved" and row["active"] and _worse(intent, row):
        changes |= life_cycle.returned(row, intent.at)
    hand = _hand(intent, "update")
    if {intent.due_at, row["due_at"]} - {None, row["due_at"]} and row["due_at"]:
        hand = structs.replace(hand, reason=hand.reason or DUE_MOVED)
    ledger.change(row, changes | _roused(row, changes), hand)
    return row


def _clear(ledger: Ledger, row: Row | None, intent: Intent, house: House, key: str) -> Row | None:
    return _end(ledger, row, intent, house, "clear")


def _void(ledger: Ledger, row: Row | None, intent: Intent, house: House, key: str) -> Row | None:
    if row is None or _due(intent) in row["active"] or not intent.occurrence:
        return _end(ledger, row, intent, house, "void")
    for one in ledger.rows.values():
        if one["key"] == key and one["condition"] == "cleared" and _due(intent) in one["dues"]:
            _retract(ledger, one, intent)
    return row


def _retract(ledger: Ledger, row: Row, intent: Intent) -> None:
    """What was over already has never been wrong, as a late word says; the last one takes the condition with it."""
    others = [due for due in row["dues"] if due != _due(intent)]
    changes: Changes = {"dues": others} if others else {"condition": "void", "cleared_by": "void"}
    ledger.change(row, changes | _flagged(row, intent.reason), _hand(intent, "void"))


def _end(ledger: Ledger, row: Row | None, intent: Intent, house: House, action: str) -> Row | None:
    """One of the Dues behind a case is over; the last one takes the condition with it."""
    due = _due(intent)
    if not row or not (row["active"] if not intent.occurrence else due in row["active"]):
        return None
    left = [other for other in row["active"] if intent.occurrence and other != due]
    changes: Changes = {"active": left} | _flagged(row, intent.reason if action == "void" else "")
    if intent.reason == DUE_MOVED and intent.due_at:
        changes["due_at"] = intent.due_at
    if not left and action == "clear":
        changes |= life_cycle.cleared(row, intent.met_at or intent.at, intent.at, house.habit(row["code"]))
    elif not left:
        changes |= life_cycle.voided(row, intent.at)
    ledger.change(row, changes, _hand(intent, action))
    return row


_DO = {"raise": _raise, "update": _update, "clear": _clear, "void": _void}


def _severity(intent: Intent, row: Row | None = None) -> str:
    """The severity an intent gives; with several Dues behind one case the highest wins. A word nobody knows is none."""
    said = intent.severity if intent.severity in life_cycle.SEVERITIES else row["severity"] if row else "medium"
    shared = row is not None and any(due != _due(intent) for due in row["active"])
    return row["severity"] if row and shared and life_cycle.worse(row["severity"], said) else said


def _news(row: Row, intent: Intent) -> Changes:
    """Facts that the intent states; what it leaves out stays. More evidence is added, in order."""
    said = _plain(_facts(intent))
    known = set(row["evidence"])
    more = [item for item in intent.evidence if item not in known]
    changes: Changes = {name: value for name, value in said.items() if value is not None}
    if more:
        changes["evidence"] = [*row["evidence"], *more][-50:]
    if changes.get("cause", row["cause"]) != row["cause"]:
        changes["title"] = title(row["code"], changes["cause"])
    return changes


def _facts(intent: Intent) -> Changes:
    return dict(zip(FACTS, _stated(intent), strict=True))


def _plain(row: Row) -> Row:
    """Texts without NUL characters, which PostgreSQL cannot store and SQLite shows wrongly."""
    if "\x00" in "".join([said for said in row.values() if isinstance(said, str)]):
        return {name: said.replace("\x00", "") if isinstance(said, str) else said for name, said in row.items()}
    return row


def _roused(row: Row, changes: Changes) -> Changes:
    """A higher severity wakes a snoozed case."""
    severity = str(changes.get("severity", row["severity"]))
    wakes = row["status"] == "snoozed" and life_cycle.worse(severity, row["severity"])
    return life_cycle.woken(row) if wakes else {}


def _flagged(row: Row, flag: str) -> Changes:
    return {"flags": [*row["flags"], flag]} if flag and flag not in row["flags"] else {}


def _new(scope: str, key: str, before: Row | None, intent: Intent, house: House) -> Row:
    """A case as it is first stored; one whose fault is already over comes resolved."""
    number = before["number"] + 1 if before else 1
    team, owner = routed(intent, house.routes, house.partners or {})
    over = intent.found_late or intent.condition in ("cleared", "void")
    row = _BLANK | {
        "id": "exc_" + digest(scope, intent.code, intent.subject_type, intent.subject, number),
        "scope": scope,
        "key": key,
        "number": number,
        "code": intent.code,
        "subject_type": intent.subject_type,
        "subject": intent.subject,
        "title": title(intent.code, intent.cause),
        "severity": _severity(intent),
        "status": "new",
        "condition": "active" if over else CONDITION.get(intent.condition, intent.condition),
        "confidence": intent.confidence or "confirmed",
        "owner": owner or None,
        "team": team or None,
        "rule": intent.rule or None,
        "dues": [_due(intent)],
        "active": [] if over else [_due(intent)],
        "evidence": list(intent.evidence)[-50:],
        "flags": [flag for flag in ("found_late" if over else "", intent.reason) if flag],
        "opened_at": intent.at,
        "detected_at": intent.detected_at or intent.at,
        "reopened": 0,
        "reopenings": [],
        "flapping": False,
        "previous": before["id"] if before else None,
        "touched": 0,
    }  # fmt: skip
    row = _plain(row | _facts(intent))
    return row | (life_cycle.cleared(row, intent.met_at or intent.at, intent.at) if over else {})
