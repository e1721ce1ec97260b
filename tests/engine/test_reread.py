"""Messages read again: the newest reading counts, once, and nothing of it is lost."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app import clock
from app.contracts import Again, Reread
from app.engine.rebuild import picture
from app.model.event import Message, Rejection, Translation
from app.store.database import Database
from app.store.past import Times
from app.store.past.copying import copy_all
from app.store.work import Work
from tests.engine.yard import Event, Yard, at, event, lines
from tests.laws.worlds import translation

ARRIVED = at(24 * 60)


def taken(yard: Yard, events: list[Event], refused: tuple[int, ...] = ()) -> None:
    """A message with these events, and these items refused."""
    yard.intake.put(Message("3pl.west", "x", "x", b"raw", ARRIVED, "v1"), reading(events, refused)).result()
    yard.ticker.run()


def reading(events: list[Event], refused: tuple[int, ...] = ()) -> Translation:
    """What a reading says: the events, numbered, and refusals."""
    said = translation(events)
    return Translation(
        said.events, said.mentions, said.spans, tuple(Rejection(n, "bad_field", f"item {n}") for n in refused)
    )


def again(yard: Yard, events: list[Event], refused: tuple[int, ...] = (), raw_id: int = 1, **more: Any) -> Reread:
    """The message read again."""
    message = Message("3pl.west", "x", "x", b"raw", clock.instant(clock.wall()), more.pop("mapping", "v2"))
    done = yard.intake.again(message, reading(events, refused), Again(raw_id, "kim", **more)).result()
    yard.ticker.run()
    return done


def created(qty: str, id: str = "1", so: str = "1") -> Event:
    """An order of so many pieces."""
    return event("erp.main", "order.created", 0, {"so": so}, id=id, lines=lines(f"1 A {qty}"))


def ordered(yard: Yard) -> list[tuple[str, int]]:
    """(sales order, pieces) as the fold has it."""
    return yard.work.ask("select so, ordered::int as n from orders join order_line using (order_no) order by so").rows()


def test_a_mended_reading_takes_the_place_of_the_older_one(yard: Yard) -> None:
    """The quantity that the newer mapping reads counts, though its content sorts before the other's or after it."""
    for first, second in (("10", "12"), ("12", "10")):
        taken(yard, [created(first, f"id{first}{second}", f"{first}{second}")])
        raw = yard.one("select max(raw_id) from event where source <> 'people'")
        done = again(yard, [created(second, f"id{first}{second}", f"{first}{second}")], raw_id=raw)
        assert (len(done.made), len(done.replaced), done.kept) == (1, 1, 0)
    assert ordered(yard) == [("1012", 12), ("1210", 10)]
    assert yard.one("select count(*) from event where list_contains(flags, 'id_reused')") == 0
    assert yard.differences().is_empty(), "a rebuild gives the same"


def test_what_a_newer_reading_leaves_out_counts_no_more(yard: Yard) -> None:
    """A reading with another id and one event fewer: the older events stand in the store, and no order counts them."""
    taken(yard, [created("10"), event("erp.main", "order.cancelled", 5, {"so": "1"}, id="wrong")])
    assert yard.one("select stage from orders") == "cancelled"
    again(yard, [created("10")])
    assert yard.one("select stage from orders") == "created"
    assert yard.one("select count(*) from event where type = 'order.cancelled'") == 1
    assert yard.differences().is_empty()


def test_an_older_reading_can_come_back(yard: Yard) -> None:
    """Mended, and then mended back: the first reading counts again, and no event is stored twice."""
    taken(yard, [created("10")])
    again(yard, [created("12")])
    done = again(yard, [created("10")], mapping="v1")
    assert (len(done.made), len(done.replaced), done.kept) == (0, 1, 1)
    assert ordered(yard) == [("1", 10)]
    assert yard.one("select count(*) from event where source <> 'people'") == 2
    assert yard.differences().is_empty()


def test_what_another_message_says_again_counts_again(yard: Yard) -> None:
    """An event that was superseded in one message is what another message says by its newest reading: it counts."""
    taken(yard, [created("10")])
    taken(yard, [], refused=(0,))
    again(yard, [])
    assert ordered(yard) == []
    done = again(yard, [created("10")], raw_id=2)
    assert (len(done.made), done.kept) == (0, 1)
    assert ordered(yard) == [("1", 10)]
    assert yard.differences().is_empty()


def test_a_dry_run_leaves_no_trace(yard: Yard) -> None:
    """It says what a replay then does, and until then no table is another."""
    taken(yard, [created("10")], refused=(1,))
    counts = "select (select count(*) from event), (select count(*) from dead_letter), (select count(*) from replay)"
    before, stood = yard.one(counts), picture(yard.work).sort("part", "name")
    dry = again(yard, [created("12"), created("3", "2", "2")], dry_run=True)
    assert (yard.one(counts), picture(yard.work).sort("part", "name").equals(stood)) == (before, True)
    done = again(yard, [created("12"), created("3", "2", "2")])
    assert (dry.made, dry.replaced, dry.letters, dry.kept) == (done.made, done.replaced, done.letters, done.kept)
    assert [one["result"] for one in done.letters] == ["accepted"]


