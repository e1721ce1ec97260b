-- Whom a person has called distinct from these orders.
delete from dismissal where order_no in (select order_no from touched);
insert into dismissal
select order_no, hash(key) as key from (select order_no, moment, attrs, unnest(keys) as key from act where type = 'suspicion.dismissed')
group by order_no, key having arg_max(attrs ->> '$.undoes' is null, moment)
