-- The keys that the events at hand name, classed by what they do. `work` holds seq of those events.
create or replace temp table mention as
select seq, hash(text) as key, text, kind, class, strength
from (
    select e.seq, unnest(e.keys) as text, split_part(unnest(e.keys), ':', 1) as kind
    from event e semi join work w on e.seq = w.seq
    where e.seq >= (select min(seq) from work)
) join key_kind using (kind)
where class <> 'context'
