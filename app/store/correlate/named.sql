-- The keys that the events at hand name and that have a place in `node`: as they stand there, and what is new of them.
create or replace temp table named as
select hash(text) as key, hash(substr(text, length(kind) + length(split_part(text, ':', 2)) + 3)) as value, text, kind, min(seq) as seq
from mention where class = 'alias' or kind in ('tr', 'pro') group by text, kind
