"""YAML as people write it, read by two readers that must say the same: a quick one in C, and one that bears any depth."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from app.plain import Loader, Quick, load, shallow
from rules.source import Document, Fault, parse

ROOT = Path(__file__).parents[2]
FILES = [*ROOT.glob("rules/catalog/*.yaml"), *ROOT.glob("collectors/mappings/*.yaml"), *ROOT.glob("app/demo/**/*.yaml")]


def nodes(text: str, reader: type[yaml.SafeLoader]) -> list[tuple[str, str, int, int, str]]:
    """Everything that a text says, each with what it is and where it stands."""
    found, todo = [], [yaml.compose(text, reader)]
    while todo:
        node = todo.pop()
        said = node.value if isinstance(node, yaml.ScalarNode) else ""
        found.append((type(node).__name__, node.tag, node.start_mark.line, node.start_mark.column, said))
        if isinstance(node, yaml.MappingNode):
            todo += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            todo += node.value
    return found


def test_both_readers_say_the_same_of_every_file() -> None:
    """Values, types, lines and columns."""
    texts = [file.read_text(encoding="utf-8") for file in FILES]
    assert len(texts) > 100
    assert all(map(shallow, texts))
    assert [nodes(text, Quick) for text in texts] == [nodes(text, Loader) for text in texts]


@pytest.fixture
def usual_depth() -> Iterator[None]:
    """As deep as Python usually goes, whatever was set by others in this process."""
    was = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)
    yield
    sys.setrecursionlimit(was)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000, "\n".join(" " * n + "a:" for n in range(1_200))]
)
def test_what_nests_without_end_is_a_fault_and_ends_nothing(text: str, usual_depth: None) -> None:
    """libyaml would end the process; it is not asked."""
    assert not shallow(text)
    assert isinstance(parse(text, "deep.yaml"), Fault)
    with pytest.raises((yaml.YAMLError, RecursionError)):
        load(text)


def test_faults_are_told_in_the_words_of_one_reader() -> None:
    """With the line; and a key that stands twice, or a part that is repeated, is one as well."""
    wrong = {"a: [1\nb: 2": 2, "a: 1\na: 2": 2, "a: &x 1\nb: *x": 2, "a: b: c": 1}
    found = {text: parse(text, "f.yaml") for text in wrong}
    assert {text: fault.line for text, fault in found.items() if isinstance(fault, Fault)} == wrong
    assert [fault.what for fault in found.values() if isinstance(fault, Fault)][1:3] == [
        "`a` stands twice", "repeats another part by `*`",
    ]  # fmt: skip
    said = parse("cutoff: 14:00\nland: NO\nfrom: 2026-01-01", "f.yaml")
    assert isinstance(said, Document)
    assert said.said == {"cutoff": "14:00", "land": "NO", "from": "2026-01-01"}
