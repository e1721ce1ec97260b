-- Systems that say something else than is true, each field by itself, from the moment on at which the hand-over between
-- them should be over. That begins when the truth (or what runs ahead of it) became known, and not with its repetitions.
insert into found by name
select d.order_no, 'diverged' as kind, 'status_diverged' as code, concat_ws(':', d.system, d.field, d.direction) as cause, 'order' as subject_type,
    o.order_id as subject, concat(d.system, ':', d.field, ' ', strftime(d.known_at, '%Y-%m-%dT%H:%M:%S.%f')) as occurrence,
    d.known_at + to_microseconds(p.grace) as since, d.system, d.truth as other, case when d.role in ('3pl', 'wms') then case when d.system = 'erp' then d.truth else d.system end else o.partner end as partner,
    p.owner, case when d.direction = 'ahead' then 'high' else 'medium' end as severity,
    json_object('field', d.field, 'truth', d.truth, 'truth_value', d.truth_value, 'view_value', d.view_value, 'direction', d.direction)::varchar as detail
from disagreed d join folded_orders o on d.order_no = o.order_no
join view_pair p on p.view = d.role and p.truth = case when d.truth = 'carrier' then 'carrier' else 'erp' end
