"""Figures and words are pure: rows in, the picture's numbers out."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from dashboards import words
from dashboards.figures.attainment import heatmap, ring, summed, tone, trend
from dashboards.figures.journey import deadlines, journey, lanes, turns
from dashboards.figures.style import text
from dashboards.figures.waterfall import length, ms, tones, waterfall

T0 = datetime(2026, 11, 19, 8)


def event(kind: str, system: str, minutes: int, status: str = "ok") -> dict[str, Any]:
    return {"kind": "event", "type": kind, "system": system, "at": T0 + timedelta(minutes=minutes), "status": status}


STORY = [
    event("order.created", "erp.main", 0),
    event("crm.order_status_updated", "crm.main", 10),
    event("order.released", "erp.main", 60),
    event("fulfillment.acknowledged", "3pl.west", 240),
]
ORDER: dict[str, Any] = {
    "stage": "acknowledged",
    "promised_at": "2026-11-19T20:00:00Z",
    "dues": [
        {
            "sla": "S06",
            "state": "breached",
            "due_at": "2026-11-19T11:00:00Z",
            "met_at": "2026-11-19T12:00:00Z",
        },
        {"sla": "S07", "state": "running", "due_at": "2026-11-19T16:00:00Z", "met_at": None},
    ],
}


def test_the_time_before_an_event_belongs_to_who_brought_it() -> None:
    """Released at 60, acknowledged at 240: three hours on the 3PL's lane, over its clock; the CRM has no turn."""
    bars = turns(ORDER, STORY, T0 + timedelta(hours=5))
    told = [(b.system, (b.end - b.start).total_seconds() / 60, b.kind) for b in bars]
    assert told[1:3] == [("erp.main", 60, "done"), ("3pl.west", 180, "late")]
    assert [b.kind for b in bars[3:]] == ["done", "planned"]
    assert bars[-1].end == T0 + timedelta(hours=12)


def test_a_blocked_order_waits_on_the_lane_of_whom_it_waits_for() -> None:
    """Until now, in red, named by its cause."""
    order = ORDER | {"blocked": [{"cause": "hold:credit", "system": "erp.main"}], "promised_at": None}
    last = turns(order, STORY, T0 + timedelta(hours=5))[-1]
    assert (last.system, last.kind, last.label) == ("erp.main", "blocked", "Credit hold")


def test_an_open_hold_is_drawn_once() -> None:
    """The hold's own bar says it; no second bar for the wait."""
    order = ORDER | {"holds": [{"kind": "credit", "system": "erp.main", "started_at": "2026-11-19T09:00:00Z", "ended_at": None}], "promised_at": None}  # fmt: skip
    blocked = [b for b in turns(order, STORY, T0 + timedelta(hours=5)) if b.kind == "blocked"]
    assert [(b.label, b.end) for b in blocked] == [("Credit hold", T0 + timedelta(hours=5))]


def test_a_delivered_order_has_nothing_open() -> None:
    """No bar until now, no plan."""
    assert all(b.end <= STORY[-1]["at"] for b in turns(ORDER | {"stage": "delivered"}, STORY, T0 + timedelta(days=9)))


def test_an_order_without_events_still_draws() -> None:
    """An empty figure, not a failure."""
    assert not turns({"stage": "captured"}, [], T0)
    assert journey({"stage": "captured"}, [], T0).layout.height >= 100


def test_the_journey_draws_lanes_lines_and_patterns() -> None:
    """Systems in order of appearance, a line per open deadline and one for now; a pattern for whatever is not plain."""
    made = journey(ORDER, STORY, T0 + timedelta(hours=5))
    assert list(made.layout.yaxis.categoryarray) == ["3PL west", "CRM", "ERP"]
    assert lanes(turns(ORDER, STORY, T0 + timedelta(hours=5)), [STORY[1]])[0] == "erp.main"
    assert [n for _, n in deadlines(ORDER, T0, T0 + timedelta(hours=13))] == ["S07 due", "promised"]
    assert {a.text for a in made.layout.annotations} == {"S07 due", "promised", "now"}
    assert all(t.marker.pattern.shape for t in made.data if t.name in ("Blocked", "Planned", "Over its time"))


def test_no_data_becomes_markup_in_a_figure() -> None:
    """Plotly reads a few tags in labels; what comes from outside has none."""
    assert text("<b>&</b>") == "&lt;b&gt;&amp;&lt;/b&gt;"


def test_the_waterfall_places_spans_in_the_whole() -> None:
    """A span that starts halfway is drawn halfway; a failed one is marked by more than its colour."""
    spans = [
        {"name": "a", "system": "erp", "offset_ms": 0, "duration_ms": 100, "depth": 0},
        {"name": "<i>b</i>", "system": "crm", "offset_ms": 50, "duration_ms": 25, "depth": 1, "status": "error"},
    ]
    made = waterfall(spans, "two spans").to_plotly_json()
    rows = made["props"]["children"][2].children
    bar = rows[1].children[3].children
    assert bar.style == {"marginLeft": "50.000%", "width": "25.000%"}
    assert "bad" in bar.className
    assert rows[1].children[0].children == [rows[1].children[0].children[0], "<i>b</i>"]
    assert rows[1].children[0].children[0].children == "✕"
    assert length(spans) == 100
    assert tones(spans) == {"erp": 0, "crm": 1}
    assert length([]) == 1


