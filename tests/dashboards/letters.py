"""Sample sources and dead letters, shaped like the answers of the store."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.cases import Identity
from app.clock import written
from app.contracts import Wanted
from app.errors import NotFound
from app.model.faults import shown
from app.model.sources import STATES

Row = dict[str, Any]
TEXT = '[{"id": "E-1", "source": "3pl.west", "data": {"lines": [{"qty": "<b>ten</b>"}]}},\n {"id": "E-2"}]'


def sources(now: datetime) -> list[Row]:
    """One of each state, a busy one among them, and one that nobody declared."""
    return [source(name, n, now) for n, name in enumerate((*STATES, "live"))]


def source(state: str, n: int, now: datetime) -> Row:
    """One of them."""
    seen = None if state == "never" else now - timedelta(minutes=7 + 500 * n)
    declared = n < len(STATES)
    return {
        "source": ("3pl.west", "carrier.ups", "sup.<i>nord</i>", "erp.main", "crm.main", "mw.bus")[n], "declared": declared,
        "collector": "cloudevents" if declared else None, "owner": "integration" if declared else None, "state": state,
        "since": written(now - timedelta(hours=5)) if state in ("silent", "gap", "quiet") else None, "why": "Usually something comes within 1 h." if state == "silent" else "",
        "last_seen_at": written(seen), "last_event_at": written(seen), "watermark": written(seen - timedelta(hours=1)) if seen else None,
        "expected": {"every_seconds": 3600, "agreed": n % 2 == 0, "at": ["06:00"] if n == 1 else [], "late_seconds": 3600},
        "accepted": 0 if state == "never" else 900, "duplicates": 3 * n, "rejected": 4 if n == 0 else 0, "late": n, "spans": 0, "unmatched": n % 2,
        "feed": {"failing": True, "last_error": "there is no such <b>table</b>"} if n == 1 else None,
        "faults": [{"code": "schema_changed", "since": written(now), "first": f"dl_{n}_0", "items": 3, "detail": "3", "orders": ["SO-1"]}] if n == 1 else [],
        "volume": {"least": 1, "most": 9, "hours": 23, "below": 2, "above": 0} if n == 0 else None, "dead_letters": 2 if n == 0 else 0, "hours": [[hour % 7 * (state != "never"), 0, int(n == 0 and hour == 20)] for hour in range(24)],
    }  # fmt: skip


def letters(now: datetime) -> list[Row]:
    """Two that wait, a whole message among them, and one that is done."""
    return [letter_row(n, now) for n in range(3)]


def letter_row(n: int, now: datetime) -> Row:
    """One of them."""
    done = n == 2
    return {
        "id": f"dl_{n}_{n - 1}", "source": ("", "3pl.west", "erp.main")[n], "collector": "cloudevents", "native_id": ("", "E-1", "E-9")[n],
        "reason": ("malformed", "bad_quantity", "bad_time")[n], "detail": ("no JSON (byte 0)", "line 1: qty '<b>ten</b>' is no number.", "time 'noon'")[n], "excerpt": "",
        "received_at": now - timedelta(hours=n + 1), "raw_id": n, "item": n - 1, "closed_at": now if done else None, "closed_by": "Alex Costa" if done else None,
        "result": "accepted" if done else None, "status": "closed" if done else "open",
    }  # fmt: skip


def letter(id: str, now: datetime) -> Row:
    """One with its message around the fault and its history."""
    row = next((one for one in letters(now) if one["id"] == id), None)
    if row is None:
        raise NotFound(f"There is no dead letter {id!r}.", "Take the id from the list.")
    told = shown(TEXT, row | {"item": 0})
    message = {
        "kept": True, "size": len(TEXT), "media": "application/json", "mapping": "abc123", "is_text": True, "editable": True,
        "before": told.before, "item": told.item, "after": told.after, "marks": [list(m) for m in told.marks], "line": told.line,
    }  # fmt: skip
    entry = {
        "at": written(now),
        "person": "Alex Costa",
        "why": "agreed",
        "mapping": "abc123",
        "result": "accepted",
        "detail": "",
        "made": ["0"],
    }
    return row | {"message": message, "siblings": [], "history": [entry] if row["status"] == "closed" else []}


def kinds(now: datetime) -> list[Row]:
    """What waits by source and reason."""
    return [
        {"source": r["source"], "reason": r["reason"], "count": 1, "first_at": now, "last_at": now}
        for r in letters(now)[:2]
    ]


@dataclass
class Replays:
    """Remembers what was put through again; everything would be made."""

    asked: list[tuple[Wanted, str, str]] = field(default_factory=list)

    def many(self, wanted: Wanted, who: Identity) -> Row:
        """All that match."""
        self.asked.append((wanted, who.actor, ""))
        return self._done(wanted)

    def edited(self, id: str, body: str, wanted: Wanted, who: Identity) -> Row:
        """One as the person wrote it."""
        self.asked.append((wanted, who.actor, body))
        return self._done(wanted)

    def body(self, id: str) -> str:
        """The text."""
        return TEXT

    def _done(self, wanted: Wanted) -> Row:
        made = [
            {
                "event_id": "0" * 16,
                "type": "order.created",
                "source": "3pl.west",
                "native_id": "E-1",
                "at": None,
                "keys": ["so:erp:<i>1</i>"],
            }
        ]
        item = {
            "message": 1,
            "kept": 1,
            "made": made,
            "replaced": [],
            "letters": [{"id": "dl_1_0", "result": "accepted", "reason": "", "detail": ""}],
        }
        counts = {
            "messages": 1,
            "letters": 1,
            "accepted": 1,
            "duplicate": 0,
            "nothing": 0,
            "rejected": 0,
            "made": 1,
            "replaced": 0,
            "kept": 1,
            "failed": 0,
        }
        return counts | {"items": [item], "left": 0, "last": 1, "dry_run": wanted.dry_run}
