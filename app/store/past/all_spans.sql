-- The next stored spans that tie traces to orders, as far as they were known by $known and had begun by $now.
select * from spans.span
where seq > $after and seq <= $upto and (len(keys) > 0 or len(links) > 0) and received_at <= $known and started_at <= $now
