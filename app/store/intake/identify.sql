-- Identity of arriving events: the id from source and native id, the content from everything an event says. A business
-- time that was only taken from the arrival is no part of what was said, or a second delivery would look like news.
select b.*,
    md5_number_lower(source || chr(31) || native_id) as event_id,
    md5_number_lower(concat_ws(chr(31), type,
        case when tz_basis <> 'received' and not list_contains(flags, 'clamped') then epoch_us(occurred_at) end, epoch_us(recorded_at), keys::varchar,
        revision, list_transform(lines, lambda l: struct_pack(line := l.line, sku := l.sku, qty := l.qty, uom := l.uom, price := l.price))::varchar,
        nullif(list_filter(list_transform(lines, lambda l: l."order"), lambda o: o is not null)::varchar, '[]'), partner, carrier, location, customer, tier, channel, entity, amount, currency,
        epoch_us(promised_at), status, reason, hold_kind, hold_id, attrs)) as content
from arriving b
