-- The pace of a step also by the lane and the kind of day on which it began; `quantiles` has every twentieth of the working
-- time that it took, in seconds, from the shortest to the longest. Profiles from before have neither, and hold anywhere.
alter table profile add column lane varchar;
alter table profile add column weekday varchar;
alter table profile add column quantiles bigint[];
update profile set lane = '', weekday = '';
-- How well the forecast did per partner, published with each profile and never changed: where it is `off`, nothing is marked.
create table forecast_record (version bigint, valid_from timestamp, partner varchar, said bigint, hits bigint, "off" boolean);
-- Per order the last promise, when it was kept, and since when the pace said that it would not be (or will say so).
create table forecast (order_no bigint, partner varchar, promised_at timestamp, kept_at timestamp, said_at timestamp);
update cursor_state set rules = '';
