"""A message that was cut off stands against its source until its documents have come again, whole."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app import clock
from app.contracts import Again
from app.model.event import Message, Rejection, Translation
from app.settings import Source
from app.store.database import Database
from app.store.intake import Intake
from app.store.reader import Reader
from tests.collectors import edi, interchange
from tests.collectors.conftest import WIRES
from tests.engine.yard import Yard, at

Letters = set[tuple[str, str | None, str | None]]
ARRIVED = at(24 * 60 * 20)
SOURCE = {"x12": "3pl.west", "edifact": "sup.acme"}


def advice(number: str) -> str:
    """A 945 about that shipment."""
    return interchange.transaction(
        "945",
        f"W06*F*SO-{number}*20261120*SH-{number}",
        "N9*BM*BOL-1",
        "LX*1",
        "W12*CC*10*10*0*EA**VN*A",
        number="0001",
    )


def notice(number: str) -> str:
    """A DESADV about that shipment."""
    return edi.message("DESADV", f"BGM+351+SH-{number}+9\nRFF+ON:PO-{number}\nCPS+1\nLIN+1++A-1:SA\nQTY+12:10:PCE")


def whole(wire: str, *numbers: str, control: int = 1) -> bytes:
    """Documents about these shipments in an interchange of that control number."""
    if wire == "x12":
        group = interchange.group(*map(advice, numbers), number=str(control))
        return interchange.interchange(group, number=f"{control:09}").encode()
    return edi.interchange(*map(notice, numbers), ref=f"R{control}")


def cut(wire: str, *numbers: str, control: int = 1, behind: str = "") -> bytes:
    """The same, cut off within the lines of the last document, else behind the last place of a text."""
    body = whole(wire, *numbers, control=control)
    mark = behind.encode() or {"x12": b"W12*CC*10", "edifact": b"QTY+12:1"}[wire]
    return body[: body.rindex(mark) + len(mark)]


class Dock:
    """A store that takes messages of these wires; nobody judges them."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.intake, self.reader = Intake(self.database, {}), Reader(self.database)

    def put(self, wire: str, *bodies: bytes, source: str = "", arrived: datetime = ARRIVED) -> None:
        """Messages of a source."""
        for body in bodies:
            put(self.intake, wire, body, source, arrived)

    def reread(self, wire: str, body: bytes, raw_id: int = 1) -> None:
        """A stored message read again, as it came or as a person has edited it."""
        message = Message(SOURCE[wire], wire, "", body, ARRIVED)
        self.intake.again(message, said(message), Again(raw_id, "kim")).result()

    @property
    def stands(self) -> list[int]:
        """The messages that stand against their sources."""
        found = self.reader.rows("select raw_id from source_fault where code = 'batch_incomplete' order by raw_id")
        return [row["raw_id"] for row in found]

    def letters(self, raw_id: int = 1) -> Letters:
        """What became of the letters of a message."""
        return letters(self.reader, raw_id)

    def close(self) -> None:
        for part in (self.intake, self.reader, self.database):
            part.close()


def said(message: Message) -> Translation:
    """What a message says on its wire."""
    return WIRES[message.collector].translate(message, Source(collector=message.collector))


def put(intake: Intake, wire: str, body: bytes, source: str = "", arrived: datetime = ARRIVED) -> None:
    """One message, stored."""
    message = Message(source or SOURCE[wire], wire, "", body, arrived)
    intake.put(message, said(message)).result()


def letters(reader: Reader, raw_id: int = 1) -> Letters:
    """(status, closed by, result) of the letters of a message."""
    found, _ = reader.dead_letters({}, 0, 100)
    return {(one["status"], one["closed_by"], one["result"]) for one in found if one["raw_id"] == raw_id}


OPEN: Letters = {("open", None, None)}
CLOSED: Letters = {("closed", "resend", "accepted")}
wires = pytest.mark.parametrize("wire", ["x12", "edifact"])


@pytest.fixture
def dock(tmp_path: Path) -> Iterator[Dock]:
    made = Dock(tmp_path / "record.duckdb")
    yield made
    made.close()


def raised(yard: Yard) -> list[str]:
    """The sources against which a case is open."""
    return yard.work.ask("select subject from alarm where code = 'batch_incomplete'")["subject"].to_list()


