"""Linking: which order each event belongs to, how sure that is, and why; told as stories."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from app import stories
from app.calendar import Calendars
from app.engine.judge import Judge
from app.engine.rebuild import rebuild
from app.engine.tick import Ticker
from app.errors import Ambiguous, NotFound
from app.model.event import Message
from app.store.database import Database
from app.store.intake import Intake
from app.store.questions import linking
from app.store.reader import Reader
from app.store.work import Work
from tests.engine.court import catalogue

Row = dict[str, Any]
ENDINGS = {"3pl.west": {r"-\d+$": "split", r"_R\d+$": "revision", "^SO-": "noise"}}


class Desk:
    """A house without rules that is told stories and asked for links."""

    def __init__(self) -> None:
        self.database, self.now, self.told_so_far = Database(None, threads=1), datetime(2026, 12, 31), 0
        self.work = Work(self.database)
        self.intake = Intake(self.database, {}, endings=ENDINGS)
        self.ticker = Ticker(self.work, Judge((), {}, Calendars({}), catalogue().findings), now=lambda: self.now)
        self.reader = Reader(self.database)

    def told(self, *lines: str) -> "Desk":
        """Each line is a step of its own."""
        for line in lines:
            self.told_so_far += 1
            said = stories.parse(line, f"s{self.told_so_far}")
            self.intake.put(Message("x", "x", "x", b"", datetime(2026, 11, 2)), said).result()
            self.ticker.run()
        return self

    def orders(self) -> dict[str, list[str]]:
        """Sales order -> types of its events in time."""
        rows = self.work.ask(
            "select o.so, e.type from link l join orders o using (order_no) join event e using (seq) order by e.occurred_at"
        )
        found: dict[str, list[str]] = {}
        for so, kind in rows.iter_rows():
            found.setdefault(so, []).append(kind)
        return found

    def links(self, so: str) -> list[Row]:
        return self.reader.links(self.reader.order_id(f"so:{so}"))

    def event(self, kind: str) -> str:
        """The id of the one event of this type."""
        return str(
            self.work.ask(f"select format('{{:016x}}', event_id) as id from event where type = '{kind}'")["id"].item()
        )

    def close(self) -> None:
        self.intake.close()
        self.work.close()
        self.database.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.close()


ONE = "2026-11-02 09:00 erp.main order.created so=1 lines=1:A:10"
TWO = "2026-11-02 09:00 erp.main order.created so=2 lines=1:A:10"


def test_a_tracking_number_used_again_is_another_parcel(desk: Desk) -> None:
    """Order 1 ships with 1Z9 in November, order 2 with the recycled 1Z9 in the June after; scans find their own order,
    also the one that arrives before the dispatch it belongs to."""
    desk.told(
        ONE, TWO, "2026-11-03 09:00 3pl.west shipment.label_created fo=F1 tr=1Z9 carrier=ups",
        "2026-11-02 10:00 erp.main order.released so=1 fo@3pl.west=F1", "2026-11-05 09:00 carrier.ups shipment.delivered tr=1Z9",
        "2027-06-05 09:00 carrier.ups shipment.in_transit tr=1Z9",
        "2027-06-04 09:00 erp.main shipment.posted so=2 tr@ups=1Z9",
    )  # fmt: skip
    assert "shipment.delivered" in desk.orders()["1"]
    assert "shipment.in_transit" not in desk.orders()["1"]
    assert desk.orders()["2"][-1] == "shipment.in_transit"


def test_a_scan_within_120_days_of_another_scan_still_belongs(desk: Desk) -> None:
    """A parcel that is scanned every hundred days is one parcel: what counts is the gap, not the length."""
    desk.told(
        ONE,
        "2026-01-01 09:00 erp.main shipment.posted so=1 tr@ups=1Z9",
        "2026-07-10 09:00 carrier.ups shipment.in_transit tr=1Z9",
    )
    assert "shipment.in_transit" not in desk.orders()["1"]
    desk.told("2026-04-10 09:00 carrier.ups shipment.in_transit tr=1Z9")
    assert desk.orders()["1"].count("shipment.in_transit") == 2


def test_a_tracking_number_without_carrier_joins_the_only_carrier_that_has_it(desk: Desk) -> None:
    """Our 3PL leaves the carrier out; UPS scans it. When DHL turns out to have the same number, it is nobody's."""
    desk.told(
        "2026-11-02 08:00 erp.main order.created so=1", "2026-11-02 09:00 erp.main order.released so=1 fo@3pl.west=F1",
        "2026-11-03 09:00 3pl.west shipment.label_created fo=F1 tr=1Z9",
        "2026-11-04 09:00 carrier.ups shipment.in_transit tr=1Z9",
    )  # fmt: skip
    assert "shipment.in_transit" in desk.orders()["1"]
    desk.told("2026-11-04 10:00 carrier.dhl shipment.delivered tr=1Z9")
    assert desk.orders()["1"][-1] == "shipment.label_created"


