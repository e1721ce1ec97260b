insert into event by name
select seq, event_id, content, raw_id, item, source, native_id, type, occurred_at, recorded_at, received_at,
    received_given, tz_basis, keys, revision, lines, partner, carrier, location, customer, tier, channel, entity,
    amount, currency, promised_at, status, reason, hold_kind, hold_id, trace_id, span_id, flags, attrs, mapping
from fresh
