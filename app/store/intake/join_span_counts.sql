-- The same for spans, which lie in a file of their own.
delete from spans.span_hour;
insert into spans.span_hour from joined_span;
drop table joined_span
