-- The orders of which something was said that is by now more or less sure, or nobody's to say; and those of which nothing
-- was said as long as the source that they wait for had never been heard.
insert into shaken
select distinct a.order_no from alarm a left join source_state s on a.awaited = s.system
where a.condition = 'active' and a.awaited is not null
    and (coalesce(s.never, false) or a.confidence is distinct from sureness(false, a.due_at, s.watermark, s.unknown))
union
select order_no from due semi join spoke_up on due.awaited = spoke_up.system
where due_at < $now and met_at is null and void_at is null
