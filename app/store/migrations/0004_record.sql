-- Lines may name the sales order that they are of, and events that belong to several orders are known.
alter table event add column lines.element."order" varchar;
create table several (seq bigint);
