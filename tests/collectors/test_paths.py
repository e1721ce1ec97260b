"""Paths and values of document mappings: what they select, what they refuse, and that nothing makes them fail."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.mapped import paths, values
from collectors.mapped.conditions import holds
from collectors.mapped.values import Scope, Unfit

DOCUMENT = {
    "id": 7,
    "gid": "gid://shop/Order/7",
    "price": "1.50",
    "paid": False,
    "account": "001A0000006Vm9u",
    "parent": "Sales Order #SO12",
    "lines": [{"sku": "A", "notes": [{"name": "po", "value": "P1"}]}, {"sku": "B", "notes": []}, {"sku": ""}],
    "a.b": {"c d": [1, 2, 3]},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=12,
)
STEPS = st.one_of(
    st.builds(lambda name: paths.Step(name=name), st.sampled_from(["a", "b", "c", "a.b", "c d", "x[0]"])),
    st.builds(lambda at: paths.Step(at=at), st.integers(-3, 3)),
    st.just(paths.EVERY),
    st.builds(lambda equals: paths.Step(where="a", equals=equals), st.sampled_from(["1", "true", "x y"])),
)
PATHS = st.lists(STEPS, max_size=6).map(tuple)


def scope(**words: str) -> Scope:
    """The document as the part at hand."""
    return Scope(DOCUMENT, DOCUMENT, words)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("id", [7]),
        ("lines[0].sku", ["A"]),
        ("lines[-1].sku", [""]),
        ("lines[*].sku", ["A", "B", ""]),
        ("lines[*].notes[name=po].value", ["P1"]),
        ("lines[sku=B].sku", ["B"]),
        ('["a.b"].c d[1]', [2]),
        ('["a.b"].c d[*]', [1, 2, 3]),
        ("lines[9].sku", []),
        ("id.sku", []),
        ("price[0]", []),
    ],
)
def test_a_path_selects_parts(path: str, found: list[Any]) -> None:
    """Fields, places, each of a list, those with a value; where there is no such part, nothing."""
    assert paths.select(DOCUMENT, paths.parsed(path)) == found


def test_a_point_is_the_part_itself() -> None:
    """`.` selects what is at hand."""
    assert paths.select(DOCUMENT, paths.parsed(".")) == [DOCUMENT]


@pytest.mark.parametrize(
    "path", ["", "a..b", ".a", "a.", "a[", "a[x]", "a ", "{x}", "a[*", "a[?(@.b)]", "a" * 301, "a" + "[*]" * 20]
)
def test_what_is_no_path_is_told(path: str) -> None:
    """A wrong path is refused when it is read, not when a message comes."""
    with pytest.raises(ValueError, match="path"):
        paths.parsed(path)


@settings(max_examples=150, deadline=None)
@given(path=PATHS, document=JSON)
def test_a_written_path_reads_as_the_same(path: paths.Path, document: Any) -> None:
    """Writing a path and reading it gives the path again, and it selects parts of the document and nothing else."""
    assert paths.parsed(paths.written(path)) == path
    found = paths.select(document, path)
    assert found == paths.select(document, paths.parsed(paths.written(path)))
    assert paths.is_many(path) or len(found) <= 1


@settings(max_examples=100, deadline=None)
@given(first=PATHS, second=PATHS, document=JSON)
def test_paths_go_step_by_step(first: paths.Path, second: paths.Path, document: Any) -> None:
    """A path behind another selects what the second selects of what the first selected."""
    parts = [one for part in paths.select(document, first) for one in paths.select(part, second)]
    assert paths.select(document, first + second) == parts


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("id", ["7"]),
        ("paid", ["false"]),
        ("lines[*].sku", ["A", "B"]),
        ("text:x y", ["x y"]),
        ("{id}/{price:.1}", ["7/1"]),
        ("{gid:/}", ["7"]),
        ("{parent:#}", ["SO12"]),
        ("{account:18}", ["001A0000006Vm9uIAC"]),
        ("{gid:18}", ["gid://shop/Order/7"]),
        ("{id}-{missing}", []),
        (["missing", "price", "id"], ["1.50"]),
        ({"all": ["id", "gid", "id"]}, ["7", "gid://shop/Order/7"]),
        ({"of": "id", "codes": {"7": "seven"}}, ["seven"]),
        ({"of": "id", "codes": {"8": "eight"}, "other": "else"}, ["else"]),
        ([{"of": "id", "codes": {"7": ""}}, "price"], ["1.50"]),
        ({"of": "parent", "find": "SO[0-9]+"}, ["SO12"]),
        ({"of": "parent", "find": "XX"}, []),
        ("@topic", ["orders/create"]),
        ("@absent", []),
    ],
)
def test_a_value_is_what_the_mapping_says(written: Any, found: list[str]) -> None:
    """Paths, constants, texts made of others, first of several, all of several, codes, searches, words beside it."""
    assert values.texts(values.parsed(written), scope(topic="orders/create")) == found


def test_a_code_without_a_meaning_is_noted() -> None:
    """It stays as it was written, and the scope knows of it."""
    at = scope()
    assert values.text(values.parsed({"of": "id", "codes": {"8": "eight"}}), at) == "7"
    assert at.unknown == ["7"]


def test_an_object_is_no_value() -> None:
    """Where a text is wanted and an object stands, that is said with its path."""
    with pytest.raises(Unfit, match="lines"):
        values.text(values.parsed("lines"), scope())


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (7, "no value"),
        ("", "no value"),
        ("{id!r}", "only"),
        ("{id:>9}", "only"),
        ("{}", "only"),
        ({"of": "id"}, "codes"),
        ({"of": "id", "codes": {7: "x"}}, "quotes"),
        ({"of": "id", "codes": {"7": "x"}, "odd": 1}, "odd"),
        ({"of": "id", "find": "("}, "pattern"),
        ({"all": []}, "list"),
        ("a..b", "no path"),
    ],
)
def test_a_wrong_value_is_told(written: Any, told: str) -> None:
    """What can never work is refused with what is wrong."""
    with pytest.raises(ValueError, match=told):
        values.parsed(written)


@pytest.mark.parametrize(
    ("where", "wanted", "held"),
    [
        ("id", ("7",), True),
        ("id", ("8", "9"), False),
        ("missing", ("empty",), True),
        ("lines", ("not empty",), True),
        ("lines", ("empty",), False),
        ("lines[2].sku", ("empty",), True),
        ("lines[*].sku", ("B",), True),
        ("gid", ("matching gid://.*",), True),
        ("gid", ("matching gid",), False),
        ("@topic", ("orders/create",), True),
        ("@absent", ("empty",), True),
    ],
)
def test_conditions_use_the_words_of_tables(where: str, wanted: tuple[str, ...], held: bool) -> None:
    """Values, `empty`, `not empty`, `matching` the whole; of several parts one is enough."""
    assert holds(values.place(where), wanted, scope(topic="orders/create")) is held


def test_a_hostile_pattern_costs_no_time() -> None:
    """What blows up elsewhere ends at once here, because the engine does not go back."""
    assert not holds(values.place("@x"), ("matching (a+)+b",), scope(x="a" * 900))
