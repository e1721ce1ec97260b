-- The purchase orders (po), advance notices (asn) and receipts (rc) that the events from $first to $last name.
create or replace temp table fresh_chain as
select seq, kind, text, hash(kind || substr(text, length(kind) + length(split_part(text, ':', 2)) + 2)) as node
from (
    select seq, split_part(text, ':', 1) as kind, text
    from (select seq, unnest(keys) as text from event where seq between $first and $last)
    where text like 'po:%' or text like 'asn:%' or text like 'rc:%'
);
-- needs fresh_chain
insert into chain from fresh_chain
