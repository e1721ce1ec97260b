"""`orderscope slo`: what is exported is read back as it was, and a document from elsewhere becomes a rule to complete."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from app.errors import WrongUse
from app.main.commands import app
from rules.book import load, objectives
from rules.kinds import KINDS
from rules.objective.rule import Objective
from tests.rules.test_rulebook import AIM

AIMS = {aim.id: aim for aim in objectives(load(KINDS))}
#: How a team elsewhere may write down what its API promises.
FOREIGN = """
apiVersion: openslo/v1
kind: SLO
metadata:
  name: warehouse-answers
  displayName: The warehouse answers
spec:
  description: Ask the warehouse's desk first; the figures are on its status page.
  service: warehouse-gateway
  indicator:
    metadata: {name: answers}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Prometheus, spec: {query: sum(answers_ok)}}}
        total: {metricSource: {type: Prometheus, spec: {query: sum(answers)}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: answers, target: 0.98}]
  alertPolicies:
  - kind: AlertPolicy
    metadata: {name: fast}
    spec:
      conditions:
      - kind: AlertCondition
        metadata: {name: fast-burn}
        spec:
          severity: page
          condition: {kind: burnrate, op: gt, threshold: 14.4, lookbackWindow: 1h}
      notificationTargets: [{targetRef: integration}]
"""


def said(*words: str) -> Any:
    """What a command prints, read as YAML; its notes go elsewhere."""
    done = CliRunner().invoke(app, ["slo", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return list(yaml.safe_load_all(done.stdout))


def test_an_objective_of_the_catalogue_comes_back_as_it_was(tmp_path: Path) -> None:
    """Exported, chosen by its name out of all, imported: the same share, period, windows, owner and Dues."""
    file = tmp_path / "slos.yaml"
    file.write_text(CliRunner().invoke(app, ["slo", "export"]).stdout, encoding="utf-8")
    names = [document["metadata"]["name"] for document in yaml.safe_load_all(file.read_text())]
    assert len(names) == len(AIMS)
    for name, aim in zip(names, AIMS.values(), strict=True):
        ((told,),) = [one["rules"] for one in said("import", str(file), "--id", aim.id, "--name", name)]
        again = Objective.model_validate(told)
        for part in ("aim", "windows", "notices", "good", "total", "by", "owner", "title"):
            assert getattr(again, part) == getattr(aim, part), (aim.id, part)
        assert again.window.seconds == aim.window.seconds and again.window.calendar == aim.window.calendar


def test_an_objective_in_a_file_of_the_installation_is_exported(tmp_path: Path) -> None:
    """Beside those of the catalogue, and with what the settings change in it."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.yaml").write_text(AIM.replace("S99", "S02"), encoding="utf-8")
    config = tmp_path / "orderscope.yaml"
    config.write_text(f"data: {tmp_path}\nslas: {{L60: {{owner: boss}}}}\n", encoding="utf-8")
    assert len(found := said("export", "--config", str(config))) == len(AIMS) + 1
    assert [one["metadata"]["name"] for one in found if "boss" in str(one)] == [found[-1]["metadata"]["name"]]


def test_a_document_from_elsewhere_becomes_a_rule(tmp_path: Path) -> None:
    """The Dues are named by hand; a factor of 14.4 over an hour of thirty days is two percent of the budget."""
    file = tmp_path / "foreign.yaml"
    file.write_text(FOREIGN, encoding="utf-8")
    ((told,),) = [one["rules"] for one in said("import", str(file), "--id", "L77", "--due", "S06")]
    made = Objective.model_validate(told)
    assert (made.objective, made.window.seconds, made.owner) == ("98%", 30 * 86_400, "integration")
    assert [(one.budget, one.long, one.severity) for one in made.burn] == [("2%", "1h", "critical")]


def test_several_documents_and_none_of_the_name(tmp_path: Path) -> None:
    """The names are told, so that one can be chosen; a file that is not there is a mistake of use."""
    file = tmp_path / "two.yaml"
    file.write_text(f"{FOREIGN}---\n{FOREIGN.replace('warehouse-answers', 'other')}", encoding="utf-8")
    for words in (["--id", "L77"], ["--id", "L77", "--name", "third"]):
        with pytest.raises(WrongUse, match="warehouse-answers, other"):
            CliRunner().invoke(app, ["slo", "import", str(file), *words], catch_exceptions=False)
    with pytest.raises(WrongUse, match="cannot be read"):
        CliRunner().invoke(app, ["slo", "import", str(tmp_path / "no"), "--id", "L77"], catch_exceptions=False)
