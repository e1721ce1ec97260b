-- What stands against the agreements with the sources: per source and fact the first message that broke it, until a newer
-- reading of every such message is sound, or what was cut off has come again whole; the first hole in the numbers of sources
-- that number what they send; the first gap of a stream after which no full extract was compared; and the first change of a
-- customer that a follower has not taken. Of several facts with one code the first to count.
-- `number_stretch` remembers up to where numbers are whole, so that only what came since is looked at.
create temp table if not exists number_stretch (source varchar, low bigint, upto bigint, last_number bigint);
create or replace temp table number_stretch as
with known as (
    select n.source, n.low, n.last_number, case when n.low >= s.low then greatest(s.upto, n.low) else n.low end as upto
    from (select source, min(number) as low, max(number) as last_number from source_number group by source) n
    left join number_stretch s on n.source = s.source
),
longer as (select * from known k semi join source_number n on n.source = k.source and n.number = k.upto + 1),
numbered as (
    select n.source, n.number, lead(n.number) over (partition by n.source order by n.number) as after
    from source_number n join longer k on n.source = k.source and n.number >= k.upto
),
whole as (select source, min(number) as upto from numbered where after is null or after > number + 1 group by source)
select k.source, k.low, coalesce(w.upto, k.upto) as upto, k.last_number from known k left join whole w on k.source = w.source;

-- A follower is who has ever said that it took a customer. It is behind with a customer from the first change by another that
-- came after the last it said of that customer itself.
create or replace temp table follower as
select source, min(occurred_at) as since from customer_word where type = 'customer.synced' group by source;
-- needs follower
create or replace temp table behind as
select f.source, c.customer, min(c.occurred_at) as since
from customer_word c join follower f on c.source <> f.source and c.occurred_at >= f.since
left join (select source, customer, max(occurred_at) as at from customer_word group by source, customer) l
    on f.source = l.source and c.customer = l.customer
where c.type = 'customer.updated' and (l.at is null or c.occurred_at > l.at) group by f.source, c.customer;

create or replace temp table folded_agreement as
with fault as (
    select source, code as fault, min(at_first) as since, arg_min(named, row(at_first, named)) as named
    from source_fault s
    where code <> 'stream_gap' or not exists (select 1 from extract_compared c where c.subject = s.source and c.compared_at > s.at_first)
    group by source, code
    union all
    select s.source, 'sequence_gap', min(n.received_at), (any_value(s.upto) + 1)::varchar
    from number_stretch s join source_number n on n.source = s.source and n.number > s.upto
    where s.last_number > s.upto group by s.source
    union all
    select source, 'unsynced', min(since), arg_min(customer, row(since, customer)) from behind group by source
)
select -(hash('source:' || c.code || ':' || f.source) >> 2)::bigint as order_no, 'agreement' as kind, c.code, f.fault as cause,
    'source' as subject_type, f.source as subject, '' as occurrence, f.since + to_microseconds(c.grace) as since,
    f.source as system, null::varchar as other, f.source as partner, c.owner, c.severity, f.named as detail
from fault f join fault_kind k on f.fault = k.fault join agreement_rule c on k.of = c.of
qualify row_number() over (partition by f.source, c.code order by since, f.fault, detail, c.severity, c.owner) = 1
