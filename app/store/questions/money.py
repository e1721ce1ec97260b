"""What is at stake: the net value of goods that have not left, on orders that are late, blocked or at risk.

Each order counts once, by the likeliest way to lose it. Amounts are exact decimals, per currency; a currency is told in
another one only by a rate that the settings give with its date. Source of the formula: the trade's revenue at risk.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl

from app.store.questions.asking import Asking, Row
from app.terms import Money, Rate

FORMULA = (
    "net value of open (unshipped) quantity on orders that are late, blocked or at risk, each order once;"
    " weighted: times the weight of its mark; share: of the open value of all open orders"
)
#: By what it can be rolled up. An order with two owners, or two missed clocks, stands under both; in the whole once.
BY = ("partner", "customer", "owner", "sla")
#: An open order: its open value and the mark that weighs most; `$now` is the instant.
MARKED = """
    j as (
        select order_no, bool_or(kind = 'blocked') as blocked, bool_or(kind = 'at_risk') as at_risk
        from judgement where order_no > 0 and since <= $now and (until is null or until > $now) group by order_no
    ),
    flagged as (
        select o.order_no, o.order_id, o.customer, o.partner, coalesce(o.currency, '') as currency, o.value,
            greatest(coalesce(o.open_value, o.value), 0) as open_value, coalesce(o.promised_at < $now, false) as late,
            coalesce(j.blocked, false) as blocked, coalesce(j.at_risk, false) as at_risk
        from orders o left join j on o.order_no = j.order_no where o.stage_rank between 0 and 11
    ),
    marked as (select *, {mark} as mark from flagged)"""
_KEYS = {
    "": "select order_no, '' as key from marked where mark is not null",
    "partner": "select order_no, coalesce(partner, '') as key from marked where mark is not null",
    "customer": "select order_no, coalesce(customer, '') as key from marked where mark is not null",
    "owner": "select distinct m.order_no, coalesce(c.owner, if(j.owner = 'partner', j.partner, j.owner), '') as key from marked m"
    " left join open_case c on m.order_id = c.order_id and c.folded_under is null"
    " left join judgement j on m.order_no = j.order_no and j.kind in ('blocked', 'late', 'at_risk') and j.since <= $now and (j.until is null or j.until > $now)"
    " where m.mark is not null",
    "sla": "select distinct m.order_no, coalesce(d.rule, '') as key from marked m left join due d on m.order_no = d.order_no"
    " and d.due_at < $now and d.met_at is null and d.void_at is null where m.mark is not null",
}  # fmt: skip
_BESIDE = {
    "shipped_not_invoiced": "greatest(l.shipped - l.invoiced, 0)",
    "returned_not_credited": "greatest(l.returned - l.credited, 0)",
}


def marked(money: Money) -> str:
    """The statement parts up to `marked`: of several marks the one that weighs most."""
    weights = money.weights.model_dump()
    names = sorted(weights, key=lambda name: (-weights[name], list(weights).index(name)))
    return MARKED.format(mark="case " + " ".join(f"when {name} then '{name}'" for name in names) + " end")


def revenue(reader: Asking, board: pl.DataFrame, now: datetime, money: Money, by: str = "") -> Row:
    """Revenue at risk at `now`, with its formula, numerator and denominator, per currency; `rows` are its parts."""
    rates = rates_at(money, now)
    grouped = _grouped(reader, board, now, money, "")
    whole = _whole(reader, now, money)
    told: Row = {
        "formula": FORMULA, "weights": {name: str(value) for name, value in money.weights.model_dump().items()},
        "rates": [one.model_dump(mode="json") for one in rates.values()], "figures": _figures(grouped, whole, money, rates),
    }  # fmt: skip
    if by:
        rows = _grouped(reader, board, now, money, by)
        told |= {
            "by": by,
            "rows": [{by: key} | one for key in _keys(rows) for one in _figures(_of(rows, key), (), money, rates)],
        }
    return told | {name: _beside(reader, quantity, money, rates) for name, quantity in _BESIDE.items()}


def at_risk(reader: Asking, now: datetime, money: Money) -> list[Row]:
    """The whole of it per currency, for the head of the pages: value, weighted, orders; the greatest first."""
    grouped = _grouped(reader, None, now, money, "")
    told = _figures(grouped, (), money, rates_at(money, now))
    return [
        {
            "currency": one["currency"] or None,
            "value": one["numerator"],
            "weighted": one["weighted"],
            "orders": one["orders"],
        }
        for one in told
    ]


def converted(amount: Decimal, currency: str, money: Money, rates: dict[str, Rate]) -> tuple[str, Decimal]:
    """(currency, amount) as it is told: in the house's currency where there is a rate, else as it is."""
    rate = rates.get(currency)
    return (money.currency, amount * rate.rate) if rate else (currency, amount)


