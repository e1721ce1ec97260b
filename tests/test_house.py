"""The house rules: style, types, one way of imports, sizes, documents beside what they document, tests that can fail."""

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("app", "collectors", "rules", "dashboards")
BIN = Path(sys.executable).parent


def tracked(pattern: str) -> list[Path]:
    said = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in said.stdout.splitlines() if (ROOT / line).is_file()]


def sources() -> list[Path]:
    return [file for file in tracked("*.py") if file.relative_to(ROOT).parts[0] in OURS]


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def tool(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(BIN / words[0]), *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "words", [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",), ("lint-imports",)]
)
def test_the_tools_find_nothing(words: tuple[str, ...]) -> None:
    """Lint, format, strict types, and imports that go one way."""
    done = tool(*words)
    assert done.returncode == 0, f"{' '.join(words)}:\n{done.stdout[-4000:]}{done.stderr[-2000:]}"


def test_functions_are_short() -> None:
    """Half of them within 8 lines, nine in ten within 30."""
    lengths = [node.end_lineno - node.lineno + 1 for file in sources() for node in functions(file) if node.end_lineno]
    assert statistics.median(lengths) <= 8
    assert statistics.quantiles(lengths, n=10)[-1] <= 30


def test_modules_are_short() -> None:
    """Half of ours within 120 lines; none over 400, the tests included."""
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in tracked("*.py")}
    assert statistics.median(lengths[file] for file in sources()) <= 120
    assert [str(file.relative_to(ROOT)) for file, lines in lengths.items() if lines > 400] == []


def test_every_module_says_why_it_exists() -> None:
    """The first statement of every module of ours is its docstring; every statement file begins with a comment."""
    silent = [
        str(f.relative_to(ROOT)) for f in sources() if not ast.get_docstring(ast.parse(f.read_text(encoding="utf-8")))
    ]
    assert silent == []
    bare = [
        str(f.relative_to(ROOT))
        for f in tracked("app/store/*.sql")
        if not f.read_text().startswith("--") and "intake/insert" not in str(f)
    ]
    assert bare == []


def test_names_are_words_of_the_trade() -> None:
    """No drawer for everything."""
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
    assert [str(f.relative_to(ROOT)) for f in sources() if vague & set(f.relative_to(ROOT).with_suffix("").parts)] == []


def test_only_the_clock_looks_at_the_clock() -> None:
    """`datetime.now`, `time.time` and their like stand in app/clock.py; SQL has none of its own."""
    looks = re.compile(r"\b(datetime\.now|datetime\.utcnow|datetime\.today|date\.today|time\.time)\(")
    found = [
        str(f.relative_to(ROOT))
        for f in sources()
        if f.name != "clock.py" and looks.search(f.read_text(encoding="utf-8"))
    ]
    assert found == []
    sql = re.compile(r"\b(now\(\)|current_timestamp|today\(\))", re.IGNORECASE)
    assert [f.name for f in tracked("app/store/*.sql") if sql.search(f.read_text())] == []


def test_every_test_asserts_something() -> None:
    """A test without an assertion is none; `pytest.raises` and `expect` assert too."""
    asserting = re.compile(r"\bassert\b|pytest\.(raises|fail|warns)|\bexpect\(|\bchecked?_|\bsame\(")
    idle = []
    for file in tracked("tests/*.py"):
        text = file.read_text(encoding="utf-8")
        for node in functions(file):
            body = ast.get_source_segment(text, node) or ""
            if node.name.startswith("test_") and not asserting.search(body):
                idle.append(f"{file.relative_to(ROOT)}::{node.name}")
    assert idle == []


def test_every_test_has_its_sentence() -> None:
    """What is true stands in the docstring."""
    mute = [
        f"{f.relative_to(ROOT)}::{n.name}"
        for f in tracked("tests/*.py")
        for n in functions(f)
        if n.name.startswith("test_") and not ast.get_docstring(n)
    ]
    assert mute == []


def test_the_readme_tells_the_layers_as_they_are_held() -> None:
    """The chain of its text is that of the contract."""
    held = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"][0]
    chain = " > ".join(held["layers"]).replace("app.", "")
    told = re.search(r"holds them to it: `([^`]+)`", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert told and " ".join(told[1].split()) == chain


def test_every_collector_is_documented() -> None:
    """Each wire has its four files, and the README names it."""
    from collectors import COLLECTORS

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for collector in COLLECTORS:
        folder = ROOT / "collectors" / collector.name
        assert {"config.py", "translate.py", "receiver.py", "README.md"} <= {f.name for f in folder.iterdir()}
        assert f"collectors/{collector.name}" in readme, f"README names no collectors/{collector.name}"


def test_every_rule_and_kind_is_documented() -> None:
    """Each rule has a runbook and an example of either kind; each kind its docstring; the manual names each rule."""
    from rules.book import MODELS, load
    from rules.kinds import KINDS

    chapters = [ROOT / "dashboards" / "help" / name for name in ("sla-list.md", "findings.md")]
    manual = "".join(chapter.read_text(encoding="utf-8") for chapter in chapters)
    for rule in load(KINDS):
        states = {example.state for example in rule.examples}
        assert "breached" in states and states - {"breached"}, f"{rule.id} lacks an example"
        assert rule.runbook.strip()
        assert f"| {rule.id} |" in manual, f"the manual does not speak of {rule.id}"
    for name, kind in (KINDS | MODELS).items():
        assert kind.__doc__, name


def test_every_page_has_its_help() -> None:
    """Each page in the navigation has its page of the manual."""
    import dash

    from dashboards.pages import PAGES

    del dash
    helps = {file.stem for file in (ROOT / "dashboards" / "help").glob("*.md")}
    for page in PAGES:
        name = page.__name__.rsplit(".", 1)[1]
        assert name in helps | {"manual", "missing"}, f"dashboards/help has no {name}.md"


def test_every_setting_is_documented() -> None:
    """docs for operators: each section and each value stands in dashboards/help/settings.md."""
    from pydantic import BaseModel

    from app import settings

    manual = (ROOT / "dashboards" / "help" / "settings.md").read_text(encoding="utf-8")
    for name, field in settings.Settings.model_fields.items():
        assert f"`{name}`" in manual, f"settings.md does not name the section {name}"
        kind = field.annotation
        inner = [kind] if isinstance(kind, type) else [a for a in getattr(kind, "__args__", ()) if isinstance(a, type)]
        for model in (m for m in inner if issubclass(m, BaseModel)):
            for value in model.model_fields.keys() - {"base"}:
                assert f"`{value}`" in manual, f"settings.md does not name {name}.{value}"


def test_every_command_is_documented() -> None:
    """Each command has an example in its help and a line in dashboards/help/commands.md."""
    import typer.main

    from app.main.commands import app

    manual = (ROOT / "dashboards" / "help" / "commands.md").read_text(encoding="utf-8")
    group = typer.main.get_command(app)
    found = []
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found += [(f"{name} {sub}", one) for sub, one in inner.items()] if inner else [(name, command)]
    assert len(found) >= 10
    for name, command in found:
        assert "Example:" in (command.help or ""), f"{name} has no example"
        assert f"orderscope {name}" in manual, f"commands.md does not name {name}"


def test_nothing_names_a_registry_or_this_machine() -> None:
    """A lock file carries names, versions and hashes only."""
    for file in tracked("*.lock"):
        lines = file.read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if "://" in line or line.startswith("-")] == []
        assert any("--hash=sha256:" in line for line in lines)
