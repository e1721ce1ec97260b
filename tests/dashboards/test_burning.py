"""A budget that burns on the page of its SLA: the exception stands there, with its numbers."""

from datetime import datetime
from pathlib import Path
from typing import Any

from app.cases import Intent
from dashboards import context, degrading, spending
from dashboards.pages import slas
from tests.dashboards.sample import sampled
from tests.dashboards.test_pages import words_of

NOW = datetime(2026, 11, 21, 12)
SLA: dict[str, Any] = {"id": "S06", "slo": {"rule": "L06"}}


def test_an_sla_shows_the_exceptions_of_its_budget(tmp_path: Path) -> None:
    """Its own and no other objective's; an SLA without an objective has none; the page is found by either id."""
    world = sampled(tmp_path)
    context.use(world)
    said = "L06, 5% in 6h: 20 of 40 missed in the long window"
    for seq, subject, rule in ((900, "L06:3pl.west", "L06"), (901, "L14:3pl.west", "L14")):
        world.cases.apply([
            Intent(seq=seq, at=NOW, action="raise", code="slo_burning", subject_type="partner", subject=subject, rule=rule,
                   cause="Acknowledged in time", evidence=[said.replace("L06", rule)], severity="critical"),
        ])  # fmt: skip
    shown = words_of(spending.burning(SLA, acts=True))
    assert said in shown and "L14" not in shown and "Error budget burns: Acknowledged in time" in shown
    assert spending.burning({"id": "S01", "slo": None}, acts=True) == []
    assert slas.named(SLA) == ("S06", "L06")
    case = world.cases.list({"code": "slo_burning"})[0][0]
    assert "Error budget" in words_of(degrading.way(case))
    world.cases.close()
