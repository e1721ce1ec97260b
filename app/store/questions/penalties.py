"""What missed clocks cost by the terms of the settings: what has come due, and what is to be expected beside it.

1. Of the terms of an SLA the first that fits the clock's customer and partner counts, for each side that may pay. 2. A
clock costs something from the first instant after its due moment and the grace: per breach, per day begun, a share of
the order's value where that is in the terms' currency; at most the cap. 3. A running clock of an order that is late,
blocked or at risk is expected to cost its first day, times the weight of that mark. 4. What we owe and what is owed to
us is never set off.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from app.store.questions.asking import Beside, Row
from app.store.questions.corrections import Counted
from app.store.questions.judgements import WHOSE
from app.store.questions.money import converted, marked, rates_at, text
from app.terms import Money, Penalty

BY = ("partner", "customer", "owner", "sla")
_EVERY = Counted()
_MONEY = pl.Decimal(18, 6)
_TERMS: dict[str, Any] = {
    "place": pl.Int32, "sla": pl.String, "customer": pl.String, "partner": pl.String, "pays": pl.String, "currency": pl.String,
    "per_breach": _MONEY, "per_day": _MONEY, "share": pl.Decimal(7, 6), "cap": _MONEY, "grace": pl.Int64,
}  # fmt: skip
_DAY = 86_400_000_000
#: One row per clock and side: what it costs, or would cost if it were missed by less than a day.
_CHARGED = f"""
    fits as (
        select d.*, t.* exclude (customer, partner, currency), t.currency as terms_currency, o.customer as order_customer, o.value as order_value,
            coalesce(o.currency, '') as order_currency, m.mark,
            epoch_us(coalesce(d.met_at, $now)) - epoch_us(d.due_at) - t.grace as late_us
        from {{dues}} d join term t on d.rule = t.sla and (t.partner = '' or t.partner = d.partner)
        left join orders o on d.order_no = o.order_no left join marked m on d.order_no = m.order_no
        where d.void_at is null and d.due_at is not null and (t.customer = '' or t.customer = o.customer) {{during}}
        qualify row_number() over (partition by d.rule, d.subject_type, d.subject, d.occurrence, t.pays order by t.place) = 1
    ),
    charged as (
        select *, late_us > 0 as missed, met_at is null and due_at >= $now and mark is not null as threatened,
            least(coalesce(cap, 999999999999), per_breach + per_day * ((greatest(late_us, 1) + {_DAY - 1}) // {_DAY})::decimal(9, 0)
                + case when order_currency = terms_currency then share * coalesce(order_value, 0) else 0 end) as amount,
            share > 0 and (order_value is null or order_currency <> terms_currency) as unpriced
        from fits
    )"""
_KEY = {
    "": "''", "partner": "coalesce(partner, '')", "customer": "coalesce(order_customer, '')", "owner": f"coalesce({WHOSE}, '')", "sla": "rule",
}  # fmt: skip


def penalties(
    reader: Beside, terms: Sequence[Penalty], now: datetime, money: Money, *, frm: datetime | None = None, to: datetime | None = None,
    by: str = "", only: Counted = _EVERY,
) -> list[Row]:  # fmt: skip
    """Per side, currency (and key of `by`): accrued and expected amounts with the clocks behind them.

    The cohort is what fell due in [frm, to); clocks that still run are in it whenever they fall due.
    """
    if not terms:
        return []
    during = (" and (d.due_at >= $now or d.due_at >= $frm)" if frm else "") + (
        " and (d.due_at >= $now or d.due_at < $to)" if to else ""
    )
    query = f"""
        with {marked(money)}, {_CHARGED.format(dues=only.dues, during=during)}
        select {_KEY[by]} as key, pays, terms_currency as currency, case when missed then '' else mark end as mark, count(*) as clocks,
            count(*) filter (where missed and met_at is null) as growing, sum(amount) as amount, count(*) filter (where unpriced) as unpriced
        from charged where missed or threatened group by all order by all"""
    values = only.values | {"now": now} | ({"frm": frm} if frm else {}) | ({"to": to} if to else {})
    rows = reader.ask_beside({"term": framed(terms)}, query, values).to_dicts()
    return _summed(rows, money, now, by)


def penalty_of(reader: Beside, terms: Sequence[Penalty], now: datetime, money: Money, case: Row) -> list[Row]:
    """What the clocks behind one exception have cost so far: pays, currency, amount; nothing where none has."""
    mine = [one for one in terms if one.sla == case["rule"]]
    if not mine:
        return []
    dues = "(select * from due where rule = $rule and subject = $subject)"
    query = f"""
        with {marked(money)}, {_CHARGED.format(dues=dues, during="")}
        select pays, terms_currency as currency, sum(amount) as amount from charged where missed group by all order by all"""
    values = {"now": now, "rule": case["rule"], "subject": case["subject"]["key"]}
    rows = reader.ask_beside({"term": framed(mine)}, query, values).to_dicts()
    return [row | {"amount": text(row["amount"])} for row in rows]


def framed(terms: Sequence[Penalty]) -> pl.DataFrame:
    """The terms as a table, in their order; the grace in microseconds."""
    rows = [one.model_dump() | {"place": place, "grace": _grace(one.grace)} for place, one in enumerate(terms)]
    return pl.DataFrame(rows, schema=_TERMS)


def _grace(said: str) -> int:
    units = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
    return int(said[:-1]) * units[said[-1]] // timedelta(microseconds=1) if said else 0


def _summed(rows: list[Row], money: Money, now: datetime, by: str) -> list[Row]:
    weights, rates = money.weights.model_dump(), rates_at(money, now)
    sums: dict[tuple[str, str, str], dict[str, Any]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows:
        currency, amount = converted(row["amount"], row["currency"], money, rates)
        one, missed = sums[row["key"], row["pays"], currency], not row["mark"]
        one["accrued" if missed else "threatened"] += amount
        one["expected"] += amount if missed else amount * weights[row["mark"]]
        one["missed" if missed else "running"] += row["clocks"]
        one["growing"] += row["growing"]
        one["unpriced"] += row["unpriced"]
    return [
        _told(key, some, by)
        for key, some in sorted(sums.items(), key=lambda one: (one[0][0], one[0][1], -one[1]["expected"]))
    ]


def _told(key: tuple[str, str, str], sums: dict[str, Any], by: str) -> Row:
    amounts = {name: text(sums[name]) for name in ("accrued", "threatened", "expected")}
    counts = {name: int(sums[name]) for name in ("missed", "growing", "running", "unpriced")}
    return ({by: key[0]} if by else {}) | {"pays": key[1], "currency": key[2]} | amounts | counts
