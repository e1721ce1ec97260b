"""Stock: what each system says of a position, where they disagree, and reports that cannot be right."""

from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.yard import Event, Yard, at, event, lines, pictured
from tests.soak import examples

SAME = (
    "select * exclude (no) from position order by all",
    "select * exclude (no) from position_check order by all",
    "select code, subject_type, subject, since, detail from judgement where subject_type in ('position', 'source') order by all",
)


def snapshot(minutes: float, *said: str, source: str = "3pl.west", **more: Any) -> Event:
    return event(source, "inventory.snapshot", minutes, location="W", lines=lines(*said), **more)


def adjusted(minutes: float, said: str, number: str, source: str = "3pl.west", **more: Any) -> Event:
    kind = "inventory.posted" if source.startswith("erp") else "inventory.adjusted"
    return event(source, kind, minutes, location="W", lines=lines(said), adjustment=number, **more)


def stock(yard: Yard, sku: str = "A", system: str = "3pl.west") -> int | None:
    found: int | None = yard.one(f"select on_hand::integer from position where sku = '{sku}' and system = '{system}'")
    return found


def codes(yard: Yard) -> dict[str, datetime]:
    return {code: since for code, _, since in yard.judged()}


def test_a_count_and_what_moved_since(yard: Yard) -> None:
    """100 counted at 60; -5 at 70 and +2 at 80 count, -3 at 50 was before; a count at 90 says 96 and starts anew."""
    yard.take(
        adjusted(50, "- A -3", "J0"), snapshot(60, "- A 100"), adjusted(70, "- A -5", "J1"), adjusted(80, "- A 2", "J2")
    )
    assert stock(yard) == 97
    yard.take(snapshot(90, "- A 96"))
    assert stock(yard) == 96
    assert yard.one("select basis, as_of_at from position") == ("counted", at(90))


def test_a_late_report_about_the_past_changes_nothing(yard: Yard) -> None:
    """The count as of 90 is here; one as of 60 arrives afterwards, and an adjustment of 70."""
    yard.take(snapshot(90, "- A 96")).take(
        snapshot(200, "- A 50", as_of="2026-11-02T09:00:00Z"), adjusted(70, "- A -5", "J1")
    )
    assert stock(yard) == 96


def test_movements_alone_tell_no_stock(yard: Yard) -> None:
    """Without a count nobody knows what was there before."""
    assert stock(yard.take(adjusted(70, "- A -5", "J1"))) is None
    assert yard.one("select basis from position") == "moved"


def test_what_a_partial_snapshot_leaves_out_stays(yard: Yard) -> None:
    """A and B are counted, then only A: B stays. Then a snapshot that says it is complete leaves out B: B is 0."""
    yard.take(snapshot(0, "- A 10", "- B 5"), snapshot(60, "- A 9"))
    assert (stock(yard), stock(yard, "B")) == (9, 5)
    yard.take(snapshot(120, "- A 8", complete=True))
    assert (stock(yard), stock(yard, "B")) == (8, 0)
    yard.take(snapshot(120, "- B 4", complete=True, part=2))
    assert (stock(yard), stock(yard, "B")) == (8, 4), "the snapshot came in two messages"


def test_quantities_by_status_and_places_of_their_own(yard: Yard) -> None:
    """Held and damaged stand beside what is on hand; an owner's goods and a lot are positions of their own."""
    yard.take(
        snapshot(0, "- A 10"), snapshot(0, "- A 2", stock_status="held"), snapshot(0, "- A 1", stock_status="damaged"),
        snapshot(0, "- A 7", owner="C-1"), snapshot(0, "- A 3", lot="L9"),
        event("wms.own", "inventory.snapshot", 0, sku="B", location="W", on_hand="4", available="3", allocated="1", in_transit="6"),
    )  # fmt: skip
    plain = yard.one(
        "select on_hand::integer, held::integer, damaged::integer from position where sku = 'A' and owner = '' and lot = ''"
    )
    assert plain == (10, 2, 1)
    assert yard.one("select on_hand::integer from position where owner = 'C-1'") == 7
    assert yard.one("select on_hand::integer from position where lot = 'L9'") == 3
    assert yard.one(
        "select on_hand::integer, available::integer, allocated::integer, in_transit::integer from position where sku = 'B'"
    ) == (4, 3, 1, 6)


def test_a_move_takes_from_one_place_and_gives_to_another(yard: Yard) -> None:
    """3 of 10 go from W to X, where 1 was."""
    yard.take(
        snapshot(0, "- A 10"), event("3pl.west", "inventory.snapshot", 0, location="X", lines=lines("- A 1")),
        event("3pl.west", "inventory.moved", 10, location="W", lines=lines("- A 3"), to="X"),
    )  # fmt: skip
    assert yard.work.ask("select location, on_hand::integer from position order by 1").rows() == [("W", 7), ("X", 4)]


