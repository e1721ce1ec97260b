-- What types of events there are from $first to $last, and whether any of them claims an id that another has.
select distinct type as word from event where seq between $first and $last
union all select distinct 'id_reused' from event where seq between $first and $last and list_contains(flags, 'id_reused')
