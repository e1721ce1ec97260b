-- The orders that a new word of a person concerns, by the numbers that they have before it is heard.
insert into changed
select n.order_no from node n join reset r on n.key = r.key where n.order_no is not null
union
select r.order_no from reach r join reset s on r.key = s.key
union
select n.order_no from node n join stirred_word w on n.key = w.b where n.order_no is not null
union
select l.order_no from link l join stirred_word w on l.seq = w.seq;
insert into changed_key select key from reset;
insert into redo select seq from stirred_word where seq is not null
