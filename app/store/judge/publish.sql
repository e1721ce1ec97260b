-- The cursor moves with what it covers, in the same transaction.
update cursor_state set seq = $seq, swept_at = $now, as_of = $as_of, intent_seq = intent_seq + $intents
