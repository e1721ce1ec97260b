"""What a rule about sources and partners would have raised in what was heard so far: spells with their ends.

Live looks by the clock on the wall and keeps what it noticed; here all moments are looked at at once, from what is stored:
1. Silence lies between two moments at which something came. What is usual is what was agreed, or what is usual by now.
2. Circuits are open between the words that tell of them; cases in a burst are those of the Dues as they are judged now.
3. Of an agreement counts what stands broken; volumes are counted hour by hour. As far back as what is usual is learned of.
Nobody knows when this program itself was down: then everything seems silent.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from app import clock
from app.engine import noticed
from app.engine.agreement import learn_agreements
from app.model.event import INSTANT
from app.model.sources import EARLY
from app.model.taxonomy import PARTNERS, role
from app.settings import Expects, Source
from app.store.hearing import LEARNED, Agreed, Row, Usual, hearings, next_slot, transport, usual
from app.store.volume import outside
from app.store.work import Work
from rules.book import Listened
from rules.kinds.agreement import Agreement
from rules.kinds.freshness import HEARD, Freshness, stale
from rules.kinds.outage import QUIET, Burst, Circuit, Outage, Silent, silences
from rules.lengths import span

#: A spell that may be over.
PAST: dict[str, Any] = noticed.SPELL | {"ended_at": INSTANT}
_DOWN: dict[str, Any] = {
    "partner": pl.String, "cause": pl.String, "began_at": INSTANT, "due_at": INSTANT, "ended_at": INSTANT,
}  # fmt: skip
#: What a rule reads, and when something came again.
_GAP: dict[str, Any] = HEARD | {"next_heard": INSTANT}


def spells(work: Work, agreed: Agreed, rule: Listened, now: datetime) -> pl.DataFrame:
    """The spells of one rule that began to count before `now` (columns PAST)."""
    if isinstance(rule, Outage):
        rows = _outages(work, agreed, rule, now)
    elif isinstance(rule, Freshness):
        rows = _silent(work, agreed, rule, now)
    else:
        rows = _broken(work, agreed, rule, now)
    found = pl.DataFrame(list(rows), schema=PAST, orient="row")
    return found.filter(pl.col("due_at") < now)


def _silent(work: Work, agreed: Agreed, rule: Freshness, now: datetime) -> Iterator[Row]:
    """Sources that were silent, deliveries that did not come, places that were not counted."""
    for row in _late(_gaps(work, agreed, rule, now), agreed, rule, now).iter_rows(named=True):
        owner = str(rule.owner) if rule.over == "stock" else noticed.owner_of(agreed, row["source"], rule)
        when = (row["since"], row["due_at"])
        one = noticed.spell(rule.code, noticed.CAUSES[rule.of][0], row["subject"], owner, when, "")
        partner = (row["partner"] or row["source"]) if rule.over == "stock" else one["partner"]
        yield one | {"partner": partner, "ended_at": row["next_heard"]}
    if rule.of == "anything":
        heard = hearings(work.rows, agreed, usual(work.rows, now), now)
        yield from (one | {"ended_at": None} for one in noticed.never(work, [rule], heard, now))


def _late(gaps: pl.DataFrame, agreed: Agreed, rule: Freshness, now: datetime) -> pl.DataFrame:
    """The gaps (columns _GAP) that were longer than the rule allows, with `allowed`, `since` and `due_at`."""
    return stale(gaps, rule, agreed.clocks).filter(pl.col("due_at") < pl.col("next_heard").fill_null(now))


def _gaps(work: Work, agreed: Agreed, rule: Freshness, now: datetime) -> pl.DataFrame:
    """When something came that refreshes, and when it came again (columns _GAP)."""
    if rule.over == "stock":
        work.run("state/counted", now=now)
        rows = [_place(row, agreed) for row in work.ask("trial/counted").iter_rows(named=True)]
    elif rule.of == "file":
        timed = {code: source for code, source in agreed.declared.items() if source.expects.at}
        told = work.ask("trial/delivered", timed=list(timed), from_at=now - LEARNED, now=now)
        rows = [_delivery(row, timed[row["source"]]) for row in told.iter_rows(named=True)]
    else:
        least = min(span(allow).seconds for allow in (rule.allow, *(one.allow for one in rule.override)))
        asked = {"from_at": now - LEARNED, "now": now, "least": timedelta(seconds=least)}
        told = work.ask("trial/heard", **asked, frozen=clock.frozen() is not None)
        habits = usual(work.rows, now)
        rows = [_gap(row, agreed, habits) for row in told.iter_rows(named=True)]
    return pl.DataFrame(rows, schema=_GAP, orient="row")


def _place(row: Row, agreed: Agreed) -> Row:
    sent = transport(agreed.declared.get(row["source"]))
    place = f"{row['source']}@{row['location']}"
    return row | {"subject": place, "transport": sent, "calendar": "", "usual": None, "next_at": None}


def _delivery(row: Row, source: Source) -> Row:
    due = next_slot(source.expects.at, source.zone, row["heard_at"] + EARLY)
    return _source(row, source.expects, source, None) | {"next_at": due}


def _gap(row: Row, agreed: Agreed, habits: Usual) -> Row:
    code, declared = row["source"], agreed.declared.get(row["source"])
    expects = declared.expects if declared else Expects()
    learned = habits.get((code, row["heard_at"].hour), habits.get((code, None))) if not expects.at else None
    return _source(row, expects, declared, expects.every or learned)


def _source(row: Row, expects: Expects, declared: Source | None, often: timedelta | None) -> Row:
    code = row["source"]
    return row | {
        "subject": code, "partner": code, "transport": transport(declared), "calendar": expects.calendar,
        "usual": often, "next_at": None,
    }  # fmt: skip


def _outages(work: Work, agreed: Agreed, rule: Outage, now: datetime) -> Iterator[Row]:
    """Partners that were out, by circuits, silence and bursts of cases."""
    found = [pl.DataFrame(schema=_DOWN)]
    for one in rule.any:
        if isinstance(one, Circuit):
            found.append(
                work.ask("trial/outages", now=now).select(pl.col(name).cast(kind) for name, kind in _DOWN.items())
            )
        elif isinstance(one, Silent):
            found.append(_quiet(work, agreed, one, now))
        else:
            found.append(_burst(work, one, now))
    for row in pl.concat(found).iter_rows(named=True):
        when = (row["began_at"], row["due_at"])
        down = noticed.spell(rule.code, row["cause"], row["partner"], str(rule.owner), when, "", "partner")
        yield down | {"ended_at": row["ended_at"]}


def _quiet(work: Work, agreed: Agreed, said: Silent, now: datetime) -> pl.DataFrame:
    """Silences of partners' sources, each by the rule by which it is noticed first, that lasted so many times as long."""
    late = [
        _late(_gaps(work, agreed, rule, now), agreed, rule, now).select(
            "source", "partner", "heard_at", "next_heard", "allowed", "since", "calendar", "due_at"
        )
        for rule in sorted(agreed.silences, key=lambda rule: (rule.of, rule.id))
    ]
    if not late:
        return pl.DataFrame(schema=_DOWN)
    each = pl.concat(late).sort("source", "heard_at", "due_at", maintain_order=True)
    each = each.unique(["source", "heard_at"], keep="first", maintain_order=True)
    each = each.filter(pl.col("source").map_elements(lambda code: role(code) in PARTNERS, pl.Boolean))
    quiet = each.select(pl.col(name).cast(kind) for name, kind in QUIET.items())
    down = silences(quiet, said, agreed.clocks)
    ended = each.select("partner", began_at="since", ended_at="next_heard")
    told = down.join(ended.cast({"began_at": INSTANT}), on=["partner", "began_at"], how="left")
    return told.filter(pl.col("due_at") < pl.col("ended_at").fill_null(now)).select(*_DOWN)


