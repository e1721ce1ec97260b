-- Everything derived goes, but for what was said about it: that is compared at the end.
delete from node; delete from edge; delete from reach; delete from loose; delete from link; delete from wake; delete from outdone;
delete from orders; delete from order_line; delete from milestone; delete from view; delete from hold;
delete from object; delete from judgement; delete from due; delete from source_seen; delete from skipped;
update cursor_state set seq = 0
