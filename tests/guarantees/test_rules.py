"""Rules on a running server: tried without a trace, published and at once in force, faulty files that stop nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.guarantees.server import Server, event, hours_ago, running, until
from tests.rules.test_rule_book import RULE

LATE = RULE.replace("S99", "H01").replace("something_late", "release_slow")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an order that was created five hours ago and not released."""
    with running(tmp_path_factory.mktemp("rules")) as server:
        made = event("r1", "erp.main", "order.created", hours_ago(5), keys={"so": "R-1"}, customer="C-1")
        server.take(made)
        yield server


def tried(server: Server, text: str, **period: str) -> dict[str, Any]:
    """The answer of a trial."""
    begun = server.client.post("/api/v1/backtests", json={"text": text, **period})
    assert begun.status_code == 202, begun.text
    done = until(lambda: _done(server, begun.json()["id"]), 30)
    assert done["state"] == "done", done
    answer: dict[str, Any] = done["answer"]
    return answer


def _done(server: Server, id: str) -> dict[str, Any] | None:
    said: dict[str, Any] = server.get(f"/api/v1/backtests/{id}")
    return said if said["state"] not in ("waiting", "running") else None


def codes(server: Server, status: str = "open") -> list[str]:
    """Codes of the exceptions of the order."""
    return [one["code"] for one in server.get("/api/v1/exceptions", order="R-1", status=status, folded="true")["items"]]


def test_a_trial_says_what_would_be_raised_and_raises_nothing(judged: Server) -> None:
    """A rule that nobody has yet: one exception, of this order; a period before it has none, and nothing is stored."""
    found = tried(judged, LATE)
    assert (found["would"]["raised"], found["stands"]["raised"], found["more"], found["rated"]) == (1, 0, 1, True)
    assert [one["so"] for one in found["examples"]] == ["R-1"]
    assert tried(judged, LATE, to="2020-01-01T00:00:00Z")["would"]["raised"] == 0
    assert "release_slow" not in codes(judged, "all")
    faulty = judged.client.post("/api/v1/backtests", json={"text": LATE.replace("2h", "soon")})
    assert (faulty.status_code, faulty.json()["faults"][0]["line"]) == (400, 9)


def test_a_published_rule_is_in_force_at_once_and_until_it_is_withdrawn(judged: Server) -> None:
    """Its exception opens within seconds, under its author's name in the history; withdrawn, the exception goes."""
    said = judged.client.post("/api/v1/rules", json={"text": LATE, "comment": "We want to know after two hours"})
    assert said.status_code == 200, said.text
    assert (said.json()["origin"], said.json()["seen"]) == ("published", 1)
    until(lambda: "release_slow" in codes(judged), 15)
    rule = judged.get("/api/v1/rules/H01")
    assert (rule["open_cases"], rule["dues"]["breached"]) == (1, 1)
    assert [one["comment"] for one in rule["history"]] == ["We want to know after two hours"]
    assert rule["versions"][0]["valid_from"] is None
    stale = judged.client.post("/api/v1/rules/H01/withdraw", json={"comment": "No", "seen": 0})
    assert stale.status_code == 412
    gone = judged.client.post("/api/v1/rules/H01/withdraw", json={"comment": "Enough", "seen": 1})
    assert gone.json() == {"id": "H01", "origin": None}
    until(lambda: "release_slow" not in codes(judged), 15)
    assert judged.client.get("/api/v1/rules/H01").status_code == 404


