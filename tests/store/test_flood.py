"""One source floods: the others hardly notice, and there is always room for them."""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

import polars as pl
import pytest

from app.errors import Busy
from app.model.event import EVENT, INSTANT, Message, Translation
from app.settings import Source
from app.store.database import Database
from app.store.intake import Intake
from app.store.queue import TURN, Lines, Purse
from app.store.waiting import Waiting
from tests.laws.worlds import BASE

MANY, LARGE = 12, 4_000


def message(source: str, number: int, events: int = 1, size: int = 10) -> tuple[Message, Translation]:
    """So many events of a source, all of them new."""
    ids = [f"{source}-{number}-{at}" for at in range(events)]
    frame = pl.DataFrame({"native_id": ids, "item": range(events)}).with_columns(
        source=pl.lit(source), type=pl.lit("order.changed"), occurred_at=pl.lit(BASE, INSTANT), tz_basis=pl.lit("explicit"),
    )  # fmt: skip
    rest = {name: pl.lit(None, dtype) for name, dtype in EVENT.items() if name not in frame.columns}
    events_ = frame.with_columns(**rest).select(pl.col(name).cast(dtype) for name, dtype in EVENT.items())
    return Message(source, "x", "x", bytes(size), BASE), Translation(events_)


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    database = Database(tmp_path / "record.duckdb")
    made = Intake(database, {}, declared={"slow": Source(limit=1)})
    yield made
    made.close()
    database.close()


def test_a_flood_hardly_delays_another_source(intake: Intake) -> None:
    """While 48,000 events of one source wait, 95 of 100 messages of another are on disk in less than half the time that
    one more message of the flood takes."""
    sent = [message("flooding", number, LARGE) for number in range(MANY)]
    small = [message("quiet", number) for number in range(1_000)]
    start = time.perf_counter()
    for one in sent:
        intake.put(*one)
    behind = intake.put(*message("flooding", MANY))
    took = []
    while not behind.done():
        began = time.perf_counter()
        intake.put(*small.pop()).result(60)
        took.append(time.perf_counter() - began)
    within = time.perf_counter() - start
    assert len(took) >= 4, "the flood must last"
    beside = quantiles(took, n=20)[-1]
    assert beside < 0.5 * within, f"{beside:.3f} s beside, {within:.3f} s within"


def test_there_is_always_room_for_another(intake: Intake) -> None:
    """A source that fills its line is told to wait while another is taken; its own line fills half of the room at most."""
    lines = Lines(1_000, 10**9)
    while True:
        try:
            lines.put(Waiting(*message("flooding", 0, 49)))
        except Busy:
            break
    assert 400 <= lines._held["items"] <= 500
    for number in range(4):
        lines.put(Waiting(*message(f"quiet{number}", 0, 49)))
    batch = lines.take()
    assert batch is not None
    assert {one.source for one in batch} == {"flooding", "quiet0", "quiet1", "quiet2", "quiet3"}
    lines.release(batch)
    assert (lines._held["items"], lines._held["bytes"], lines._own) == (0, 0, {})


def test_every_line_gets_its_turn_and_keeps_its_order() -> None:
    """Messages of one source stay in order; no source gets more than a turn's worth before the others had theirs."""
    lines = Lines(10**6, 10**9)
    for number in range(4):
        lines.put(Waiting(*message("flooding", number, TURN // 2)))
    lines.put(Waiting(*message("quiet", 9)))
    first, second = lines.take(), lines.take()
    assert first is not None and second is not None
    told = [[(one.source, one.said.events["native_id"][0]) for one in batch] for batch in (first, second)]
    assert told[0] == [("flooding", "flooding-0-0"), ("quiet", "quiet-9-0")]
    assert told[1] == [("flooding", "flooding-1-0")]


def test_bytes_count_as_items_do() -> None:
    """Few large messages of one source leave room for others, too; the first message of all is always taken."""
    lines = Lines(10**6, 1_000)
    lines.put(Waiting(*message("large", 1, size=5_000)))
    with pytest.raises(Busy):
        lines.put(Waiting(*message("small", 1)))
    taken = lines.take()
    assert taken is not None
    lines.release(taken)
    for number in range(4):
        lines.put(Waiting(*message("large", number, size=100)))
    with pytest.raises(Busy):
        lines.put(Waiting(*message("large", 9, size=450)))
    lines.put(Waiting(*message("small", 1, size=450)))
    assert lines._held["bytes"] == 850


def test_a_limit_lets_a_minute_through_and_then_so_much_a_second(intake: Intake) -> None:
    """Two a second: 120 at once, then nothing until the debt is paid; who waits as told is taken."""
    now = [0.0]
    purse = Purse(2, lambda: now[0])
    purse.pay(100)
    purse.pay(30)
    with pytest.raises(Busy) as told:
        purse.pay(1)
    assert told.value.retry_after == 6
    now[0] = 6.0
    purse.pay(1)
    intake.put(*message("slow", 1, 60)).result(60)
    with pytest.raises(Busy) as busy:
        intake.put(*message("slow", 2))
    assert "limit" in busy.value.mend
    assert intake.put(*message("quiet", 1)).result(60).accepted == 1
