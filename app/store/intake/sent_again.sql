-- The messages that stand against their source as cut off, and of which every document has come whole by now.
create or replace temp table sent_again as
select c.raw_id, max(c.came_with) as came_with, $at::timestamp as at
from cut_document c semi join source_fault f on c.raw_id = f.raw_id and f.code = 'batch_incomplete'
group by c.raw_id having count(*) = count(c.came_at)
