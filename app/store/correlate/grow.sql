-- What the ring pulls in: the rest of its clusters, and the other ends of numbers without an issuer, which are the only
-- one of the same value that has an issuer (`kin` are all keys of such values). Repeated until nothing is missing. A number
-- that now stands for another is looked at afresh, with all that it was named beside.
create or replace temp table kin as
with value as (select distinct value, kind from ring where kind in ('so', 'ch', 'tr', 'pro'))
select n.key, n.value, n.text, n.kind, n.meant from node n join value v on n.value = v.value and n.kind = v.kind
union all
select key, value, text, kind, null from ring where cluster is null and meant is null and kind in ('so', 'ch', 'tr', 'pro');
create or replace temp table bare as
select max(key) filter (where bare) as key, max(meant) filter (where bare) as meant,
    count(*) filter (where not bare) as issuers, max(key) filter (where not bare) as sole
from (select *, split_part(text, ':', 2) = case kind when 'so' then 'erp' else '' end as bare from kin)
group by value, kind having bool_or(bare);
create or replace temp table more as
with pulled as (
    select key from bare where issuers = 1 or (issuers > 1 and meant <> key)
    union select sole from bare where issuers = 1
),
known as (select n.* from node n join pulled p on n.key = p.key),
circle as (select cluster from ring where cluster is not null union select cluster from known where cluster is not null),
wanted as (
    select * from known
    union select n.* from node n join circle c on n.cluster = c.cluster
)
select w.* from wanted w anti join ring r on w.key = r.key;
insert into ring by name from more;
insert into reset
with turned as (select unnest([key, meant]) as key from bare where meant <> case issuers when 1 then sole else key end)
select key from turned where key not in (select key from reset)
