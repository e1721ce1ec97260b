"""What is at stake and what missed clocks cost: exact, per currency, each order once."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from app.calendar import Calendars
from app.cases.board import BOARD
from app.engine.judge import Judge
from app.engine.tick import Ticker
from app.errors import WrongUse
from app.settings import Settings, Sla
from app.store.reader import Reader
from app.terms import Costs, Money, Penalty, Rate
from rules.book import load, resolve
from rules.kinds import KINDS
from tests.engine.court import Court

#: Four orders: one late and half shipped, one on hold, one in another currency and late, one with all the time there is.
STORY = """
2026-11-02 09:00 erp.main order.created so=1 customer=C-1 partner=3pl.west promised=2026-11-04T09:00Z currency=USD amount=100 lines=1:A-1:10:EA:10
2026-11-02 09:01 erp.main order.released so=1 fo@3pl.west=F1 partner=3pl.west
2026-11-02 09:02 mw.bus   fulfillment.requested fo@3pl.west=F1 partner=3pl.west
2026-11-02 12:00 3pl.west fulfillment.acknowledged fo=F1
2026-11-02 13:00 3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:4:EA
2026-11-02 09:00 erp.main order.created so=2 customer=C-2 partner=3pl.west promised=2026-12-24T09:00Z currency=USD amount=30.5 lines=1:A-1:3:EA:10
2026-11-02 10:00 erp.main order.hold_placed so=2 hold=fraud:H
2026-11-02 09:00 erp.main order.created so=3 customer=C-1 partner=3pl.east promised=2026-11-03T09:00Z currency=EUR amount=50 lines=1:A-1:5:EA:10
2026-11-02 09:00 erp.main order.created so=4 customer=C-3 partner=3pl.east promised=2026-12-24T09:00Z currency=USD amount=200 lines=1:A-1:20:EA:10
2026-11-02 09:30 erp.main order.released so=4 fo@3pl.east=F4 partner=3pl.east
2026-11-02 09:31 mw.bus   fulfillment.requested fo@3pl.east=F4 partner=3pl.east
2026-11-02 09:40 3pl.east fulfillment.acknowledged fo=F4
"""
NOW = "2026-11-05 09:00"


def reader(court: Court, costs: Costs | None = None, board: pl.DataFrame | None = None) -> Reader:
    """Questions with these terms."""
    return Reader(court.house.database, lambda: board if board is not None else pl.DataFrame(schema=BOARD), costs=costs)


def told(court: Court, *more: str) -> Court:
    """The story, and more of it."""
    return court.told(NOW, *STORY.strip().splitlines(), *more)


def by_currency(figures: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The figures under their currencies."""
    return {one["currency"]: one for one in figures}


def test_each_order_counts_once_with_what_has_not_left(court: Court) -> None:
    """60 of order 1 are late, 30.50 of order 2 blocked; of 290.50 open. Euros stay euros."""
    found = reader(told(court)).revenue(court.now)
    figures = by_currency(found["figures"])
    assert {k: figures["USD"][k] for k in ("orders", "numerator", "weighted", "late", "blocked", "of_orders", "denominator")} == {
        "orders": 2, "numerator": "90.50", "weighted": "78.30", "late": "60.00", "blocked": "30.50", "of_orders": 3, "denominator": "290.50",
    }  # fmt: skip
    assert (figures["EUR"]["numerator"], figures["EUR"]["denominator"], figures["EUR"]["share"]) == (
        "50.00",
        "50.00",
        1.0,
    )
    assert "each order once" in found["formula"] and found["rates"] == []


def test_what_has_left_and_is_not_billed_stands_beside_it(court: Court) -> None:
    """Four pieces at ten are shipped and not invoiced; one came back and is not credited. Neither is added in."""
    found = reader(told(court, "2026-11-05 08:00 3pl.west return.received so=1 rma=R1 lines=1:A-1:1:EA")).revenue(
        court.now
    )
    assert found["shipped_not_invoiced"] == [{"currency": "USD", "value": "40.00", "orders": 1, "unpriced": 0}]
    assert found["returned_not_credited"] == [{"currency": "USD", "value": "10.00", "orders": 1, "unpriced": 0}]
    assert by_currency(found["figures"])["USD"]["numerator"] == "90.50"


