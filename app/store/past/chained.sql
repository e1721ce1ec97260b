-- Documents chain: the notice that names a purchase order, the receipt that names the notice. One step further.
insert into near_seq
select c.seq from chain c
semi join (select distinct node from chain semi join near_seq using (seq)) n on c.node = n.node
anti join near_seq s on c.seq = s.seq
qualify row_number() over (partition by c.node order by c.seq) <= 200
