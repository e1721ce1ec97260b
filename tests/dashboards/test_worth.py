"""Money and answers on the pages, on the sample: what is said, with what it is made of."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app import clock
from app.calendar import Calendars
from app.cases import Identity
from app.cases.answered import Answered
from dashboards import context, forecast, kpis, worth
from dashboards.context import Context
from dashboards.pages import mine, slas
from tests.dashboards.sample import PARTNERS, sampled
from tests.dashboards.test_pages import words_of


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Context]:
    made = sampled(tmp_path)
    made = replace(made, answered=Answered(made.cases.store, Calendars({})))
    context.use(made)
    yield made
    made.cases.close()


def test_money_is_said_with_what_it_is_made_of(world: Context) -> None:
    """The whole with its denominator, each partner with both sides apart, what is beside it, the rates."""
    now = clock.instant()
    said = words_of(worth.drawn(*worth.asked("partner", (now - timedelta(days=30), now), now), "partner", PARTNERS))
    assert "€ 90.50 at risk on 2 orders, 31.1 % of € 290.50 open on 3 orders; weighted € 78.30" in " ".join(
        said.split()
    )
    assert "€ 60.00 late, € 30.50 blocked" in said and "1 USD = 0.9 since 2026-11-01" in said
    assert "Shipped, not invoiced: € 40.00 on 1 order, 2 lines without a price apart (never added in)" in said
    west = said[said.index(PARTNERS["3pl.west"]) :]
    assert [w for w in ("€ 25.00", "€ 28.00", "€ 7.00") if w in west] == ["€ 25.00", "€ 28.00", "€ 7.00"]


def test_nothing_at_risk_says_so() -> None:
    """An empty answer is a sentence, not an empty table."""
    empty = {"figures": [], "rates": [], "shipped_not_invoiced": [], "returned_not_credited": []}
    assert "Nothing is at risk" in words_of(worth.drawn(empty, [], "owner", {}))


def test_the_forecast_says_how_often_it_came_true(world: Context) -> None:
    """The whole with its denominators, who is left alone and why, and a dash where there is nothing to divide by."""
    said = " ".join(words_of(forecast.drawn(forecast.asked(clock.instant()), PARTNERS)).split())
    assert "4 of 36 orders that were said to be at risk broke their promise ( 11.1 % )" in said
    assert "of 6 broken promises 4 were foretold ( 66.6 % ), half of them at least 1 d 0 h ahead" in said
    assert f"Switched off for {PARTNERS['3pl.west']}: fewer than half of at least 30" in said
    east = said[said.index("3PL east") :]
    assert "9 0 0 0 – – –" in east and "switched off" not in east
    assert "Nothing to go by yet" in words_of(forecast.drawn({"figures": None, "rows": [], "least_cases": 30}, {}))


def test_the_tile_says_what_is_likely_to_be_lost(world: Context) -> None:
    """Weighted value, expected penalties of ours, currencies apart; without weights as before."""
    pushed = {
        "value_at_risk": [{"currency": "EUR", "value": "900", "weighted": "540.00"}, {"currency": "USD", "value": "5"}],
        "penalties": [
            {"pays": "partner", "currency": "EUR", "expected": "9"},
            {"pays": "us", "currency": "EUR", "expected": "28.00"},
        ],
    }
    said = words_of(kpis.tiles(kpis.strip(pushed, world.board.frame())))
    assert "weighted € 540; penalties € 28; 1 more currency apart" in said


def test_exceptions_have_their_cards_beside_the_other_slas(world: Context) -> None:
    """S27 and S28 with numerator and denominator, and their counts by owner and severity."""
    taken_up = world.cases.list({"status": "new"})[0][0]
    world.cases.act(
        taken_up["id"], "acknowledge", taken_up["version"], Identity("kim", roles=frozenset({"operations"}))
    )
    kept = slas.overview("all")
    (taken,) = (k for k in kept if k.sla["id"] == "S27")
    assert taken.total["denominator"] > 0
    assert "Exception acknowledged" in words_of(slas.rings(kept, "S27"))
    others = slas.whose("all", "S27")
    assert set(others) == {"owner", "severity"} and slas.whose("all", "S06") == {}
    for rows in others.values():
        assert sum(r["met"] + r["breached"] for r in rows) == taken.total["denominator"]
    rows, days, cells = slas.detail("all", "S27")
    shown = words_of(slas.drawn(taken, rows, days, cells, PARTNERS, slas.budget(taken.sla), others=others))
    assert "By owner" in shown and "By severity" in shown


def test_an_exception_tells_its_penalty(world: Context) -> None:
    """The panel of a late delivery says what it has cost so far."""
    late = world.cases.list({"code": "delivery_late", "folded": "true"})[0][0]
    assert "penalty so far € 12.50" in words_of(mine.panel(late["id"]))
