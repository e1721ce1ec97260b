"""Looks at the sources by the clock on the wall: who is silent, up to when each is complete, how sure verdicts are.

1. A spell begins when it is noticed and ends when it is over; it is kept, since no event tells of it. 2. A watermark
never goes back. 3. What waits for a source that is silent, has a gap, or is out, and lies after its watermark, is
unknown; for a quarter of an hour after its return it stays so, and the watermark stands. 4. A role stands as its sources do together: those of whom nothing is expected are left
out, one that was never heard holds them back. 5. While this program was down nobody could be heard.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from app import clock
from app.contracts import Clocks
from app.engine import noticed
from app.engine.agreement import learn_agreements
from app.model.event import INSTANT
from app.model.sources import FLOOR, SETTLING
from app.model.taxonomy import role
from app.model.watermarks import together
from app.settings import Source
from app.store.hearing import Hearing, Row, Usual, hearings, usual
from app.store.work import Work
from rules.book import Listened, silences
from rules.kinds.freshness import Freshness

_STATE: dict[str, Any] = {
    "system": pl.String, "state": pl.String, "unknown": pl.Boolean, "never": pl.Boolean, "watermark": INSTANT,
    "settles_at": INSTANT,
}  # fmt: skip
_DOUBTFUL = ("silent", "gap")
#: How often one looks while nothing comes.
_EVERY = timedelta(seconds=5)
_NEWS = "select count(*) from shaken"


@dataclass(slots=True)
class Listening:
    """What was agreed with the sources, and the rules that say what is wrong with them and with partners."""

    declared: Mapping[str, Source]
    clocks: Clocks
    in_force: Callable[[], tuple[Listened, ...]]
    _looked_at: datetime | None = None
    _deaf_until: datetime | None = None
    _habits: tuple[datetime, Usual] | None = None
    _learned: tuple[Listened, ...] | None = None

    @property
    def rules(self) -> tuple[Listened, ...]:
        """The rules as they are in force now."""
        return self.in_force()

    @property
    def silences(self) -> tuple[Freshness, ...]:
        """The rules that say when a source is silent."""
        return silences(self.rules)

    def learn(self, work: Work) -> None:
        """Tell the store what the rules in force say, if that has changed."""
        rules = self.rules
        if rules is not self._learned:
            self._learned = rules
            work.hold("spell_rule", noticed.severities(rules))
            learn_agreements(work, rules)

    def look(self, work: Work, now: datetime, news: bool) -> bool:
        """Look, if there is `news` or it is time; whether anything is to be said. After `also_touched` is begun.

        Leaves the orders of which something is more or less sure than was said in `shaken`.
        """
        work.run_sql("create or replace temp table shaken (order_no bigint)")
        work.run_sql("create or replace temp table spoke_up (system varchar)")
        self.learn(work)
        first = self._looked_at is None
        if self._looked_at and not news and now - self._looked_at < _EVERY:
            return False
        if first:
            self._begin(work, now)
        self._looked_at = now
        heard = hearings(work.rows, self, self._usual(work, now), now, self._deaf_until)
        moved = self._note(work, noticed.found(work, self, self.rules, heard, now), now)
        if self._write(work, heard, now) or first:
            work.run("state/shaken", now=now)
        return moved or work.number(_NEWS) > 0

    def tell(self, work: Work) -> None:
        """The spells that are on, as judgements; those that are new or over are to be spoken of."""
        self.learn(work)
        work.run("state/noticed")
        work.run_sql("insert into also_touched select no from moved_spell")

    def _begin(self, work: Work, now: datetime) -> None:
        """At the first look: since when nobody listened."""
        swept = work.ask("select swept_at from cursor_state")["swept_at"].item()
        if swept and not clock.frozen() and now - swept > FLOOR:
            self._deaf_until = now

    def _usual(self, work: Work, now: datetime) -> Usual:
        """What is usual, learned anew each hour."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if self._habits is None or self._habits[0] != hour:
            self._habits = hour, usual(work.rows, now)
        return self._habits[1]

    def _note(self, work: Work, found: Sequence[Row], now: datetime) -> bool:
        """Begin and end spells; whether any did."""
        wanted = {_key(one): one for one in found}
        on = {
            _key(one) for one in work.rows("select code, cause, subject from source_spell where ended_at is null", {})
        }
        begun, over = [one for key, one in wanted.items() if key not in on], on - wanted.keys()
        if not begun and not over:
            return False
        names = {"code": pl.String, "cause": pl.String, "subject": pl.String}
        work.hold("begun_spell", pl.DataFrame(begun, schema=noticed.SPELL, orient="row"))
        work.hold("ended_spell", pl.DataFrame(sorted(over), schema=names, orient="row"))
        work.run("state/note", now=now)
        self.tell(work)
        return True

    def _write(self, work: Work, heard: Mapping[str, Hearing], now: datetime) -> bool:
        """Write how every system stands; whether that is news."""
        before = {row["system"]: row for row in work.rows("select * from source_state", {})}
        down = {row["partner"] for row in work.rows(_DOWN, {"now": now})}
        rows = [self._state(code, one, before.get(code), code in down, now) for code, one in heard.items()]
        known = {code for code in before if before[code]["state"] == "out"} | down
        rows += [
            _stands(code, "out" if code in down else "", before.get(code), now) for code in sorted(known - heard.keys())
        ]
        rows = [row for row in rows if row["state"] or row["settles_at"]]
        rows += _roles(rows, before)
        if {row["system"]: row for row in rows} == before:
            return False
        work.hold("seen_state", pl.DataFrame(rows, schema=_STATE, orient="row"))
        work.run("state/seen_state")
        return True

    def _state(self, code: str, one: Hearing, before: Row | None, down: bool, now: datetime) -> Row:
        told = _stands(code, "out" if down else one.standing.state, before, now)
        never = one.standing.state == "never" and not down
        if before and told["unknown"]:
            return told
        marks = [mark for mark in (one.watermark, before and before["watermark"]) if mark]
        return told | {"never": never, "watermark": max(marks, default=None)}


