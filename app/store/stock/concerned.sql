-- The snapshots that are new or have changed, and the positions to make anew: those spoken of, those for which a moment
-- has come or whose event another outdid, and those that a complete snapshot of their place leaves out. An account that
-- rests later than any of it begins anew.
create or replace temp table stirred_word as
select no, source, location, as_of_at from fresh_word
union
select w.no, w.source, w.location, w.as_of_at from stock_word w
where w.no in (select no from woken) or w.seq in (select seq from reclaimed);

delete from stock_snapshot s
where exists (select 1 from stirred_word w where w.source = s.source and w.location = s.location and w.as_of_at = s.as_of_at);
insert into stock_snapshot by name
select w.source, w.location, w.as_of_at, count(distinct w.no) as positions, bool_or(coalesce(complete, false)) as complete,
    bool_or(complete = false) as partial, max(arrived_at) as arrived_at, max(partner) as partner
from stock_word w
semi join stirred_word t on w.source = t.source and w.location = t.location and w.as_of_at = t.as_of_at
anti join outdone d on w.seq = d.seq
where w.type = 'inventory.snapshot' and w.occurred_at <= $now
group by w.source, w.location, w.as_of_at;

create or replace temp table stock_no as
with stirred as (
    select no, as_of_at from stirred_word
    union
    select p.no, s.as_of_at from stock_snapshot s
    semi join stirred_word w on w.source = s.source and w.location = s.location and w.as_of_at = s.as_of_at
    join (select distinct no, system, location from position) p on p.system = s.source and p.location = s.location
    where s.complete
)
select no, min(as_of_at) as from_at from stirred group by no;

delete from stock_pace p where exists (select 1 from stock_no n where n.no = p.no and n.from_at <= p.until_at);
-- Who begins to tell movements keeps a running ledger, also of what was before.
delete from stock_pace p where exists (
    select 1 from fresh_word w where w.no = p.no and w.change is not null
        and ((w.view = 'node' and not p.node_moves) or (w.view = 'erp' and not p.erp_moves)));
-- Who begins to speak at all may be the one that is behind, and then the account rests too late.
delete from stock_pace p where exists (
    select 1 from fresh_word w where w.no = p.no and w.as_of_at < p.until_at + $rest
        and ((w.view = 'node' and p.node_at is null) or (w.view = 'erp' and p.erp_at is null)));
delete from stock_pace where no in (select no from woken) or no in (select no from stock_word where seq in (select seq from reclaimed));
delete from stock_rest where no in (select no from stock_no) and no not in (select no from stock_pace)