def test_drift_is_judged_at_the_same_moment_and_since_it_began(yard: Yard) -> None:
    """Equal at 0; the warehouse adjusts by -4 at 60, which the ERP never posts: once the ERP has spoken later, it drifts.

    It began at 60, stays so when both count at 120, and is over when the ERP posts the movement.
    """
    yard.take(snapshot(0, "- A 10"), snapshot(5, "- A 10", source="erp.main"), adjusted(60, "- A -4", "J1"))
    assert codes(yard) == {}, "the ERP has said nothing of that time yet"
    yard.take(adjusted(90, "- A 0", "J0", source="erp.main"))
    assert codes(yard) == {"inventory_drift": at(60)}
    yard.take(snapshot(120, "- A 6"), snapshot(125, "- A 10", source="erp.main"))
    assert codes(yard) == {"inventory_drift": at(60)}
    assert yard.one("select drift from position_check") == Decimal(-4)
    yard.take(adjusted(130, "- A -4", "J1", source="erp.main"), adjusted(131, "- A 0", "J3"))
    assert codes(yard) == {}


def test_counts_of_different_hours_are_not_compared(yard: Yard) -> None:
    """The warehouse counts at 0, the ERP six hours later, and neither tells movements: nothing can be said."""
    yard.take(snapshot(0, "- A 10"), snapshot(360, "- A 3", source="erp.main"))
    assert codes(yard) == {}
    assert yard.one("select drift from position_check") is None


def test_more_promised_than_there_is(yard: Yard) -> None:
    """10 there, 3 of them held; the ERP has promised 8: one too many, until the hold ends."""
    yard.take(
        snapshot(0, "- A 10"),
        snapshot(0, "- A 3", stock_status="held"),
        snapshot(30, "- A 8", source="erp.main", stock_status="allocated"),
    )
    assert codes(yard) == {"oversell_risk": at(30)}
    yard.take(snapshot(60, "- A 0", stock_status="held"))
    assert codes(yard) == {}
    yard.take(event("ecom.web", "inventory.snapshot", 90, location="W", lines=lines("- A 5")))
    assert codes(yard) == {"oversell_risk": at(90)}, "8 promised and 5 more on sale in the shop"


def test_an_availability_that_ignores_reservations_is_unsound(yard: Yard) -> None:
    """2 are reserved; what is published says which inputs it used, and reservations are not among them."""
    yard.take(snapshot(0, "- A 10"), snapshot(0, "- A 2", source="erp.main", stock_status="allocated"))
    published = {"location": "W", "lines": lines("- A 8")}
    yard.take(event("erp.main", "availability.published", 10, inputs=["on_hand", "in_transit"], **published))
    assert codes(yard) == {"availability_unsound": at(10)}
    yard.take(event("erp.main", "availability.published", 20, inputs=["on_hand", "reservations"], **published))
    assert codes(yard) == {}


def test_an_adjustment_sent_twice_counts_once_and_is_told(yard: Yard) -> None:
    """J1 comes again under another id after a replay: the stock moves once; the case ends with the reversal."""
    yard.take(snapshot(0, "- A 10"), adjusted(10, "- A -2", "J1"), adjusted(40, "- A -2", "J1"))
    assert stock(yard) == 8
    assert codes(yard) == {"inventory_double_applied": at(40)}
    yard.take(adjusted(50, "- A 2", "J2", reason="reversal of J1"))
    assert codes(yard) == {}


def test_a_stock_event_that_cannot_be_true(yard: Yard) -> None:
    """Minus 3 pieces are no stock: the old count stands until a sound one comes; the middleware's refusal counts too."""
    yard.take(snapshot(0, "- A 10"), snapshot(60, "- A -3"))
    assert stock(yard) == 10
    assert codes(yard) == {"inventory_rejected": at(60)}
    yard.take(snapshot(90, "- A 9"))
    assert codes(yard) == {}
    yard.take(event("mw.bus", "inventory.rejected", 100, location="W", lines=lines("- A 1 XX"), reason="unknown unit"))
    assert codes(yard) == {"inventory_rejected": at(100)}


def test_a_report_that_names_far_fewer_than_usual_is_partial(yard: Yard) -> None:
    """Ten products four times, then four: partial ten minutes after its last part arrived; nothing becomes 0."""
    whole = [f"- P{n} 5" for n in range(10)]
    yard.take(*[snapshot(hour * 60, *whole) for hour in range(4)])
    yard.take(snapshot(300, *whole[:4]))
    assert yard.judged() == [("inventory_snapshot_partial", "3pl.west", at(24 * 60 + 10))]
    assert stock(yard, "P9") == 5
    yard.take(snapshot(360, *whole))
    assert yard.judged() == []
    yard.take(snapshot(420, *whole[:9], complete=False))
    assert yard.judged() == [("inventory_snapshot_partial", "3pl.west", at(420))], "it says so itself"


