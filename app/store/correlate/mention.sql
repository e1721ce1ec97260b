-- The keys that the events `at_hand` name, classed by what they do; none of those events lies below $first, and what a
-- newer reading replaced names nothing. Where a message
-- number stands, `leads` is true for what is said of messages: nothing else follows it.
create or replace temp table mention as
select seq, happened_at, hash(text) as key, text, kind, class, strength, kind <> 'msg' or of_messages as leads
from (
    select e.seq, e.occurred_at as happened_at, unnest(e.keys) as text, left(unnest(e.keys), instr(unnest(e.keys), ':') - 1) as kind,
        starts_with(e.type, 'message.') as of_messages
    from event e join at_hand h on e.seq = h.seq anti join unsaid u on e.seq = u.seq
    where e.seq >= $first
) join key_kind using (kind)
where class <> 'context'