def test_letters_follow_the_newest_reading(yard: Yard) -> None:
    """One is closed, one stays with its new reason, one is new; a closed one whose item is refused again opens again."""
    taken(yard, [created("10")], refused=(1, 2))
    again(yard, [created("10"), created("3", "2", "2")], refused=(2, 3))
    letters = "select item, closed_at is null, result from dead_letter order by item"
    assert yard.work.ask(letters).rows() == [(1, False, "accepted"), (2, True, "rejected"), (3, True, "rejected")]
    again(yard, [created("10")], refused=(1,))
    assert yard.work.ask(letters).rows() == [(1, True, "rejected"), (2, False, "nothing"), (3, False, "nothing")]
    assert yard.one("select count(*) from replay") == 6


def test_before_the_replay_the_older_reading_was_known(yard: Yard) -> None:
    """What was known before the replay keeps the old quantity; what is known after it has the new one."""
    taken(yard, [created("10")])
    again(yard, [created("12")])
    replayed: Any = yard.one("select since from superseded")
    for known, superseded in ((replayed - timedelta(microseconds=1), 0), (replayed, 1)):
        scratch = Database.scratch()
        work = Work(scratch)
        copy_all(yard.work, work, 0, Times(known_at=known))
        assert work.number("select count(*) from superseded") == superseded
        assert work.number("select count(*) from event where source <> 'people'") == 1 + superseded
        work.close()
        scratch.discard()


readings = st.lists(st.tuples(st.sampled_from("12"), st.integers(1, 3)), max_size=3, unique_by=lambda one: one[0])
histories = st.lists(st.tuples(readings, st.booleans()), min_size=1, max_size=3)


def test_any_readings_end_as_the_last_alone(yard: Yard) -> None:
    """However often and however differently a message was read, and each reading once or twice: the last one counts."""
    expected: dict[str, int] = {}

    @settings(max_examples=3, deadline=None, database=None, derandomize=True)
    @given(histories)
    def law(history: list[tuple[list[tuple[str, int]], bool]]) -> None:
        number = yard.one("select count(*) from raw") + 1
        said = [[created(str(qty), f"{number}.{so}", f"{number}.{so}") for so, qty in one] for one, _ in history]
        taken(yard, said[0], refused=(9,))
        for events, (_, twice) in zip(said, history, strict=True):
            first = again(yard, events, refused=(9,), raw_id=number)
            if twice:
                second = again(yard, events, refused=(9,), raw_id=number)
                assert (second.made, second.replaced) == ((), ())
                assert second.kept == first.kept + len(first.made) == len(events)
        expected.update({f"{number}.{so}": qty for so, qty in history[-1][0]})

    law()
    assert dict(ordered(yard)) == expected
    assert yard.differences().is_empty()


def both(yard: Yard) -> list[tuple[str, int]]:
    """(sales order, events) of each order."""
    return yard.work.ask("select so, events::int as n from orders order by so").rows()


def test_orders_that_only_a_wrong_reading_made_one_are_two_again(yard: Yard) -> None:
    """A mapping read the number of the batch as the shop's order; mended, each order has its own events again."""
    for so in ("7", "8"):
        taken(yard, [event("ecom.web", "order.captured", 0, {"ch": f"W{so}"}, id=f"c{so}")])
        taken(yard, [event("wms.own", "fulfillment.requested", 9, {"fo": f"F{so}", "corr": "batch"}, id=f"f{so}")])
    wrong = [event("erp.main", "order.created", 5, {"ch": f"W{so}", "corr": "batch"}, id=f"o{so}") for so in ("7", "8")]
    taken(yard, wrong)
    assert yard.one("select count(*) from orders") == 1
    raw = yard.one("select max(raw_id) from event where type = 'order.created'")
    mended = [event("erp.main", "order.created", 5, {"so": so, "ch": f"W{so}"}, id=f"o{so}") for so in ("7", "8")]
    again(yard, mended, raw_id=raw)
    assert both(yard) == [("7", 2), ("8", 2)]
    assert yard.one("select count(*) from judgement where kind = 'unmatched'") == 2
    assert yard.differences().is_empty()


aliases = st.lists(
    st.sampled_from(("so:1", "so:2", "ch:a", "ch:b", "corr:x", "fo:p", "sh:s")),
    min_size=1,
    max_size=3,
    unique_by=lambda key: key[:2],
)


def test_identity_after_any_readings_is_that_of_the_last_ones_alone(yard: Yard) -> None:
    """Whatever wrong readings tied together: links and orders are those of a store that never heard them."""
    turns = iter(range(10_000))

    @settings(max_examples=4, deadline=None, database=None, derandomize=True)
    @given(st.lists(st.lists(aliases, min_size=1, max_size=3), min_size=2, max_size=3))
    def law(messages: list[list[list[str]]]) -> None:
        turn = next(turns)
        for at_message, reading_of in enumerate(messages):
            said = [_named(f"{turn}.{at_message}", f"{turn}", keys) for keys in reading_of]
            taken(yard, said[:1])
            raw = yard.one("select max(raw_id) from event where source <> 'people'")
            for one in said[1:]:
                again(yard, [one], raw_id=raw)

    law()
    assert yard.differences().is_empty()


def _named(name: str, world: str, keys: list[str]) -> Event:
    return event(
        "erp.main",
        "order.created",
        0,
        {k[:2] if k[2] == ":" else k.split(":")[0]: f"{world}{k[-1]}" for k in keys},
        id=name,
    )