@wires
def test_the_case_of_the_source_clears(yard: Yard, wire: str) -> None:
    """With the next step after the resend, on the page of the sources too; a rebuild finds no difference."""
    yard.now = ARRIVED + timedelta(minutes=5)
    put(yard.intake, wire, cut(wire, "1"))
    yard.ticker.run()
    assert raised(yard) == [SOURCE[wire]]
    (before,) = [one["faults"] for one in yard.reader.sources(yard.now) if one["source"] == SOURCE[wire]]
    assert [one["code"] for one in before] == ["batch_incomplete"]
    put(yard.intake, wire, whole(wire, "1", control=2))
    yard.ticker.run()
    assert (raised(yard), letters(yard.reader)) == ([], CLOSED)
    (after,) = [one["faults"] for one in yard.reader.sources(yard.now) if one["source"] == SOURCE[wire]]
    assert after == []
    assert yard.work.ask("select action from case_intent where code = 'batch_incomplete' order by seq")[
        "action"
    ].to_list() == ["raise", "clear"]
    assert yard.differences().is_empty()


@wires
@pytest.mark.parametrize("control", [1, 2])
def test_what_comes_again_whole_is_over(dock: Dock, wire: str, control: int) -> None:
    """Under the old control numbers or new ones: its letters are closed and tell with which message."""
    dock.put(wire, cut(wire, "1"))
    assert (dock.stands, dock.letters()) == ([1], OPEN)
    dock.put(wire, whole(wire, "1", control=control))
    assert (dock.stands, dock.letters()) == ([], CLOSED)
    (told,) = dock.reader.dead_letter(dock.reader.dead_letters({}, 0, 1)[0][0]["id"])["history"]
    assert (told["person"], told["detail"]) == ("resend", "The same came whole with message 2.")


@wires
def test_nothing_else_mends_it(dock: Dock, wire: str) -> None:
    """Not another document, nor the same of another source, nor the same cut again: both stand until it comes."""
    dock.put(wire, cut(wire, "1"), whole(wire, "2", control=2), cut(wire, "1", control=3))
    dock.put(wire, whole(wire, "1", control=4), source="edi.main")
    assert (dock.stands, dock.letters(), dock.letters(3)) == ([1, 3], OPEN, OPEN)
    dock.put(wire, whole(wire, "1", control=5))
    assert (dock.stands, dock.letters(), dock.letters(3)) == ([], CLOSED, CLOSED)


@wires
def test_it_is_waited_for_after_a_restart(tmp_path: Path, wire: str) -> None:
    """The store knows what was cut off before it was closed."""
    first = Dock(tmp_path / "record.duckdb")
    first.put(wire, cut(wire, "1"))
    first.close()
    second = Dock(tmp_path / "record.duckdb")
    assert second.stands == [1]
    second.put(wire, whole(wire, "1"))
    assert (second.stands, second.letters()) == ([], CLOSED)
    second.close()


@wires
def test_messages_of_one_commit(dock: Dock, wire: str) -> None:
    """The resend may wait in the queue behind the message that it mends; what waits before it mends nothing."""
    held = threading.Event()
    dock.intake._lines.order(lambda: held.wait(30) and None)
    messages = [
        Message(SOURCE[wire], wire, "", body, ARRIVED)
        for body in (whole(wire, "2"), cut(wire, "1"), cut(wire, "2"), whole(wire, "1"))
    ]
    answers = [dock.intake.put(one, said(one)) for one in messages]
    held.set()
    assert [bool(one.result().rejected) for one in answers] == [False, True, True, False]
    assert (dock.stands, dock.letters(2), dock.letters(3)) == ([3], CLOSED, OPEN)


@wires
def test_only_the_document_that_was_cut_has_to_come_again(dock: Dock, wire: str) -> None:
    """Of three the last is cut: that one alone ends it, and the first of them alone does not."""
    dock.put(wire, cut(wire, "1", "2", "3"), whole(wire, "1", control=2))
    assert dock.stands == [1]
    dock.put(wire, whole(wire, "3", control=3))
    assert (dock.stands, dock.letters()) == ([], CLOSED)


@wires
def test_every_document_that_was_cut_has_to_come_again(dock: Dock, wire: str) -> None:
    """Two interchanges of one message are cut: it stands until both documents have come, in whatever order."""
    dock.put(wire, cut(wire, "1") + b"\n" + cut(wire, "2", control=2), whole(wire, "2", control=3))
    assert (dock.stands, dock.letters()) == ([1], OPEN)
    dock.put(wire, whole(wire, "1", control=4))
    assert (dock.stands, dock.letters()) == ([], CLOSED)


