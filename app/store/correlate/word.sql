-- The words of people that count: of each pair the newest that was not taken back.
create or replace temp table word as
select w.*, ka.class as class from said_link w left join key_kind ka on split_part(w.a_text, ':', 1) = ka.kind
where act in ('link', 'cut') and not undone
qualify row_number() over (partition by a, event_id, seq, b order by said_at desc, link_id desc) = 1;
create or replace temp table said_tie as
select a, b from word where act = 'link' and class = 'alias' and a is not null and b is not null;
create or replace temp table said_cut as select distinct a as key from word where act = 'cut' and class = 'alias';
create or replace temp table reset as
select unnest([a, b]) as key from stirred_word where event_id is null and act <> 'undo'
