-- What is counted once a day and kept, for objectives over what has no clock: positions within tolerance (S16), tickets
-- that came after an exception of ours (S19). `counted_at` is the midnight (UTC) at which the day had ended.
create table daily_count (rule varchar, partner varchar, counted_at timestamp, state varchar, n bigint);
