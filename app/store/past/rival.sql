-- Of several messages that claim one id only one counts, whatever order it names: all of them are at hand or none.
insert into near_seq
select r.seq from event r semi join (
    select event_id from event semi join near_seq using (seq) where seq between $first and $last
) e on r.event_id = e.event_id
