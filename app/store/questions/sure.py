"""How sure the verdict on a Due is: confirmed, presumed, or unknown while its source is silent. One text for all questions."""

#: `due` beside how the source stands whose word it awaits; `dues` stands for the table or for the Dues that count.
BESIDE = "(select d.*, s.watermark, s.unknown, s.never from {dues} d left join source_state s on d.awaited = s.system)"
#: confirmed, presumed or unknown; needs the columns of BESIDE.
CONFIDENCE = "sureness(void_at is not null or met_at is not null, due_at, watermark, unknown)"
#: Nobody can say whether it was kept: it was missed as far as is known, and its source is silent or was never heard.
UNSURE = f"({CONFIDENCE} = 'unknown' or (met_at is null and void_at is null and coalesce(never, false)))"
