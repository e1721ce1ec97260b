-- Where the named keys stand.
create or replace temp table place as select n.* from node n join named m on n.key = m.key