def test_each_link_says_why(desk: Desk) -> None:
    """By name, by an object that another event gave to the order, by the only issuer, by a shared number of one order."""
    desk.told(
        "2026-11-02 08:00 ecom.web order.captured ch=W1 customer=C cpo@C=P7",
        "2026-11-02 09:00 erp.main order.created so=1 ch=W1",
        "2026-11-02 10:00 erp.main order.released so=1 fo@3pl.west=F1",
        "2026-11-03 09:00 3pl.west shipment.label_created fo=F1 tr=1Z9 carrier=ups",
        "2026-11-04 09:00 carrier.ups shipment.in_transit tr=1Z9",
        "2026-11-05 09:00 fin.main payment.received cpo@C=P7",
        "2026-11-05 10:00 mw.bus message.sent trace=abc",
        "2026-11-05 11:00 mw.bus message.sent so=1 trace=abc",
    )
    why = {(row["type"], row["rule"]): (row["reason"], row["confidence"]) for row in desk.links("1")}
    assert why["order.created", "alias:so"] == ("names so:erp:1", 1.0)
    assert why["shipment.in_transit", "relation:tr"] == (
        "its tracking number tr:ups:1Z9 was given to this order by 3pl.west shipment.label_created", 0.95,
    )  # fmt: skip
    assert why["payment.received", "shared:cpo"][0].endswith(
        "cpo:C:P7 was given to this order by ecom.web order.captured, and to no other"
    )
    assert why["payment.received", "shared:cpo"][1] == 0.8
    assert why["message.sent", "shared:trace"][1] == 0.7


def test_one_invoice_for_two_orders_belongs_to_both_and_merges_none(desk: Desk) -> None:
    """A consolidated invoice names two sales orders; the payment names the invoice."""
    desk.told(
        ONE,
        TWO,
        "2026-11-05 09:00 erp.main invoice.posted so=1,2 inv=I9",
        "2026-11-06 09:00 fin.main payment.applied inv@erp=I9",
    )
    assert [kinds[1:] for kinds in desk.orders().values()] == [["invoice.posted", "payment.applied"]] * 2


def test_a_batch_trace_ties_nothing(desk: Desk) -> None:
    """The trace held one order, so its bare message was that order's; then a second order runs in it."""
    desk.told(ONE + " trace=aa", TWO, "2026-11-02 10:00 mw.bus message.sent trace=aa")
    assert desk.orders()["1"][-1] == "message.sent"
    desk.told("2026-11-02 11:00 erp.main order.allocated so=2 trace=aa")
    assert "message.sent" not in desk.orders()["1"] + desk.orders()["2"]


def test_suffixes_mean_what_the_partner_s_settings_say(desk: Desk) -> None:
    """The west writes `-1` for a split, `_R2` for a revision and `SO-` for nothing; the east has said nothing."""
    desk.told(
        "2026-11-02 09:00 erp.main order.created so=4711",
        "2026-11-02 10:00 3pl.west fulfillment.acknowledged fo=SO-4711-1_R2",
        "2026-11-02 11:00 3pl.east fulfillment.acknowledged fo=4711-2",
    )
    assert desk.orders()["4711"] == ["order.created", "fulfillment.acknowledged"]
    event = desk.work.ask("select keys, revision, attrs from event where source = '3pl.west'").row(0)
    assert event[0] == ["fo:3pl.west:4711-1", "so:erp:4711"]
    assert event[1] == 2
    assert "SO-4711-1_R2" in event[2]


def test_what_a_spreadsheet_did_to_a_number_is_only_suggested(desk: Desk) -> None:
    """1.23457E+11 is perhaps 123456789012; 007 is perhaps 7 of the other node: guesses below a half, and no links."""
    desk.told(
        "2026-11-02 09:00 erp.main order.created so=1 fo@3pl.west=123456789012",
        "2026-11-02 10:00 3pl.west fulfillment.acknowledged fo=1.23457E+11",
        "2026-11-02 11:00 erp.main order.created so=2 sh@3pl.west=7",
        "2026-11-02 12:00 3pl.east shipment.dispatched sh=007",
    )
    assert all(len(kinds) == 1 for kinds in desk.orders().values())
    rows, total = desk.reader.unmatched(0, 10)
    assert total == 2
    likely = {row["type"]: [(s["so"], s["confidence"] <= 0.5) for s in row["suggestions"]] for row in rows}
    assert likely == {"fulfillment.acknowledged": [("1", True)], "shipment.dispatched": [("2", True)]}


