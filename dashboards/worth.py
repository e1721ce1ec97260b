"""Money on the SLA page: what is at risk and what missed clocks cost, per currency, by whoever must act."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import dash_mantine_components as dmc
from dash import Input, Output, callback, html

from app import clock
from dashboards import context, parts, words
from dashboards.context import Row
from dashboards.parts import Piece, aria

BY = {"partner": "Partner", "customer": "Customer", "owner": "Owner", "sla": "SLA"}
_HEAD = ("Orders", "At risk", "Weighted", "Missed clocks", "We owe", "Expected", "Owed to us")


def panel() -> Piece:
    """The card with its choice; its figures come by `register`."""
    chooser = dmc.SegmentedControl(
        id="worth-by", data=[{"value": v, "label": t} for v, t in BY.items()], value="partner", size="xs", **aria(label="By whom")
    )  # fmt: skip
    sub = "Goods that have not left on orders that are late, blocked or at risk; penalties of clocks that fell due in the period"
    return parts.card("Money at risk", html.Div(id="worth"), sub=sub, end=chooser, id="money")


def asked(by: str, period: tuple[datetime, datetime], now: datetime) -> tuple[Row, list[Row]]:
    """What the store says of it."""
    reader = context.here().reader
    return reader.revenue(now, by), reader.penalties(now, *period, by)


def drawn(revenue: Row, costs: Sequence[Row], by: str, names: Mapping[str, str]) -> list[Piece]:
    """The whole in words, then the table, and what stands beside it."""
    if not revenue["figures"] and not costs:
        return [
            parts.empty(
                "Nothing is at risk", "No open order is late, blocked or at risk, and no clock has cost anything."
            )
        ]
    return [
        *(html.P(_whole(one), className="num") for one in revenue["figures"]),
        _table(revenue.get("rows") or [], costs, by, names),
        *(html.P(line, className="muted small num") for line in _notes(revenue, costs)),
    ]


def _whole(one: Row) -> list[Piece]:
    held = f"{words.share(one['share'])} of {words.money(one['denominator'], one['currency'])} open on {words.count(one['of_orders'], 'order')}"
    parts_ = ", ".join(
        f"{words.money(one[mark], one['currency'])} {name}"
        for mark, name in (("late", "late"), ("blocked", "blocked"), ("at_risk", "at risk"))
    )
    return [
        html.Strong(words.money(one["numerator"], one["currency"])), f" at risk on {words.count(one['orders'], 'order')}, {held}; weighted ",
        html.Strong(words.money(one["weighted"], one["currency"])), f" ({parts_})",
    ]  # fmt: skip


def _table(rows: Sequence[Row], costs: Sequence[Row], by: str, names: Mapping[str, str]) -> Piece:
    """One line per key and currency, the most at risk first."""
    risk = {(str(r[by]), r["currency"]): r for r in rows}
    owed = {(str(c[by]), c["currency"], c["pays"]): c for c in costs}
    keys = sorted(
        {*risk, *((key, currency) for key, currency, _ in owed)}, key=lambda k: (-_amount(risk.get(k), "numerator"), k)
    )
    body = [
        _line(
            key,
            currency,
            (risk.get((key, currency)), owed.get((key, currency, "us")), owed.get((key, currency, "partner"))),
            names,
        )
        for key, currency in keys
    ]
    return parts.table((BY[by], *_HEAD), body, f"Money at risk by {BY[by].lower()}", right=range(1, 8))


def _line(key: str, currency: str, told: tuple[Row | None, Row | None, Row | None], names: Mapping[str, str]) -> Piece:
    risk, us, partner = told

    def money(row: Row | None, name: str) -> str:
        return words.money(row[name], currency) if row else "–"

    cells = [
        html.Span(names.get(key) or key or "none", className="strong"), f"{risk['orders']:,}" if risk else "–", money(risk, "numerator"),
        money(risk, "weighted"), f"{us['missed']:,}" if us else "–", money(us, "accrued"), money(us, "expected"), money(partner, "accrued"),
    ]  # fmt: skip
    return parts.row(cells, right=range(1, 8))


def _notes(revenue: Row, costs: Sequence[Row]) -> list[str]:
    """What is beside it, by which rates it is told, and what could not be counted."""
    beside = [
        f"{name}: {words.money(one['value'], one['currency'])} on {words.count(one['orders'], 'order')}"
        + (f", {words.count(one['unpriced'], 'line')} without a price apart" if one["unpriced"] else "")
        for key, name in (("shipped_not_invoiced", "Shipped, not invoiced"), ("returned_not_credited", "Returned, not credited"))
        for one in revenue[key]
    ]  # fmt: skip
    rates = [f"1 {r['currency']} = {r['rate']} since {r['date']}" for r in revenue["rates"]]
    unpriced = sum(c["unpriced"] for c in costs)
    return [
        *([" · ".join(beside) + " (never added in)"] if beside else []),
        *(["Rates: " + ", ".join(rates)] if rates else []),
        *(
            [f"{words.count(unpriced, 'clock')} whose share of the order's value is in another currency or unknown"]
            if unpriced
            else []
        ),
    ]


def _amount(row: Row | None, name: str) -> float:
    amount = words.decimal(row[name]) if row else None
    return float(amount) if amount is not None else 0.0


def register(period: Callable[[str, datetime], tuple[datetime, datetime]]) -> None:
    """The figures follow the period, the choice and time; `period(name, now)` gives the period of a choice."""

    @callback(
        Output("worth", "children"),
        Input("sla-period", "value"), Input("worth-by", "value"), Input("minute", "n_intervals"),
    )  # fmt: skip
    async def show(name: str, by: str, _minutes: int | None) -> list[Piece]:
        chosen = by if by in BY else "partner"
        now = clock.instant()
        revenue, costs = await context.asked(asked, chosen, period(name, now), now)
        return drawn(revenue, costs, chosen, context.here().partners)
