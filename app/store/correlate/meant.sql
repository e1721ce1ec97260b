-- A tracking number without its carrier is that of the only carrier which has it.
update mention set key = k.key, text = k.text
from (select n.key as named, m.key, m.text from place n join node m on n.meant = m.key where n.kind in ('tr', 'pro') and n.meant <> n.key) k
where mention.key = k.named
