"""How interfaces do: calls, failures and how long they take, as spans and as metrics tell it.

The two are never added: where a service sends both, the same call is in both. `measured_by` says which a row is from.
Spans may be a sample of the calls; metrics count them all. `p95_ms` of spans is exact for those there are; of metrics
it is the upper bound of the bucket in which it lies, so the truth is at most that.
"""

from datetime import datetime

from app.model.interfaces import AT, FAILED, FAULT, LIMITED, RESENT, STATUS
from app.store.questions.asking import Asking, Row

#: A count that grew for longer than this before we first heard of it says nothing of any hour.
_FIRST_COUNT = "interval 1 hour"


#: Every attribute that is asked for, read from the JSON of a span in one pass; `_attribute` says where each stands.
_NAMES = tuple(dict.fromkeys((*(name for names in AT.values() for name in names), FAILED, *STATUS, *RESENT)))
PATHS = ", ".join(f"""'$."{name}"'""" for name in _NAMES)


def _attribute(name: str) -> str:
    return f"nullif(said[{_NAMES.index(name) + 1}], '')"


def _first(names: tuple[str, ...], otherwise: str) -> str:
    return f"coalesce({', '.join(map(_attribute, names))}, '{otherwise}')"


INTERFACE = "case kind " + " ".join(f"when '{side}' then {_first(names, '')}" for side, names in AT.items()) + " end"
#: The beginning of the piece of time in which something lies: of $minutes where it is asked for by pieces, else the whole.
_AT = "case when $pieces then time_bucket(to_minutes($minutes::integer), {}) else $since::timestamp end"
#: Spans as calls: one row each.
_CALLS = f"""
select {_AT.format("started_at")} as hour, source,
    {INTERFACE} as interface, kind as side, started_at as began, duration_ns / 1e6 as ms,
    {_first(RESENT, "0")} <> '0' as resent, {_first(STATUS, "")} = '{LIMITED}' as limited,
    status = 'error' or {_attribute(FAILED)} is not null or coalesce(try_cast({_first(STATUS, "")} as integer) >= {FAULT}, false) as failed
from (
    select *, json_extract_string(attrs, [{PATHS}]) as said
    from spans.span where started_at >= $since and started_at < $until and kind in ('server', 'client', 'producer', 'consumer')
        and ($source = '' or source = $source)
)
"""
#: Data points, each once, as what was counted since the point before. A count that began anew begins a new row of them.
_COUNTED = f"""
select * exclude (counted_before, total_before, buckets_before, bounds_before, ended_before),
    case when delta or ended_before is null then count else count - counted_before end as more,
    case when delta or ended_before is null then total else total - total_before end as took,
    case when delta or ended_before is null then buckets when bounds = bounds_before
        then list_transform(list_zip(buckets, buckets_before), lambda pair: pair[1] - pair[2]) end as grown
from (
    select *, lag(count) over counts as counted_before, lag(total) over counts as total_before,
        lag(buckets) over counts as buckets_before, lag(bounds) over counts as bounds_before,
        lag(ended_at) over counts as ended_before
    from (
        from spans.interface_metric where side <> 'queue' and ended_at >= $since - interval 1 day and ended_at < $until
            and ($source = '' or source = $source)
        qualify row_number() over (partition by series, started_at, ended_at order by received_at) = 1
    ) window counts as (partition by series, started_at order by ended_at)
)
where ended_at >= $since and (delta or ended_before is not null or started_at >= ended_at - {_FIRST_COUNT})
    and (delta or ended_before is null or count >= counted_before)
"""
_HOUR = _AT.format("ended_at")
_QUERY = f"""
with call as ({_CALLS}), counted as ({_COUNTED}),
point as (select {_HOUR} as hour, * from counted where more > 0),
piled as (
    select hour, source, interface, side, least(bound, most) as bound, n,
        sum(n) over (partition by hour, source, interface, side order by least(bound, most) nulls last) as upto,
        sum(n) over (partition by hour, source, interface, side) as everything
    from (
        select hour, source, interface, side, most, unnest(list_append(bounds, null::double)) as bound, unnest(grown) as n
        from point where len(grown) > 0
    ) where n > 0
),
high as (
    select hour, source, interface, side, min(bound) filter (where upto >= 0.95 * everything) * 1000 as p95_ms,
        min(bound) filter (where upto >= 0.5 * everything) * 1000 as p50_ms
    from piled group by all
),
waiting as (
    select hour, source, interface, side, sum(last_value) as depth, max(last_at) as last_at from (
        select {_HOUR} as hour, source, interface, side, series,
            arg_max(value, ended_at) as last_value, max(ended_at) as last_at
        from spans.interface_metric where side = 'queue' and ended_at >= $since and ended_at < $until
            and ($source = '' or source = $source)
        group by all
    ) group by all
),
told as (
    select hour, source, interface, side, 'spans' as measured_by, count(*) as calls, count(*) filter (where failed) as failures,
        count(*) filter (where resent) as resent, count(*) filter (where limited) as limited, avg(ms) as mean_ms, quantile_cont(ms, 0.5) as p50_ms,
        quantile_cont(ms, 0.95) as p95_ms, null::double as depth, max(began) as last_at
    from call group by all
    union all by name
    select hour, source, interface, side, 'metrics' as measured_by, sum(more) as calls,
        coalesce(sum(more) filter (where failed), 0) as failures, sum(took) * 1000 / sum(more) as mean_ms,
        any_value(p50_ms) as p50_ms, any_value(p95_ms) as p95_ms, max(ended_at) as last_at
    from point left join high using (hour, source, interface, side) group by all
    union all by name
    select hour, source, interface, side, 'metrics' as measured_by, depth, last_at from waiting
)
select *, failures / calls as failure_share, resent / calls as resent_share, limited / calls as limited_share, calls / $minutes as calls_per_minute
from told order by source, interface, side, measured_by, hour limit $most
"""


def interfaces(
    reader: Asking, since: datetime, until: datetime, source: str = "", hourly: bool = False, most: int = 10_000
) -> list[Row]:
    """Rows by source, interface, side and `measured_by`, and by hour where `hourly`; at most `most`, instants naive UTC.

    hour (else the beginning of the time asked for), calls, failures, resent and limited (429; spans only), their shares of the calls
    (0 to 1), calls_per_minute of the whole hour or time, mean_ms p50_ms p95_ms, depth (what waited in a queue at
    last), last_at. None is what was not measured. A count belongs to the hour in which it was sent.
    """
    minutes = 60.0 if hourly else max((until - since).total_seconds() / 60, 1.0)
    values = {"since": since, "until": until, "source": source, "pieces": hourly, "minutes": minutes, "most": most}
    return reader.rows(_QUERY, values)


#: What interfaces did in [$since, $until) by pieces of $minutes; `counted_pending` (source, begun_at) says which are wanted.
COUNTED = f"""
select source, interface, side, measured_by, hour as begun_at, calls as attempts, failures as errors, resent as retries, limited,
    p50_ms as p50, p95_ms as p95, depth
from ({_QUERY}) q where exists (select 1 from counted_pending p where p.source = q.source and p.begun_at = q.hour)
"""
