"""What holds for every feed: for whom it may speak, that no message stands in the way, that no row is lost."""

import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from app.contracts import Batch, Errand, Feed, Fetched
from app.main.house import collector_named
from app.main.line import Line
from app.model.event import Message, Translation
from app.model.keys import PEOPLE
from app.settings import Source
from app.store.standing import read
from collectors.feeds.sql import FEED as SQL
from tests.feeds.conftest import Opened
from tests.feeds.depot import Depot, event


def told(place: Depot, *bodies: bytes) -> Line:
    """A line that has brought these messages."""
    feed = Feed("rest", lambda _: (Batch([Fetched(body)]) for body in bodies), False, lambda _: ("", ""))
    wire = collector_named("cloudevents")
    assert wire

    def failing(message: Message, source: Source) -> Translation:
        assert b"fail" not in message.body
        return wire.translate(message, source)

    line = Line("erp", place.settings, place.intake, feed, replace(wire, translate=failing))
    assert line.run(), line.keeper.standing.last_error
    return line


def test_a_line_speaks_only_for_whom_it_may(depot: Opened) -> None:
    """For its own source and those it carries; nobody sends in the name of people, whatever is declared."""
    bodies = [event("a"), event("b", "crm"), event("c", "wms"), event("d", PEOPLE)]
    pull = {"kind": "rest", "url": "http://127.0.0.1/"}
    for carries, stored in ((["crm"], ["a", "b"]), (["*"], ["a", "b", "c"]), ([], ["a"])):
        place = depot("cloudevents", pull | {"carries": carries})
        told(place, *bodies)
        assert place.ids() == stored
        assert place.letters() == ["source_not_allowed"] * (4 - len(stored))


def test_a_wire_that_fails_stops_nobody(depot: Opened) -> None:
    """The message is a dead letter, whole, and those behind it are stored."""
    place = depot("cloudevents", {"kind": "rest", "url": "http://127.0.0.1/"})
    line = told(place, event("a"), b"fail", event("b"))
    assert (place.ids(), place.letters()) == (["a", "b"], ["unreadable"])
    assert (line.keeper.standing.accepted, line.keeper.standing.rejected) == (2, 1)


def test_a_full_disk_acknowledges_nothing_and_ends_no_line(depot: Opened) -> None:
    """Where the position cannot be written the run fails and says why; once it can, the next run goes on."""
    place = depot("cloudevents", {"kind": "rest", "url": "http://127.0.0.1/"})
    acknowledged: list[bool] = []

    def fetch(errand: Errand) -> Any:
        yield Batch([Fetched(event("a"))], position={"at": 1})
        acknowledged.append(True)

    wire = collector_named("cloudevents")
    assert wire
    line = Line("erp", place.settings, place.intake, Feed("rest", fetch, False, lambda _: ("", "")), wire)
    folder = line.keeper.file.parent
    line.keeper.file = folder / "missing" / "erp.json"
    folder.mkdir()
    (folder / "missing").touch()
    assert not line.run()
    assert "Error" in line.keeper.standing.last_error
    assert acknowledged == []
    line.keeper.file = folder / "erp.json"
    assert line.run()
    assert acknowledged == [True]
    assert (place.ids(), read(line.keeper.file, "erp", "rest").position) == (["a"], {"at": 1})


def test_a_full_extract_waits_in_the_inbox(depot: Opened, tmp_path: Path) -> None:
    """The file is acknowledged when a copy of it lies there whole; nothing of it is stored before it is compared."""
    key = "SHA256:" + "A" * 43
    place = depot(
        "cloudevents",
        {"kind": "sftp", "host": "h", "user": "u", "password_from": "P", "host_key": key, "extract": True},
    )
    file = tmp_path / "open orders.jsonl"
    file.write_bytes(event("a"))
    wire = collector_named("cloudevents")
    assert wire

    def fetch(errand: Errand) -> Any:
        yield Batch(files=[file], position={"at": 1})

    line = Line("erp", place.settings, place.intake, Feed("sftp", fetch, False, lambda _: ("", "")), wire)
    assert line.run(), line.keeper.standing.last_error
    assert line.keeper.standing.position == {"at": 1}
    [waiting] = (place.settings.data / "inbox" / "erp" / "extract").iterdir()
    assert waiting.name.endswith("-open orders.jsonl")
    assert waiting.read_bytes() == event("a")
    assert place.ids() == []


OVERLAP = 5
#: Rounds of rows; a row stands so far from the newest watermark before it: behind it within the overlap, or ahead.
ROUNDS = st.lists(st.lists(st.integers(-OVERLAP, 2), max_size=12), min_size=1, max_size=5)


@given(ROUNDS, st.integers(3, 6), st.booleans())
@limits(max_examples=50, deadline=None)
def test_each_row_is_handed_over_once(tmp_path_factory: Any, rounds: list[list[int]], batch: int, cut: bool) -> None:
    """Whatever the watermarks, ties, batches and late rows: all runs together give each row once, or again after a cut."""
    folder: Path = tmp_path_factory.mktemp("rows")
    con = sqlite3.connect(folder / "erp.db")
    con.execute("create table t (id integer, side integer, mark integer, note text)")
    pull = {
        "kind": "sql",
        "url": f"sqlite:///{folder}/erp.db",
        "table": "t",
        "watermark": "mark",
        "tie": ["side", "id"],
    }
    source = Source(collector="cloudevents", pull=pull | {"overlap": OVERLAP, "batch": batch, "body": "note"})  # type: ignore[arg-type]
    position: dict[str, Any] = {}
    handed: Counter[int] = Counter()
    top = count = 0
    for steps in rounds:
        base = top
        for step in steps:
            count, mark = count + 1, base + step
            top = max(top, mark)
            con.execute("insert into t values (?, ?, ?, ?)", (count, count % 2, mark, str(count)))
        con.commit()
        for at, given_batch in enumerate(SQL.fetch(Errand("erp", source, source.pull, position, folder, Event()))):
            handed.update(int(one.body) for one in given_batch.messages)
            if cut and at == 1:
                break
            position = dict(given_batch.position) if given_batch.position is not None else position
        con.commit()
    for given_batch in SQL.fetch(Errand("erp", source, source.pull, position, folder, Event())):
        handed.update(int(one.body) for one in given_batch.messages)
    con.close()
    assert set(handed) == set(range(1, count + 1))
    assert cut or set(handed.values()) <= {1}
