-- The keys whose place may change, to begin with: see grow.
create or replace temp table ring as
select p.*, m.seq from place p join named m on p.key = m.key join stirred s on p.key = s.key
union all by name select key, value, text, kind, 0 as hub, seq from unplaced
