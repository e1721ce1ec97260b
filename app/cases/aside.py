"""Intents that cannot be applied: kept whole with the reason, so that one never stops the others and none is lost."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from app import clock
from app.cases.intents import Intent
from app.cases.tables import set_aside
from app.errors import brief

_LONGEST = 10_000


def put_aside(connection: Connection, scope: str, intent: Intent, fault: Exception) -> None:
    """Keep an intent as it was meant, and why it could not be done."""
    told = {"code": str(intent.code), "subject": str(intent.subject), "detail": brief(fault), "intent": repr(intent)}
    row = {name: text.replace("\x00", "")[:_LONGEST] for name, text in told.items()}
    now = clock.instant(clock.wall())
    connection.execute(insert(set_aside).values(row | {"scope": scope, "seq": intent.seq, "at": now}))


def lately_aside(connection: Connection, scope: str, since: datetime) -> tuple[int, dict[str, Any]]:
    """How many were set aside since then (wall time), and the last of them."""
    mine = (set_aside.c.scope == scope, set_aside.c.at >= since)
    count = connection.execute(select(func.count()).where(*mine)).scalar_one()
    last = connection.execute(select(set_aside).where(*mine).order_by(set_aside.c.seq.desc()).limit(1))
    return count, dict(last.mappings().first() or {})
