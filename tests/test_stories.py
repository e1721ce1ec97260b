"""Stories become the events and keys that they tell, and a slip of the pen is found by its line."""

from datetime import datetime, timedelta

import polars as pl
import pytest

from app import stories
from app.errors import BadInput
from app.model.event import EVENT, MENTION


def test_a_story_becomes_events_and_keys() -> None:
    """
    2026-11-02 09:00  erp.main  order.created  so=4711 cpo="PO 7,PO 8" customer=C-17 promised=2026-11-05T17:00Z rev=1
    +2h               erp.main  order.released so=4711 fo@3pl.west=4711-1   # two hours later
    """
    told = stories.parse(test_a_story_becomes_events_and_keys.__doc__ or "", name="one")
    assert told.events.schema == pl.Schema(EVENT)
    assert told.mentions.schema == pl.Schema(MENTION)
    assert told.events["type"].to_list() == ["order.created", "order.released"]
    assert told.events["occurred_at"].to_list() == [datetime(2026, 11, 2, 9), datetime(2026, 11, 2, 11)]
    assert told.events["received_at"].to_list() == told.events["occurred_at"].to_list()
    assert told.events["promised_at"].to_list() == [datetime(2026, 11, 5, 17), None]
    assert told.events["revision"].to_list() == [1, None]
    assert told.events["native_id"].to_list() == ["one:2", "one:3"]
    assert told.mentions.rows() == [
        (0, "so", "4711", None),
        (0, "cpo", "PO 7", None),
        (0, "cpo", "PO 8", None),
        (1, "so", "4711", None),
        (1, "fo", "4711-1", "3pl.west"),
    ]


def test_times_are_of_the_zone_and_may_lean_on_the_line_above() -> None:
    """
    zone Europe/Berlin
    2026-10-24 23:30         erp.main order.created  so=1 received=+1h
    +3h                      erp.main order.released so=1
    04:00                    mw.hub fulfillment.requested so=1
    2026-10-25T03:00:00.5Z   3pl.west fulfillment.acknowledged so=1 recorded=05:00
    +1h30m1us                3pl.west pick.confirmed so=1
    """
    events = stories.parse(test_times_are_of_the_zone_and_may_lean_on_the_line_above.__doc__ or "").events
    assert events["occurred_at"].to_list() == [
        datetime(2026, 10, 24, 21, 30),
        datetime(2026, 10, 25, 0, 30),
        datetime(2026, 10, 25, 3),
        datetime(2026, 10, 25, 3, 0, 0, 500_000),
        datetime(2026, 10, 25, 4, 30, 0, 500_001),
    ]
    assert events["received_at"][0] == datetime(2026, 10, 24, 22, 30)
    assert events["recorded_at"][3] == datetime(2026, 10, 25, 4)


def test_lines_holds_and_unknown_fields_are_kept() -> None:
    """
    2026-11-02 09:00 erp.main order.hold_placed hold=credit:H1 lines=1:A-1:10:EA:4.10,2:B:5 id=n1 x.who=Ann x.why=x
    """
    told = stories.parse(test_lines_holds_and_unknown_fields_are_kept.__doc__ or "")
    row = told.events.row(0, named=True)
    assert (row["hold_kind"], row["hold_id"], row["native_id"]) == ("credit", "H1", "n1")
    assert row["attrs"] == '{"who": "Ann", "why": "x"}'
    assert row["lines"] == [
        {"line": "1", "sku": "A-1", "qty": "10", "uom": "EA", "price": "4.10", "order": None},
        {"line": "2", "sku": "B", "qty": "5", "uom": None, "price": None, "order": None},
    ]


def test_a_trace_is_a_field_and_a_key() -> None:
    """A trace id stands with the event and links it."""
    told = stories.parse("2026-11-02 09:00 mw.hub fulfillment.requested so=1 trace=0af7 span=b7ad")
    assert told.events.select("trace_id", "span_id").row(0) == ("0af7", "b7ad")
    assert ("trace", "0af7") in told.mentions.select("type", "value").rows()


def test_an_empty_story_has_no_events() -> None:
    """Nothing told, nothing found; the columns stand all the same."""
    told = stories.parse("\n  # only a remark\n")
    assert told.events.is_empty()
    assert told.events.schema == pl.Schema(EVENT)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("2026-11-02 09:00 erp.main order.creatd so=1", "order.creatd"),
        ("2026-11-02 09:00 erp.main", "a source and a type"),
        ("yesterday erp.main order.created so=1", "yesterday"),
        ("2026-13-02 09:00 erp.main order.created so=1", "month"),
        ("2026-11-02 erp.main order.created so=1", "2026-11-02"),
        ("+2x erp.main order.created so=1", "+2x"),
        ("2026-11-02 09:00 erp.main order.created so", "name=value"),
        ("2026-11-02 09:00 erp.main order.created so=", "name=value"),
        ("2026-11-02 09:00 erp.main order.created colour=red", "colour"),
        ("2026-11-02 09:00 erp.main order.created rev=two", "two"),
        ("2026-11-02 09:00 erp.main order.created lines=1:A", "1:A"),
        ('2026-11-02 09:00 erp.main order.created customer="C', "quotation"),
        ("zone Europe/Berlinn", "Berlinn"),
        ("+99999999999d erp.main order.created so=1", "line 3"),
    ],
)
def test_a_slip_is_found_by_its_line(line: str, what: str) -> None:
    """The fault names the line and what is wrong with it."""
    with pytest.raises(BadInput) as fault:
        stories.parse(f"2026-11-02 08:00 erp.main order.created so=1\n\n{line}")
    assert fault.value.detail.startswith("line 3: ")
    assert what in fault.value.detail
    assert fault.value.extra == {"line": 3}


def test_a_relative_time_needs_a_line_above() -> None:
    """A story does not begin with `+1h` or a bare time of day."""
    for start in ("+1h", "09:00"):
        with pytest.raises(BadInput, match="line above"):
            stories.parse(f"{start} erp.main order.created so=1")


def test_durations_add_up() -> None:
    """Units follow one another from large to small, or as one likes."""
    assert stories.step("1d2h3m4s5ms6us") == timedelta(1, 4, 6, 5, 3, 2)
    with pytest.raises(ValueError, match="is not a duration"):
        stories.step("1h 30")
