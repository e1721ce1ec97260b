-- What each system says of the order, beside each other. A CRM's words are mapped to the stage they mean.
create or replace temp table folded_view as
select order_no,
    case when role in ('3pl', 'wms', 'carrier', 'tms', 'sup') then source when source_rank < 99 then role else source end as system,
    arg_max(coalesce(status, type), moment) as raw,
    arg_max(coalesce(w.stage, nullif(t.stage, '')), moment) as stage,
    arg_max(coalesce(w.stage_rank, t.stage_rank), moment) filter (where w.stage is not null or t.stage <> '') as stage_rank,
    max(occurred_at) as seen_at, max(arrived_at) as arrived_at
from trail t left join crm_word w on t.role = 'crm' and lower(t.status) = w.word
group by all
