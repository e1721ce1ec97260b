"""What the people of the made-up company have done about a month of exceptions, before anybody looks on."""

from datetime import datetime, timedelta
from typing import Any

from app import clock
from app.cases import Cases
from app.cases.identity import Identity
from app.model.judgements import BLOCKING

#: Who was at the desk; the second takes what the first has no time for.
_PEOPLE = (Identity("olivia"), Identity("ana"))
#: What is as old as this is settled with whoever made it, unless an order still waits for it; what is younger is seen, and of
#: what is new some waits.
_SETTLED, _SEEN = timedelta(days=2), timedelta(hours=3)


def worked(cases: Cases) -> None:
    """Settle what has stood open for days, and take on what has for hours, at the moment that the clock shows."""
    now = clock.now()
    for number, one in enumerate(_open(cases)):
        who, age = _PEOPLE[number % len(_PEOPLE)], now - datetime.fromisoformat(one["opened_at"])
        if age > _SETTLED and one["code"] not in BLOCKING:
            cases.act(
                one["id"], "resolve", None, who, via="web", reason="accepted", comment="Settled with who made it."
            )
        elif age > _SEEN and one["status"] == "new" and number % 3:
            cases.act(one["id"], "acknowledge", None, who, via="web")


def _open(cases: Cases) -> list[dict[str, Any]]:
    """What is new or taken on, but for what stands under another."""
    cursor: str | None = ""
    found: list[dict[str, Any]] = []
    while cursor is not None:
        rows, cursor, _ = cases.list({"status": "new,acknowledged"}, limit=1000, cursor=cursor)
        found += rows
    return found
