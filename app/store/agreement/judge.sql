-- What stands against the agreements with the sources: per source and code the first message that broke it, until a newer
-- reading of every such message is sound; the first hole in the numbers of sources that number what they send; and the first
-- gap of a stream after which no full extract was compared.
create or replace temp table folded_agreement as
with numbered as (
    select source, number, received_at, lag(number) over (partition by source order by number) as before from source_number
),
fault as (
    select source, code, min(at_first) as since, arg_min(named, row(at_first, named)) as named
    from source_fault s
    where code <> 'stream_gap' or not exists (select 1 from extract_compared c where c.subject = s.source and c.compared_at > s.at_first)
    group by source, code
    union all
    select source, 'sequence_gap', arg_min(received_at, number), (min(before) + 1)::varchar from numbered
    where number > before + 1 group by source
)
select -(hash('source:' || f.code || ':' || f.source) >> 2)::bigint as order_no, 'agreement' as kind, f.code, f.code as cause,
    'source' as subject_type, f.source as subject, '' as occurrence, f.since + to_microseconds(c.grace) as since,
    f.source as system, null::varchar as other, f.source as partner, c.owner, c.severity, f.named as detail
from fault f join agreement_rule c on f.code = c.code and c.of <> 'clock'