def test_a_currency_is_converted_only_by_a_rate_that_was_given(court: Court) -> None:
    """The newest rate that was in force counts; one of tomorrow does not; the answer says which it was."""
    rates = [("EUR", "2026-11-01", "1.10"), ("EUR", "2026-11-04", "1.125"), ("EUR", "2026-11-06", "9")]
    money = Money.model_validate(
        {"currency": "USD", "rates": [{"currency": c, "date": d, "rate": r} for c, d, r in rates]}
    )
    found = reader(told(court), Costs(money=money)).revenue(court.now)
    (one,) = found["figures"]
    assert (one["currency"], one["numerator"], one["denominator"]) == ("USD", "146.75", "346.75")
    assert found["rates"] == [{"currency": "EUR", "date": "2026-11-04", "rate": "1.125"}]


def test_it_is_rolled_up_by_whoever_must_act(court: Court) -> None:
    """By partner, customer, SLA and owner: the same orders; one with two owners stands under both."""
    told(court)
    ids = dict(court.house.work.ask("select so, order_id from orders").rows())
    rows = [{"order_id": ids["1"], "owner": owner} for owner in ("ann", "bob")]
    board = pl.concat([pl.DataFrame(schema=BOARD), pl.DataFrame(rows)], how="diagonal")
    asked = reader(court, board=board)
    found = {
        by: {(r[by], r["currency"]): r["numerator"] for r in asked.revenue(court.now, by)["rows"]}
        for by in ("partner", "customer", "sla", "owner")
    }
    assert found["partner"] == {("3pl.west", "USD"): "90.50", ("3pl.east", "EUR"): "50.00"}
    assert found["customer"] == {("C-1", "USD"): "60.00", ("C-1", "EUR"): "50.00", ("C-2", "USD"): "30.50"}
    assert found["sla"][("S14", "USD")] == "60.00" and found["sla"][("S14", "EUR")] == "50.00"
    assert found["owner"][("ann", "USD")] == found["owner"][("bob", "USD")] == "60.00"


def test_a_case_is_worth_what_has_not_left(court: Court) -> None:
    """The intent of a late order with six of ten pieces open carries 60, not 100; what left later makes it less."""
    told(court)
    asked = "select value from case_intent where code = 'delivery_late' and so = '1' order by seq desc limit 1"
    assert court.house.work.ask(asked)["value"].item() == Decimal(60)
    court.told("2026-11-05 10:00", "2026-11-05 09:30 3pl.west shipment.dispatched fo=F1 sh=S2 lines=1:A-1:5:EA")
    assert court.house.work.ask(asked)["value"].item() == Decimal(10)


def charged(court: Court, *terms: dict[str, Any], now: datetime | None = None, **asked: Any) -> list[dict[str, Any]]:
    """What the terms cost."""
    made = tuple(Penalty.model_validate({"sla": "S14", "currency": "USD"} | one) for one in terms)
    return reader(court, Costs(made)).penalties(now or court.now, **asked)


def test_a_missed_clock_costs_what_was_agreed(court: Court) -> None:
    """Order 1 is a day late to the microsecond: per breach, one day begun, two per cent of its value, and the cap."""
    told(court)
    terms = {"per_breach": "25", "per_day": "10.50", "share": "0.02"}
    (one,) = charged(court, terms | {"customer": "C-1"})
    # order 3 is in euros: its share is not known in dollars; two days begun
    assert (one["accrued"], one["missed"], one["growing"], one["unpriced"]) == ("83.50", 2, 2, 1)
    assert Decimal("83.50") == (25 + Decimal("10.50") + 2) + (25 + 2 * Decimal("10.50"))
    (later,) = charged(court, terms | {"customer": "C-1"}, now=court.now + timedelta(microseconds=1))
    assert Decimal(later["accrued"]) == Decimal("83.50") + 21
    (capped,) = charged(court, terms | {"cap": "30"})
    assert (capped["accrued"], capped["missed"]) == ("60.00", 2)


def test_within_the_grace_nothing_is_owed(court: Court) -> None:
    """Order 1 is exactly a day late: a grace of a day covers it, and not one instant more; order 3 began its second day."""
    told(court)
    terms = {"per_day": "5", "grace": "1d"}
    assert [one["accrued"] for one in charged(court, terms)] == ["5.00"]
    assert [one["accrued"] for one in charged(court, terms, now=court.now + timedelta(microseconds=1))] == ["15.00"]


