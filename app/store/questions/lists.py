"""Lists: blocked and late orders with their open exceptions, and the orders themselves."""

from datetime import datetime
from typing import Any

import polars as pl

from app.store.questions.asking import Asking
from app.store.questions.grid import Conditions, Sort, Where, ordered

#: Codes whose order cannot go on until somebody decides or repairs.
BLOCKING = (
    "order_blocked",
    "node_rejected",
    "release_overdue",
    "release_not_sent",
    "ack_overdue",
    "entry_overdue",
    "hold_overdue",
)
LATE = ("delivery_late",)

_SEVERITY = "case {} when 'critical' then 0 when 'high' then 1 when 'medium' then 2 else 3 end"
_CASE = {
    "case_id": "c.case_id", "order_id": "c.order_id", "so": "coalesce(o.so, c.so)", "severity": "c.severity",
    "due_at": "c.due_at", "customer": "coalesce(o.customer, c.customer)", "partner": "c.partner", "code": "c.code",
    "cause": "c.cause", "system": "c.system", "owner": "c.owner", "team": "c.team", "status": "c.status",
    "value": "coalesce(o.value, try_cast(c.value as decimal(18, 6)))", "currency": "coalesce(o.currency, c.currency)",
    "since": "c.since", "stage": "o.stage", "promised_at": "o.promised_at", "version": "c.version",
    "title": "c.title", "subject": "c.subject", "acknowledged_by": "c.acknowledged_by", "opened_at": "c.opened_at",
}  # fmt: skip
_ORDER = {
    "order_id": "o.order_id", "so": "o.so", "customer": "o.customer", "tier": "o.tier", "channel": "o.channel",
    "entity": "o.entity", "partner": "o.partner", "carrier": "o.carrier", "location": "o.location", "value": "o.value",
    "currency": "o.currency", "stage": "o.stage", "partly": "o.partly", "billing": "o.billing",
    "return": "o.return_state", "revision": "o.revision", "promised_at": "o.promised_at", "first_at": "o.first_at",
    "last_at": "o.last_at", "delivered_at": "o.delivered_at", "events": "o.events",
}  # fmt: skip
_LATE = "(o.promised_at < $now and o.stage_rank between 0 and 11)"


def blocked(
    reader: Asking, board: pl.DataFrame, view: str, where: Where, sort: Sort, offset: int, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """Open, unfolded exceptions joined to their orders as they stand now, and how many match."""
    said = Conditions(_CASE)
    said.add("c.folded_under is null")
    codes = {"blocked": BLOCKING, "late": LATE}.get(view)
    said.among("code", list(codes) if codes else None)
    for column in ("severity", "system", "owner", "partner", "code", "status", "stage", "customer"):
        said.among(column, where.get(column))
    said.search(where.get("q"), ("so", "customer", "partner", "cause", "subject", "order_id"))
    said.grid(where.get("grid"))
    sorted_by = _sorted(sort, _CASE, "c.severity_rank, c.since, c.case_id", "c.severity")
    shown = ", ".join(f"{sql} as {name}" for name, sql in _CASE.items())
    rows = reader.rows(
        f"select {shown}, count(*) over () as matched from open_case c left join orders o on c.order_id = o.order_id"
        f" where {said.text()} order by {sorted_by} limit {int(limit)} offset {int(offset)}",
        said.values, board,
    )  # fmt: skip
    total = rows[0]["matched"] if rows else _counted(reader, said, board) if offset else 0
    return [_plain(row) for row in rows], total


def _counted(reader: Asking, said: Conditions, board: pl.DataFrame) -> int:
    query = f"select count(*) n from open_case c left join orders o on c.order_id = o.order_id where {said.text()}"
    return int(reader.ask(query, said.values, board)["n"][0])


def orders(
    reader: Asking, where: Where, sort: Sort, offset: int, limit: int, board: pl.DataFrame, now: datetime
) -> tuple[list[dict[str, Any]], int]:
    """Orders with what blocks them. `where`: stage, partner, customer, cause, owner, blocked, late, q."""
    said = Conditions(_ORDER)
    for column in ("stage", "partner", "customer", "tier", "channel", "entity", "carrier"):
        said.among(column, where.get(column))
    said.search(where.get("q"), ("so", "customer", "order_id"))
    said.values["now"] = now
    for name, condition in (("blocked", "b.order_id is not null"), ("late", _LATE)):
        if where.get(name) is not None:
            said.add(condition if where[name] else f"not coalesce({condition}, false)")
    for name, column in (("cause", "causes"), ("owner", "owners")):
        if where.get(name):
            said.add(f"list_contains(b.{column}, {said.bind(where[name])})")
    shown = ", ".join(f'{sql} as "{name}"' for name, sql in _ORDER.items())
    rows = reader.rows(
        f"with b as (select order_id, list(distinct cause) as causes, list(distinct owner) as owners, min(since) as since"
        f" from open_case where list_contains({said.bind(list(BLOCKING))}::varchar[], code) group by order_id)"
        f" select {shown}, b.order_id is not null as blocked, b.causes, b.owners, b.since as blocked_since, {_LATE} as late,"
        f" count(*) over () as matched from orders o left join b on o.order_id = b.order_id where {said.text()}"
        f" order by {ordered(sort, _ORDER, 'o.last_at desc, o.order_id')} limit {int(limit)} offset {int(offset)}",
        said.values, board,
    )  # fmt: skip
    total = rows[0]["matched"] if rows else 0
    return [_plain(row) for row in rows], total


def kpis(reader: Asking, board: pl.DataFrame, now: datetime) -> dict[str, Any]:
    """Orders open, blocked, late; exceptions nobody has taken; value at risk, each order once, by currency."""
    head = reader.rows(
        f"select count(*) as orders, count(*) filter (where o.stage_rank between 0 and 11) as open,"
        f" count(*) filter (where {_LATE}) as late, max(o.last_at) as newest_event_at from orders o", {"now": now}
    )[0]  # fmt: skip
    cases = reader.rows(
        "select count(*) as exceptions, count(*) filter (where status = 'new') as unacknowledged,"
        " count(distinct order_id) filter (where list_contains($codes::varchar[], code)) as blocked"
        " from open_case where folded_under is null", {"codes": list(BLOCKING)}, board,
    )[0]  # fmt: skip
    risk = reader.rows(
        "select o.currency, sum(o.value) as value from orders o"
        " where o.value is not null and o.stage_rank between 0 and 11 and (o.promised_at < $now or o.order_id in"
        " (select order_id from open_case where list_contains($codes::varchar[], code)))"
        " group by o.currency order by value desc", {"now": now, "codes": list(BLOCKING)}, board,
    )  # fmt: skip
    return head | cases | {"value_at_risk": [_plain(row) for row in risk]}


def _sorted(sort: Sort, columns: dict[str, str], default: str, severity: str) -> str:
    ranked = {**columns, "severity": _SEVERITY.format(severity)}
    return ordered(sort, ranked, default)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    row.pop("matched", None)
    if row.get("value") is not None:
        row["value"] = f"{row['value']:.2f}"
    return row
