-- Followers that are behind the truth or ahead of it, on their own ladder. Behind begins when the owners first went beyond
-- what is shown (per leg of the order, the last of them); ahead when it was first shown, while no owner has come so far.
-- A carrier's word is known to be of the order once somebody else has named what it speaks of. Who shows a hold while there is
-- one says nothing of the stage beneath it.
-- needs shown
insert into disagreed by name
with word as (
    select t.order_no, t.role, t.arrived_at, r.rung from trail t semi join shown s on t.order_no = s.order_no and s.rung is not null
    left join crm_word w on t.role = 'crm' and lower(t.status) = w.word
    join rung r on t.role = r.role and coalesce(w.stage_rank, t.stage_rank) = r.rank
),
introduced as (
    select n.order_no, n.key, min(a.arrived_at) as known_at from named n join act a on n.act_no = a.act_no
    semi join shown s on n.order_no = s.order_no where a.role <> 'carrier' group by all
),
tied as (
    select n.act_no, min(i.known_at) as known_at from named n join act a on n.act_no = a.act_no
    join introduced i on n.order_no = i.order_no and n.key = i.key where a.role = 'carrier' group by n.act_no
),
reached as (
    select s.order_no, s.system, s.rung as shown_rung, r.rung, greatest(a.arrived_at, t.known_at) as known_at, coalesce(l.fo, '') as leg
    from shown s join act a on s.order_no = a.order_no join rung r on r.role = s.role and r.rank = a.stage_rank
    left join event_leg l on a.act_no = l.act_no left join tied t on a.act_no = t.act_no
    where s.true_rung <> s.rung
),
-- Who books goods out says that they have left, also where the node's own word is not there yet.
gone as (
    select s.order_no, s.system, r.rung from shown s join act a on s.order_no = a.order_no and a.type = 'shipment.posted'
    join rung r on r.role = s.role and r.rank = (select rank from stage where stage = 'dispatched') where s.true_rung <> s.rung
),
owner as (
    select order_no, system, max(rung) as rung from (select order_no, system, rung from reached union all from gone) group by order_no, system
),
beyond as (
    select order_no, system, max(known_at) as known_at from (
        select order_no, system, leg, min(known_at) as known_at from reached where rung > shown_rung group by all
    ) group by all
)
select s.order_no, case when s.role = 'crm' and s.true_rung >= 12 then 'carrier' else 'erp' end as truth, s.system, s.role, 'stage' as field,
    s.true_stage as truth_value, s.stage as view_value, 'behind' as direction, b.known_at
from shown s join beyond b on s.order_no = b.order_no and s.system = b.system where s.true_rung > s.rung and not coalesce(s.cancelled, false)
    and not (coalesce(s.held, false) and s.order_no in (select order_no from folded_hold where ended_at is null and family = 'order'))
union all
select s.order_no, 'erp', s.system, s.role, 'stage', s.true_stage, s.stage, 'ahead', min(w.arrived_at)
from shown s left join owner o on s.order_no = o.order_no and s.system = o.system
join word w on s.order_no = w.order_no and s.role = w.role and w.rung > greatest(s.true_rung, o.rung)
where s.rung > greatest(s.true_rung, o.rung) group by s.order_no, s.system, s.role, s.true_stage, s.stage
