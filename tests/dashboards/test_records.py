"""The records of an order, stock, purchase orders, unmatched events, states: what the pages say of sample rows."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from app import clock
from app.cases import Identity
from app.errors import BadInput
from app.model import ownership
from app.store.past import Making
from dashboards import acting, order_documents, order_links, order_standing, past, tying, words
from dashboards.context import Context
from dashboards.figures.drift import by_location, drift
from dashboards.pages import blocked, inventory, order, purchases, states, unmatched
from tests.dashboards import records
from tests.dashboards.sample import EXECUTIVE, OPERATIONS
from tests.dashboards.test_pages import as_person, words_of

NOW = datetime(2026, 11, 21, 12)
KEY = "SO-4500037"
BLOCK: dict[str, Any] = {"startRow": 0, "endRow": 100, "sortModel": [], "filterModel": {}}


def test_an_order_shows_the_documents_that_it_has(world: Context) -> None:
    """Fulfillment, shipments, invoices, returns, tickets, parties, each with its section and its way to it."""
    said = words_of(order.body(order.look(KEY), acts=True))
    for name in ("Fulfillment", "Shipments", "Invoices", "Returns", "Tickets", "Parties and terms"):
        assert name in said
    for value in ("Meridian Holding", "Meridian Group", "Store 14, Lyon", "Drop ship", "T-5512", "INV-501", "1Z99"):
        assert value in said
    bare = words_of(order.body(order.look("SO-4500000"), acts=True))
    assert "Fulfillment" not in bare
    assert "Returns" not in bare


def test_another_revision_than_the_one_in_force_is_said() -> None:
    """Revision 2 accepted, 1 shipped by its content: wrong, and how sure; a short pick marks its line."""
    two = records.documents("SO-1", NOW)["fulfillments"][1]
    said = words_of(order_documents.fulfillment(two, NOW))
    assert "not the one in force, judged by its content, 80 % sure" in said
    assert "accepted there" in said
    assert "bin empty" in said
    assert order_documents.legs(two).children.children[2].children[0].className == "off"  # type: ignore[union-attr]


def test_the_three_facts_of_a_return_stand_side_by_side() -> None:
    """4 received, 3 posted, not credited: one less is said, the third is open."""
    said = words_of(order_documents.return_(records.documents("SO-1", NOW)["returns"][0], NOW + timedelta(days=9)))
    assert "1 less than received" in said
    assert "not yet" in said
    assert said.index("by the warehouse") < said.index("stock in the ERP") < said.index("by finance")


def test_a_parcel_stands_with_its_shipment() -> None:
    """By the shipment it names, else by the only one of its fulfillment order; else it is packed and not shipped."""
    made = records.documents("SO-1", NOW)
    homes = [order_documents.home(p, made["shipments"]) for p in made["packages"]]
    assert homes == ["sh:wms.main:SH-1", "sh:3pl.west:SH-2", None]
    assert "Packed, not on a shipment" in words_of(order_documents.shipments(made["shipments"], made["packages"], NOW))


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"blocked": [{"cause": "hold:credit", "since": "2026-11-20T12:00:00Z", "owner": "credit"}]}, "Credit hold|since 20 Nov 12:00|1 d 0 h ago|owner credit"),
        ({"stuck": [{"cause": "not_sent"}]}, "Stuck|The instruction to the warehouse was not sent"),
        ({"at_risk": True, "at_risk_cause": "slow", "at_risk_since": "2026-11-21T11:00:00Z"}, "At risk|At the usual pace|1 h 0 min ago"),
        ({"silent": True, "silent_since": "2026-11-21T10:00:00Z"}, "Silent|2 h 0 min ago"),
        ({"late": True, "promised_at": "2026-11-21T06:00:00Z"}, "Late|6 h 0 min ago"),
        ({"wrong": [{"code": "over_shipped", "cause": "more_than_ordered", "subject": "sh:3pl.west:SH-2"}]}, "More shipped than ordered|SH-2"),
    ],
)  # fmt: skip
def test_why_an_order_does_not_move(facts: dict[str, Any], told: str) -> None:
    """Each judgement with its cause in words, since when, and whose it is."""
    said = words_of(order_standing.standing(facts, NOW))
    assert all(part in said for part in told.split("|")), said


def test_nothing_to_say_is_no_section() -> None:
    """An order on its way has no such card, and no table of contradictions."""
    assert order_standing.standing({"blocked": [], "late": False, "at_risk": False, "silent": None}, NOW) is None
    assert order_standing.contradictions({"diverged": []}, NOW) is None


def test_a_contradiction_names_both_words_and_their_ages() -> None:
    """The CRM is ahead: released in truth, dispatched there, two ages."""
    views = {"erp.main": {"at": "2026-11-21T10:00:00Z"}, "crm.main": {"at": "2026-11-21T09:00:00Z"}}
    found = {"diverged": [records.contradiction(NOW - timedelta(hours=3))], "views": views}
    said = words_of(order_standing.contradictions(found, NOW))
    for part in ("Released", "ERP, 2 h 0 min old", "Dispatched", "CRM, 3 h 0 min old", "▲ ahead"):
        assert part in said


def test_a_link_says_why_in_plain_words(world: Context) -> None:
    """Keys are written as the numbers people know; certainty is a word; whoever only looks has no buttons."""
    row = {"event_id": "1", "type": "shipment.delivered", "source": "carrier.ups", "at": "2026-11-21T10:00:00Z", "rule": "relation:tr",
           "reason": "its tracking number tr:ups:1Z9 was given to this order by 3pl.west shipment.dispatched", "confidence": 0.95}  # fmt: skip
    one = {"order_id": "ord_1", "said_links": []}
    said = words_of(order_links.links(one, [row], acts=True))
    assert "Its tracking number 1Z9 was given to this order by 3PL west, shipment dispatched." in said
    assert "strong" in said
    assert "Not here" in said
    assert "Not here" not in words_of(order_links.links(one, [row], acts=False))
    assert order_links.why({"reason": "names so:erp:4711"}) == "Names the sales order 4711."


def test_a_link_by_hand_needs_a_reason_and_keeps_the_name(world: Context) -> None:
    """Nothing is said without a reason; what is said carries the person; who only looks is refused."""
    assert tying.missing("cut", "ord_1", "e1", "")
    assert tying.missing("adopt", "", "e1", "because")
    assert tying.missing("link", "ord_1", "", "because")
    assert not tying.missing("cut", "ord_1", "e1", "because")
    _, did = tying.tied("cut", "ord_1", "e1", "", "not ours")
    _, undone = tying.tied("undo", "", "", "l1", "it is")
    assert did and undone
    ties: Any = world.ties
    assert ties.said == [("cut", "ord_1", "e1", "not ours", OPERATIONS.name), ("undo", "l1", "it is", OPERATIONS.name)]
    as_person(world, EXECUTIVE)
    said, did = tying.tied("link", "ord_1", "e1", "", "x")
    assert not did
    assert "not change it" in said[0]["message"]
    assert len(ties.said) == 2


def test_two_orders_are_told_apart_where_they_are_suspected(world: Context) -> None:
    """The open exception has the button, with both orders; nothing else has it, and it needs the other order and a reason."""
    case = {"id": "c", "version": 1, "status": "new", "code": "duplicate_order_suspect", "cause": "like 4711",
            "order_id": "ord_2", "subject": {"type": "order", "key": "ord_2"}}  # fmt: skip
    button = acting.distinct(case)
    assert (button.id["act"], button.id["order"], button.id["key"]) == ("distinct", "ord_2", "4711")
    for other in ({"status": "resolved"}, {"cause": "hold:credit"}, {"subject": {"type": "inv", "key": "inv:1"}}):
        assert acting.distinct(case | other) is None
    assert tying.missing("distinct", "", "", "because") and not tying.missing("distinct", "4711", "", "because")
    _, did = tying.tied("distinct", "ord_2", "", "", "two branches", "4711")
    ties: Any = world.ties
    assert did and ties.said == [("distinct", "ord_2", "4711", "two branches", OPERATIONS.name)]


def test_what_people_said_can_be_taken_back(world: Context) -> None:
    """The order's page names who linked what and why, with the way back for whoever may act."""
    seen = order.look(KEY)
    said = words_of(order_links.links(seen.order, seen.links, acts=True))
    assert "Bo  linked Order created, ERP" in said
    assert "the driver rang" in said
    assert "Take back" in said