def test_an_event_without_an_order_waits_a_day_and_is_adopted(desk: Desk) -> None:
    """A dispatch of an unknown fulfillment order is a fault a day after it came; the release that names it ends that."""
    desk.told("2026-11-02 10:00 3pl.west shipment.dispatched fo=F9 sh=S9")
    found = desk.work.ask("select subject_type, subject, code, since from judgement where kind = 'unmatched'").row(0)
    assert found == ("fo", "fo:3pl.west:F9", "event_unmatched", datetime(2026, 11, 3, 10))
    desk.told("2026-11-02 12:00 erp.main order.released so=1 fo@3pl.west=F9")
    assert desk.work.number("select count(*) from judgement where kind = 'unmatched'") == 0
    assert desk.orders()["1"] == ["shipment.dispatched", "order.released"]


def test_only_events_of_orders_are_ever_unmatched(desk: Desk) -> None:
    """Procurement and stock live without an order."""
    desk.told(
        "2026-11-02 10:00 erp.main purchase_order.created po=P1", "2026-11-02 10:00 3pl.west inventory.snapshot location=L",
        "2026-11-02 10:00 carrier.ups shipment.in_transit tr=1Z", "2026-11-02 10:00 3pl.west fulfillment.rejected reason=x",
    )  # fmt: skip
    found = desk.work.ask("select subject_type, subject from judgement where kind = 'unmatched' order by subject")
    assert found.rows() == [("source", "3pl.west"), ("source", "tr:ups:1Z")]


def linked(desk: Desk, at: str, act: str, **said: str) -> str:
    """A person's word; gives its id."""
    told = " ".join(f"x.{name}={value!r}" for name, value in ({"person": "A. Costa"} | said).items())
    desk.told(f"{at} people {act} {told}")
    return str(
        desk.work.ask("select format('{:016x}', arg_max(event_id, seq)) as id from event where source = 'people'")[
            "id"
        ].item()
    )


def test_a_person_links_an_event_and_takes_it_back(desk: Desk) -> None:
    """What follows from the event follows too; the word is kept through a rebuild and gone when it is taken back."""
    desk.told(
        ONE,
        "2026-11-03 09:00 3pl.west shipment.dispatched sh=S1 tr@ups=1Z",
        "2026-11-04 09:00 carrier.ups shipment.delivered tr=1Z",
    )
    assert desk.orders()["1"] == ["order.created"]
    link = linked(
        desk,
        "2026-11-05 09:00",
        "link.added",
        order="so:erp:1",
        event_id=desk.event("shipment.dispatched"),
        reason="by phone",
    )
    assert desk.orders()["1"] == ["order.created", "shipment.dispatched", "shipment.delivered"]
    assert ("by phone", 1.0) in [(r["reason"].partition(": ")[2], r["confidence"]) for r in desk.links("1")]
    rebuild(desk.work, desk.ticker)
    assert len(desk.orders()["1"]) == 3
    linked(desk, "2026-11-06 09:00", "link.cut", undoes=link, reason="wrong")
    assert desk.orders()["1"] == ["order.created"]


def test_a_person_cuts_an_event_from_an_order(desk: Desk) -> None:
    """A scan that belongs elsewhere goes; the others of that number stay."""
    desk.told(ONE, "2026-11-03 09:00 erp.main shipment.posted so=1 tr@ups=1Z", "2026-11-04 09:00 carrier.ups shipment.delivered tr=1Z",
              "2026-11-04 08:00 carrier.ups shipment.in_transit tr=1Z")  # fmt: skip
    linked(
        desk,
        "2026-11-05 09:00",
        "link.cut",
        order="so:erp:1",
        event_id=desk.event("shipment.delivered"),
        reason="other parcel",
    )
    assert desk.orders()["1"] == ["order.created", "shipment.posted", "shipment.in_transit"]


def test_a_person_ties_and_parts_numbers(desk: Desk) -> None:
    """A fulfillment order is tied to an order by hand, a tracking number is given to it, and the tie is cut again."""
    desk.told(
        ONE,
        TWO,
        "2026-11-03 09:00 3pl.west fulfillment.acknowledged fo=F7",
        "2026-11-04 09:00 carrier.ups shipment.delivered tr=1Z",
    )
    linked(desk, "2026-11-05 09:00", "link.added", order="so:erp:1", key="fo:3pl.west:F7", reason="x")
    linked(desk, "2026-11-05 09:01", "link.added", order="so:erp:2", key="tr:ups:1Z", reason="x")
    assert desk.orders() == {
        "1": ["order.created", "fulfillment.acknowledged"],
        "2": ["order.created", "shipment.delivered"],
    }
    linked(desk, "2026-11-05 09:02", "link.cut", order="so:erp:1", key="fo:3pl.west:F7", reason="x")
    linked(desk, "2026-11-05 09:03", "link.cut", order="so:erp:2", key="tr:ups:1Z", reason="x")
    assert desk.orders() == {"1": ["order.created"], "2": ["order.created"]}


