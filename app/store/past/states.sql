-- The sources and partners that were noticed to be silent or out by $known, or had not settled since $settled.
select distinct subject as system, 'silent' as state, true as unknown, false as never, null::timestamp as watermark,
    null::timestamp as settles_at
from source_spell
where (subject_type = 'partner' or cause in ('nothing_heard', 'file_due', 'never_heard')) and noticed_at <= $known and (ended_at is null or ended_at > $settled)
