-- Nothing was ever said against any agreement.
create or replace temp table folded_agreement as from judgement limit 0;
create or replace temp table moved_agreement (no bigint)
