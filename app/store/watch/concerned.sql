-- The interfaces whose counts have changed, and the queues that a consumer among them empties; all of them for $anew.
create or replace temp table concerned as
select distinct source, interface, side, measured_by from interface_window where $anew
union
select source, interface, side, measured_by from changed_window
union
select w.source, w.interface, w.side, w.measured_by from interface_window w
semi join changed_window c on w.interface = c.interface and c.side = 'consumer' where w.side = 'queue'
