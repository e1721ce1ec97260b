-- The history of a message: each letter with what came of it. A message without letters has a line of its own.
insert into replay
select $raw, id, item, $at, $person, $why, $mapping, result, case when detail = '' then '' else reason || ': ' || detail end, made
from judged_letter
union all
select $raw, '', null, $at, $person, $why, $mapping, 'accepted', '', [] where not exists (from judged_letter)
