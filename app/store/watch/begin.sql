-- The quarters that began by $before are counted now.
create or replace temp table counted_pending as select source, begun_at from interface_pending where begun_at <= $before;
delete from interface_pending where begun_at <= $before;
create or replace temp table changed_window as
select source, interface, side, measured_by, begun_at from interface_window limit 0
