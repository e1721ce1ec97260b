-- Data points of interfaces' metrics, as their senders counted; `app.model.event.METRIC` says what each column means.
create table interface_metric (
    source varchar, interface varchar, side varchar, name varchar, series varchar, delta boolean, failed boolean,
    started_at timestamp, ended_at timestamp, count bigint, total double, most double, bounds double[], buckets bigint[],
    value double, received_at timestamp
);
