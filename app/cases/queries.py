"""Questions about cases: one with its history, or a list by filters, page by page."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Numeric, and_, cast, func, or_, select
from sqlalchemy import case as when

from app.cases.ledger import pieces
from app.cases.life_cycle import OPEN, SEVERITIES, STATUSES, Row
from app.cases.store import Store
from app.cases.tables import case, move
from app.cases.views import Json, case_json, detail_json, moment_json, move_json
from app.errors import BadInput, NotFound

RANK = when({name: rank for rank, name in enumerate(SEVERITIES)}, value=case.c.severity, else_=len(SEVERITIES))
_LATE = datetime(9999, 1, 1)
#: What a list may be sorted by; every expression is never null, so that a cursor can point into it.
SORTS: dict[str, ColumnElement[Any]] = {
    "severity": RANK,
    "due_at": func.coalesce(case.c.due_at, _LATE),
    "opened_at": case.c.opened_at,
    "since": func.coalesce(case.c.started_at, _LATE),
    "code": case.c.code,
    "status": case.c.status,
    "partner": func.coalesce(case.c.partner, ""),
    "owner": func.coalesce(case.c.owner, ""),
    "order": func.coalesce(case.c.so, ""),
    "value": cast(func.coalesce(case.c.value, "0"), Numeric(38, 6)),
    "id": case.c.id,
}
DEFAULT_SORT = "severity,due_at"
#: Filters that compare a column with one or several values, comma separated.
EQUALS = {
    "code": case.c.code,
    "severity": case.c.severity,
    "partner": case.c.partner,
    "system": case.c.system,
    "customer": case.c.customer,
    "condition": case.c.condition,
    "id": case.c.id,
}
FILTERS = (*EQUALS, "status", "owner", "order", "folded", "q")
Sorts = list[tuple[str, bool]]


def one(store: Store, case_id: str) -> Json:
    """One case with its history and similar ones; raises NotFound."""
    with store.reading() as connection:
        row = found(connection, store.scope, case_id)
        moves = select(move).where(move.c.case_id == case_id).order_by(move.c.sequence)
        history = [move_json(dict(m)) for m in connection.execute(moves).mappings()]
        return detail_json(row) | {"history": history, "similar": _similar(connection, store.scope, row)}


def opened_by_system(store: Store, since: datetime) -> dict[str, int]:
    """How many cases were opened since an instant (naive UTC), by the system whose step they wait for."""
    counts = (
        select(case.c.system, func.count())
        .where(case.c.scope == store.scope, case.c.opened_at >= since, case.c.system.is_not(None))
        .group_by(case.c.system)
    )
    with store.reading() as connection:
        return {str(system): count for system, count in connection.execute(counts)}


def alerted(store: Store, asked: Sequence[tuple[str, datetime]]) -> set[tuple[str, datetime]]:
    """Of orders and instants (naive UTC), those at which a case of the order had been opened and was not resolved."""
    found: dict[str, list[tuple[datetime, datetime | None]]] = {}
    columns = select(case.c.order_id, case.c.opened_at, case.c.resolved_at)
    with store.reading() as connection:
        for some in pieces(sorted({order for order, _ in asked}), 500):
            wanted = columns.where(case.c.scope == store.scope, case.c.order_id.in_(some))
            for order, opened, resolved in connection.execute(wanted):
                found.setdefault(order, []).append((opened, resolved))
    return {
        (order, at)
        for order, at in asked
        if any(opened < at and (resolved is None or resolved >= at) for opened, resolved in found.get(order, ()))
    }


def moves_of(store: Store, order_id: str) -> list[Json]:
    """What was done about an order, oldest first, as entries of its timeline."""
    chosen = (
        select(move, case.c.title, case.c.system)
        .join(case, case.c.id == move.c.case_id)
        .where(case.c.order_id == order_id, case.c.scope == store.scope)
        .order_by(move.c.sequence)
    )
    with store.reading() as connection:
        return [moment_json(dict(row)) for row in connection.execute(chosen).mappings()]


def found(connection: Connection, scope: str, case_id: str) -> Row:
    """The row of a case of this scope; raises NotFound."""
    row = connection.execute(select(case).where(case.c.id == case_id, case.c.scope == scope)).mappings().first()
    if row is None:
        raise NotFound(f"There is no exception {case_id}.", "It may belong to another date (--as-of).")
    return dict(row)


def _similar(connection: Connection, scope: str, row: Row) -> list[Json]:
    """The newest other cases with the same code at the same partner."""
    alike = (case.c.code == row["code"], case.c.partner == row["partner"], case.c.id != row["id"])
    newest = select(case).where(case.c.scope == scope, *alike).order_by(case.c.opened_at.desc(), case.c.id).limit(5)
    return [case_json(dict(other)) for other in connection.execute(newest).mappings()]


def listed(
    store: Store, filters: Mapping[str, str], sort: str = DEFAULT_SORT, limit: int = 100, cursor: str = ""
) -> tuple[list[Row], str | None, int]:
    """A page of rows, the cursor of the next page, and how many match in all."""
    sorts = sorting(sort)
    keys = [SORTS[name] for name, _ in sorts]
    where = and_(*matching(store.scope, filters))
    order = [key.desc() if falling else key.asc() for key, (_, falling) in zip(keys, sorts, strict=True)]
    page = select(case, *(key.label(f"_k{i}") for i, key in enumerate(keys))).where(where, after(sorts, cursor))
    with store.reading() as connection:
        total = connection.execute(select(func.count()).select_from(case).where(where)).scalar_one()
        rows = [dict(r) for r in connection.execute(page.order_by(*order).limit(limit + 1)).mappings()]
    more = len(rows) > limit
    return rows[:limit], _cursor(rows[limit - 1], len(keys)) if more and limit else None, total


def ids(store: Store, filters: Mapping[str, str], limit: int) -> list[tuple[str, int]]:
    """(id, version) of the cases that match, at most `limit`; what a bulk action over a filter works on."""
    chosen = select(case.c.id, case.c.version).where(*matching(store.scope, filters)).order_by(case.c.id).limit(limit)
    with store.reading() as connection:
        return [(row.id, row.version) for row in connection.execute(chosen)]


def counts(store: Store) -> dict[str, int]:
    """How many cases stand in each status."""
    grouped = select(case.c.status, func.count()).where(case.c.scope == store.scope).group_by(case.c.status)
    with store.reading() as connection:
        return dict(connection.execute(grouped).tuples().all())


def matching(scope: str, filters: Mapping[str, str]) -> list[ColumnElement[bool]]:
    """The conditions of a filter; raises BadInput for a name that no filter has."""
    if unknown := sorted(set(filters) - set(FILTERS)):
        raise BadInput(f"There is no filter `{unknown[0]}`.", f"Use {', '.join(FILTERS)}.")
    made = [case.c.scope == scope, case.c.status.in_(statuses(filters.get("status", "open")))]
    made += [EQUALS[name].in_(several(filters[name])) for name in EQUALS if filters.get(name)]
    if owner := filters.get("owner"):
        made.append(or_(case.c.owner.in_(several(owner)), case.c.team.in_(several(owner))))
    if order := filters.get("order"):
        made.append(or_(case.c.order_id == order, case.c.so == order))
    if text := filters.get("q"):
        made.append(or_(*(c.icontains(text, autoescape=True) for c in _SEARCHED)))
    if filters.get("folded", "false").lower() not in ("true", "1", "yes"):
        made.append(case.c.folded_under.is_(None))
    return made


_SEARCHED = (case.c.so, case.c.subject, case.c.customer, case.c.title, case.c.partner)


def statuses(said: str) -> list[str]:
    """The statuses that a filter names, `open` and `all` spelled out; raises BadInput for what is none."""
    names = [n for part in several(said) for n in (OPEN if part == "open" else STATUSES if part == "all" else (part,))]
    if wrong := [n for n in names if n not in STATUSES]:
        raise BadInput(f"`{wrong[0]}` is no status.", f"Use open, all, or of {', '.join(STATUSES)}.")
    return names


def sorting(said: str) -> Sorts:
    """`-severity,due_at` -> names with whether they fall; always ends in the id, so that the order is total."""
    sorts = [(part.strip().lstrip("-"), part.strip().startswith("-")) for part in said.split(",") if part.strip()]
    if wrong := [name for name, _ in sorts if name not in SORTS]:
        raise BadInput(f"Nothing can be sorted by `{wrong[0]}`.", f"Use {', '.join(SORTS)}; - reverses.")
    return sorts if any(name == "id" for name, _ in sorts) else [*sorts, ("id", False)]


def after(sorts: Sorts, cursor: str) -> ColumnElement[bool]:
    """Rows beyond the cursor, in the order of the sort."""
    values = _values(sorts, cursor)
    beyond: list[ColumnElement[bool]] = []
    for place, ((name, falling), value) in enumerate(zip(sorts, values, strict=False)):
        before = [SORTS[n] == v for (n, _), v in zip(sorts[:place], values[:place], strict=True)]
        beyond.append(and_(*before, SORTS[name] < value if falling else SORTS[name] > value))
    return or_(*beyond) if beyond else case.c.id.is_not(None)


def _cursor(row: Row, keys: int) -> str:
    values = [row[f"_k{i}"] for i in range(keys)]
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def _values(sorts: Sorts, cursor: str) -> Sequence[Any]:
    """The place a cursor points to; raises BadInput for one that another sort, or nobody, made."""
    if not cursor:
        return []
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_typed(name, value) for (name, _), value in zip(sorts, values, strict=True)]
    except (ValueError, TypeError, ArithmeticError, binascii.Error):
        raise BadInput("This cursor belongs to another list.", "Begin again without `cursor`.") from None


def _typed(name: str, value: Any) -> Any:
    if name in ("due_at", "opened_at", "since"):
        return datetime.fromisoformat(value)
    if name == "severity":
        return int(value)
    return Decimal(value) if name == "value" else str(value)


def several(said: str) -> list[str]:
    """`a,b` -> ["a", "b"]."""
    return [part.strip() for part in said.split(",") if part.strip()]
