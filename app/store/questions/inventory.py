"""Stock: each position with what every system says of it, how old that is, and where they disagree."""

from datetime import datetime

from app.clock import written
from app.store.questions.asking import Asking, Row
from app.store.questions.grid import Conditions, Sort, Where, ordered
from app.store.questions.parts_of_order import plain

_COLUMNS = {
    "sku": "sku", "location": "location", "owner": "owner", "lot": "lot", "partner": "partners", "system": "systems",
    "drift": "abs(drift)", "oversell": "oversell", "as_of": "as_of_at", "code": "codes",
}  # fmt: skip
_POSITIONS = """
with gathered as (
    select no, any_value(sku) as sku, any_value(location) as location, any_value(owner) as owner, any_value(lot) as lot,
        any_value(uom) as uom, coalesce(list(distinct partner) filter (where partner is not null), []) || list(distinct system) as partners,
        max(as_of_at) as as_of_at, min(as_of_at) as oldest_at,
        list(struct_pack(system, view, partner, on_hand, available, allocated, held, damaged, in_transit, as_of_at,
            arrived_at, basis, complete) order by system) as views
    from position group by no
),
found as (
    select order_no as no, list(code order by code) as codes from judgement
    where subject_type = 'position' and since <= $now group by order_no
)
select g.*, c.drift, c.drift_at, greatest(c.promised - c.usable, 0) as oversell, coalesce(f.codes, []) as codes
from gathered g left join position_check c using (no) left join found f using (no)
"""


def positions(
    reader: Asking, where: Where, sort: Sort, offset: int, limit: int, now: datetime
) -> tuple[list[Row], int]:
    """Positions and how many match. `where`: sku, location, partner (or system), code, drift (true: only those that do)."""
    said = Conditions(_COLUMNS)
    said.values["now"] = now
    for column in ("sku", "location"):
        said.among(column, where.get(column))
    for column, wanted in (("partners", where.get("partner")), ("codes", where.get("code"))):
        if wanted:
            said.add(f"list_has_any({column}, {said.bind(wanted)}::varchar[])")
    if where.get("drift") is not None:
        said.add(f"list_contains(codes, 'inventory_drift') = {said.bind(bool(where['drift']))}")
    rows = reader.rows(
        f"select *, count(*) over () as matched from ({_POSITIONS}) where {said.text()}"
        f" order by {ordered(sort, _COLUMNS, 'sku, location, owner, lot')} limit {int(limit)} offset {int(offset)}",
        said.values,
    )
    return [_position(row, now) for row in rows], rows[0]["matched"] if rows else 0


def _position(row: Row, now: datetime) -> Row:
    named = {name: row[name] or None for name in ("sku", "location", "owner", "lot", "uom")}
    compared = plain({name: row[name] for name in ("drift", "drift_at", "oversell", "codes")})
    age = {"newest_at": row["as_of_at"], "oldest_at": row["oldest_at"]}
    return named | compared | {
        "views": {view["system"]: _view(view, now) for view in row["views"]},
        "freshness": plain(age) | {"age_seconds": _age(row["oldest_at"], now)},
    }  # fmt: skip


def _view(view: Row, now: datetime) -> Row:
    shown = plain({name: value for name, value in view.items() if name not in ("system", "as_of_at")})
    return shown | {"as_of": written(view["as_of_at"]), "age_seconds": _age(view["as_of_at"], now)}


def _age(at: datetime, now: datetime) -> int:
    return int((now - at).total_seconds())
