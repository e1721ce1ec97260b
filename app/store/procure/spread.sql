-- One step along the chains: all that is named beside what is near. A number is near whoever issued it.
create or replace temp table near_chain as
select * from chain where seq in (select c.seq from chain c semi join near n on c.node = n.node);
create or replace temp table near as select distinct node from near_chain
