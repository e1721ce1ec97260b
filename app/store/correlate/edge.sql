-- The ties between the keys of the ring, old and new; what a person tied is stronger than all others.
select e.a, e.b, false as said from edge e join ring r on e.a = r.key
union all select a, b, false from pair
union all select a, b, true from said_tie
