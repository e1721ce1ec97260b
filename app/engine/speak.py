"""What by now has gone wrong, and the difference to what was last said of it, as intents for the cases."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.store.work import Work


def fallen(work: Work, since: datetime, now: datetime) -> int:
    """Find the orders of which something fell due in [since, now); how many there are."""
    work.run("judge/fallen", since=since, now=now)
    return work.count("judged_order")


def doubt(work: Work) -> None:
    """Find the events whose times nobody can trust; orders of which that is news are judged as well."""
    work.run("judge/clock")
    work.run("judge/doubt")


def speak(work: Work, now: datetime) -> int:
    """Write what should now be raised, changed or cleared for the orders in `judged_order`; how many intents."""
    doubt(work)
    work.run("judge/wanted", now=now)
    work.run("judge/intent", now=now, intent=work.number("select intent_seq from cursor_state"))
    return work.count("fresh_intent")


def deliver(work: Work, take: Callable[[list[dict[str, Any]]], object], many: int = 4_000) -> None:
    """Hand over what was said, in order and not too much at once; forget what was taken."""
    while len(said := work.ask("judge/next", many=many)):
        take(said.to_dicts())
        work.run_sql(f"delete from case_intent where seq <= {said['seq'].item(-1)}")
