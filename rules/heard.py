"""Examples of rules about sources and partners: who was heard in a story, and how that stands at an instant."""

from datetime import datetime
from typing import Any

import polars as pl

from app import stories
from app.calendar import Calendars
from app.errors import OrderscopeError
from app.model.event import INSTANT
from app.model.sources import EARLY
from rules.kinds.agreement import Agreement, Broken, broken, holes, unsynced
from rules.kinds.freshness import HEARD, Freshness, Silence, stale
from rules.kinds.outage import FELL, QUIET, WORD, Outage, Signs, Told, outages
from rules.lengths import span

_DOWN = {"partner.outage_started": True, "circuit.opened": True, "partner.outage_ended": False, "circuit.closed": False}


def otherwise(example: Silence | Told | Broken, rule: Freshness | Outage | Agreement) -> str:
    """How an example turned out, when that is not what it says; "" when it is."""
    now = stories.instant(example.now)
    try:
        due = _due(example, rule, now)
    except (OrderscopeError, ValueError) as fault:
        return str(fault)
    state = "breached" if due is not None and now > due else "met"
    written = due.isoformat(sep=" ") if due else "never"
    if state != example.state:
        return f"is {state} and not {example.state} (due {written})"
    if isinstance(example, Silence) and example.due and due != stories.instant(example.due):
        return f"is due {written} and not {example.due}"
    return ""


def _due(example: Silence | Told | Broken, rule: Any, now: datetime) -> datetime | None:
    if isinstance(example, Silence):
        return _stale(example, rule, now)
    return _out(example, rule, now) if isinstance(example, Told) else _broken(example, rule, now)


def _stale(example: Silence, rule: Any, now: datetime) -> datetime | None:
    """Until when what was heard of the subject by `now` stands."""
    told = stories.parse(example.story).events.filter(pl.col("received_at") <= now)
    if rule.of == "inventory.snapshot":
        told = told.filter(pl.col("type") == rule.of).with_columns(
            subject=pl.concat_str("source", "location", separator="@")
        )
    told = told.with_columns(subject="source") if rule.over == "source" else told
    mine = told.filter(pl.col("subject") == example.subject)
    whole = mine.filter(pl.col("attrs").str.json_path_match("$.incomplete").is_null()) if rule.whole else mine
    heard = whole["occurred_at" if rule.by == "as_of" else "received_at"].max()
    if mine.is_empty():
        raise ValueError(f"nothing was heard of {example.subject!r}")
    partner, source = (mine[name].drop_nulls().first() for name in ("partner", "source"))
    usual = 1_000_000 * span(example.usual).seconds if example.usual else None
    row = (example.subject, source, partner, example.transport, "", heard, usual, _next(example, heard))
    frame = pl.DataFrame([row], schema=HEARD, orient="row")
    found: datetime | None = stale(frame, rule, Calendars({}))["due_at"].item()
    return found


def _next(example: Silence, heard: Any) -> datetime | None:
    slots = sorted(stories.instant(text) for text in example.files)
    return next((slot for slot in slots if heard is None or slot > heard + EARLY), None)


def _out(example: Told, rule: Any, now: datetime) -> datetime | None:
    """From when on the partner is out, by what was told by `now`."""
    events = stories.parse(example.story).events.filter(pl.col("received_at") <= now)
    words = events.filter(pl.col("type").is_in(list(_DOWN))).select(
        partner=pl.coalesce("partner", "source"), source="source", at="occurred_at", reason="reason",
        down=pl.col("type").replace_strict(_DOWN, return_dtype=pl.Boolean), event_id=pl.col("item").cast(pl.UInt64),
    )  # fmt: skip
    allowed = span(example.silent_after).seconds if example.silent_after else None
    heard = events.filter(pl.col("source") == example.partner)["received_at"].max()
    row = (example.partner, heard, None if allowed is None else 1_000_000 * allowed, "")
    quiet = pl.DataFrame([row], schema=QUIET, orient="row")
    signs = Signs(words.select(*WORD), quiet, _fell(example.fell))
    found = outages(signs, rule, Calendars({})).filter(pl.col("partner") == example.partner)
    return found["due_at"].min()  # type: ignore[return-value]


def _fell(text: str) -> pl.DataFrame:
    """Lines of `2026-11-02 09:00 3pl.west ack_overdue open=6 other=2` as cases that fell due."""
    rows: list[tuple[str, str, datetime, bool]] = []
    for line in filter(None, (line.split("#")[0].strip() for line in text.splitlines())):
        day, at, partner, code, *counts = line.split()
        for name, number in (count.split("=") for count in counts):
            rows += [(partner, code, stories.instant(f"{day} {at}"), name == "open")] * int(number)
    return pl.DataFrame(rows, schema=FELL | {"due_at": INSTANT}, orient="row")


def _broken(example: Broken, rule: Any, now: datetime) -> datetime | None:
    """From when on the agreement is broken, by what was sent by `now`."""
    events = stories.parse(example.story).events.filter(pl.col("received_at") <= now)
    said = {name: pl.col("attrs").str.json_path_match(f"$.{name}") for name in ("broke", "mended", "sequence", "of")}
    told = events.with_columns(**said, at="received_at")
    broke = told.filter(pl.col("broke").is_not_null(), ~pl.col("broke").is_in(told["mended"].drop_nulls().implode()))
    compared = told.filter(pl.col("type") == "reconciliation.completed").sort("at")
    last = compared.unique("of", keep="last").select("of", whole="at", outcome="reason")
    gaps = told.filter(pl.col("type") == "batch.missing").join(last, left_on="source", right_on="of", how="left")
    numbers = told.select("source", pl.col("sequence").cast(pl.Int64).alias("number"), "at").drop_nulls("number")
    differs = last.filter(pl.col("outcome") != "equal")
    facts = [
        broke.select("source", of="broke", at="at"),
        holes(numbers),
        gaps.filter(pl.col("whole").is_null() | (pl.col("whole") <= pl.col("at"))).select(
            "source", of=pl.lit("stream"), at="at"
        ),
        differs.select(source="of", of=pl.lit("extract"), at="whole"),
        unsynced(told.select("source", "type", "customer", at="occurred_at").drop_nulls("customer")),
    ]
    found = broken(pl.concat(facts), [rule]).filter(pl.col("source") == example.source)
    return found["since"].min()  # type: ignore[return-value]
