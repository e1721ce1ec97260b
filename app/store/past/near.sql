-- What could bear on the orders in `own`, first part: their events, from which the caller learns the range.
create or replace temp table near_seq as select distinct l.seq from link l semi join own o on l.order_no = o.order_no
