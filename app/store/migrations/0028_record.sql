-- Of which node a span's number is, where it says that; spans that are stored already say their numbers without it.
alter table span_name add column issuer varchar;
