-- What fell due of partners of whom much is open, and whether it is.
select d.partner, d.code, d.due_at, d.met_at is null as open from due d semi join busy_partner b on d.partner = b.partner
where d.code in (select code from burst_code) and d.void_at is null and d.due_at >= $since and d.due_at < $now
