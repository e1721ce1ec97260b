"""The chapter of the manual on rules: each kind has its paragraph, with an example that the language reads."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from app import plain
from rules import book, published, source
from rules.kinds import KINDS

TEXT = (Path(book.CATALOG).parents[1] / "dashboards" / "help" / "rules.md").read_text(encoding="utf-8")
CATALOGUE = {entry.rule.id: entry for entry in book.read(KINDS)[0]}


def section(kind: str) -> str:
    """What the chapter says of a kind, up to the next heading."""
    found = re.search(rf"^### Kind `{kind}`\n(.*?)(?=^##|\Z)", TEXT, re.DOTALL | re.MULTILINE)
    return found[1] if found else ""


@pytest.mark.parametrize("kind", sorted(book.MODELS))
def test_every_kind_has_a_paragraph_and_an_example_that_reads(kind: str) -> None:
    """What is shown is a rule of that kind; only the examples that it needs are left out."""
    words, _, shown = section(kind).partition("```yaml\n")
    assert len(words.split()) > 20, f"rules.md has no paragraph on `{kind}`"
    document = source.parse(shown.partition("```")[0], "rules.md")
    entries, faults = book.understood([document], KINDS, CATALOGUE)
    assert [str(fault) for fault in faults] == []
    assert [entry.rule.kind for entry in entries] == [kind]
    assert entries[0].rule.id not in CATALOGUE


FILES = sorted(book.CATALOG.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_file_of_the_catalogue_fits_the_published_schema(file: Path) -> None:
    """An editor that checks by the JSON Schema finds no fault where the program finds none."""
    check = jsonschema.Draft202012Validator(SCHEMA)
    said: Any = plain.load(file.read_text(encoding="utf-8"))
    assert [f"{list(fault.absolute_path)}: {fault.message}" for fault in check.iter_errors(said)] == []


SCHEMA = json.loads(json.dumps(published.file_schema()))


@pytest.mark.parametrize(
    ("old", "new"),
    [("target: 2h", "targett: 2h"), ("kind: deadline", "kind: magic"), ("severity: high", "severity: loud")],
)
def test_the_schema_finds_what_does_not_fit(old: str, new: str) -> None:
    """A word that is none, a kind that is none, a value that is none."""
    text = (book.CATALOG / "S02_release_overdue.yaml").read_text(encoding="utf-8")
    assert old in text
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    check = jsonschema.Draft202012Validator(SCHEMA)
    assert check.is_valid(yaml.safe_load(json.dumps(plain.load(text))))
    assert not check.is_valid(plain.load(text.replace(old, new)))
