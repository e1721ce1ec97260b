-- What has been cut off, `cut_now`. A message that is read again keeps what is known of its documents, and what has come
-- whole after it was cut off once is there when the cut message is delivered another time.
insert into cut_document by name
select c.*, k.came_at, k.came_with from cut_now c anti join cut_document d on c.raw_id = d.raw_id and c.document = d.document
left join (
    select source, document, max(came_at) as came_at, max(came_with) as came_with from cut_document
    where came_at is not null group by source, document
) k on c.source = k.source and c.document = k.document;
-- What has come whole with a later message, `whole_now`.
update cut_document set came_at = w.received_at, came_with = w.raw_id
from (
    select source, document, max(raw_id) as raw_id, arg_max(received_at, raw_id) as received_at from whole_now
    group by source, document
) w
where cut_document.came_at is null and cut_document.source = w.source and cut_document.document = w.document
    and w.raw_id > cut_document.raw_id
