-- What the spans above $position say: which sales, fulfillment and shop orders a trace names (of which node, where a span says
-- that), and to which traces its spans are linked. A span that names nothing says nothing.
create or replace temp table new_span as
select trace_id, keys, links from spans.span where seq > $position and (len(keys) > 0 or len(links) > 0);
update cursor_state set span_seq = (select greatest(coalesce(max(seq), 0), $position) from spans.span);
-- needs new_span
create or replace temp table new_name as
with told as (
    select distinct 'trace::' || trace_id as text, split_part(head, '@', 1) as kind, hash(substr(k, strpos(k, ':') + 1)) as value,
        case when contains(head, '@') then substr(head, strpos(head, '@') + 1) end as issuer
    from (select trace_id, unnest(keys) as k, split_part(k, ':', 1) as head from new_span)
)
select hash(t.text) as trace, t.text, t.kind, t.value, t.issuer from told t join key_kind k on t.kind = k.kind and k.class = 'alias'
anti join span_name s on hash(t.text) = s.trace and t.kind = s.kind and t.value = s.value and t.issuer is not distinct from s.issuer;
-- needs new_span
create or replace temp table new_tie as
with told as (
    select distinct 'trace::' || trace_id as text, hash('trace::' || split_part(l, ':', 1)) as other
    from (select trace_id, unnest(links) as l from new_span)
)
select hash(t.text) as trace, t.text, t.other from told t
anti join span_tie s on hash(t.text) = s.trace and t.other = s.other
where hash(t.text) <> t.other;
-- needs new_name
insert into span_name from new_name;
-- needs new_tie
insert into span_tie from new_tie
