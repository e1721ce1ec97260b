"""Spans tie traces to orders: what carries only a trace follows it, whoever comes first."""

import itertools
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl
import pytest

from app.model.event import SPAN, Message, Translation, empty
from tests.engine.test_linking import Desk

AT = datetime(2026, 11, 2, 9)
ORDER = "2026-11-02 09:00 erp.main order.created so=4711"
OTHER = "2026-11-02 09:00 erp.main order.created so=4712"
EVENT = "2026-11-02 09:05 mw.bus message.acknowledged trace=aa11"


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.close()


def span(trace: str, *keys: str, links: tuple[str, ...] = ()) -> Translation:
    row: dict[str, Any] = dict.fromkeys(SPAN) | {
        "item": 0, "trace_id": trace, "span_id": f"{abs(hash((trace, keys, links))):016x}"[:16], "source": "mw.bus",
        "name": "hop", "kind": "internal", "started_at": AT, "duration_ns": 1, "status": "ok",
        "keys": list(keys), "links": list(links),
    }  # fmt: skip
    return Translation(spans=pl.concat([empty(SPAN), pl.DataFrame([row], schema=SPAN)]))


def traced(desk: Desk, said: Translation) -> None:
    desk.intake.put(Message("mw.bus", "x", "x", b"", AT), said).result()
    desk.ticker.run()


def orders(desk: Desk) -> list[tuple[str, str]]:
    """(order, event type) of every link by a trace."""
    query = (
        "select split_part(n.text, ':', 3) as so, e.type from link l join event e using (seq)"
        " join node n on l.order_no = n.order_no and n.kind = 'so' where l.rule = 'trace' order by so, type"
    )
    return desk.work.ask(query).rows()


@pytest.mark.parametrize("turn", itertools.permutations(range(3)))
def test_a_span_that_names_the_order_ties_what_carries_only_its_trace(desk: Desk, turn: tuple[int, ...]) -> None:
    """The order, the event without a key and the span, in any order of arrival."""
    steps = (lambda: desk.told(ORDER), lambda: desk.told(EVENT), lambda: traced(desk, span("aa11", "so:4711")))
    for at in turn:
        steps[at]()
    assert orders(desk) == [("4711", "message.acknowledged")]


def test_a_trace_is_found_though_other_events_of_the_batch_follow_the_order(desk: Desk) -> None:
    """The span came first; with the order come its shipment, the carrier's scan of it, and the event of the trace."""
    traced(desk, span("aa11", "so:4711"))
    left = "2026-11-02 09:01 3pl.west shipment.dispatched so=4711 sh@3pl.west=S1"
    desk.told(f"{ORDER}\n{left}\n2026-11-02 09:02 carrier.ups shipment.in_transit sh@3pl.west=S1\n{EVENT}")
    assert orders(desk) == [("4711", "message.acknowledged")]


@pytest.mark.parametrize("late", [False, True])
def test_a_batch_trace_ties_nothing(desk: Desk, late: bool) -> None:
    """As soon as a trace names two orders it belongs to neither, and what it had tied comes off again."""
    desk.told(ORDER, EVENT)
    traced(desk, span("aa11", "so:4711"))
    if late:
        traced(desk, span("aa11", "so:4712"))
        desk.told(OTHER)
    else:
        desk.told(OTHER)
        traced(desk, span("aa11", "so:4712"))
    assert orders(desk) == []


@pytest.mark.parametrize("turn", itertools.permutations(range(3)))
def test_a_link_between_spans_carries_the_order_on(desk: Desk, turn: tuple[int, ...]) -> None:
    """The consumer's trace names nothing and is linked to the producer's, which names the order."""
    desk.told(ORDER)
    steps = (
        lambda: desk.told(EVENT),
        lambda: traced(desk, span("aa11", links=("bb22:0000000000000001",))),
        lambda: traced(desk, span("bb22", "so:4711")),
    )
    for at in turn:
        steps[at]()
    assert orders(desk) == [("4711", "message.acknowledged")]


@pytest.mark.parametrize("turn", itertools.permutations(range(4)))
def test_a_number_of_a_node_is_that_nodes(desk: Desk, turn: tuple[int, ...]) -> None:
    """Two nodes number alike: the span that says whose number it is ties its trace to that order, and is shown on no other."""
    released = "2026-11-02 09:01 erp.main order.released so={} fo@{}=70175"
    steps = (
        lambda: desk.told(f"{ORDER}\n{released.format(4711, '3pl.west')}"),
        lambda: desk.told(f"{OTHER}\n{released.format(4712, '3pl.north')}"),
        lambda: desk.told(EVENT),
        lambda: traced(desk, span("aa11", "fo@3pl.north:70175")),
    )
    for at in turn:
        steps[at]()
    assert orders(desk) == [("4712", "message.acknowledged")]
    shown = {so: desk.reader.traces(desk.reader.order_id(f"so:{so}")) for so in ("4711", "4712")}
    assert {so: [one["trace_id"] for one in told] for so, told in shown.items()} == {"4711": [], "4712": ["aa11"]}
    assert desk.reader.order_id("aa11") == desk.reader.order_id("so:4712")
