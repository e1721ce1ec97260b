-- The positions concerned take their new facts, and they and their sources their new judgements.
delete from position where no in (select no from stock_no);
insert into position by name from folded_position;
delete from position_check where no in (select no from stock_no);
insert into position_check by name select no, drift, drift_at, promised, usable from stock_check;
insert into also_touched select no from stock_no union select -(hash(source) >> 2)::bigint from latest_snapshot;

-- Where the accounts rest now.
create or replace temp table resting as
select no, any_value(until_at) as until_at from stock_point where until_at is not null group by no;
create or replace temp table new_pace as
select p.no, any_value(p.until_at) as until_at, arg_max(node_stock, as_of_at) as node_stock, max(node_at) as node_at,
    arg_max(erp_stock, as_of_at) as erp_stock, max(erp_at) as erp_at, arg_max(held, as_of_at) as held,
    arg_max(damaged, as_of_at) as damaged, arg_max(node_available, as_of_at) as node_available,
    arg_max(allocated, as_of_at) as allocated, arg_max(published, as_of_at) as published,
    arg_max(inputs, as_of_at) as inputs, bool_or(node_moves) as node_moves, bool_or(erp_moves) as erp_moves
from stock_point p where p.as_of_at <= p.until_at group by p.no;
delete from stock_pace where no in (select no from resting);
insert into stock_pace by name
select n.*, v.* exclude (no, resting) from new_pace n join stock_verdict v on n.no = v.no and v.resting;
create or replace temp table new_rest as
select s.no, any_value(sku) as sku, any_value(location) as location, any_value(owner) as owner, any_value(lot) as lot, source,
    any_value(view) as view, arg_max(partner, moment) as partner, max(as_of_at) as as_of_at, max(arrived_at) as arrived_at,
    max(moment) as moment, arg_max(stock, row(as_of_at, on_hand is not null, moment)) as stock,
    arg_max(available, moment) as available, arg_max(allocated, moment) as allocated, arg_max(held, moment) as held,
    arg_max(damaged, moment) as damaged, arg_max(in_transit, moment) as in_transit, arg_max(uom, moment) as uom,
    min(from_at) as from_at, arg_max(moved, row(as_of_at, on_hand is not null, moment)) as moved,
    arg_max(left_out, moment) as left_out
from stock_series s join resting r on s.no = r.no where s.as_of_at <= r.until_at group by s.no, source;
delete from stock_rest where no in (select no from resting);
insert into stock_rest by name from new_rest
