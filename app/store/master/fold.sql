-- Each field as the newest word of an owner that carries it has it, else the newest of anybody.
create or replace temp table described as
select n.no, n.kind, n.key, e.type, e.source, e.occurred_at, e.received_at, e.tier as tier_said, e.attrs as said,
    case when n.kind = 'product' then list_filter(e.lines, lambda l: l.sku = n.key)[1].uom end as uom_said,
    list_filter(e.keys, lambda k: starts_with(k, 'crm:'))[1] as account_said,
    row(s.rank is null or list_contains(t.owners, split_part(e.source, '.', 1)), epoch_us(e.occurred_at)::hugeint * 128 + (127 - coalesce(s.rank, 99)), e.event_id) as moment
from master_near n
join event e on n.seq = e.seq
left join event_type t on e.type = t.type
left join source_role s on split_part(e.source, '.', 1) = s.role
anti join outdone d on e.seq = d.seq
where e.seq between $low and $high and e.occurred_at <= $now;

insert into wake
select n.no, min(e.occurred_at) from event e join master_near n on e.seq = n.seq
where e.seq between $low and $high and e.occurred_at > $now group by n.no;

create or replace temp table folded_master as
select no, kind, key, arg_max(said ->> '$.name', moment) as name, arg_max(said ->> '$.parent', moment) as parent,
    arg_max(coalesce(tier_said, said ->> '$.tier'), moment) as tier, arg_max(said ->> '$.region', moment) as region,
    arg_max(said ->> '$.zone', moment) as zone, arg_max(said ->> '$.calendar', moment) as calendar,
    arg_max(said ->> '$.family', moment) as family, arg_max(coalesce(uom_said, said ->> '$.uom'), moment) as uom,
    arg_max(said ->> '$.packs', moment) as packs,
    arg_max(coalesce(said ->> '$.account', account_said), moment) as account,
    arg_max(nullif(said, '{}'), moment) as attrs, max(occurred_at) as seen_at, max(received_at) as arrived_at,
    arg_max(source, moment) as source
from described group by no, kind, key
