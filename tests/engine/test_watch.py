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
from app.engine.tick import Ticker
from app.engine.watch import Watch
from app.model.event import Message, Translation
from app.settings import Expects, Source
from app.store.intake import Intake
from rules.book import load, resolve, silences, watched
from rules.kinds import KINDS
from rules.kinds.outage import Outage
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
        rules = watched(load(KINDS))
        watch = Watch(self.declared, Calendars({}), silences(rules), tuple(r for r in rules if isinstance(r, Outage)))
        judge = Judge(resolve(load(KINDS)), KINDS, Calendars({}))
        self.yard.ticker = Ticker(self.yard.work, judge, now=lambda: self.yard.now, watch=watch)

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
    dues = {due["sla"]: due for due in post.yard.reader.order("so:4711", pl.DataFrame(schema=BOARD), post.yard.now)["dues"]}
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
