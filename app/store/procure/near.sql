-- Where the chains that may change begin: what the new events name, the purchase orders for which a moment has come or of
-- which a product's packs have changed, and what events name whose id was claimed again.
-- needs fresh_chain or reclaimed or woken or moved_master
create or replace temp table near as
select node from fresh_chain
union
select c.node from chain c semi join reclaimed r on c.seq = r.seq
union
select c.node from chain c
where c.kind = 'po' and hash(c.text) in (select k.key from purchase_key k semi join woken w on k.no = w.no)
union
select c.node from chain c
where c.kind = 'po' and hash(c.text) in (
    select k.key from purchase_key k join purchase_line l on k.no = l.no
    semi join moved_master m on m.kind = 'product' and l.sku = m.key)