def test_the_first_terms_that_fit_count_for_each_side(court: Court) -> None:
    """What the customer gets and what the partner owes are two figures; of two that fit a customer the first counts."""
    told(court)
    terms = [
        {"customer": "C-1", "per_breach": "7"}, {"per_breach": "1000"}, {"pays": "partner", "partner": "3pl.west", "per_breach": "3"},
    ]  # fmt: skip
    found = {one["pays"]: (one["accrued"], one["missed"]) for one in charged(court, *terms)}
    assert found == {"us": ("14.00", 2), "partner": ("3.00", 1)}
    by = [one for one in charged(court, *terms, by="customer") if one["missed"]]
    assert [(one["customer"], one["pays"], one["accrued"]) for one in by] == [
        ("C-1", "partner", "3.00"),
        ("C-1", "us", "14.00"),
    ]


def test_what_still_runs_is_expected_by_the_weight_of_its_order(court: Court) -> None:
    """Order 2 is on hold and due in December: 0.6 of its first day beside what has come due; order 4 is fine."""
    told(court)
    (one,) = charged(court, {"per_breach": "10", "per_day": "5"})
    assert (one["threatened"], one["running"]) == ("15.00", 1)
    assert Decimal(one["expected"]) == Decimal(one["accrued"]) + Decimal("0.6") * 15
    (cut,) = charged(court, {"per_breach": "10", "per_day": "5"}, frm=court.now - timedelta(days=1, hours=1))
    assert (cut["missed"], cut["running"]) == (1, 1)


def test_an_exception_tells_what_its_clock_has_cost(court: Court) -> None:
    """The late order costs its penalty so far; an exception of a rule without terms costs nothing."""
    told(court)
    asked = reader(court, Costs((Penalty(sla="S14", currency="USD", per_day=Decimal("2.5")),)))
    order = court.house.work.ask("select order_id from orders where so = '3'")["order_id"].item()
    assert asked.penalty_of({"rule": "S14", "subject": {"key": order}}, court.now) == [
        {"pays": "us", "currency": "USD", "amount": "5.00"}
    ]
    assert asked.penalty_of({"rule": "blocked", "subject": {"key": order}}, court.now) == []


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"penalties": [{"sla": "S14", "currency": "USD"}]}, "per_breach"),
        ({"penalties": [{"sla": "S14", "currency": "usd", "per_day": "1"}]}, "currency"),
        ({"money": {"rates": [{"currency": "EUR", "date": "2026-11-01", "rate": "1"}]}}, "need the `currency`"),
        (
            {"money": {"currency": "EUR", "rates": [{"currency": "EUR", "date": "2026-11-01", "rate": "1"}]}},
            "needs no rate",
        ),
        ({"money": {"weights": {"late": "1.5"}}}, "less than or equal to 1"),
    ],
)
def test_terms_that_make_no_sense_are_refused(said: dict[str, Any], what: str) -> None:
    """Nothing to pay, no such currency, rates that lead nowhere, a likelihood above one."""
    with pytest.raises(ValidationError, match=what):
        Settings(**said)


def test_rates_are_exact(court: Court) -> None:
    """A rate with nine places is multiplied as it is; nothing becomes a float."""
    rate = Rate.model_validate({"currency": "EUR", "date": "2026-11-01", "rate": "1.123456789"})
    found = reader(told(court), Costs(money=Money(currency="USD", rates=(rate,)))).revenue(court.now)
    assert Decimal(found["figures"][0]["numerator"]) == (Decimal("90.5") + 50 * Decimal("1.123456789")).quantize(
        Decimal("0.01")
    )


def test_a_dear_order_is_one_step_more_severe_where_the_rule_says_so(court: Court) -> None:
    """`value_band: 100 USD` for late deliveries: order 1 is critical, the same sum in euros stays as it is."""
    rules = resolve(load(KINDS), {"S14": Sla(value_band="100 USD")})
    court.house.ticker = Ticker(court.house.work, Judge(rules, KINDS, Calendars({})), now=lambda: court.now)
    told(
        court,
        "2026-11-02 09:00 erp.main order.created so=9 promised=2026-11-03T09:00Z currency=EUR amount=500 lines=1:A-1:5:EA:100",
    )
    found = dict(court.house.work.ask("select so, severity from alarm where code = 'delivery_late'").rows())
    assert found == {"1": "critical", "3": "high", "9": "high"}
    with pytest.raises(WrongUse, match="value_band"):
        resolve(load(KINDS), {"S14": Sla(value_band="a lot")})
