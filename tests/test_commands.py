"""The command line within this process: what wrong use exits with, and one line per fault wherever it is written."""

import sys
from pathlib import Path

import pytest
import yaml

from app.main import main


def ran(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit status of a command, and what it said."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["orderscope", *words])
        patch.setenv("COLUMNS", "80")
        with pytest.raises(SystemExit) as ended:
            main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out + said.err


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("token add --name x --scope bogus", "`bogus` is no scope"),
        ("token add --name /x --scope read", "is no name for a token"),
        ("user add ana --role king", "`king` is no role"),
        ("user add a:b --role owner", "no name to sign in with"),
        ("backtest x.yaml --from 0001-01-01T00:00:00+14:00", "No clock ever shows that time"),
        ("rebuild --as-of 9999-12-31T23:59:59-10:00", "No clock ever shows that time"),
    ],
)
def test_wrong_use_exits_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str, what: str
) -> None:
    """With what was wrong in words, and no traceback."""
    monkeypatch.setenv("ORDERSCOPE_DATA", str(tmp_path))
    status, said = ran(capsys, *words.split())
    assert (status, what in said, "Traceback" in said) == (2, True, False), said


def test_a_fault_is_one_line_however_long(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is wrapped at the width of a screen that is not there: other programs read the lines."""
    file = tmp_path / "orderscope.yaml"
    sources = {f"3pl.{name}": {"zone": f"Nowhere/{'Long' * 20}"} for name in ("a", "b")}
    file.write_text(yaml.safe_dump({"sources": sources}), encoding="utf-8")
    status, said = ran(capsys, "check", "--config", str(file))
    assert status == 1
    assert [line.split(": ")[1] for line in said.splitlines()] == ["sources.3pl.a.zone", "sources.3pl.b.zone"]


@pytest.mark.parametrize("words", ["bench edifact", "demo --score --orders 3 --days 1 --step 1d --faults F01"])
def test_measuring_leaves_the_installation_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    """Benchmark and score go by settings of their own: what the environment names is neither made nor written to."""
    monkeypatch.setenv("ORDERSCOPE_DATA", str(tmp_path / "mine"))
    monkeypatch.setenv("ORDERSCOPE_RECORD__URL", f"duckdb:///{tmp_path / 'mine.duckdb'}")
    status, said = ran(capsys, *words.split())
    assert (status, list(tmp_path.iterdir())) == (0, []), said


def test_a_demo_writes_into_no_store_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would mix what is made up with what is true: it says so before it makes anything."""
    monkeypatch.setenv("ORDERSCOPE_DATA", str(tmp_path / "demo"))
    monkeypatch.setenv("ORDERSCOPE_RECORD__URL", f"duckdb:///{tmp_path / 'mine.duckdb'}")
    status, said = ran(capsys, *["demo", "--serve", "--orders", "3", "--days", "2"])
    assert (status, "Unset ORDERSCOPE_RECORD__URL" in said, list(tmp_path.iterdir())) == (2, True, []), said
