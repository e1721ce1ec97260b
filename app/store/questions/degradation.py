"""Interfaces that get worse: how each stands, its course beside what is usual, and which open orders are endangered."""

from datetime import datetime, timedelta
from typing import Any

from app.model.interfaces import AT
from app.store.questions.asking import Asking, Row
from app.store.questions.interfaces import INTERFACE, PATHS

#: How far back a look counts, and the spans by which an order's path is known.
_RECENT = timedelta(days=2)
_PATH = timedelta(days=14)
#: Spreads on either side of what is usual that the band has.
_BAND = 3
_VERDICT = """
select l.source, l.interface, l.side, l.measured_by, l.begun_at + interval 15 minute as judged_at,
    case when l.state = 'firing' then 'degrading' when l.holds is null then 'unknown' when l.state = 'pending' then 'watched'
        else 'normal' end as verdict,
    l.exceeds, j.since, j.detail, j.subject, l.rule
from (
    from interface_look where begun_at >= $since and ($source = '' or source = $source)
    qualify row_number() over (partition by source, interface, side, measured_by, rule order by begun_at desc) = 1
) l
left join judgement j on j.kind = 'interface' and l.state = 'firing' and j.rule = l.rule
    and j.subject = concat_ws(':', l.source, l.side, nullif(l.interface, '')) and starts_with(j.occurrence, l.measured_by || ' ')
order by all
"""
_COURSE = f"""
select w.interface, w.side, w.measured_by, w.begun_at, w.attempts, w.errors / nullif(w.attempts, 0) as error_share, w.p50, w.p95, w.depth,
    exp(l.log_latency_usual) as usual, exp(l.log_latency_usual - {_BAND} * l.log_latency_spread) as low,
    exp(l.log_latency_usual + {_BAND} * l.log_latency_spread) as high, exp(l.log_p95_usual) as p95_usual,
    1 / (1 + exp(-l.logit_errors_usual)) as errors_usual,
    1 / (1 + exp({_BAND} * l.logit_errors_spread - l.logit_errors_usual)) as errors_low,
    1 / (1 + exp(-{_BAND} * l.logit_errors_spread - l.logit_errors_usual)) as errors_high, l.state, l.exceeds
from interface_window w left join interface_look l
    on w.source = l.source and w.interface = l.interface and w.side = l.side and w.measured_by = l.measured_by
    and w.begun_at = l.begun_at and l.rule = $rule
where w.source = $source and w.begun_at >= $since and w.begun_at < $until
order by w.interface, w.side, w.measured_by, w.begun_at
"""
_LETTERS = """
select source, min(received_at) as oldest_at, count(*) as letters from dead_letter where closed_at is null group by source
"""
#: The open orders of which a span went over an interface, and those that its partner serves.
_ENDANGERED = f"""
with over as (
    select distinct hash('trace::' || trace_id) as key from (
        select trace_id, {INTERFACE} as interface from (
            select *, json_extract_string(attrs, [{PATHS}]) as said from spans.span
            where source = $source and kind = $side and started_at >= $since and hash('trace::' || trace_id) in (
                select r.key from reach r join orders o on r.order_no = o.order_no
                where r.kind = 'trace' and o.stage_rank between 0 and 11
            )
        )
    ) where interface = $interface
),
path as (
    select order_no from reach r semi join over v on r.key = v.key where r.kind = 'trace'
    union select order_no from orders where partner = $partner
    union select order_no from fulfillment where partner = $partner
),
open_order as (
    select o.order_no, o.order_id, o.so, o.stage, o.partner, o.promised_at, coalesce(o.open_value, o.value) as money, o.currency
    from orders o semi join path p on o.order_no = p.order_no where o.stage_rank between 0 and 11
),
running as (
    select d.order_no, count(*) as dues, min(d.due_at) as next_due_at from due d semi join open_order o on d.order_no = o.order_no
    where d.met_at is null and d.void_at is null and (d.due_at is null or d.due_at >= $now) group by d.order_no
)
select o.*, coalesce(r.dues, 0) as dues, r.next_due_at from open_order o left join running r on o.order_no = r.order_no
"""


def verdicts(reader: Asking, now: datetime, source: str = "") -> list[Row]:
    """How each interface stands by its newest look of the last two days: source interface side measured_by judged_at
    verdict (degrading, watched: one bad window, normal, unknown: too few calls) exceeds since detail subject rule."""
    return reader.rows(_VERDICT, {"since": now - _RECENT, "source": source})


def course(reader: Asking, source: str, since: datetime, until: datetime, rule: str) -> list[Row]:
    """The quarters of an hour of a source's interfaces in [since, until), each beside what was usual; see the query.

    Durations in milliseconds, shares from 0 to 1, instants naive UTC. What is usual is null until something is.
    """
    return reader.rows(_COURSE, {"source": source, "since": since, "until": until, "rule": rule})


def oldest_letters(reader: Asking) -> dict[str, Row]:
    """Source -> its oldest open dead letter (`oldest_at`) and how many there are (`letters`)."""
    return {row["source"]: row for row in reader.rows(_LETTERS)}


def endangered(
    reader: Asking, source: str, side: str, interface: str, partner: str, now: datetime, most: int = 20
) -> Row:
    """The open orders whose path uses an interface: of which a span of the last 14 days went over it, or whose partner it serves.

    orders (how many), dues (running clocks of theirs), money (open value by currency, decimal strings), and `items`:
    those of which something is due next, at most `most`.
    """
    values: dict[str, Any] = {
        "source": source, "side": side if side in AT else "", "interface": interface, "partner": partner, "since": now - _PATH,
        "now": now,
    }  # fmt: skip
    heads = (
        f"with e as ({_ENDANGERED}) select count(*) as orders, coalesce(sum(dues), 0)::bigint as dues from e",
        f"with e as ({_ENDANGERED}) select currency, sum(money)::decimal(38, 2) as value from e where money > 0 group by currency order by currency",
        f"with e as ({_ENDANGERED}) select * exclude (order_no) from e order by next_due_at nulls last, order_id limit {int(most)}",
    )  # fmt: skip
    (counts,), money, items = (reader.rows(query, values) for query in heads)
    items = [one | {"money": None if one["money"] is None else f"{one['money']:.2f}"} for one in items]
    return counts | {"money": [one | {"value": f"{one['value']:.2f}"} for one in money], "items": items}
