-- Keys that are looked at afresh, with all that they were named beside.
insert into ring by name
select n.*, null as seq from node n
where n.key not in (select key from ring) and (
    n.key in (select key from reset)
    or n.key in (select e.b from edge e join reset r on e.a = r.key)
    or n.key in (select e.a from edge e join reset r on e.b = r.key))
