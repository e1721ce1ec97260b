-- What became of the dead letters of a message that was read again.
update dead_letter set reason = j.reason, detail = j.detail, excerpt = j.excerpt, result = j.result
from judged_letter j where dead_letter.id = j.id and j.result = 'rejected';
update dead_letter set closed_at = $at, closed_by = $person, result = j.result
from judged_letter j where dead_letter.id = j.id and j.result <> 'rejected'
