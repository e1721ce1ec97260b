-- What was said first and is not applied yet, as the cases take it.
select * exclude (raised_at) replace (value::decimal(18, 2)::varchar as value), raised_at as at from case_intent
where seq < (select min(seq) from case_intent) + $many order by seq
