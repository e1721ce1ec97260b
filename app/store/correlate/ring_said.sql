-- The other ends of what people tied to keys of the ring.
insert into ring by name
select n.*, null as seq from node n
where n.key not in (select key from ring) and (
    n.key in (select b from said_tie where a in (select key from ring))
    or n.key in (select a from said_tie where b in (select key from ring)))
