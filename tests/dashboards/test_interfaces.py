"""The register of interfaces: what the page says of sample rows."""

import asyncio
from datetime import datetime

import pytest

from app.cases import Intent
from dashboards import degrading
from dashboards.context import Context
from dashboards.figures.course import course as figure
from dashboards.pages import interfaces
from tests.dashboards import register
from tests.dashboards.test_pages import words_of

NOW = datetime(2026, 11, 21, 12)


def test_an_interface_stands_with_all_that_is_declared_and_measured(world: Context) -> None:
    """Exceptions by kind, arrival beside what is tolerated, contract, plan, and the last extract."""
    said = words_of(asyncio.run(interfaces.layout()))
    for text in (
        "9 warehouse acknowledgment overdue, 3 shipped short",
        "95% in 1 h 30 min",
        "15 min tolerated",
        "version 2.1 · production",
        "Retire",
        "replaces 3pl.west",
    ):
        assert text in said, text
    assert "Differs" in said and "Agrees" in said


def test_old_and_new_stand_beside_each_other(world: Context) -> None:
    """By the same measures, the old one first."""
    found = world.reader.register({}, NOW)
    said = words_of(interfaces.beside([one for one in found if one["old"]]))
    assert said.index("3PL west old") < said.index("Middleware bus new")


def test_differences_of_an_extract_are_named(world: Context) -> None:
    """Which order, what differs, and what each side says; nothing in it is markup."""
    said = words_of(interfaces.compared(world.reader.extracts(), NOW))
    assert "240 orders compared, 1 further there than here." in said
    assert "so:erp:4711" in said and "<i>dispatched</i>" in said
    assert "240 orders compared, no difference." in said


def test_nothing_yet_says_what_to_do(world: Context) -> None:
    """An empty register and no extract each say how to begin."""
    assert "Declare your systems" in words_of(interfaces.body([], [], NOW))
    assert "orderscope reconcile" in words_of(interfaces.compared([], NOW))


def test_what_gets_worse_says_by_which_numbers_and_what_it_endangers(world: Context) -> None:
    """The one that degrades first, with its evidence, orders and money; one that is well is not listed; nothing is markup."""
    said = words_of(asyncio.run(interfaces.layout()))
    assert "31 of 250 failed (12.4%), above 2%" in said and "€ 1,482.50" in said
    assert said.index("Degrading") < said.index("One bad quarter") and "<b>/quote" in said
    assert "/status" not in said


def test_the_course_of_an_interface_has_limit_band_line_and_spell(world: Context) -> None:
    """Drawn only where there is something: what is usual from the second hour on, the spell as one stretch, a hole."""
    rows = register.course(NOW)
    hard = degrading.limits("mw.bus", rows[0])
    made = figure(rows, "error_share", degrading.bounds(rows, "error_share", hard["error_share"]))
    named = {trace.name: trace for trace in made.data}
    assert {"Usually within", "Usual at this hour", "Error share", "Smoothed", "Limit"} <= set(named)
    assert set(named["Limit"].y) == {2.0} and named["Error share"].y[60] is None
    assert named["Usual at this hour"].y[3] is None and named["Usual at this hour"].y[4] == 1.0
    (mark,) = made.layout.shapes
    assert (mark.x0, mark.x1) == (rows[40]["begun_at"], rows[44]["begun_at"])
    assert named["Smoothed"].y[40] == pytest.approx(1.0 + 0.2 * 11.0)
    assert set(degrading.bounds(rows, "p95", hard["p95"])) == {None, 480.0} and "depth" not in hard
    assert degrading.bounds(rows, "depth", None) == []


def test_a_source_shows_its_courses_and_its_exceptions(world: Context) -> None:
    """Three charts and the open exception with its numbers; a source without calls says what to send."""
    evidence = ["S30, by spans: 31 of 250 failed (12.4%), above 2%"]
    told = {
        "code": "interface_degrading",
        "subject_type": "interface",
        "subject": "mw.bus:client:3pl.west",
        "system": "mw.bus",
    }
    world.cases.apply(
        [Intent(seq=900, at=NOW, action="raise", rule="S30", evidence=evidence, severity="medium", **told)]
    )
    said = words_of(asyncio.run(interfaces.layout(source="mw.bus")))
    assert "Error share in %" in said and "95 of 100 within" in said and evidence[0] in said
    assert said.count(evidence[0]) == 2, "in the list, and in the exception"
    assert "Nothing is measured of erp.main" in words_of(asyncio.run(interfaces.layout(source="erp.main")))
    case = world.cases.list({"code": "interface_degrading"})[0][0]
    assert "12 endangered orders, € 1,482.50" in words_of(degrading.way(world.cases.one(case["id"])))
