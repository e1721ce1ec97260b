-- How the interfaces concerned were judged by a rule in [$since, $until).
select to_json([source, interface, side, measured_by])::varchar as key, begun_at as at, * exclude (source, interface, side, measured_by, rule, rule_version, begun_at)
from interface_look semi join concerned using (source, interface, side, measured_by)
where rule = $rule and begun_at >= $since and begun_at < $until
