"""OpenSLO: what is accepted and refused, and what becomes of our objectives on the way out and back."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.clock import written
from app.errors import BadInput
from app.main.objectives import slos
from rules import book
from rules.kinds import KINDS
from rules.objective import openslo
from rules.objective.exchange import exported, imported
from rules.objective.rule import Objective
from tests.conformance import examples, instant, needed

L06 = next(rule for rule in book.load(KINDS) if isinstance(rule, Objective))


def facts(document: dict[str, Any]) -> dict[str, Any]:
    """What our reading makes of the window and the objective of a valid document."""
    spec = document["spec"]
    window, share = spec["timeWindow"][0], openslo.target(spec["objectives"][0])
    assert share is not None
    first = openslo.first_window(window)
    return {
        "window_s": openslo.seconds(window["duration"]), "rolling": window["isRolling"],
        "budget_fraction": float(1 - share), "first_window_start": first and instant(written(first)),
    }  # fmt: skip


@needed
@pytest.mark.parametrize(("_", "given", "expect"), examples("openslo_documents"))
def test_openslo_documents(_: Any, given: dict[str, Any], expect: dict[str, Any]) -> None:
    """Accepted, or refused for one reason."""
    reasons = openslo.wrong(given["document"])
    assert reasons == ([] if expect["valid"] else [expect["reason"]])
    if "facts" in expect:
        told = facts(given["document"])
        for name, value in expect["facts"].items():
            wanted = instant(value) if name == "first_window_start" else pytest.approx(value)
            assert told[name] == wanted, name


def slo(**objective: Any) -> dict[str, Any]:
    """A document with one objective."""
    spec = {
        "service": "s", "indicatorRef": "i", "timeWindow": [{"duration": "4w", "isRolling": True}],
        "budgetingMethod": "Occurrences", "objectives": [{"target": 0.99, **objective}],
    }  # fmt: skip
    return {"apiVersion": "openslo/v1", "kind": "SLO", "metadata": {"name": "x"}, "spec": spec}


@needed
@pytest.mark.parametrize(("_", "given", "expect"), [c for c in examples("error_budget") if "validate" in str(c)])
def test_error_budget_objectives(_: Any, given: dict[str, Any], expect: dict[str, Any]) -> None:
    """Which objectives can be: those that can be written down as OpenSLO."""
    said, document = given["objective"], slo(target=given["objective"]["target"])
    if said["method"] == "timeslices":
        document = slo(target=said["target"], timeSliceTarget=said["slice_target"])
        document["spec"]["budgetingMethod"] = "Timeslices"
        if "slice_window_s" in said:
            document["spec"]["objectives"][0]["timeSliceWindow"] = f"{said['slice_window_s'] // 60}m"
    document["spec"]["timeWindow"] = [{"duration": f"{said['window_s'] // 86_400}d", "isRolling": True}]
    assert (openslo.wrong(document) == []) is expect["valid"]


PERIODS = st.one_of(
    st.integers(4, 90).map(lambda days: {"rolling": f"{days}d"}),
    st.sampled_from(["week", "month", "quarter", "year"]).map(lambda unit: {"calendar": unit, "zone": "Europe/Berlin"}),
)
BURN = st.fixed_dictionaries({
    "budget": st.integers(10, 990).map(lambda tenths: f"{tenths / 10:g}%"),
    "long": st.sampled_from(["12m", "1h", "6h", "1d", "3d"]),
    "severity": st.sampled_from(["critical", "high", "medium", "low"]),
})  # fmt: skip


@settings(max_examples=80, deadline=None)
@drawn(st.integers(500, 999), PERIODS, st.lists(BURN, min_size=1, max_size=4))
def test_an_objective_comes_back_as_it_went(aim: int, window: Any, burn: Any) -> None:
    """Share, period, what is counted, and every window with its factor and severity."""
    said = L06.model_dump() | {"objective": f"{aim / 10:g}%", "window": window, "burn": burn}
    try:
        rule = Objective.model_validate(said)
    except ValueError:
        return  # every window is out of reach: there is no such rule
    document = exported(rule)
    assert openslo.wrong(document) == []
    back = Objective.model_validate(imported(document, rule.id))
    assert (back.aim, back.good, back.total) == (rule.aim, rule.good, rule.total)
    for name in ("seconds", "calendar", "zone"):
        assert getattr(back.window, name) == getattr(rule.window, name)
    assert (back.owner, back.runbook, back.title) == (rule.owner, rule.runbook.strip(), rule.title)
    told = [[(w.long, w.short, w.factor, w.severity) for w in one.windows] for one in (back, rule)]
    assert told[0] == told[1]


def test_a_document_of_others_needs_the_rule_that_it_counts() -> None:
    """Its indicator is a reference; which Dues are meant, a person says."""
    with pytest.raises(BadInput, match="does not count Dues"):
        imported(slo(), "L07")
    rule = imported(slo(), "L07", "S06")
    assert (rule["total"]["due"], rule["objective"], rule["window"]) == ("S06", "99%", {"rolling": "4w"})


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"budgetingMethod": "RatioTimeslices", "objectives": [{"target": 0.9, "timeSliceWindow": "1m"}]}, "counted"),
        ({"objectives": [{"target": 0.9}, {"target": 0.8}]}, "more than one"),
        ({"timeWindow": [{"duration": "1M", "isRolling": True}]}, "no length"),
        ({"timeWindow": [{"duration": "300w", "isRolling": True}]}, "longer than a year"),
        ({"timeWindow": [{"duration": "2d", "calendar": {"startTime": "2026-01-01 00:00:00", "timeZone": "UTC"}}]}, "2d"),
        ({"timeWindow": [{"duration": "1d", "calendar": {"startTime": "soon", "timeZone": "UTC"}}]}, "bad_calendar"),
        ({"alertPolicies": [{"spec": {"conditions": [{"spec": {}}]}}]}, "bad_condition"),
    ],
)  # fmt: skip
def test_what_cannot_be_had_is_said(change: dict[str, Any], what: str) -> None:
    """Not read as something else."""
    document = slo()
    document["spec"] |= change
    with pytest.raises(BadInput, match=what):
        imported(document, "L07", "S06")


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=80, deadline=None)
@drawn(st.data())
def test_a_hostile_document_is_refused_and_never_raises(data: st.DataObject) -> None:
    """Anything in the place of anything: reasons, or a rule, or one kind of error."""
    document: Any = exported(L06)
    node: Any = document
    while True:
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        inner = node[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            node[key] = data.draw(JSON)
            break
        node = inner
    assert isinstance(openslo.wrong(document), list)
    with suppress(BadInput):
        assert imported(document, "L07")["kind"] == "slo"


def test_out_and_in_on_the_command_line(tmp_path: Path) -> None:
    """What `export` prints, `import` reads; what is left to write is said beside it."""
    runner = CliRunner()
    out = runner.invoke(slos, ["export"])
    assert out.exit_code == 0
    file = tmp_path / "slo.yaml"
    file.write_text(out.stdout, encoding="utf-8")
    back = runner.invoke(slos, ["import", str(file), "--id", "L07", "--name", "l06-slo-burning"])
    assert back.exit_code == 0
    rule = yaml.safe_load(back.stdout)["rules"][0]
    assert Objective.model_validate(rule).aim == L06.aim
    assert "examples: write one" in back.stderr
    file.write_text("a: [", encoding="utf-8")
    assert isinstance(runner.invoke(slos, ["import", str(file), "--id", "L07"]).exception, BadInput)
