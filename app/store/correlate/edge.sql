-- The ties between the keys at hand, old and new, and the sales orders that each key is named beside.
select a, b from edge where a in (select key from ring) or b in (select key from ring)
union select a, b from pair
