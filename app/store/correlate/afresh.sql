-- What else is looked at afresh with the keys that are (`reset`): what they mean and what means them, what people tied to
-- them, new keys of which people had spoken before, and the hubs beside a sales order among them: a key is a hub as long
-- as it is beside two sales orders, and those may have become one, or been parted.
create or replace temp table peer as
with same as (
    select key as a, meant as b from ring where meant <> key
    union select key, sole from bare where issuers = 1
    union select a, b from said_tie)
select a, b from same union select b, a from same;
create or replace temp table afresh as
with sale as (select key from ring where kind = 'so' and key in (select key from reset))
select b as key from peer where a in (select key from reset)
union select key from ring where meant is null and (key in (select a from peer) or key in (select key from said_cut))
union select e.a from edge e join sale s on e.b = s.key join node n on e.a = n.key where n.hub = 1
union select e.b from edge e join sale s on e.a = s.key join node n on e.b = n.key where n.hub = 1;
insert into reset select key from afresh where key not in (select key from reset)
