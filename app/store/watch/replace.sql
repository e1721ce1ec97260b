-- The interfaces concerned take the looks of a rule from $since on anew, held as `looked`.
delete from interface_look l using concerned c
where l.source = c.source and l.interface = c.interface and l.side = c.side and l.measured_by = c.measured_by
    and l.rule = $rule and l.begun_at >= $since;
insert into interface_look by name select c.*, $rule as rule, $version as rule_version, l.at as begun_at, l.* exclude (key, "at")
from looked l join concerned c on l.key = to_json([c.source, c.interface, c.side, c.measured_by])::varchar
