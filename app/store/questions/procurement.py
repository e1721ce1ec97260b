"""Purchase orders: the list, and one by its number with its lines, what hangs on it, and whether three papers match."""

from datetime import datetime

import polars as pl

from app.errors import Ambiguous, NotFound
from app.model.keys import normalised
from app.store.questions.asking import Asking, Row
from app.store.questions.grid import Conditions, Sort, Where, ordered
from app.store.questions.judgements import WHOSE
from app.store.questions.order import dues
from app.store.questions.parts_of_order import plain

#: How the papers of a line stand to each other: what is amiss, else `matched`, else `open` while something has yet to come.
MATCH = (
    "coalesce(nullif(list_filter(["
    " case when cleared_at is not null and posted_at is null then 'cleared_without_receipt' end,"
    " case when invoiced_at < coalesce(posted_at, 'infinity') then 'invoiced_before_receipt' end,"
    " case when invoiced > posted and posted_at is not null then 'invoiced_over_receipt' end,"
    " case when posted > ordered then 'received_over_order' end], lambda m: m is not null), []),"
    " [case when invoiced = posted and posted = ordered then 'matched' else 'open' end])"
)
_QUANTITIES = ("ordered", "confirmed", "announced", "counted", "posted", "invoiced")
_TIMES = (
    "need_by", "confirmed_at", "asn_eta_at", "created_at", "sent_at", "technically_acknowledged_at", "acknowledged_at",
    "rejected_at", "cancelled_at", "asn_at", "counted_at", "posted_at", "invoiced_at", "cleared_at", "first_at", "last_at",
)  # fmt: skip
_NAMED = (
    "key", "number", "supplier", "entity", "location", "stage", "revision", "revision_confirmed", "currency", "events",
)  # fmt: skip
_COLUMNS = {
    "key": "key", "number": "number", "supplier": "supplier", "entity": "entity", "location": "location",
    "stage": "stage", "code": "codes", "amount": "amount", "currency": "currency", "need_by": "need_by",
    "confirmed_at": "confirmed_at", "created_at": "created_at", "last_at": "last_at",
}  # fmt: skip
_HEADS = f"""
with told as (select no, unnest({MATCH}) as match from purchase_line),
weighed as (select no, match, count(*) as lines from told group by no, match),
matched as (select no, map(list(match order by match), list(lines order by match)) as matches from weighed group by no),
found as (
    select no, list(distinct code order by code) as codes from (
        select order_no as no, code from judgement where subject_type = 'po' and since <= $now
        union all
        select order_no, code from due where subject_type = 'po' and void_at is null and met_at is null and due_at < $now
    ) group by no
)
select p.*, split_part(p.key, ':', 3) as number, coalesce(m.matches, map([]::varchar[], []::bigint[])) as matches, coalesce(f.codes, []) as codes
from purchase_order p left join matched m using (no) left join found f using (no)
"""


def purchases(
    reader: Asking, where: Where, sort: Sort, offset: int, limit: int, now: datetime
) -> tuple[list[Row], int]:
    """Purchase orders and how many match. `where`: supplier, stage, location, entity, code, match, late, q."""
    said = Conditions(_COLUMNS)
    said.values["now"] = now
    for column in ("supplier", "stage", "location", "entity"):
        said.among(column, where.get(column))
    for column, wanted in (("codes", where.get("code")), ("map_keys(matches)", where.get("match"))):
        if wanted:
            said.add(f"list_has_any({column}, {said.bind(wanted)}::varchar[])")
    if where.get("late"):
        said.add("posted_at is null and cancelled_at is null and coalesce(confirmed_at, need_by) < $now")
    said.search(where.get("q"), ("key", "supplier"))
    rows = reader.rows(
        f"select *, count(*) over () as matched from ({_HEADS}) where {said.text()}"
        f" order by {ordered(sort, _COLUMNS, 'last_at desc, key')} limit {int(limit)} offset {int(offset)}",
        said.values,
    )
    return [_head(row) for row in rows], rows[0]["matched"] if rows else 0


def purchase(reader: Asking, key: str, now: datetime) -> Row:
    """One purchase order by its key or number; raises NotFound, or Ambiguous with the candidates."""
    found = _named(reader, key)
    if not found:
        raise NotFound(f"No purchase order is known by {key[:200]!r}.", "See `GET /api/v1/purchase-orders`.")
    if len(found) > 1:
        raise Ambiguous(f"{key[:200]!r} means {len(found)} purchase orders.", "Choose one.", candidates=found[:50])
    at = {"no": found[0]["no"]}
    head = reader.rows(f"select * from ({_HEADS}) where no = $no", at | {"now": now})[0]
    lines = reader.rows(
        f"select *, {MATCH} as match from purchase_line where no = $no order by try_cast(line as integer), line", at
    )
    orders = reader.rows(
        "select distinct o.order_id, o.so, o.stage, o.promised_at from purchase_key k join reach r on k.key = r.key"
        " join orders o on r.order_no = o.order_no where k.no = $no order by o.so, o.order_id limit 200", at,
    )  # fmt: skip
    return _head(head) | {
        "lines": [_line(line) for line in lines],
        "orders": [plain(order) for order in orders],
        "judgements": _judgements(reader, at | {"now": now}),
        "dues": dues(reader, at["no"], now),
    }


def _named(reader: Asking, key: str) -> list[Row]:
    kind, _, rest = key.partition(":")
    value = rest if kind == "po" and rest else key
    full = [f"po:{value}"] if ":" in value else []
    return reader.rows(
        "select distinct p.no, p.key, p.supplier, p.stage from purchase_order p"
        " left join purchase_key k on k.no = p.no"
        " where p.key in (select unnest($full::varchar[])) or k.key in (select hash(unnest($full::varchar[])))"
        " or split_part(p.key, ':', 3) in (select unnest($values::varchar[])) order by p.key limit 51",
        {"full": full, "values": [_spelled(value)]},
    )


def _spelled(value: str) -> str:
    """The number as it is stored."""
    spelled: str = pl.select(normalised(pl.lit(value), pl.lit("po"))).item()
    return spelled


def _judgements(reader: Asking, at: Row) -> list[Row]:
    rows = reader.rows(
        f"select code, since, {WHOSE} as owner, severity, detail from judgement where order_no = $no and since <= $now order by since, code",
        at,
    )
    return [plain(row) for row in rows]


def _head(row: Row) -> Row:
    shown = plain({name: row[name] for name in (*_NAMED, *_QUANTITIES, *_TIMES)})
    amount = None if row["amount"] is None else f"{row['amount']:.2f}"
    return shown | {"amount": amount, "match": row["matches"], "codes": row["codes"]}


def _line(line: Row) -> Row:
    return plain({name: value for name, value in line.items() if name != "no"})
