"""Sources by the clock on the wall: who is silent, up to when they are complete, and how sure a verdict is by then."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from app import stories
from app.calendar import Calendars
from app.cases.board import BOARD
from app.engine.judge import Judge
from app.engine.listening import Listening
from app.engine.tick import Ticker
from app.model.event import Message, Rejection, Translation
from app.settings import Expects, Source
from app.store.intake import Intake
from app.store.work import Work
from rules.book import listened, load, resolve
from rules.kinds import KINDS
from tests.engine.yard import Yard

WEST = "3pl.west"
HOURLY = Source(expects=Expects(every=timedelta(hours=1), late=timedelta(minutes=10)))
ORDER = """
2026-11-02 09:00 erp.main order.created so=4711 partner=3pl.west
2026-11-02 09:01 erp.main order.released so=4711 fo@3pl.west=F1 partner=3pl.west
2026-11-02 09:02 mw.bus   fulfillment.requested fo@3pl.west=F1 partner=3pl.west
2026-11-02 09:03 3pl.west fulfillment.acknowledged fo@3pl.west=F0
"""


class Post:
    """A yard whose engine looks at its sources; what they say arrives when they say it."""

    def __init__(self, yard: Yard, declared: Mapping[str, Source]) -> None:
        self.yard, self.told = yard, 0
        yard.intake.close()
        yard.intake = Intake(yard.database, {}, declared=declared)
        self.declared = declared
        self.restart()

    def restart(self) -> None:
        """The program begins anew."""
        rules = listened(load(KINDS))
        ear = Listening(self.declared, Calendars({}), lambda: rules)
        judge = Judge(resolve(load(KINDS)), KINDS, Calendars({}))
        self.yard.ticker = Ticker(self.yard.work, judge, now=lambda: self.yard.now, ear=ear)

    def tell(self, now: str, story: str = "") -> "Post":
        """What the systems said, and then it is `now`; each message arrives as its story says."""
        self.yard.now, self.told = stories.instant(now), self.told + 1
        said = stories.parse(story, f"story{self.told}")
        for source in said.events["source"].unique().sort():
            mine = said.events.filter(source=source)
            kept = said.mentions.filter(said.mentions["item"].is_in(mine["item"].implode()))
            message = Message(source, "x", "x", b"", mine["received_at"].max())
            self.yard.intake.put(message, Translation(mine, kept)).result()
        self.yard.ticker.run()
        return self

    def alarms(self, *codes: str) -> dict[str, str]:
        """Code -> confidence of what stands."""
        rows = self.yard.rows("select code, confidence from alarm where condition = 'active' order by code")
        return {row["code"]: row["confidence"] for row in rows if not codes or row["code"] in codes}

    def state(self, system: str) -> dict[str, Any]:
        """How a system stands."""
        (row,) = self.yard.rows(f"select * from source_state where system = '{system}'")
        return row


@pytest.fixture
def post(yard: Yard) -> Post:
    """A warehouse that sends every hour, and may be ten minutes late."""
    return Post(yard, {WEST: HOURLY})


def test_a_breach_is_sure_when_its_source_has_told_of_more(post: Post) -> None:
    """Due at 13:02: presumed until the warehouse has told of what happened ten minutes later; then confirmed."""
    post.tell("2026-11-02 13:05", ORDER + f"2026-11-02 13:01 {WEST} pick.confirmed fo@3pl.west=F0")
    assert post.alarms("ack_overdue") == {"ack_overdue": "presumed"}
    assert post.state(WEST)["watermark"] == datetime(2026, 11, 2, 12, 50, 59, 999_999)
    post.tell("2026-11-02 13:13", f"2026-11-02 13:12 {WEST} package.packed fo@3pl.west=F0")
    assert post.alarms("ack_overdue") == {"ack_overdue": "presumed"}
    post.tell("2026-11-02 13:14", f"2026-11-02 13:12:00.000001 {WEST} package.packed fo@3pl.west=F9")
    assert post.alarms("ack_overdue") == {"ack_overdue": "confirmed"}
    post.tell("2026-11-02 13:15", f"2026-11-02 10:00 {WEST} package.packed fo@3pl.west=F8")
    assert post.state(WEST)["watermark"] == datetime(2026, 11, 2, 13, 2)


def test_a_silent_source_makes_a_breach_unknown_until_it_has_settled(post: Post) -> None:
    """Silent three hours after 09:03: one exception of the source, raised once; what is due meanwhile is unknown. Back at
    14:00, it clears; a quarter of an hour later what is still due is presumed."""
    post.tell("2026-11-02 12:03", ORDER)
    assert "source_silent" not in post.alarms()
    post.tell("2026-11-02 12:04").tell("2026-11-02 13:10")
    assert post.alarms("source_silent", "ack_overdue") == {"source_silent": "confirmed", "ack_overdue": "unknown"}
    told = post.yard.reader.attainment("S06", None, None, "none", post.yard.now)[0]
    counts = ("met", "breached", "unknown", "attainment", "pessimistic")
    assert [told[name] for name in counts] == [0, 0, 1, None, 0.0]
    dues = {
        due["sla"]: due for due in post.yard.reader.order("so:4711", pl.DataFrame(schema=BOARD), post.yard.now)["dues"]
    }
    assert (dues["S06"]["state"], dues["S06"]["confidence"], dues["S06"]["awaited"]) == ("breached", "unknown", WEST)
    raised = post.yard.one("select raised_at, started_at, due_at, cause from case_intent where code = 'source_silent'")
    clocks = [stories.instant(f"2026-11-02 {at}") for at in ("12:04", "09:03", "12:03")]
    assert raised == (*clocks, "nothing_heard")
    post.tell("2026-11-02 14:00", f"2026-11-02 13:55 {WEST} package.packed fo@3pl.west=F0")
    assert post.alarms("source_silent", "ack_overdue") == {"ack_overdue": "unknown"}
    post.tell("2026-11-02 14:14:59")
    assert post.alarms("ack_overdue") == {"ack_overdue": "unknown"}
    post.tell("2026-11-02 14:15:05")
    assert post.alarms("ack_overdue") == {"ack_overdue": "confirmed"}
    told = post.yard.reader.attainment("S06", None, None, "none", post.yard.now)[0]
    assert [told[name] for name in counts] == [0, 1, 0, 0.0, 0.0]
    assert post.yard.differences().is_empty()


def test_what_was_done_in_time_and_told_late_accuses_nobody(post: Post) -> None:
    """Silent; then it tells of an acknowledgement before the due moment: the breach is retracted."""
    post.tell("2026-11-02 13:10", ORDER)
    assert post.alarms("ack_overdue") == {"ack_overdue": "unknown"}
    late = f"2026-11-02 10:00 {WEST} fulfillment.acknowledged fo@3pl.west=F1 received=+4h"
    post.tell("2026-11-02 14:00", late)
    assert post.alarms("ack_overdue") == {}
    said = post.yard.rows("select action, reason from case_intent where code = 'ack_overdue' order by seq")
    assert said[-1] == {"action": "void", "reason": "reported_late"}


def test_down_time_of_ours_is_nobodys_silence(post: Post) -> None:
    """Nothing was heard because we did not listen: the three hours count from the restart, and who was silent stays so."""
    post.tell("2026-11-02 09:10", ORDER)
    post.restart()
    post.tell("2026-11-02 15:00")
    assert "source_silent" not in post.alarms()
    post.tell("2026-11-02 18:00").tell("2026-11-02 18:01")
    assert "source_silent" in post.alarms()
    post.restart()
    post.tell("2026-11-02 23:00")
    assert "source_silent" in post.alarms()


def test_the_first_look_after_a_restart_needs_no_news(post: Post) -> None:
    """On a new connection, with every system as it stood: the step is made, and what was sure stays so."""
    post.tell("2026-11-02 13:05", ORDER + f"2026-11-02 13:01 {WEST} pick.confirmed fo@3pl.west=F0")
    before = post.alarms()
    post.yard.work = Work(post.yard.database)
    post.restart()
    post.tell("2026-11-02 13:05")
    assert post.alarms() == before != {}


def test_a_source_that_was_declared_and_never_heard_accuses_nobody(yard: Yard) -> None:
    """What waits for it raises one exception for the administrator; once it speaks, what is overdue is said."""
    post = Post(yard, {WEST: HOURLY})
    silent_west = "\n".join(line for line in ORDER.splitlines() if f" {WEST} " not in line)
    post.tell("2026-11-02 13:10", silent_west)
    assert "ack_overdue" not in post.alarms()
    (told,) = yard.rows("select owner, cause, subject from case_intent where code = 'source_silent'")
    assert told == {"owner": "administrator", "cause": "never_heard", "subject": WEST}
    post.tell("2026-11-02 13:20", f"2026-11-02 13:15 {WEST} package.packed fo@3pl.west=F0")
    assert post.alarms("ack_overdue", "source_silent") == {"ack_overdue": "confirmed"}


def test_a_role_that_spoke_is_not_missed_in_another_source_of_it(yard: Yard) -> None:
    """An order of the shop waits for any ERP: where none was ever heard both may be unconnected, where one was it is late."""
    post = Post(yard, {"erp.main": HOURLY, "erp.stock": HOURLY})
    captured = "2026-11-02 09:00 ecom.web order.captured ch=W1 customer=C-1 lines=1:A-1:10:EA"
    post.tell("2026-11-02 10:10", captured)
    assert {subject for _, _, subject in spells(post)} == {"erp.main", "erp.stock"}
    post.tell("2026-11-02 10:20", "2026-11-02 10:15 erp.main order.created so=9 customer=C-2 lines=1:A-1:1:EA")
    assert spells(post) == set()


def spells(post: Post) -> set[tuple[str, str, str]]:
    """(code, cause, subject) of the spells that are on."""
    return set(post.yard.work.ask("select code, cause, subject from source_spell where ended_at is null").rows())


def test_a_file_that_does_not_come_whole_is_silence(yard: Yard) -> None:
    """Due at 06:00 and 14:00: cut off at 14:05 it is due still half an hour later; sent again, whole, it is over. It
    is complete up to the hour of the file, and never nearer to its arrival than it may be late."""
    files = Source(expects=Expects(at=("06:00", "14:00"), late=timedelta(minutes=30)))
    post = Post(yard, {WEST: files}).tell("2026-11-02 06:20", f"2026-11-02 06:10 {WEST} pick.confirmed fo@3pl.west=F1")
    assert post.state(WEST)["watermark"] == datetime(2026, 11, 2, 5, 39, 59, 999_999)
    cut = Translation(rejections=(Rejection(-1, "batch_incomplete", "cut off"),))
    yard.intake.put(Message(WEST, "x", "x", b"half", datetime(2026, 11, 2, 14, 5)), cut).result()
    post.tell("2026-11-02 14:30")
    assert spells(post) == set()
    post.tell("2026-11-02 14:31")
    assert spells(post) == {("source_silent", "file_due", WEST)}
    post.tell("2026-11-02 15:00", f"2026-11-02 14:55 {WEST} pick.confirmed fo@3pl.west=F2")
    assert spells(post) == set()
    assert post.state(WEST)["watermark"] == datetime(2026, 11, 2, 6)
    post.tell("2026-11-02 15:16")
    assert post.state(WEST)["watermark"] == datetime(2026, 11, 2, 14)


def test_an_outage_by_cases_and_by_silence(post: Post) -> None:
    """Ten acknowledgements missed within minutes are an outage of the warehouse, and so is silence of nine hours."""
    story = "".join(
        f"2026-11-02 09:{n:02} erp.main order.created so={n} partner=3pl.west\n"
        f"2026-11-02 09:{n:02} erp.main order.released so={n} fo@3pl.west=F{n} partner=3pl.west\n"
        f"2026-11-02 09:{n:02} mw.bus fulfillment.requested fo@3pl.west=F{n} partner=3pl.west\n"
        for n in range(10)
    )
    post.tell("2026-11-02 13:08:30", story + f"2026-11-02 13:05 {WEST} pick.confirmed fo@3pl.west=X")
    assert ("partner_outage", "cases", WEST) not in spells(post)
    post.tell("2026-11-02 13:10")
    assert ("partner_outage", "cases", WEST) in spells(post)
    assert post.state(WEST)["state"] == "out"
    answers = "".join(f"2026-11-02 13:20 {WEST} fulfillment.acknowledged fo@3pl.west=F{n}\n" for n in range(10))
    post.tell("2026-11-02 13:21", answers)
    assert spells(post) == set()
    post.tell("2026-11-02 22:20")
    assert spells(post) == {("source_silent", "nothing_heard", WEST)}
    post.tell("2026-11-02 22:21")
    assert spells(post) == {("source_silent", "nothing_heard", WEST), ("partner_outage", "silent", WEST)}
    assert post.yard.differences().is_empty()


def test_stock_grows_old_unless_it_is_counted_whole(yard: Yard) -> None:
    """By a daily file: a day and two hours after the count it is old; a count that says it is not whole helps nothing."""
    count = "3pl.west inventory.snapshot location=WH-W partner=3pl.west lines=-:A-1:10:EA x.complete="
    post = Post(yard, {WEST: Source(collector="csv")}).tell("2026-11-02 07:00", f"2026-11-02 06:00 {count}true")
    post.tell("2026-11-03 08:00", f"2026-11-03 06:00 {count}false")
    assert spells(post) == set()
    post.tell("2026-11-03 08:01")
    assert spells(post) == {("inventory_stale", "snapshot_old", "3pl.west@WH-W")}
    post.tell("2026-11-03 09:00", f"2026-11-03 08:30 {count}true")
    assert spells(post) == set()


def test_volumes_and_clocks_are_held_against_what_was_agreed(yard: Yard) -> None:
    """Two an hour agreed and one came: raised when the hour is over. A time ahead of its arrival is raised, until twenty
    others have come in later hours; changes lost from a stream are, until an extract was compared."""
    post = Post(yard, {"crm.sf": Source(expects=Expects(per_hour=(2, 30)))})
    said = stories.parse(
        "2026-11-02 09:10 crm.sf order.captured ch=1\n2026-11-02 09:10 crm.sf batch.missing status=GAP_UPDATE"
    )
    ahead = said.events.with_columns(
        flags=pl.lit(["clamped"]), attrs=pl.lit('{"occurred_at_raw": "2026-11-02T11:10:00Z"}')
    )
    yard.intake.put(
        Message("crm.sf", "x", "x", b"", datetime(2026, 11, 2, 9, 10)), Translation(ahead, said.mentions)
    ).result()
    post.tell("2026-11-02 09:20")
    assert spells(post) == {("clock_or_zone_error", "future", "crm.sf"), ("volume_off", "fewer", "crm.sf")}
    assert "stream_gap" in post.alarms() and post.state("crm.sf")["state"] == "gap"
    some = "".join(f"2026-11-02 10:10 crm.sf order.captured ch={n}\n" for n in range(2, 23))
    post.tell("2026-11-02 11:00", some)
    assert spells(post) == set()
    post.tell("2026-11-02 11:05", "2026-11-02 11:04 orderscope reconciliation.completed reason=equal x.of=crm.sf")
    assert "stream_gap" not in post.alarms()
