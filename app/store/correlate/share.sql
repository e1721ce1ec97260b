-- Keys that many orders share by nature attach an event only while they belong to exactly one order, and only an
-- event that nothing stronger attaches. Decided anew for every event that such a key concerns.
-- needs reached_all or work
create or replace temp table shared_loose as
with shared as (
    select lo.seq, lo.key, lo.kind, k.strength from loose lo join key_kind k on lo.kind = k.kind where k.class = 'shared'
),
concerned as (
    select seq from shared semi join reached_all using (key) union all select seq from shared semi join work using (seq)
)
select * from shared semi join concerned using (seq);
create or replace temp table cut as
select l.seq, l.order_no
from link l join (select seq from shared_loose union select seq from linked_all) s on l.seq = s.seq
join key_kind k on l.rule = k.kind
where k.class = 'shared';
-- needs cut
delete from link using cut where link.seq = cut.seq and link.order_no = cut.order_no
    and link.rule in (select kind from key_kind where class = 'shared');
-- needs shared_loose
create or replace temp table shared_link as
with single as (
    select r.key, min(r.order_no) as order_no from reach r join (select distinct key from shared_loose) s on r.key = s.key
    group by r.key having count(distinct r.order_no) = 1
),
taken as (select distinct l.seq from link l join (select distinct seq from shared_loose) s on l.seq = s.seq)
select lo.seq, s.order_no, arg_min(lo.key, row(lo.strength, lo.key)) as key,
    arg_min(lo.kind, row(lo.strength, lo.key)) as rule
from shared_loose lo join single s on lo.key = s.key
anti join taken t on lo.seq = t.seq
anti join severed v on lo.seq = v.seq and s.order_no = v.order_no
group by lo.seq, s.order_no
qualify row_number() over (partition by lo.seq order by min(row(lo.strength, lo.key))) = 1;
-- needs shared_link
insert into link by name
select seq, order_no, key, rule, case rule when 'trace' then 0.7 else 0.8 end::double as confidence from shared_link;
-- needs shared_link
insert into linked_all select seq, order_no from shared_link