@wires
def test_a_missing_end_of_the_envelope_needs_an_envelope_that_ends(dock: Dock, wire: str) -> None:
    """Between two documents nobody knows what was lost: all that came has to come again, and then to the end."""
    end = {"x12": "SE*6*0001~", "edifact": "UNT+7+1'"}[wire]
    dock.put(wire, cut(wire, "1", "2", behind=end), cut(wire, "1", "2", control=2, behind=end))
    dock.put(wire, whole(wire, "2", control=3))
    assert (dock.stands, dock.letters()) == ([1, 2], OPEN)
    dock.put(wire, whole(wire, "1", "2", "3", control=4))
    assert (dock.stands, dock.letters(), dock.letters(2)) == ([], CLOSED, CLOSED)


@wires
def test_what_is_cut_before_it_says_what_it_is_stays(dock: Dock, wire: str) -> None:
    """A number that may go on is none: it could be that of another document."""
    dock.put(wire, cut(wire, "12", behind="SH-1"), whole(wire, "1", control=2), whole(wire, "12", control=3))
    assert (dock.stands, dock.letters()) == ([1], OPEN)


def test_a_group_that_counts_more_than_came(dock: Dock) -> None:
    """Its resend has all that came and all that was counted; what a carrier says next of a shipment is no resend."""
    short = whole("x12", "1", "2").replace(b"GE*2*", b"GE*3*")
    dock.put("x12", short, whole("x12", "1", "2", "3", control=2))
    assert (dock.stands, dock.letters()) == ([], CLOSED)
    scans = [
        interchange.transaction(
            "214", "B10*1Z1*SH-1*UPSN", "LX*1", f"AT7*{code}*NS***20261120*1200*UT", "MS1*RENO*NV*US"
        )
        for code in ("AF", "X1")
    ]
    told = [interchange.interchange(interchange.group(one)).encode() for one in scans]
    dock.put("x12", told[0][: told[0].index(b"MS1") + 6], told[1], source="carrier.ups")
    assert dock.stands == [3]
    dock.put("x12", told[0], source="carrier.ups")
    assert dock.stands == []


@wires
def test_reading_it_again_changes_nothing(dock: Dock, wire: str) -> None:
    """Cut as it was, it waits as before; once it has come whole it stays closed; mended by a person it is over."""
    dock.put(wire, cut(wire, "1"))
    dock.reread(wire, cut(wire, "1"))
    assert dock.stands == [1]
    dock.put(wire, whole(wire, "1"))
    dock.reread(wire, cut(wire, "1"))
    assert (dock.stands, dock.letters()) == ([], CLOSED)
    dock.put(wire, cut(wire, "2", control=2))
    dock.reread(wire, whole(wire, "2", control=2), 3)
    waiting = dock.reader.rows("select count(*) as n from cut_document where came_at is null")
    assert (dock.stands, waiting) == ([], [{"n": 0}])


@wires
def test_a_resend_counts_once_it_can_be_read(dock: Dock, wire: str) -> None:
    """It came whole and its mapping was broken: it counts when it is read again."""
    dock.put(wire, cut(wire, "1"))
    message = Message(SOURCE[wire], wire, "", whole(wire, "1"), ARRIVED)
    dock.intake.put(message, Translation(rejections=(Rejection(-1, "mapping_invalid", "no YAML"),))).result()
    assert dock.stands == [1]
    dock.reread(wire, whole(wire, "1"), 2)
    assert (dock.stands, dock.letters()) == ([], CLOSED)


@wires
def test_the_cut_message_delivered_once_more(dock: Dock, wire: str) -> None:
    """A late copy of what was cut, of which the whole is there by then, raises nothing."""
    dock.put(wire, cut(wire, "1"), whole(wire, "1"), cut(wire, "1"))
    assert (dock.stands, dock.letters(3)) == ([], CLOSED)


@wires
def test_what_was_waited_for_is_forgotten_with_its_message(dock: Dock, wire: str) -> None:
    """No longer than what stands against the source."""
    dock.put(wire, cut(wire, "1"), arrived=clock.instant(clock.wall()) - timedelta(days=40))
    kept = "select (select count(*) from cut_document) + (select count(*) from source_fault) as n"
    assert dock.reader.rows(kept) == [{"n": 2}]
    dock.intake.forget_raw(35)
    dock.put(wire, whole(wire, "1"))
    assert dock.reader.rows(kept) == [{"n": 0}]
