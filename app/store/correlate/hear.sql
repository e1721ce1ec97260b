-- What people said of identity in the events $first to $last: which key or event they tied to an order or parted from
-- it, and which earlier word they took back (`b_text` of an undoing word). `undone` follows from the set of words. A
-- word about an event has one row per stored event of that id. `stirred_word` are the words that now count otherwise.
create or replace temp table heard_word as
select format('{:016x}', event_id) as link_id,
    case when attrs->>'undoes' is not null then 'undo' when type = 'link.added' then 'link' else 'cut' end as act,
    attrs->>'key' as a_text, coalesce(attrs->>'undoes', attrs->>'order') as b_text,
    try_cast('0x' || (attrs->>'event_id') as ubigint) as event_id, attrs->>'reason' as reason,
    attrs->>'person' as person, occurred_at as said_at
from (select *, case when json_valid(attrs) then attrs else '{}' end as attrs from (select * exclude (attrs), attrs from event
    where seq between $first and $last and source = 'people' and type in ('link.added', 'link.cut')));
insert into said_link by name
select h.link_id, e.seq, h.act, hash(h.a_text) as a, hash(h.b_text) as b, h.a_text, h.b_text, h.event_id, h.reason,
    h.person, h.said_at, false as undone
from heard_word h left join event e on h.event_id = e.event_id and e.seq <= $last;
insert into said_link by name
select distinct w.* replace (e.seq as seq) from said_link w join event e on w.event_id = e.event_id
where e.seq between $first and $last and w.link_id not in (select link_id from heard_word);
create or replace temp table stirred_word as
select w.* from said_link w
where link_id in (select link_id from heard_word)
    or link_id in (select b_text from heard_word where act = 'undo') or w.seq between $first and $last;
update said_link set undone = true
where act <> 'undo' and not undone and link_id in (select b_text from said_link where act = 'undo');
