-- Who changed or took which customer, and when: a follower that has not taken a change is behind.
create table customer_word (no bigint, customer varchar, source varchar, type varchar, occurred_at timestamp);
insert into customer_word
select m.no, m.key, e.source, e.type, e.occurred_at from master_word m join event e on m.seq = e.seq
where m.kind = 'customer' and m.seq not in (select seq from outdone);
