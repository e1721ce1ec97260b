-- How every system stands now; `spoke_up` are those that were declared and never heard until now.
create or replace temp table spoke_up as
select b.system from source_state b join seen_state s on b.system = s.system where b.never and not s.never;
delete from source_state;
insert into source_state by name from seen_state