def _burst(work: Work, said: Burst, now: datetime) -> pl.DataFrame:
    """Moments of a burst that overlap are one spell."""
    within, share = span(said.within).seconds * 1_000_000, float(said.share.rstrip("%")) / 100
    asked = {"cases": list(said.cases), "least": said.at_least, "within": within, "share": share}
    told = work.ask("trial/bursts", **asked, lately=noticed.LATELY, now=now)
    told = told.with_columns(
        until=pl.col("ended_at").fill_null(now).cum_max().shift().over("partner", order_by="due_at")
    )
    fresh = (pl.col("due_at") > pl.col("until")).fill_null(True)
    told = told.with_columns(spell=fresh.cum_sum().over("partner", order_by="due_at"))
    each = told.group_by("partner", "spell").agg(
        pl.col("began_at").min(), pl.col("due_at").min(),
        ended_at=pl.when(pl.col("ended_at").is_not_null().all()).then(pl.col("ended_at").max()),
    )  # fmt: skip
    return (
        each.with_columns(cause=pl.lit("cases"))
        .sort("partner", "due_at")
        .select(pl.col(n).cast(t) for n, t in _DOWN.items())
    )


def _broken(work: Work, agreed: Agreed, rule: Agreement, now: datetime) -> Iterator[Row]:
    """What stands against an agreement, and the hours with too few or too many items."""
    if rule.of == "volume":
        for one in outside(work.rows, agreed, now - LEARNED, now) if not clock.frozen() else ():
            due = one["began_at"] + noticed.HOUR + rule.allowed
            if one["ended_at"] is None or due < one["ended_at"]:
                owner = noticed.owner_of(agreed, one["source"], rule)
                row = noticed.spell(rule.code, one["off"], one["source"], owner, (one["began_at"], due), "")
                yield row | {"ended_at": one["ended_at"]}
    elif rule.of == "clock":
        yield from (row | {"ended_at": None} for row in noticed.wrong_clock(work, rule))
    else:
        learn_agreements(work, [rule])
        work.run("agreement/judge")
        for row in work.ask("select * from folded_agreement order by subject, since").iter_rows(named=True):
            when = (row["since"], row["since"])
            one = noticed.spell(row["code"], row["cause"], row["subject"], row["owner"], when, row["detail"] or "")
            yield one | {"ended_at": None}
