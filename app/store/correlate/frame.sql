-- The ring as identity reads it: what each key stands for, and whether a person parted it or has just spoken of it.
select r.key, r.text, r.kind, r.order_no, r.cluster, r.hub, r.meant as was_meant,
    case when b.issuers = 1 then b.sole else r.key end as meant, r.seq,
    r.key in (select key from said_cut) as parted, r.key in (select key from reset) as reset
from ring r left join bare b on r.key = b.key
