-- Events that name an alias key belong to its order, by the strongest such key, and those that a person gave to it. The
-- keys of all others wait in `loose`.
create or replace temp table linked as
with named as (
    select m.seq, n.order_no, m.key, m.strength + 1 as strength, n.meant <> n.key as bare
    from mention m join place n on m.key = n.key
    where m.class = 'alias' and n.hub = 0 and n.order_no is not null
    union all
    select g.seq, g.order_no, g.key, 0, false from given g semi join work w on g.seq = w.seq
),
strongest as (
    select seq, order_no, min((strength::hugeint << 65) + (key::hugeint << 1) + bare::int) as best
    from named l anti join severed s on l.seq = s.seq and l.order_no = s.order_no
    group by seq, order_no
)
select seq, order_no, ((best >> 1) & 18446744073709551615::hugeint)::ubigint as key, coalesce(k.kind, 'said') as rule,
    case when best & 1 = 1 then 0.9 else 1.0 end::double as confidence
from strongest left join key_kind k on k.class = 'alias' and k.strength = (best >> 65) - 1;
insert into link by name select seq, order_no, key, rule, confidence from linked;
create or replace temp table waiting as
select distinct m.seq, m.key, m.kind, m.happened_at from mention m anti join linked l on m.seq = l.seq where m.leads;
-- needs waiting
insert into loose by name from waiting;
-- Events that name nothing wait under their source.
insert into loose by name
select e.seq, hash(e.source) as key, 'source' as kind, e.occurred_at as happened_at
from event e join (select seq from work anti join mention using (seq) anti join linked using (seq)) w on e.seq = w.seq
where len(e.keys) = 0;
-- The keys at hand that an order holds: traces of which spans name one are looked at again (see spanned).
create or replace temp table held_key as select kind, value from place where hub = 0 and order_no is not null