#: Partners that are out by now: an open circuit, or a spell.
_DOWN = """
select subject as partner from judgement where order_no < 0 and kind = 'outage' and since <= $now
union select subject from source_spell where subject_type = 'partner' and ended_at is null
"""


def _key(one: Row) -> tuple[str, str, str]:
    return one["code"], one["cause"], one["subject"]


def _stands(system: str, state: str, before: Row | None, now: datetime) -> Row:
    """One row: unknown while it is silent, has a gap or is out, and until it has settled."""
    doubtful = state in _DOUBTFUL or state == "out"
    settles = None
    if before and not doubtful and not clock.frozen():
        was = before["state"] in _DOUBTFUL or before["state"] == "out"
        settles = now + SETTLING if was else before["settles_at"]
        settles = settles if settles and settles > now else None
    return {
        "system": system, "state": state, "unknown": doubtful or settles is not None, "never": False,
        "watermark": before["watermark"] if before else None, "settles_at": settles,
    }  # fmt: skip


def _roles(rows: Sequence[Row], before: Mapping[str, Row]) -> list[Row]:
    """The roles of these sources, each as they stand together."""
    some: dict[str, list[Row]] = {}
    for row in rows:
        if row["system"] != role(row["system"]):
            some.setdefault(role(row["system"]), []).append(row)
    taken = {row["system"] for row in rows}
    return [_role(name, members, before.get(name)) for name, members in sorted(some.items()) if name not in taken]


def _role(name: str, members: Sequence[Row], before: Row | None) -> Row:
    marks = [(one["watermark"], one["state"] in ("quiet", "")) for one in members]
    never = all(one["never"] for one in members)
    return {
        "system": name, "state": members[0]["state"] if len(members) == 1 else "several", "never": never,
        "unknown": any(one["unknown"] for one in members), "settles_at": None,
        "watermark": together(marks, before["watermark"] if before else None),
    }  # fmt: skip
