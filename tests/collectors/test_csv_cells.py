"""What a mapping can say of cells: columns composed of others, conditions by pattern, and cells that hold lists."""

from datetime import datetime
from pathlib import Path

import pytest

from app.errors import WrongUse
from app.model.event import Translation
from app.settings import Source
from collectors.csv.translate import sends
from collectors.mapped.cells import pieces
from tests.collectors.conftest import read

MAPPING = """
zone: UTC
compose: {at: "{day} {hour}", movement: "{number}/{day:.4}"}
lists: {items: ","}
id: [number]
events:
  - name: issued
    type: shipment.dispatched
    when: {number: "matching [0-9]{4}", kind: [G, empty]}
    time: at
    time_format: "%Y%m%d %H%M"
    keys: {sh: movement, pk: items}
    issuers: {sh: kind}
    lines: {line: items, sku: items, qty: "text:1"}
"""
HEADER = "number,day,hour,kind,items"


@pytest.fixture
def store(tmp_path: Path) -> Source:
    """A source with a mapping beside its configuration."""
    (tmp_path / "store.yaml").write_text(MAPPING)
    return Source(collector="csv", mapping="store.yaml", base=str(tmp_path))


def said(source: Source, *rows: str) -> Translation:
    """What a file of these rows says."""
    return read("csv", "\n".join([HEADER, *rows, ""]).encode(), source=source)


def test_columns_are_composed_of_columns(store: Source) -> None:
    """A time of two columns, and a number that means something only with its year."""
    found = said(store, "0041,20200327,1338,G,a")
    assert found.events["occurred_at"].to_list() == [datetime(2020, 3, 27, 13, 38)]
    assert found.mentions.rows() == [(2, "sh", "0041/2020", "G"), (2, "pk", "a", None)]


def test_a_composed_column_is_empty_where_a_part_is(store: Source) -> None:
    """Half a time is none, and half a number no number."""
    found = said(store, "0041,20200327,,G,a")
    assert [one.reason for one in found.rejections] == ["missing_time"]
    assert len(found.events) == len(found.mentions) == 0


def test_conditions_know_patterns_and_empty_cells(store: Source) -> None:
    """A number that is a day is no number of a document; of several conditions on a cell one is enough."""
    rows = ("0041,20200327,1338,G,a", "0042,20200327,1338,,a", "0043,20200327,1338,X,a", "20200327,20200327,1338,G,a", "x0044,20200327,1338,G,a")  # fmt: skip
    assert said(store, *rows).events["native_id"].to_list() == ["0041:issued", "0042:issued"]


@pytest.mark.parametrize(
    ("cell", "values"),
    [("['a','b']", ["a", "b"]), ("a, b", ["a", "b"]), ('["a"]', ["a"]), ("a,,b,", ["a", "b"]), ("[]", []), ("", [])],
)
def test_a_cell_may_hold_a_list(store: Source, cell: str, values: list[str]) -> None:
    """However a program wrote it: one key and one line per value, none of either without a value."""
    written = cell.replace('"', '""')
    found = said(store, f'0041,20200327,1338,G,"{written}"', "0042,20200327,1338,G,z")
    lines = found.events["lines"].to_list()
    assert [(one["line"], one["sku"], one["qty"]) for one in lines[0] or []] == [(v, v, "1") for v in values]
    assert [one["line"] for one in lines[1]] == ["z"]
    assert found.mentions.filter(item=2, type="pk")["value"].to_list() == values


def test_one_value_too_long_costs_its_row(store: Source) -> None:
    """The row is refused with its number; its neighbour stands, and no key of the refused row is left."""
    found = said(store, f'0041,20200327,1338,G,"a,{"x" * 201}"', "0042,20200327,1338,G,b")
    assert [(one.reason, "row 2" in one.detail) for one in found.rejections] == [("key_too_long", True)]
    assert set(found.mentions["item"]) == set(found.events["item"]) == {3}


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (("{day:.4}", "{day:>9}"), "first 4 characters"),
        (("{day:.4}", "{0}{}"), "first 4 characters"),
        (("{day:.4}", "{at}"), "compose.movement"),
        (('"matching [0-9]{4}"', '"matching [0-9"'), "no pattern"),
        (('{items: ","}', '{items: "-"}'), "lists.items"),
        (('lists: {items: ","}', 'lists: {items: ",", kind: ","}'), "a column of lists"),
        (('qty: "text:1"', "qty: items"), "a column of lists"),
    ],
)
def test_a_mapping_that_cannot_work_is_told(store: Source, harm: tuple[str, str], told: str) -> None:
    """Before a file comes."""
    (Path(store.base) / "store.yaml").write_text(MAPPING.replace(*harm))
    with pytest.raises(WrongUse, match=told):
        sends(store)


def test_the_pieces_of_a_template() -> None:
    """Text, columns and how much of them."""
    assert pieces("{A}/{B:.4} x") == [("", "A", None), ("/", "B", 4), (" x", None, None)]
