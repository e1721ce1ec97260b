"""What is wrong with sources and partners by now that no event tells: silence, outages, volumes. Each is a spell."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from app import clock
from app.model.event import INSTANT
from app.model.sources import NEVER, NOTHING, UNDELIVERED
from app.model.taxonomy import PARTNERS, role
from app.store.hearing import Agreed, Hearing, Row, transport
from app.store.volume import hourly, volume
from app.store.work import Work
from rules.book import Listened
from rules.kinds.agreement import Agreement
from rules.kinds.freshness import HEARD, Freshness, stale
from rules.kinds.outage import FELL, QUIET, WORD, Burst, Outage, Signs, outages

#: A spell as it begins: what is wrong from `due_at` on, because of what has been so since `began_at`.
SPELL: dict[str, Any] = {
    "code": pl.String, "cause": pl.String, "subject_type": pl.String, "subject": pl.String, "partner": pl.String,
    "owner": pl.String, "began_at": INSTANT, "due_at": INSTANT, "detail": pl.String,
}  # fmt: skip
#: What is wrong, by what a rule reads.
CAUSES: dict[str, tuple[str, ...]] = {
    "anything": (NOTHING,), "file": (UNDELIVERED,), "inventory.snapshot": ("snapshot_old",), "volume": ("fewer", "more"),
    "clock": ("future", "before_release"),
}  # fmt: skip
_SEVERITY = {"code": pl.String, "cause": pl.String, "severity": pl.String}
#: How far back cases count for an outage.
LATELY, HOUR = timedelta(hours=24), timedelta(hours=1)
#: A clock is right again after so many events in order.
_IN_ORDER = 20
#: Sources that told of the future, or of work before it was asked for (judge/clock): `items` in the hours after the last time.
_CLOCKS = """
with ahead as (
    select source, min(at_first) as began_at, max(at_first) as last_at, sum(items)::bigint as items,
        arg_min(detail, row(at_first, raw_id, item)) as detail
    from source_fault where code = 'clock_or_zone_error' group by source
),
newest as (select *, max(until) over (partition by source) as last_at from wrong_clock),
wrong as (
    select source, 'future' as cause, began_at, last_at, null as hours, format('{} items ahead of their arrival, the first says {}', items, coalesce(detail, '?')) as detail
    from ahead
    union all
    select source, 'before_release', min(since), max(last_at), min(hours), format('{} orders worked on before they were released, as if by {} hours', count(distinct order_no), min(hours))
    from newest where until > last_at - interval 1 day group by source
)
select w.*, (select coalesce(sum(h.accepted), 0) from source_hour h where h.source = w.source and h.hour > w.last_at) as items
from wrong w
"""
#: Whether so many events came since that are not as old as a clock wrong by so many hours makes them.
_RIGHT = """
select count(*) as events from (
    select 1 from event where source = $source and received_at > $last_at and received_at < occurred_at + to_hours($hours) limit $least
)
"""


def severities(rules: Sequence[Listened]) -> pl.DataFrame:
    """How bad each cause of each code is: code, cause, severity."""
    told: list[tuple[str, str, str]] = []
    for rule in rules:
        causes = ("silent", "cases") if isinstance(rule, Outage) else CAUSES.get(rule.of, ())
        told += [(rule.code, cause, rule.severity) for cause in causes]
        told += [(rule.code, NEVER, "medium")] if NOTHING in causes else []
    each = pl.DataFrame(told, schema=_SEVERITY, orient="row")
    return each.unique(["code", "cause"], keep="first", maintain_order=True)


def found(
    work: Work, agreed: Agreed, rules: Sequence[Listened], heard: Mapping[str, Hearing], now: datetime
) -> list[Row]:
    """All spells that should be on at `now` (rows of SPELL)."""
    every = [*_silent(agreed, heard), *never(work, rules, heard, now)]
    for rule in rules:
        if isinstance(rule, Outage):
            every += _out(work, agreed, rule, heard, now)
        elif isinstance(rule, Freshness) and rule.over == "stock":
            every += _old(work, agreed, rule, now)
        elif isinstance(rule, Agreement) and rule.of == "volume":
            every += _off(work, agreed, rule, now)
        elif isinstance(rule, Agreement) and rule.of == "clock":
            every += wrong_clock(work, rule)
    return every


def _silent(agreed: Agreed, heard: Mapping[str, Hearing]) -> Iterator[Row]:
    """Sources that are silent."""
    for code, one in heard.items():
        if one.standing.state == "silent" and one.rule:
            owner = owner_of(agreed, code, one.rule)
            when = (one.standing.since, one.expected.due_at)
            yield spell(one.rule.code, CAUSES[one.rule.of][0], code, owner, when, one.standing.why)


def never(work: Work, rules: Sequence[Listened], heard: Mapping[str, Hearing], now: datetime) -> Iterator[Row]:
    """Sources that are declared and never spoke, though something that is overdue waits for them: by name, or by their
    role where nobody of that role was ever heard."""
    never = [code for code, one in heard.items() if one.standing.state == "never"]
    rule = next((one for one in rules if isinstance(one, Freshness) and one.of == "anything"), None)
    if not never or rule is None:
        return
    spoke = {role(code) for code in heard if code not in never}
    names = [(name, code) for code in never for name in {code, role(code)} - spoke]
    work.hold("never_heard", pl.DataFrame(names, schema={"system": pl.String, "source": pl.String}, orient="row"))
    for row in work.ask("state/waited", now=now).iter_rows(named=True):
        when = (row["since"], row["since"])
        yield spell(rule.code, NEVER, row["source"], "administrator", when, "Declared, and never heard.")


def _out(work: Work, agreed: Agreed, rule: Outage, heard: Mapping[str, Hearing], now: datetime) -> Iterator[Row]:
    """Partners that are out by their silence or by their cases; of circuits events tell."""
    quiet = [
        (code, one.expected.since, one.expected.allowed, one.calendar)
        for code, one in heard.items()
        if one.standing.state == "silent" and role(code) in PARTNERS
    ]
    told = pl.DataFrame(quiet, schema=QUIET, orient="row")
    signs = Signs(pl.DataFrame(schema=WORD), told, _fell(work, rule, now))
    for row in outages(signs, rule, agreed.clocks).iter_rows(named=True):
        if row["due_at"] < now:
            when = (row["began_at"], row["due_at"])
            yield spell(rule.code, row["cause"], row["partner"], str(rule.owner), when, "", "partner")


def _old(work: Work, agreed: Agreed, rule: Freshness, now: datetime) -> Iterator[Row]:
    """Stock of places of which nothing whole was counted lately."""
    work.run("state/counted", now=now)
    told = work.ask("state/counted_last")
    sent = {code: transport(source) for code, source in agreed.declared.items()}
    heard = told.select(
        subject=pl.col("source") + "@" + pl.col("location"), source="source", partner="partner",
        transport=pl.col("source").replace_strict(sent, default="", return_dtype=pl.String), calendar=pl.lit(""),
        heard_at="heard_at", usual=pl.lit(None, HEARD["usual"]), next_at=pl.lit(None, HEARD["next_at"]),
    )  # fmt: skip
    for row in stale(heard, rule, agreed.clocks).filter(pl.col("due_at") < now).iter_rows(named=True):
        when = (row["since"], row["due_at"])
        one = spell(
            rule.code,
            CAUSES[rule.of][0],
            row["subject"],
            str(rule.owner),
            when,
            f"Counted at {row['since']:%d %b %H:%M} UTC.",
        )
        yield one | {"partner": row["partner"] or row["source"]}


def _fell(work: Work, rule: Outage, now: datetime) -> pl.DataFrame:
    """What fell due lately of partners of whom enough is open (columns FELL)."""
    told = [(code, one.at_least) for one in rule.any if isinstance(one, Burst) for code in one.cases]
    work.hold("burst_code", pl.DataFrame(told, schema={"code": pl.String, "least": pl.Int64}, orient="row"))
    busy = work.ask("state/busy", since=now - LATELY)
    if busy.is_empty():
        return pl.DataFrame(schema=FELL)
    work.hold("busy_partner", busy)
    return work.ask("state/fell", since=now - LATELY, now=now).select(pl.col(name).cast(t) for name, t in FELL.items())


def wrong_clock(work: Work, rule: Agreement) -> Iterator[Row]:
    """Sources whose events happened in the future or before their release, by whole hours."""
    work.run("judge/clock")
    for row in work.rows(_CLOCKS, {}):
        if row["items"] >= _IN_ORDER and (row["hours"] is None or _in_order(work, row)):
            continue
        when = (row["began_at"], row["began_at"] + rule.allowed)
        yield spell(rule.code, row["cause"], row["source"], str(rule.owner), when, row["detail"])


def _in_order(work: Work, wrong: Row) -> bool:
    """Whether a clock that was wrong by whole hours has been right often enough since."""
    asked = {name: wrong[name] for name in ("source", "last_at", "hours")} | {"least": _IN_ORDER}
    return bool(work.rows(_RIGHT, asked)[0]["events"] >= _IN_ORDER)


def _off(work: Work, agreed: Agreed, rule: Agreement, now: datetime) -> Iterator[Row]:
    """Sources whose newest full hour had fewer or more items than agreed."""
    if clock.frozen() or not any(source.expects.per_hour for source in agreed.declared.values()):
        return
    hour = now.replace(minute=0, second=0, microsecond=0)
    counts = hourly(work.rows, hour)
    for code in agreed.declared:
        told = volume(agreed, code, counts.get(code, []), hour)
        if told and told["off"]:
            detail = f"{told['items']} items in an hour, agreed {told['least']} to {told['most']}"
            when = (told["newest"], told["newest"] + HOUR + rule.allowed)
            yield spell(rule.code, told["off"], code, owner_of(agreed, code, rule), when, detail)


def owner_of(agreed: Agreed, code: str, rule: Listened) -> str:
    """Who looks after a source: as it is declared, else as the rule says."""
    declared = agreed.declared.get(code)
    return (declared.owner if declared else "") or str(rule.owner)


def spell(
    code: str, cause: str, subject: str, owner: str, when: tuple[datetime | None, datetime | None], detail: str,
    kind: str = "source",
) -> Row:  # fmt: skip
    """One row of SPELL."""
    return {
        "code": code, "cause": cause, "subject_type": kind, "subject": subject, "owner": owner, "detail": detail,
        "partner": subject if kind == "partner" or role(subject) in PARTNERS else None, "began_at": when[0], "due_at": when[1],
    }  # fmt: skip
