-- The quarters of [$since, $until) that are counted take their new counts, held as `counted`.
insert into changed_window
select source, interface, side, measured_by, begun_at from interface_window w
semi join counted_pending p on w.source = p.source and w.begun_at = p.begun_at where w.begun_at >= $since and w.begun_at < $until;
delete from interface_window w using counted_pending p
where w.source = p.source and w.begun_at = p.begun_at and w.begun_at >= $since and w.begun_at < $until;
insert into interface_window by name select * from counted;
insert into changed_window select source, interface, side, measured_by, begun_at from counted
