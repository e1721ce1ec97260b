"""Judgements of the touched orders from their facts: why they cannot go on, who disagrees, what is at risk.

A judgement says since when it holds, which may lie ahead; nothing here asks what time it is.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import polars as pl

from app.model import judgements as known
from app.model.taxonomy import RANK
from app.store.work import Work
from rules.kinds.outage import circuits

_MESSAGES = ("message.dead_lettered", "message.rejected")
_HOLDS = ("order.credit_held", "order.hold_placed", "fulfillment.held")
_SHOWN = ("view:crm", "view:ecom")
_FOLLOWERS = (*_SHOWN, "view:fin", "view:3pl", "view:wms")
#: (statement, what must have been seen of the touched orders for it to have anything to do; nothing: always). In order.
Statements = tuple[tuple[str, tuple[str, ...]], ...]
BLOCKED: Statements = (
    ("answer", ("fulfillment.rejected", "order.changed", "outage", *_MESSAGES)),
    ("letter", ("missed", *_MESSAGES)),
    ("hold", _HOLDS),
    ("stock", ("order.backordered",)),
    ("carrier", ("shipment.exception",)),
    ("refused", ("fulfillment.rejected",)),
    ("message", _MESSAGES),
    ("unread", ("mapping.failed",)),
    ("supply", ("po",)),
    ("inspected", ("return.inspected",)),
    ("outage", ("outage",)),
    ("blocked", ()),
    ("stuck", ("missed",)),
)
DIVERGED: Statements = (
    ("shown", ()),
    ("stage", _SHOWN),
    ("cancelled", ("order.cancelled", "view cancelled")),
    ("held", (*_HOLDS, "view held")),
    ("promise", _SHOWN),
    ("address", ("order.changed", "view:crm")),
    ("booked", ("shipment.posted",)),
    ("billed", ("view:fin",)),
    ("diverged", ()),
)
BROKEN: Statements = (
    ("quantity", ("shipment.dispatched", "invoice.posted", "credit.issued", "asn.received")),
    ("posting", ("shipment.dispatched",)),
    ("short", ("pick.confirmed", "pick.shorted", "fulfillment.cancelled")),
    ("left", ("order.credit_held", "order.hold_placed", "fulfillment.cancelled", "order.cancelled")),
    ("revision", ("order.changed",)),
    ("split", ("shipment.delivered",)),
    ("paper", ("invoice.posted", "return.posted")),
    ("skipped", ("inferred",)),
    ("ledger", ()),
    ("outcome", ("message.acknowledged",)),
    ("outlook", ()),
    ("judgement", ()),
)
#: Where those who judge what is no order leave their judgements.
APART = ("folded_loose", "folded_purchase_judgement", "folded_stock_judgement", "folded_agreement")
_MICRO = timedelta(microseconds=1)
_TEXT, _WHOLE = pl.String, pl.Int64


def learn(work: Work) -> None:
    """Tell the store the words of the judgements: codes, causes, pairs of systems, ladders, steps."""
    for name, (columns, rows) in _words().items():
        work.hold(name, pl.DataFrame(rows, schema=columns, orient="row"))


def judge_state(work: Work, unrated: Collection[str] = ()) -> None:
    """Make the judgements of what is in `touched` and `also_touched` anew; Dues are made before.

    `unrated` names the feeds that no source delivers (`feed:TYPE`): then silence proves nothing.
    """
    silent = [one.removeprefix("feed:") for one in unrated if one.startswith("feed:")]
    work.hold("unfed", pl.DataFrame({"type": silent}, schema={"type": _TEXT}))
    seconds = int(known.PROMISE_TOLERANCE.total_seconds())
    values = {"tolerance": seconds, "silent": known.SILENT_AFTER // _MICRO, "samples": known.SAMPLES}
    work.run("state/begin")
    seen = set(work.ask("state/seen")["tag"])
    followed = DIVERGED if seen.intersection(_FOLLOWERS) else ()
    for name, needed in (*BLOCKED, *followed, *BROKEN):
        if not needed or seen.intersection(needed):
            work.run(f"state/{name}", **values)
    for table in work.ask(f"select table_name from duckdb_tables() where temporary and table_name in {APART}")[
        "table_name"
    ]:
        work.run_sql(
            f"insert into judgement by name select * from {table} where order_no in (select no from also_touched)"
        )


def heard_of_systems(work: Work, fresh: pl.DataFrame, now: datetime) -> None:
    """Judge again every partner of whose outage the events `fresh` tell, and every source whose extract was compared.

    The orders that wait for a partner are touched.
    """
    first, last = fresh.select(pl.col("seq").min().alias("first"), pl.col("seq").max().alias("last")).row(0)
    heard = set(work.ask("state/system_heard", first=first, last=last)["kind"]) if first is not None else set()
    if "extract" in heard:
        work.run("state/extract", now=now, first=first, last=last)
    if "outage" in heard:
        words = work.ask("state/words", now=now, first=first, last=last)
        work.hold("outage_heard", words.select("partner").unique())
        work.hold("outage_found", circuits(words))
        work.run("state/partner")


def publish_profile(work: Work, now: datetime) -> int:
    """Publish how long each step takes, from the orders of the last 90 days; rows of the new version."""
    with work.transaction():
        work.run("state/profile", now=now)
    return work.number("select count(*) from profile where version = (select max(version) from profile)")


def _words() -> dict[str, tuple[dict[str, type[pl.DataType]], list[tuple[object, ...]]]]:
    """name -> (columns, rows); durations in microseconds."""
    codes = [
        (j.code, j.owner, j.severity, j.grace // _MICRO, need) for j in known.JUDGEMENTS for need in j.needs or ("",)
    ]
    return {
        "judged_code": (
            {"code": _TEXT, "owner": _TEXT, "severity": _TEXT, "grace": _WHOLE, "need": _TEXT}, [*codes],
        ),
        "blocking_cause": (
            {"cause": _TEXT, "code": _TEXT, "owner": _TEXT, "severity": _TEXT},
            [(c.cause, c.code, c.owner, c.severity) for c in known.CAUSES],
        ),
        "waiting_code": ({"code": _TEXT}, [(code,) for code in known.WAITING]),
        "view_pair": (
            {"truth": _TEXT, "view": _TEXT, "grace": _WHOLE, "owner": _TEXT},
            [(truth, view, grace // _MICRO, owner) for truth, view, grace, owner in known.PAIRS],
        ),
        "rung": ({"role": _TEXT, "rank": pl.Int32, "rung": pl.Int32}, _rungs()),
        "outcome": (
            {"role": _TEXT, "kind": _TEXT, "type": _TEXT, "within": _WHOLE},
            [(role, kind, event, within // _MICRO) for role, kind, event, within in known.OUTCOMES],
        ),
        "journey_step": (
            {"step": _TEXT, "low": pl.Int32, "high": pl.Int32, "start": _TEXT, "stop": _TEXT, "pace": _TEXT, "usual": _WHOLE},
            [(*step[:6], step[6] // _MICRO) for step in known.STEPS],
        ),
    }  # fmt: skip


def _rungs() -> list[tuple[object, ...]]:
    """Each stage on each ladder: the highest rung at or below it."""
    ladders = {role: sorted(RANK[stage] for stage in stages) for role, stages in known.LADDERS.items()}
    ranks = [rank for rank in RANK.values() if rank >= 0]
    return [(role, rank, max(r for r in ladder if r <= rank)) for role, ladder in ladders.items() for rank in ranks]