def test_the_answer_shows_every_view_with_its_age(yard: Yard) -> None:
    """One row per position: warehouse, ERP and shop side by side, and the drift between the first two."""
    from app.store.questions.inventory import positions

    yard.now = at(100)
    yard.take(
        snapshot(0, "- A 10", "- B 5"), snapshot(5, "- A 12", "- B 5", source="erp.main"),
        event("ecom.web", "inventory.snapshot", 50, location="W", lines=lines("- A 4")),
    )  # fmt: skip
    rows, total = positions(yard.reader, {"drift": True}, [], 0, 10, yard.now)
    assert (total, rows[0]["sku"], rows[0]["drift"], rows[0]["codes"]) == (1, "A", "-2", ["inventory_drift"])
    views = rows[0]["views"]
    assert {name: view["on_hand"] for name, view in views.items()} == {
        "3pl.west": "10",
        "erp.main": "12",
        "ecom.web": "4",
    }
    assert (views["3pl.west"]["age_seconds"], views["3pl.west"]["as_of"]) == (6000, "2026-11-02T08:00:00Z")
    assert positions(yard.reader, {"drift": False, "location": ["W"]}, [], 0, 10, yard.now)[1] == 1
    assert positions(yard.reader, {"partner": ["ecom.web"]}, [("drift", "desc")], 0, 10, yard.now)[1] == 1
    assert positions(yard.reader, {"sku": ["Z"]}, [], 0, 10, yard.now) == ([], 0)


def story(world: int, n: int) -> list[Event]:
    """Counts, movements and refusals of two products by three systems, with numbers and ids that come twice."""
    a, b, node, erp = f"A{world}", f"B{world}", f"3pl.w{world}", f"erp.e{world}"
    both = [f"- {a} 10", f"- {b} 5"]
    return [
        snapshot(n * 60, *both[: 1 + n % 2], source=node, complete=n == 2), snapshot(n * 60 + 5, *both, source=erp),
        snapshot(n * 600, f"- {a} {10 - n}", source=node, complete=n == 1), snapshot(n * 600 + 10, *both, source=erp),
        adjusted(n * 20, f"- {a} -1", f"J{n // 2}", source=node), adjusted(n * 20 + 7, f"- {a} -1", f"J{n}", source=erp),
        event(node, "inventory.moved", n * 13, location="W", lines=lines(f"- {b} 1"), to="X"),
        event(erp, "availability.published", n * 25, location="W", lines=lines(f"- {a} 9"), inputs=["returns"], allocated="2"),
        event("mw.bus", "inventory.rejected", n * 26, location="W", lines=lines(f"- {b} 1"), reason="unit"),
        snapshot(n * 70, f"- {a} -4", source=node), snapshot(n * 30, f"- {a} 3", source=node, stock_status="held"),
        snapshot(90, f"- {a} {n}", source=node, id="claimed", as_of=f"2026-11-02T0{n}:00:00Z"),
        adjusted(n * 33, f"- {(a, b)[n % 2]} 1", "K", source=node, id="also claimed"),
    ]  # fmt: skip


def test_old_accounts_rest_and_late_words_reopen_them(yard: Yard) -> None:
    """Drifting since hour 1, counted until hour 10: the account rests, and still says since when. A late count reopens it."""
    yard.take(snapshot(0, "- A 10"), snapshot(0, "- A 10", source="erp.main"))
    for hour in (1, 4, 7, 10):
        yard.take(snapshot(hour * 60, "- A 8"), snapshot(hour * 60, "- A 10", source="erp.main"))
    assert yard.one("select until_at from stock_pace") == at(7 * 60)
    assert codes(yard) == {"inventory_drift": at(60)}
    yard.take(snapshot(250, "- A 10"))
    assert codes(yard) == {"inventory_drift": at(420)}
    assert yard.one("select until_at from stock_pace") == at(7 * 60)


@settings(max_examples=examples(2), deadline=None, suppress_health_check=list(HealthCheck))
@given(chance=st.randoms(use_true_random=False))
def test_whoever_speaks_first_nothing_changes(chance: Random) -> None:
    """Twelve worlds at once, of each any part of its story: any order, any cut, part of it twice, give the same; a rebuild too."""
    told = [
        one for world in range(12) for n in (1, 2, 3) for one in story(world, n) if chance.random() < 0.4 + world / 20
    ]
    shuffled = chance.sample(told, len(told))
    cut = chance.randint(1, len(told))
    expected = pictured(Yard().take(*told), SAME)
    parts = Yard().take(*shuffled[:cut]).take(*shuffled[cut // 2 :])
    assert pictured(parts, SAME) == expected
    assert parts.differences().is_empty(), "a rebuild would change a table"
    assert parts.rebuilt() == 0
    assert pictured(parts, SAME) == expected
