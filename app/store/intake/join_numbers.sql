-- Of the numbers of each source only the end of the whole stretch that they begin with is kept: what came before is there.
create or replace temp table stretch as
with numbered as (
    select source, number, number > lag(number) over (partition by source order by number) + 1 as torn from source_number
),
place as (select source, min(number) filter (where torn) as torn_at, max(number) as last_number from numbered group by source)
select p.source, max(n.number) as end_number from place p join source_number n on p.source = n.source
where n.number < coalesce(p.torn_at, p.last_number + 1) group by p.source;
delete from source_number n using stretch s where n.source = s.source and n.number < s.end_number;
drop table stretch
