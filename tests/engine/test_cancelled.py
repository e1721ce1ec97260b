"""What is left of an order's exceptions when it is cancelled: what moved, and who does not know it yet."""

from app.model.judgements import MOOT
from tests.engine.court import CREATED, TAKEN, Court
from tests.engine.test_judgements_laws import take, world

CANCELLED = "+1m erp.main order.cancelled so=4711"


def test_a_cancelled_order_takes_its_exceptions_with_it(court: Court) -> None:
    """Held, changed after the pick, an acknowledgment missed: all of it was open, and none of it is after the cancellation."""
    court.told(
        "2026-11-05 09:00", CREATED, TAKEN, "+30m 3pl.west pick.confirmed fo=F1",
        "+1m erp.main order.changed so=4711 rev=2 lines=1:A-1:6:EA", "+1m erp.main order.hold_placed so=4711 hold=fraud:H",
    )  # fmt: skip
    assert {"change_too_late", "order_blocked"} <= court.open()
    court.told("2026-11-05 10:00", "2026-11-05 09:30 erp.main order.cancelled so=4711")
    assert court.open() == set() and court.causes() == set()


def test_what_has_left_stays_a_fault_of_a_cancelled_order(court: Court) -> None:
    """The goods went out after the warehouse had accepted the cancellation: somebody must get them back."""
    court.told("2026-11-02 12:00", CREATED, TAKEN, "+1m 3pl.west fulfillment.cancelled fo=F1", CANCELLED)
    assert "shipped_after_cancel" not in court.open()
    court.told(
        "2026-11-02 18:00", "2026-11-02 17:00 3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:10:EA,2:B-2:3:EA"
    )
    assert "shipped_after_cancel" in court.open()


def test_of_any_cancelled_order_nothing_stands_that_is_moot(court: Court) -> None:
    """A hundred and twenty orders at random, some of them cancelled as a whole: no code that asks how it should go on."""
    events = world(7)
    ended = [
        {"source": "erp.main", "native_id": f"end{n}", "type": "order.cancelled", "keys": {"so": str(n)},
         "occurred_at": max(e["occurred_at"] for e in events if e["keys"].get("so") == str(n))} for n in range(0, 120, 2)
    ]  # fmt: skip
    take(court, events, ended)
    asked = "select code from alarm join orders using (order_no) where condition = 'active' and stage = 'cancelled'"
    standing = set(court.house.work.ask(asked)["code"])
    assert standing and not standing & set(MOOT)
