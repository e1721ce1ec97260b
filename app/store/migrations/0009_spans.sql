-- Data points are numbered as they are stored, so that the engine knows which ones it has not seen.
alter table interface_metric add column seq bigint;
update interface_metric set seq = 1 + rowid;
