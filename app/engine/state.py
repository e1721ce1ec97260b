"""Judgements of the touched orders from their facts: why they cannot go on, who disagrees, what is at risk.

A judgement says since when it holds, which may lie ahead; nothing here asks what time it is.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import polars as pl

from app.engine.forecast import Forecast
from app.engine.news import News
from app.model import judgements as known
from app.store.work import Work
from rules.findings import Findings
from rules.kinds.outage import circuits

_OUTAGES = ("partner.outage_started", "partner.outage_ended", "circuit.opened", "circuit.closed")
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
    ("short", ("pick.confirmed", "pick.shorted", "fulfillment.cancelled")),
    ("left", ("order.credit_held", "order.hold_placed")),
    ("revision", ("order.changed",)),
    ("split", ("shipment.delivered",)),
    ("paper", ("invoice.posted", "return.posted")),
    ("compensation", ("compensation.failed",)),
    ("twice", ("shipment.posted",)),
    ("unlike", ("unlike",)),
    ("dismissed", ("suspicion.dismissed", "dismissed")),
)
_MICRO = timedelta(microseconds=1)
_TEXT, _WHOLE = pl.String, pl.Int64


def learn(work: Work, findings: Findings) -> None:
    """Tell the store what the rules look for, the pace of steps, and the codes that are no rules yet."""
    for name, frame in findings.tables.items():
        work.hold(name, frame)
    for name, (columns, rows) in _words().items():
        work.hold(name, pl.DataFrame(rows, schema=columns, orient="row"))
    work.run("state/steps")
    work.run_sql("create temp table if not exists folded_agreement as from judgement limit 0")


def keep_loose(work: Work) -> None:
    """Keep what was found now of what is no order: others of it may be judged again without being found again."""
    if work.count("also_touched"):
        work.run("state/loose")


def judge_state(work: Work, findings: Findings, forecast: Forecast, unrated: Collection[str] = ()) -> None:
    """Make the judgements of what is in `touched` and `also_touched` anew; Dues are made before.

    `unrated` names the feeds that no source delivers (`feed:TYPE`), or that one should and does not (`feed:TYPE@SOURCE`):
    then silence proves nothing.
    """
    told = sorted(one.removeprefix("feed:").partition("@") for one in unrated if one.startswith("feed:"))
    unfed = [(kind, source) for kind, _, source in told]
    work.hold("unfed", pl.DataFrame(unfed, schema={"type": _TEXT, "source": _TEXT}, orient="row"))
    work.run("state/begin")
    seen = {word.removesuffix(":") for word in work.words} | set(work.ask("state/seen")["tag"])
    if work.count("missed"):
        seen.add("missed")
    _find(work, findings, seen)
    if work.count("finding"):
        work.hold(
            "judged_finding",
            findings.judged(work.ask("state/labelled"), [kind for kind, source in unfed if not source]),
        )
        work.run_sql("insert into found by name from judged_finding")
    if "missed" in seen:
        work.run("state/stuck")
    work.run("state/early")
    forecast.judge(work)
    work.run("state/outlook", silent=known.SILENT_AFTER // _MICRO, samples=known.SAMPLES)
    work.run("state/judgement")


def _find(work: Work, findings: Findings, seen: set[str]) -> None:
    """Gather the findings of the touched orders, and of what is no order, in the table `finding`."""
    followed = DIVERGED if seen.intersection(_FOLLOWERS) else ()
    for name, needed in (*BLOCKED, *followed, *BROKEN):
        if not needed or seen.intersection(needed):
            work.run(f"state/{name}")
    if seen.intersection(findings.mismatching):
        _match(work, findings)
    if seen.intersection(findings.ordering):
        work.run("state/sequence")
    if findings.alike and seen.intersection(("alike", findings.alike)):
        _compare(work, findings)
    work.run("state/ledger")


def _match(work: Work, findings: Findings) -> None:
    """Find the touched orders whose quantities do not fit together."""
    wrong = findings.mismatched(work.ask("state/quantities"))
    if len(wrong):
        work.hold("mismatched", wrong)
        work.run("state/match")


def _compare(work: Work, findings: Findings) -> None:
    """Find the touched orders, and those like them, that seem to be entered twice."""
    work.run("state/alike")
    if work.count("twin"):
        work.run("state/paired")
        work.hold("suspected", findings.suspected(work.ask("state/pairs")))
        work.run("state/suspect")


def heard_of_systems(work: Work, news: News, now: datetime) -> None:
    """Judge again every partner of whose outage the new events tell, and every source whose extract was compared.

    The orders that wait for a partner are touched.
    """
    if news.speaks("reconciliation.completed"):
        work.run("state/extract", now=now, first=news.first, last=news.last)
    if news.speaks(*_OUTAGES):
        words = work.ask("state/words", now=now, first=news.first, last=news.last)
        work.hold("outage_heard", words.select("partner").unique())
        work.hold("outage_found", circuits(words))
        work.run("state/partner")


def publish_profile(work: Work, forecast: Forecast, now: datetime) -> int:
    """Publish how long each step takes, and how well the forecast did, from the last 90 days; rows of the new version."""
    version = 1 + work.number(
        "select greatest((select max(version) from profile), (select max(version) from forecast_record))"
    )
    with work.transaction():
        work.hold("measured", forecast.measure(work.ask("state/measured", now=now)))
        work.run("state/profile", now=now, version=version)
        work.hold("recorded", work.ask("state/record", now=now))
        work.run("state/recorded", now=now, version=version, cases=known.SAMPLES)
    made = f"from profile where version = {version} union all select 1 from forecast_record where version = {version}"
    return work.number(f"select count(*) from (select 1 {made})")


def _words() -> dict[str, tuple[dict[str, type[pl.DataType]], list[tuple[object, ...]]]]:
    """name -> (columns, rows); durations in microseconds."""
    return {
        "judged_code": (
            {"code": _TEXT, "owner": _TEXT, "severity": _TEXT},
            [(known.REPORTED_LATE.code, known.REPORTED_LATE.owner, known.REPORTED_LATE.severity)],
        ),
        "moot_code": ({"code": _TEXT}, [(code,) for code in known.MOOT]),
        "timed_code": ({"code": _TEXT}, [(code,) for code in known.TIMED]),
        "journey_step": (
            {"place": pl.Int32, "step": _TEXT, "low": pl.Int32, "high": pl.Int32, "start": _TEXT, "stop": _TEXT, "pace": _TEXT, "rule": _TEXT},
            [(place, *step[:7]) for place, step in enumerate(known.STEPS)],
        ),
    }  # fmt: skip
