"""Lists: blocked and late orders with their open exceptions, and the orders themselves."""

from datetime import datetime
from typing import Any

import polars as pl

from app.model.judgements import BLOCKING
from app.store.questions.asking import Asking
from app.store.questions.grid import Conditions, Sort, Where, ordered
from app.store.questions.judgements import WHOSE
from app.store.questions.money import at_risk
from app.terms import Money

_PLAIN = Money()
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
    "last_at": "o.last_at", "delivered_at": "o.delivered_at", "events": "o.events", "kind": "o.kind",
    "parent_customer": "o.parent_customer", "region": "o.region", "family": "o.family", "stage_at": "o.stage_at",
}  # fmt: skip
_LATE = "(o.promised_at < $now and o.stage_rank between 0 and 11)"
#: What holds of each order by now, and whose it is; owner and team of an open exception count as well.
_HELD = f"""
    with judged as (
        select order_no, list(distinct cause) filter (where kind = 'blocked') as causes, list(distinct {WHOSE}) as owners,
            min(since) filter (where kind = 'blocked') as blocked_since, bool_or(kind = 'blocked') as blocked,
            bool_or(kind = 'at_risk') as risky, bool_or(kind = 'diverged') as diverged, bool_or(kind = 'silent') as silent,
            bool_or(kind = 'stuck') as stuck
        from judgement where order_no > 0 and since <= $now and (until is null or until > $now) group by order_no
    ),
    owned as (select order_id, list(distinct owner) as owners, list(distinct team) as teams from open_case where folded_under is null group by order_id)"""
_OWNERS = ("w.owners", "w.teams", "j.owners")
_JUDGED = (
    "with j as (select order_no, bool_or(kind = 'blocked') as blocked, bool_or(kind = 'at_risk') as risky,"
    " bool_or(kind = 'diverged') as diverged from judgement where order_no > 0 and since <= $now and (until is null or until > $now) group by order_no)"
)
_MARKS = {
    "blocked": "coalesce(j.blocked, false)", "late": f"coalesce({_LATE}, false)", "at_risk": f"(coalesce(j.risky, false) and not coalesce({_LATE}, false))",
    "diverged": "coalesce(j.diverged, false)", "silent": "coalesce(j.silent, false)", "stuck": "coalesce(j.stuck, false)",
}  # fmt: skip


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
    """Orders with what is judged of them. `where`: stage, partner, customer, cause, owner, q and the marks of `_MARKS`."""
    said = Conditions(_ORDER)
    for column in ("stage", "partner", "customer", "tier", "channel", "entity", "carrier", "kind", "region", "family"):
        said.among(column, where.get(column))
    said.search(where.get("q"), ("so", "customer", "order_id"))
    said.values["now"] = now
    for name, condition in _MARKS.items():
        if where.get(name) is not None:
            said.add(condition if where[name] else f"not coalesce({condition}, false)")
    if where.get("cause"):
        said.add(f"list_contains(j.causes, {said.bind(where['cause'])})")
    if where.get("owner"):
        some = said.bind([where["owner"]] if isinstance(where["owner"], str) else list(where["owner"]))
        said.add(f"({' or '.join(f'list_has_any({names}, {some}::varchar[])' for names in _OWNERS)})")
    shown = ", ".join(f'{sql} as "{name}"' for name, sql in (_ORDER | _MARKS).items())
    rows = reader.rows(
        f"{_HELD} select {shown}, j.causes, coalesce(w.owners, j.owners) as owners, j.blocked_since, count(*) over () as matched"
        f" from orders o left join judged j on o.order_no = j.order_no left join owned w on o.order_id = w.order_id"
        f" where {said.text()} order by {ordered(sort, _ORDER, 'o.last_at desc, o.order_id')}"
        f" limit {int(limit)} offset {int(offset)}",
        said.values, board,
    )  # fmt: skip
    total = rows[0]["matched"] if rows else 0
    return [_plain(row) for row in rows], total


def kpis(reader: Asking, board: pl.DataFrame, now: datetime, money: Money = _PLAIN) -> dict[str, Any]:
    """Orders open, blocked, late, at risk, diverged; exceptions nobody has taken; value at risk, each order once, by currency."""
    head = reader.rows(
        f"{_JUDGED} select count(*) as orders, count(*) filter (where o.stage_rank between 0 and 11) as open,"
        f" count(*) filter (where {_LATE}) as late, count(*) filter (where j.blocked) as blocked,"
        f" count(*) filter (where j.risky and not coalesce({_LATE}, false)) as at_risk, count(*) filter (where j.diverged) as diverged,"
        " max(o.last_at) as newest_event_at from orders o left join j on o.order_no = j.order_no", {"now": now}
    )[0]  # fmt: skip
    cases = reader.rows(
        "select count(*) as exceptions, count(*) filter (where status = 'new') as unacknowledged"
        " from open_case where folded_under is null", None, board,
    )[0]  # fmt: skip
    return head | cases | {"value_at_risk": at_risk(reader, now, money)}


def _sorted(sort: Sort, columns: dict[str, str], default: str, severity: str) -> str:
    ranked = {**columns, "severity": _SEVERITY.format(severity)}
    return ordered(sort, ranked, default)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    row.pop("matched", None)
    if row.get("value") is not None:
        row["value"] = f"{row['value']:.2f}"
    return row
