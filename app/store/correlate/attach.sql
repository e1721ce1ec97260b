-- Events without an alias key follow the objects they name; these may lead on to further objects. A tracking or PRO
-- number leads only within one use of it: two uses lie over $gap days apart, counting every event that names it.
-- needs reached or waiting
create or replace temp table near_loose as
with key_at as (
    select key from reached union select key from waiting where kind in ('tr', 'pro')
)
select lo.* from loose lo join key_at k on lo.key = k.key
union select seq, key, kind, happened_at from waiting;
-- needs near_loose
create or replace temp table near_reach as
select r.key, r.kind, r.order_no, r.from_at from reach r
join (select distinct key from near_loose) k on r.key = k.key;
-- needs near_loose
create or replace temp table spell as
with day as (
    select key, from_at as day from near_reach where from_at is not null
    union select key, date_trunc('day', happened_at) from near_loose where kind in ('tr', 'pro')
),
begun as (
    select key, day, coalesce(date_diff('day', lag(day) over (partition by key order by day), day) > $gap, true) as first from day
)
select key, day, sum(first::int) over (partition by key order by day) as spell from begun;
-- needs near_loose, near_reach
create or replace temp table candidate as
with led as (
    select lo.seq, r.order_no, lo.key, k.strength
    from near_loose lo join key_kind k on lo.kind = k.kind join near_reach r on lo.key = r.key
    where k.class = 'relation' and r.from_at is null
    union all
    select lo.seq, r.order_no, lo.key, k.strength
    from near_loose lo join key_kind k on lo.kind = k.kind
    join spell a on lo.key = a.key and date_trunc('day', lo.happened_at) = a.day
    join spell b on a.key = b.key and a.spell = b.spell
    join near_reach r on b.key = r.key and b.day = r.from_at
),
strongest as (
    select f.seq, f.order_no, min((strength::hugeint << 64) + key::hugeint) as best
    from led f
    anti join parted p on f.key = p.key and f.order_no = p.order_no
    anti join severed s on f.seq = s.seq and f.order_no = s.order_no
    group by f.seq, f.order_no
)
select seq, order_no, best, (best & 18446744073709551615::hugeint)::ubigint as key, k.kind as rule
from strongest join key_kind k on k.class = 'relation' and k.strength = best >> 64;
-- needs candidate
create or replace temp table stands as
select l.seq, l.order_no, k.class, (k.strength::hugeint << 64) + l.key::hugeint as best from link l
join candidate c on l.seq = c.seq and l.order_no = c.order_no left join key_kind k on l.rule = k.kind;
create or replace temp table linked as
select c.seq, c.order_no, c.key, c.rule from candidate c
left join stands s on c.seq = s.seq and c.order_no = s.order_no
where s.seq is null or s.class = 'shared' or (s.class = 'relation' and c.best < s.best);
-- needs stands
delete from link using linked, stands
where link.seq = linked.seq and link.order_no = linked.order_no
    and stands.seq = linked.seq and stands.order_no = linked.order_no;
-- needs linked
insert into link by name select seq, order_no, key, rule, 0.95::double as confidence from linked;
create or replace temp table waiting (seq bigint, key ubigint, kind varchar, happened_at timestamp)