def test_unmatched_events_with_their_guesses(world: Context) -> None:
    """Numbers by their names, a guess with its why, none where there is none, hostile text as letters."""
    found, total = unmatched.look(1)
    said = words_of(unmatched.listing(found, acts=True, now=clock.instant()))
    assert total == 3
    for part in (
        "1Z98",
        "tracking number, UPS",
        "leading zeros are lost",
        "SO-4500037",
        "no guess",
        "<b>RMA</b>",
        "an exception is raised",
        "an exception in",
        "Link…",
    ):
        assert part in said
    assert tying.suggested(found[0]["id"]) == KEY
    assert "Every event has its order" in words_of(unmatched.listing([], acts=True, now=clock.instant()))


def test_inventory_side_by_side(world: Context) -> None:
    """ERP, warehouse and shop with their ages, the difference signed, what is promised too much marked; pages."""
    found, total = inventory.look({}, 6)
    assert (len(found), total) == (5, 130)
    said = words_of(inventory.listing(inventory.look({"drift": True})[0]))
    for part in (
        "-40",
        "+7",
        "3 h 0 min old",
        "1 d 2 h old",
        "Stock differs between systems",
        "More promised than there is",
    ):
        assert part in said
    where = inventory.asked_for("drift", ["SKU-003"], None, [])
    assert where == {"sku": ["SKU-003"], "drift": True}
    page = words_of(asyncio.run(inventory.layout()))
    assert "newest count 1 h 0 min ago" in page
    assert "Take a filter away" in words_of(inventory.listing([]))


