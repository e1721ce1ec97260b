-- Nothing is missing of the messages `sent_again` any more: their letters of what was cut off are closed, with a line in
-- their history, and they stand against their source no longer.
create or replace temp table letter_again as
select d.id, d.raw_id, d.item, s.at, s.came_with from dead_letter d join sent_again s on d.raw_id = s.raw_id
where d.closed_at is null and d.reason in ('truncated', 'batch_incomplete');
insert into replay
select a.raw_id, a.id, a.item, a.at, 'resend', '', '', 'accepted', format('The same came whole with message {}.', a.came_with), []
from letter_again a;
update dead_letter set closed_at = a.at, closed_by = 'resend', result = 'accepted' from letter_again a where dead_letter.id = a.id;
delete from source_fault where code = 'batch_incomplete' and raw_id in (select raw_id from sent_again)
