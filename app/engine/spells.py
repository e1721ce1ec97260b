"""What is wrong with sources and partners by now that no event tells: silence, outages, volumes. Each is a spell."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from app import clock
from app.model.event import INSTANT
from app.model.taxonomy import role
from app.store.hearing import Agreed, Hearing, Row
from app.store.volume import hourly, volume
from app.store.work import Work
from rules.kinds.freshness import Freshness
from rules.kinds.outage import FELL, QUIET, WORD, Burst, Outage, Signs, outages

#: A spell as it begins: what is wrong from `due_at` on, because of what has been so since `began_at`.
SPELL: dict[str, Any] = {
    "code": pl.String, "cause": pl.String, "subject_type": pl.String, "subject": pl.String, "partner": pl.String,
    "owner": pl.String, "began_at": INSTANT, "due_at": INSTANT, "detail": pl.String,
}  # fmt: skip
_CAUSES = {"anything": "nothing_heard", "file": "file_due"}
_SEVERITY = {"code": pl.String, "cause": pl.String, "severity": pl.String}
#: Roles whose sources are partners.
_PARTNERS = ("3pl", "wms", "carrier", "sup")
#: How far back cases count for an outage.
_LATELY, _HOUR = timedelta(hours=24), timedelta(hours=1)


def severities(silences: Sequence[Freshness], out: Sequence[Outage]) -> pl.DataFrame:
    """How bad each cause of each code is: code, cause, severity."""
    told = [(rule.code, _CAUSES[rule.of], rule.severity) for rule in silences]
    told += [("source_silent", "never_heard", "medium")]
    told += [(rule.code, cause, rule.severity) for rule in out for cause in ("silent", "cases")]
    told += [("volume_off", "fewer", "medium"), ("volume_off", "more", "low")]
    return pl.DataFrame(told, schema=_SEVERITY, orient="row")


def found(work: Work, agreed: Agreed, out: Sequence[Outage], heard: Mapping[str, Hearing], now: datetime) -> list[Row]:
    """All spells that should be on at `now` (rows of SPELL)."""
    every = (*_silent(agreed, heard), *_never(work, heard, now), *_out(work, agreed, out, heard, now))
    return [*every, *_off(work, agreed, now)]


def _silent(agreed: Agreed, heard: Mapping[str, Hearing]) -> Iterator[Row]:
    """Sources that are silent."""
    for code, one in heard.items():
        if one.standing.state == "silent":
            owner = _owner(agreed, code)
            when = (one.standing.since, one.expected.due_at)
            yield _spell("source_silent", _CAUSES[one.cause], code, owner, when, one.standing.why)


def _never(work: Work, heard: Mapping[str, Hearing], now: datetime) -> Iterator[Row]:
    """Sources that are declared and never spoke, though something that is overdue waits for them."""
    never = [code for code, one in heard.items() if one.standing.state == "never"]
    if not never:
        return
    names = [(name, code) for code in never for name in {code, role(code)}]
    work.hold("never_heard", pl.DataFrame(names, schema={"system": pl.String, "source": pl.String}, orient="row"))
    for row in work.ask("state/waited", now=now).iter_rows(named=True):
        when = (row["since"], row["since"])
        yield _spell("source_silent", "never_heard", row["source"], "administrator", when, "Declared, and never heard.")


def _out(
    work: Work, agreed: Agreed, out: Sequence[Outage], heard: Mapping[str, Hearing], now: datetime
) -> Iterator[Row]:
    """Partners that are out by their silence or by their cases; of circuits events tell."""
    quiet = [
        (code, one.expected.since, one.expected.allowed, one.calendar)
        for code, one in heard.items()
        if one.standing.state == "silent" and role(code) in _PARTNERS
    ]
    for rule in out:
        fell = _fell(work, rule, now)
        signs = Signs(pl.DataFrame(schema=WORD), pl.DataFrame(quiet, schema=QUIET, orient="row"), fell)
        for row in outages(signs, rule, agreed.clocks).iter_rows(named=True):
            if row["due_at"] < now:
                when = (row["began_at"], row["due_at"])
                yield _spell(rule.code, row["cause"], row["partner"], rule.owner, when, "", "partner")


def _fell(work: Work, rule: Outage, now: datetime) -> pl.DataFrame:
    """What fell due lately of partners of whom enough is open (columns FELL)."""
    told = [(code, one.at_least) for one in rule.any if isinstance(one, Burst) for code in one.cases]
    work.hold("burst_code", pl.DataFrame(told, schema={"code": pl.String, "least": pl.Int64}, orient="row"))
    busy = work.ask("state/busy", since=now - _LATELY)
    if busy.is_empty():
        return pl.DataFrame(schema=FELL)
    work.hold("busy_partner", busy)
    return work.ask("state/fell", since=now - _LATELY, now=now).select(pl.col(name).cast(t) for name, t in FELL.items())


def _off(work: Work, agreed: Agreed, now: datetime) -> Iterator[Row]:
    """Sources whose newest full hour had fewer or more items than agreed."""
    if clock.frozen() or not any(source.expects.per_hour for source in agreed.declared.values()):
        return
    hour = now.replace(minute=0, second=0, microsecond=0)
    counts = hourly(work.rows, hour)
    for code in agreed.declared:
        told = volume(agreed, code, counts.get(code, []), hour)
        if told and told["off"]:
            detail = f"{told['items']} items in an hour, agreed {told['least']} to {told['most']}"
            when = (told["newest"], told["newest"] + _HOUR)
            yield _spell("volume_off", told["off"], code, _owner(agreed, code), when, detail)


def _owner(agreed: Agreed, code: str) -> str:
    declared = agreed.declared.get(code)
    return (declared.owner if declared else "") or "integration"


def _spell(
    code: str, cause: str, subject: str, owner: str, when: tuple[datetime | None, datetime | None], detail: str,
    kind: str = "source",
) -> Row:  # fmt: skip
    """One row of SPELL."""
    return {
        "code": code, "cause": cause, "subject_type": kind, "subject": subject, "owner": owner, "detail": detail,
        "partner": subject if kind == "partner" or role(subject) in _PARTNERS else None, "began_at": when[0], "due_at": when[1],
    }  # fmt: skip