def test_differences_by_location_are_added_to_each_side() -> None:
    """More and less never cancel; a location without a difference is not drawn."""
    rows: list[dict[str, Any]] = [
        {"location": "A", "drift": "5"},
        {"location": "A", "drift": "-2"},
        {"location": "B", "drift": "0"},
        {"location": None, "drift": "-1"},
    ]
    assert {k: (int(m), int(n)) for k, (m, n) in by_location(rows).items()} == {"no location": (0, -1), "A": (5, -2)}
    assert list(drift(rows).data[0].x) == [0.0, 5.0]
    assert drift([]).layout.height > 50


def test_purchase_orders_in_a_list_and_one_by_one(world: Context) -> None:
    """The papers' match in words, a missed day, the orders that wait and whether the supply comes too late."""
    found, total = purchases.look("all", None, "", 1)
    said = words_of(purchases.listing(found, False, clock.instant()))
    assert total == 8
    assert "Invoiced more than received" in said
    assert "<i>nord</i>" in said
    assert purchases.look("unmatched", None, None)[1] == 2
    assert purchases.look("all", ["sent"], "PO-7001")[1] == 1
    page = words_of(asyncio.run(purchases.one("po%3Aerp.main%3APO-7006")))
    for part in ("PO-7006", "Counted at the dock", "comes too late", "Received other than announced", "36 of 40"):
        assert part in page
    assert "No such purchase order" in words_of(asyncio.run(purchases.one("nope")))
    assert "No purchase orders yet" in words_of(purchases.listing([], False, NOW))


def test_the_list_of_states_is_whole() -> None:
    """Every stage, event, CRM word and change stands on the page, with the version."""
    listed = ownership.governed()
    said = words_of(states.body(listed))
    assert f"Version {listed['version']}" in said
    assert all(s["means"] in said for s in listed["stages"])
    assert all(e["event"] in said for e in listed["events"])
    assert all(f"“{w['word']}”" in said for w in listed["crm_words"])
    assert all(c["what"] in said for c in listed["changes"])


def test_a_time_in_an_address() -> None:
    """None is now; a time is read as UTC; what has not come or is no time is refused in words."""
    assert past.then() is None
    assert past.then(as_of="2020-01-02T03:04:05Z") == past.Then(datetime(2020, 1, 2, 3, 4, 5))
    assert past.then(known_at="2020-01-02T05:04:05+02:00") == past.Then(None, datetime(2020, 1, 2, 3, 4, 5))
    assert past.then(known_at="2020-01-02T05:04:05 02:00") == past.Then(None, datetime(2020, 1, 2, 3, 4, 5))
    with pytest.raises(BadInput, match="has not come"):
        past.then(as_of="2999-01-01")
    with pytest.raises(BadInput, match="is no time"):
        past.then(as_of="<script>")
    both = past.Then(datetime(2020, 1, 2), datetime(2020, 1, 3))
    assert both.query == "?as_of=2020-01-02T00:00:00Z&known_at=2020-01-03T00:00:00Z"
    assert "as it was known at" in words_of(past.banner(both))
    assert not words_of(past.banner(None))


