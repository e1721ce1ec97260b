-- Systems that say something else than is true, each field by itself, of which some rule speaks, by more than it tolerates.
-- That begins when the truth (or what runs ahead of it) became known, and not with its repetitions.
-- needs disagreed
insert into finding by name
select d.order_no, 'diverged' as kind, p.rule as fact, concat_ws(':', d.system, d.field, d.direction) as cause, d.field, d.direction,
    'order' as subject_type, o.order_id as subject,
    concat(d.system, ':', d.field, ' ', strftime(d.known_at, '%Y-%m-%dT%H:%M:%S.%f')) as occurrence, d.known_at, d.system, d.truth as other,
    case when d.role in ('3pl', 'wms') then case when d.system = 'erp' then d.truth else d.system end else o.partner end as partner,
    json_object('field', d.field, 'truth', d.truth, 'truth_value', d.truth_value, 'view_value', d.view_value, 'direction', d.direction)::varchar as detail
from disagreed d join folded_orders o on d.order_no = o.order_no
join compared p on p.field = d.field and p.truth = case when d.truth in ('erp', 'carrier') then d.truth else d.role end
    and p.view = case when d.system = 'erp' then 'erp' else d.role end
    and (d.gap is null or d.gap > greatest(p.most, p.share * abs(d.whole) / 100))
