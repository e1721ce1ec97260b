"""How often faults strike, the numbers and traces that orders share, and what breaks off on its way."""

import json
from collections import Counter

import pytest

from app.demo.world import folder, wires
from app.demo.world.clocks import still
from app.demo.world.faults import CATALOGUE, chosen
from app.demo.world.hours import DAY, HOUR
from app.demo.world.order import Fact
from app.demo.world.play import played
from app.demo.world.stage import Stage
from tests.demo.conftest import START


def test_a_fault_strikes_as_often_as_it_is_told_to() -> None:
    """With a rate of its own: of orders, of spells in thirty days, and of the occasions on which stock is counted."""
    for rate, least, most in ((0, 0, 0), (0.5, 20, 40), (1, 60, 60)):
        stage = played(60, START, START + 6 * DAY, 2, chosen(f"F20={rate}"))
        assert least <= sum(order.fault == "F20" for order in stage.orders) <= most
    for said, times in (
        ("F38=0", 0),
        ("F38=3", 3),
        ("F38=10", 9),
        ("F24=0", 0),
        ("F24", 3),
        ("F43=0", 0),
        ("F43=1", 1),
    ):
        stage = played(400, START, START + 28 * DAY, 2, chosen(said))
        own = [one for one in stage.expected if one.code in CATALOGUE[said[:3]].codes]
        assert abs(len(own) - times) <= (times > 3), (said, own)
    for wrong in ("F99", "F03=2", "F03=often", "F38=31", "F03=-1"):
        with pytest.raises(ValueError, match=wrong[:3]):
            chosen(wrong)


def test_identity_traps_are_set(stormy: Stage) -> None:
    """Orders share numbers at nodes, invoices, bills of lading and traces, and some spans know a node's number alone (F42)."""
    sharing = {
        kind: Counter(said for said, _ in {(f.keys[kind], f.so) for f in stormy.facts if kind in f.keys and f.so})
        for kind in ("fo", "inv", "bol")
    }
    assert all(max(counts.values()) > 1 for counts in sharing.values()), sharing
    told = [fact for fact in stormy.facts if fact.type == "fulfillment.requested"]
    spans = [
        (span, {a["key"]: a["value"]["stringValue"] for a in span["attributes"]})
        for one in wires.spans.messages(told, 1)
        for resource in json.loads(one.body)["resourceSpans"]
        for part in resource["scopeSpans"]
        for span in part["spans"]
    ]
    orders = Counter(
        trace for trace, _ in {(s["traceId"], a["o2c.order.number"]) for s, a in spans if "o2c.order.number" in a}
    )
    assert max(orders.values()) > 3 and 1 in orders.values()
    torn = [known for _, known in spans if "o2c.order.number" not in known]
    assert {known["o2c.partner.code"] for known in torn} == {"3pl.north"} and all(
        "o2c.fulfillment.number" in k for k in torn
    )
    without = played(60, START, START + 6 * DAY, 3, chosen("F01"))
    assert not [fact for fact in without.facts if "bol" in fact.keys or "batch" in fact.data]


def test_what_breaks_off_is_sent_before_it_is_sent_whole() -> None:
    """A world that ends in between has the broken message alone."""
    stage = played(80, START, START + 8 * DAY, 3, chosen("F40"))
    cut = next(fact for fact in stage.facts if "broken_at" in fact.data)
    for until, count in ((cut.data["broken_at"] - 1, 0), (cut.data["broken_at"], 1), (cut.arrives, 2)):
        sent = [one for one in folder.messages([cut], until) if one.source == cut.source]
        assert len(sent) == count


def test_a_tracker_that_had_nothing_to_say_was_still_beyond_what_is_agreed() -> None:
    """More than twelve hours between two words: from then to the next word it may be told, and is neither asked for nor
    false. What a fault held back is that fault's."""
    hours = (0, 5, 18, 19, 40)
    words = [Fact(START + hour * HOUR, "carrier.track", "shipment.in_transit", "", {}) for hour in hours]
    words[-1].spell = "F37"
    assert [(one.since, one.until, one.unsure, one.subject) for one in still(words, START + 50 * HOUR)] == [
        (START + 17 * HOUR, START + 18 * HOUR, True, "carrier.track")
    ]
    assert list(still(words, START + 17 * HOUR)) == []