def test_an_order_in_the_past_cannot_be_changed(world: Context) -> None:
    """A banner, the events up to then, cases as they stood, no buttons; nothing there yet is said."""
    now = clock.instant()
    seen = order.look(KEY)
    case = seen.cases[0]
    world.cases.act(case["id"], "acknowledge", case["version"], OPERATIONS, "web")
    then = past.Then(known_at=now)
    back = order.look(KEY, then)
    assert [c["status"] for c in back.cases] == ["new"]
    page = words_of(asyncio.run(order.layout(KEY, known_at=past.text(now))))
    assert "You are looking at what was known at" in page
    assert "Acknowledge" not in page
    assert "Not here" not in page
    early = words_of(asyncio.run(order.layout(KEY, as_of="2020-01-01T00:00:00Z")))
    assert "At that time nothing was known of it" in early
    assert "No such time" in words_of(asyncio.run(order.layout(KEY, as_of="soon")))


def test_a_case_is_shown_as_it_stood() -> None:
    """Raised at 8, acknowledged at 10, resolved at 12: at 9 it is new, at 11 acknowledged, at 7 there is none."""
    moves = [
        {"at": f"2026-11-21T{h:02d}:00:00Z", "to": s} for h, s in ((8, "new"), (10, "acknowledged"), (12, "resolved"))
    ]
    case = {"status": "resolved", "history": moves}
    assert [(order.cut(case, datetime(2026, 11, 21, h)) or {}).get("status") for h in (7, 9, 11, 13)] == [
        None,
        "new",
        "acknowledged",
        "resolved",
    ]


def test_a_list_in_the_past_is_made_first(world: Context) -> None:
    """The first question gives how far it has come, the second the rows: none to acknowledge, links that keep the time."""
    then = past.Then(as_of=datetime(2026, 1, 1))
    first = blocked.rows_then(BLOCK, "all", {}, then)
    assert isinstance(first, Making)
    assert "400 of 1,000 events" in words_of(past.making(first.done, first.total, "queue"))
    found: Any = blocked.rows_then(BLOCK, "all", {}, then)
    assert found[1] == 160
    assert not any(r["can_acknowledge"] for r in found[0])
    assert all(r["href"].endswith("?as_of=2026-01-01T00:00:00Z") for r in found[0])
    assert blocked.figures(then) is not None


def test_views_of_orders_show_their_worst_exception(world: Context) -> None:
    """At risk, disagree, silent list orders; one with an exception can be acknowledged, one without can not."""
    found, total = blocked.rows(BLOCK, "diverged", {})
    assert total == 60
    assert {r["cause"] for r in found} == {"Systems disagree"}
    assert {r["can_acknowledge"] for r in found} == {True, False}
    assert len(blocked.matching("diverged", {}, {})) == sum(r["can_acknowledge"] for r in found)
    assert blocked.rows(BLOCK | {"filterModel": {"so": {"filter": "4500037"}}}, "diverged", {})[1] == 1
    assert blocked.rows(BLOCK, "silent", {}) == ([], 0)
    assert "Nothing is silent" in words_of(blocked.nothing("silent", filtered=False))


def test_words_for_keys_and_what_systems_say() -> None:
    """Numbers without their issuers, events read out, acronyms kept."""
    assert (words.bare("fo:3pl.west:4711-1"), words.bare("4711"), words.issuer("tr:ups:1Z9")) == (
        "4711-1",
        "4711",
        "UPS",
    )
    assert words.said("asn.received") == "ASN received"
    assert words.said("shipment.posted") == "shipment posted"
    assert words.said("Order v1.2 done") == "Order v1.2 done"
    assert words.unkeyed("see sh:3pl.west:SH-2, please") == "see SH-2, please"
    assert words.system("carrier.ups") == "Carrier UPS"


def test_who_may_not_act_sees_no_link_buttons(world: Context) -> None:
    """An executive reads the unmatched events and cannot link one."""
    as_person(world, Identity("Erin", roles=frozenset({"executive"})))
    assert "Link…" not in words_of(asyncio.run(unmatched.layout()))