#: A fulfillment order of two sales orders: both name it, so it is neither's.
SHARED = (
    ONE, TWO, "2026-11-03 09:00 erp.main order.released so=1 fo@3pl.west=X",
    "2026-11-03 09:01 erp.main order.released so=2 fo@3pl.west=X", "2026-11-04 09:00 3pl.west pick.confirmed fo=X",
)  # fmt: skip


def hubs(desk: Desk) -> list[str]:
    """The numbers that belong to no order, as they stand and as a rebuild finds them."""
    query = "select text from node where hub > 0 order by text"
    stood = desk.work.ask(query)["text"].to_list()
    rebuild(desk.work, desk.ticker)
    assert desk.work.ask(query)["text"].to_list() == stood
    return stood


def test_a_number_of_two_orders_is_one_orders_once_a_person_ties_them(desk: Desk) -> None:
    """What the node said of it is the order's then, and nobody's when the tie is taken back."""
    desk.told(*SHARED)
    assert hubs(desk) == ["fo:3pl.west:X"]
    tie = linked(desk, "2026-11-05 09:00", "link.added", order="so:erp:1", key="so:erp:2", reason="a revision")
    assert hubs(desk) == []
    assert [found.count("pick.confirmed") for found in desk.orders().values()] == [1]
    linked(desk, "2026-11-06 09:00", "link.cut", undoes=tie, reason="wrong")
    assert hubs(desk) == ["fo:3pl.west:X"]


def test_orders_that_are_tied_by_way_of_another_share_their_numbers(desk: Desk) -> None:
    """Order 1 is tied to order 3, and then order 3 to order 2: the number of 1 and 2 is beside one order."""
    desk.told(*SHARED, "2026-11-02 09:00 erp.main order.created so=3 lines=1:A:10")
    linked(desk, "2026-11-05 09:00", "link.added", order="so:erp:1", key="so:erp:3", reason="x")
    assert hubs(desk) == ["fo:3pl.west:X"]
    linked(desk, "2026-11-05 09:01", "link.added", order="so:erp:3", key="so:erp:2", reason="x")
    assert hubs(desk) == []


def test_a_number_of_two_orders_is_the_others_once_a_person_parts_one(desk: Desk) -> None:
    """A sales order that a person parted holds no number, so what it shared is the other one's."""
    desk.told(*SHARED)
    linked(desk, "2026-11-05 09:00", "link.cut", order="so:erp:2", key="so:erp:1", reason="x")
    assert "fo:3pl.west:X" not in hubs(desk)
    assert "pick.confirmed" in desk.orders()["2"]


def test_a_word_may_come_before_what_it_speaks_of(desk: Desk) -> None:
    """The tie is known before the fulfillment order is: it holds when the number comes."""
    linked(desk, "2026-11-01 09:00", "link.added", order="so:erp:1", key="fo:3pl.west:F7", reason="x")
    desk.told("2026-11-03 09:00 3pl.west fulfillment.acknowledged fo=F7", ONE)
    assert desk.orders()["1"] == ["order.created", "fulfillment.acknowledged"]


def test_a_number_is_found_whole_or_refused(desk: Desk) -> None:
    """A bare value of two issuers is asked back; an unknown one is not taken."""
    desk.told(
        "2026-11-03 09:00 3pl.west fulfillment.acknowledged fo=F7",
        "2026-11-03 09:00 3pl.east fulfillment.acknowledged fo=F7 sh=S1",
    )
    assert linking.full_key(desk.reader, "fo:3pl.west:f7") == "fo:3pl.west:F7"
    with pytest.raises(Ambiguous):
        linking.full_key(desk.reader, "fo:F7")
    with pytest.raises(NotFound):
        linking.full_key(desk.reader, "fo:F8")
    assert linking.full_key(desk.reader, "sh:S1") == "sh:3pl.east:S1"


def test_numbers_of_orders_follow_their_arrival(desk: Desk) -> None:
    """Ranges of internal numbers are ranges of time, within a batch too."""
    desk.told("\n".join(f"2026-11-02 09:00 erp.main order.created so={n}" for n in (30, 9, 200, 1)))
    assert desk.work.ask("select so from orders order by order_no")["so"].to_list() == ["30", "9", "200", "1"]
