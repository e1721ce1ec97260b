-- The keys of events that were stored earlier and have just been attached.
create or replace temp table mention as
select seq, hash(text) as key, text, kind, class, strength
from (
    select e.seq, unnest(e.keys) as text, split_part(unnest(e.keys), ':', 1) as kind
    from event e semi join linked w on e.seq = w.seq
) join key_kind using (kind)
where class <> 'context'
