-- The words of the touched orders: what types of events they have, and what kinds of keys those name. Statements that need
-- one of them are left out without it.
select distinct type as word from trail
union all select distinct concat(kind, ':') from named
