"""The configuration: what can never work is told before anything runs, with the place and the way to mend it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from app.errors import WrongUse
from app.main import checks
from app.settings import Settings, load


def written(folder: Path, **said: Any) -> str:
    file = folder / "orderscope.yaml"
    file.write_text(yaml.safe_dump({"data": str(folder / "data")} | said), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("said", "where", "what"),
    [
        ({"sources": {"3pl.a": {"zone": "Nowhere/Zone"}}}, "sources.3pl.a.zone", "'Nowhere/Zone' is no IANA zone"),
        ({"sources": {"3pl.a": {"zone": "localtime"}}}, "sources.3pl.a.zone", "write one such as Europe/Berlin"),
        ({"sources": {"3pl.a": {"zone": "../etc/passwd"}}}, "sources.3pl.a.zone", "is no IANA zone"),
        ({"sources": {"3pl.a": {"zone": ""}}}, "sources.3pl.a.zone", "at least 1 character"),
        ({"record": {"url": "clickhouse://u:secret@h/db"}}, "record.url", "clickhouse://… is no store that we have"),
        ({"record": {"url": "duckdb://x"}}, "record.url", "write duckdb:///PATH"),
        ({"workflow": {"url": "mysql+pymysql://u:secret@h/x"}}, "workflow.url", "is no store that we have"),
        ({"workflow": {"url": "workflow.sqlite"}}, "workflow.url", "this is no URL"),
        ({"routes": [{"when": {"colour": "red"}, "team": "x"}]}, "routes.0.when.colour", "'code', 'severity'"),
    ],
)
def test_what_can_never_work_is_told_at_load(tmp_path: Path, said: dict[str, Any], where: str, what: str) -> None:
    """One line with the place; a password in it is not repeated."""
    with pytest.raises(WrongUse) as caught:
        load(written(tmp_path, **said))
    [line] = caught.value.detail.splitlines()
    assert f": {where}" in line and what in line and "secret" not in line


def test_what_works_is_taken(tmp_path: Path) -> None:
    """A zone, stores and a route that exist."""
    settings = load(
        written(
            tmp_path,
            sources={"3pl.a": {"zone": "Europe/Berlin"}},
            record={"url": "duckdb:////var/lib/r.duckdb"},
            workflow={"url": "postgresql+psycopg://u@h/x"},
            routes=[{"when": {"code": "*_overdue", "partner": ["3pl.*"]}, "team": "x"}],
        )
    )
    assert settings.record_path() == Path("/var/lib/r.duckdb")
    assert Settings(record={"url": "/var/r.duckdb"}).record_path() == Path("/var/r.duckdb")


def test_a_route_that_nothing_can_take_is_a_fault(tmp_path: Path) -> None:
    """A code or a severity that there is not; patterns that match one are good."""
    routes = [
        {"when": {"code": "*_overdue", "severity": "high"}, "team": "x"},
        {"when": {"code": ["ack_overdue", "ack_overdu"]}, "team": "x"},
        {"when": {"severity": "severe*"}, "team": "x"},
    ]
    assert checks.faults(written(tmp_path, routes=routes)) == [
        "routes.1.when.code: there is no code 'ack_overdu'; did you mean ack_overdue?",
        "routes.2.when.severity: there is no severity 'severe*'; correct it, or take the route out",
    ]


def test_a_calendar_that_nobody_declared_is_a_fault(tmp_path: Path) -> None:
    """Of a rule, or of what the settings say of one: it would run around the clock, and nobody would know."""
    slas = {
        "S06": {"override": [{"when": {"partner": "3pl.south"}, "calendar": "mars"}]},
        "S10": {"calendar": "berlin"},
    }
    berlin = {"zone": "Europe/Berlin", "hours": {"mon": "08:00-17:00"}}
    assert checks.faults(written(tmp_path, slas=slas, calendars={"berlin": berlin})) == [
        "rule S06: there is no calendar 'mars'; declare it under calendars, or write node, partner or team"
    ]