def rates_at(money: Money, now: datetime) -> dict[str, Rate]:
    """Per currency the newest rate that was in force."""
    known = sorted((one for one in money.rates if one.date <= now.date()), key=lambda one: one.date)
    return {one.currency: one for one in known}


def text(amount: Decimal) -> str:
    """Money as decimal text."""
    return f"{amount:.2f}"


def _grouped(reader: Asking, board: pl.DataFrame | None, now: datetime, money: Money, by: str) -> list[Row]:
    """Rows of key, currency, mark, orders, value."""
    query = (
        f"with {marked(money)}, keyed as ({_KEYS[by]}) select k.key, m.currency, m.mark, count(*) as orders, sum(m.open_value) as value"
        " from keyed k join marked m on k.order_no = m.order_no where m.open_value > 0 group by all order by all"
    )
    return reader.rows(query, {"now": now}, board)


def _whole(reader: Asking, now: datetime, money: Money) -> list[Row]:
    """Per currency, what all open orders hold."""
    query = f"with {marked(money)} select currency, count(*) as orders, sum(open_value) as value from marked where open_value > 0 group by all order by all"
    return reader.rows(query, {"now": now})


def _keys(rows: Iterable[Row]) -> list[str]:
    return sorted({row["key"] for row in rows})


def _of(rows: Iterable[Row], key: str) -> list[Row]:
    return [row for row in rows if row["key"] == key]


def _figures(rows: Iterable[Row], whole: Iterable[Row], money: Money, rates: dict[str, Rate]) -> list[Row]:
    """Per currency: orders, numerator, weighted, each mark, and the denominator where `whole` is given."""
    weights = money.weights.model_dump()
    sums: dict[str, dict[str, Any]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows:
        currency, value = converted(row["value"], row["currency"], money, rates)
        for name, amount in (
            ("numerator", value),
            ("weighted", value * weights[row["mark"]]),
            (row["mark"], value),
            ("orders", row["orders"]),
        ):
            sums[currency][name] += amount
    for row in whole:
        currency, value = converted(row["value"], row["currency"], money, rates)
        sums[currency]["denominator"] += value
        sums[currency]["of_orders"] += row["orders"]
    told = [_figure(currency, some, bool(whole)) for currency, some in sums.items()]
    return sorted(told, key=lambda one: (-Decimal(one["numerator"]), one["currency"]))


def _figure(currency: str, sums: dict[str, Any], share: bool) -> Row:
    amounts = {name: text(sums[name]) for name in ("numerator", "weighted", "late", "blocked", "at_risk")}
    told = {"currency": currency, "orders": int(sums["orders"]), **amounts}
    if not share:
        return told
    whole = sums["denominator"]
    return told | {
        "of_orders": int(sums["of_orders"]),
        "denominator": text(whole),
        "share": float(sums["numerator"] / whole) if whole else None,
    }


def _beside(reader: Asking, quantity: str, money: Money, rates: dict[str, Rate]) -> list[Row]:
    """What is never added in: quantities at the price of their line; `unpriced` lines have none and are not in it."""
    rows = reader.rows(
        f"select coalesce(o.currency, '') as currency, count(distinct l.order_no) as orders, count(*) filter (where p.price is null) as unpriced,"
        f" sum({quantity} * p.price) as value from order_line l, lateral (select try_cast(l.price as decimal(18, 6)) as price) p"
        f" join orders o on l.order_no = o.order_no where {quantity} > 0 group by all order by all"
    )
    sums: dict[str, dict[str, Any]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows:
        currency, value = converted(row["value"] or Decimal(0), row["currency"], money, rates)
        for name, amount in (("value", value), ("orders", row["orders"]), ("unpriced", row["unpriced"])):
            sums[currency][name] += amount
    told = [
        {"currency": c, "value": text(s["value"]), "orders": int(s["orders"]), "unpriced": int(s["unpriced"])}
        for c, s in sums.items()
    ]
    return sorted(told, key=lambda one: (-Decimal(one["value"]), one["currency"]))