def _told(dues: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The clocks of S02, but for how sure one is of them, which grows as its source goes on telling."""
    return [{name: due[name] for name in due if name != "confidence"} for due in dues if due["sla"] == "S02"]


def test_a_changed_rule_leaves_running_and_closed_clocks_alone(judged: Server) -> None:
    """The catalogue's rule for releases is given two days: what had begun keeps its two hours, what begins now has more."""
    before = judged.order("R-1")["dues"]
    text = judged.get("/api/v1/rules/S02")["text"]
    assert "target: 2h" in text and "version: 1" in text
    shown = text.replace("target: 2h", "target: 48h").replace("version: 1", "version: 2").partition("  examples:")[0]
    shown += (
        '  examples:\n  - {story: "2026-11-02 09:00 erp.main order.created so=1", now: 2026-11-20 09:00, state: breached}\n'
        '  - {story: "2026-11-02 09:00 erp.main order.created so=1", now: 2026-11-02 12:00, state: running}\n'
    )
    said = judged.client.post("/api/v1/rules", json={"text": shown, "comment": "Fewer people on weekends"})
    assert said.status_code == 200, said.text
    until(lambda: len(judged.get("/api/v1/rules/S02")["versions"]) == 2, 15)
    judged.take(event("r2", "erp.main", "order.created", keys={"so": "R-2"}))
    assert _told(judged.order("R-1")["dues"]) == _told(before)
    (late,) = (due for due in judged.order("R-2")["dues"] if due["sla"] == "S02")
    hours = _hours(late)
    assert hours > 40, "two days of business hours around the clock"
    judged.stop()
    assert judged.run("rebuild", "--verify").returncode == 0, "a rebuild goes by the versions that were in force"
    judged.start().sign_in()
    assert judged.get("/api/v1/rules/S02")["origin"] == "published"


def _hours(due: dict[str, Any]) -> float:
    from datetime import datetime

    start, end = (datetime.fromisoformat(due[name]) for name in ("started_at", "due_at"))
    return (end - start).total_seconds() / 3600


def test_a_faulty_file_stops_nothing_and_is_told_everywhere(judged: Server) -> None:
    """The server starts and is ready; list, readiness, check and the command name the file and the line."""
    folder = judged.data / "rules"
    folder.mkdir(exist_ok=True)
    (folder / "odd.yaml").write_text(LATE.replace("2h", "two hours"), encoding="utf-8")
    judged.stop()
    judged.start().sign_in()
    ready = judged.get("/readyz")
    assert ready["ready"] and "odd.yaml:9" in ready["notices"][0]
    notices = judged.get("/api/v1/rules")["notices"]
    assert [(Path(one["file"]).name, one["line"]) for one in notices] == [("odd.yaml", 9)]
    assert judged.command("check").returncode == 1
    listed = judged.command("rule", "list")
    assert listed.returncode == 0 and "odd.yaml:9" in listed.stdout


def test_commands_speak_for_themselves(judged: Server, tmp_path: Path) -> None:
    """Beside the server: a rule is shown, tried and published; its schema needs nobody."""
    file = tmp_path / "rule.yaml"
    file.write_text(LATE.replace("H01", "H02"), encoding="utf-8")
    found = judged.command("backtest", str(file), "--json")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["would"]["raised"] == 1
    assert judged.command("rule", "publish", str(file), "--comment", "tried").returncode == 0
    shown = judged.command("rule", "show", "H02")
    assert "published as 1." in shown.stdout and "code: release_slow" in shown.stdout
    assert judged.command("rule", "withdraw", "H02", "--comment", "enough").returncode == 0
    file.write_text("rules: 7", encoding="utf-8")
    faulty = judged.command("backtest", str(file))
    assert (faulty.returncode, "line 1" in faulty.stderr) == (1, True)
    assert "$defs" in json.loads(judged.command("rule", "schema").stdout)


def test_only_who_may_change_rules_does(judged: Server) -> None:
    """A token that reads sees them and tries nothing; one that acts tries and publishes nothing."""
    for scope, may in (("read", 403), ("act", 202)):
        headers = {"Authorization": f"Bearer {judged.token(f'only-{scope}', 'read', scope)}"}
        asked = judged.client.get("/api/v1/rules", headers=headers)
        assert asked.status_code == 200
        assert judged.client.post("/api/v1/backtests", json={"text": LATE}, headers=headers).status_code == may
        examined = judged.client.post("/api/v1/rules/examine", json={"text": LATE}, headers=headers)
        assert examined.status_code == (200 if may == 202 else 403)
        for path in ("/api/v1/rules", "/api/v1/rules/S02/withdraw"):
            body = {"text": LATE, "comment": "mine"} if path.endswith("rules") else {"comment": "mine"}
            assert judged.client.post(path, json=body, headers=headers).status_code == 403, path