def test_attainment_is_a_ratio_of_sums() -> None:
    """1 of 1 and 0 of 9 are one in ten, not one in two; nothing judged has no ratio."""
    rows = [{"met": 1, "breached": 0}, {"met": 0, "breached": 9, "breached_open": 4}]
    assert summed(rows)["attainment"] == pytest.approx(0.1)
    assert summed(rows)["breached_open"] == 4
    assert summed([])["attainment"] is None
    assert summed([])["denominator"] == 0


@pytest.mark.parametrize(
    ("attainment", "objective", "said"),
    [
        (0.97, 0.97, "ok"),
        (0.96, 0.97, "high"),
        (0.9, 0.97, "critical"),
        (0.5, None, "medium"),
        (None, 0.9, "low"),
    ],
)
def test_the_tone_of_a_ring(attainment: float | None, objective: float | None, said: str) -> None:
    """Kept, just missed, missed, no objective, not rated."""
    assert tone(attainment, objective) == said
    assert said in ring(attainment, objective).className


def test_the_trend_stacks_open_and_ended_breaches_apart() -> None:
    """Breached 5 of which 2 are open: 3 ended late, 2 open; days in order."""
    rows = [
        {"day": date(2026, 11, 2), "met": 7, "breached": 5, "breached_open": 2, "attainment": 7 / 12},
        {"day": date(2026, 11, 1), "met": 1, "breached": 0, "breached_open": 0, "attainment": 1.0},
    ]
    made = trend(rows, 0.9)
    assert [list(t.y) for t in made.data[:3]] == [[1, 7], [0, 3], [0, 2]]
    assert list(made.data[3].y) == [100.0, pytest.approx(58.333, abs=0.01)]


def test_the_map_leaves_holes_and_puts_the_worst_on_top() -> None:
    """A day without a clock is a hole, not a zero; the last category is the top row."""
    cells = [
        {"partner": "a", "day": date(2026, 11, 1), "met": 9, "breached": 1, "attainment": 0.9},
        {"partner": "b", "day": date(2026, 11, 3), "met": 1, "breached": 1, "attainment": 0.5},
    ]
    made = heatmap(cells, {"b": "Bad <Co>"}, None).data[0]
    assert list(made.y) == ["a", "Bad &lt;Co&gt;"]
    assert [list(r) for r in made.z] == [[90.0, None, None], [None, None, 50.0]]
    assert made.customdata[1][2] == "1 of 2"


@pytest.mark.parametrize(
    ("given", "said"),
    [(timedelta(seconds=40), "40 s"), (timedelta(minutes=12), "12 min"), (-timedelta(hours=9, minutes=3), "9 h 3 min"), (timedelta(hours=76), "3 d 4 h"), (None, "–")],
)  # fmt: skip
def test_durations_read_in_two_units(given: timedelta | None, said: str) -> None:
    """The two largest that matter."""
    assert words.span(given) == said


def test_what_is_due_says_left_or_over() -> None:
    """The due moment itself is not over."""
    assert words.due(T0, T0) == ("in 0 s", "warned")
    assert words.due(T0, T0 + timedelta(hours=2)) == ("2 h 0 min over", "late")
    assert words.due(None, T0) == ("–", "")


def test_percentages_are_cut_and_never_rounded_to_a_promise() -> None:
    """99.96 % is not 100 %."""
    assert words.share(0.9996) == "99.9 %"
    assert words.share(1.0) == "100.0 %"
    assert words.share(None) == "not rated"
    assert words.share(0.29) == "29.0 %"


def test_money_and_quantities_survive_nonsense() -> None:
    """Infinite, empty and unreadable amounts are a dash; large ones are short where they must be."""
    assert [words.money(v, "EUR") for v in ("18240", "NaN", "", None, "x")] == ["€ 18,240.00", "–", "–", "–", "–"]
    assert words.money("668400000", "EUR", short=True) == "€ 668 M"
    assert words.quantity("10.000") == "10"
    assert words.quantity("1e400") == "–" or words.quantity("1e400").startswith("1")


def test_names_of_systems_and_causes() -> None:
    """Codes become words, unknown ones stay readable."""
    assert [words.system(s) for s in ("erp.main", "3pl.west", "ecom.shop", "x9")] == [
        "ERP",
        "3PL west",
        "Web shop",
        "x9",
    ]
    assert words.cause("hold:credit") == "Credit hold"
    assert words.cause("no_stock") == "No stock"
    assert ms(2210) == "2,210"
