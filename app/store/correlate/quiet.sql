-- Nobody has said anything of identity.
create or replace temp table said_tie (a ubigint, b ubigint);
create or replace temp table said_cut (key ubigint);
create or replace temp table reset (key ubigint);
create or replace temp table given (seq bigint, order_no bigint, key ubigint);
create or replace temp table severed (seq bigint, order_no bigint);
create or replace temp table granted (key ubigint, text varchar, kind varchar, order_no bigint);
create or replace temp table parted (key ubigint, order_no bigint)
