-- Alias keys that one event names together; an event that names several sales orders pairs none of them.
create or replace temp table pair as
with alias as (
    select seq, key from mention
    where class = 'alias'
        and seq not in (select seq from mention where kind = 'so' group by seq having count(distinct key) > 1)
)
select distinct a.key as a, b.key as b
from alias a join alias b on a.seq = b.seq and a.key < b.key
