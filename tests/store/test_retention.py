"""Raw messages go when they are old; what was read from them stays."""

from datetime import timedelta
from pathlib import Path

from app import clock
from app.model.event import Message
from app.store.database import Database
from app.store.intake import Intake
from tests.laws.worlds import steps, translation


def test_old_raw_messages_go_and_events_stay(tmp_path: Path) -> None:
    """Of a message of forty days ago and one of today, only the newer is kept as it came; both events are there."""
    database = Database(tmp_path / "record.duckdb")
    intake = Intake(database, {})
    today = clock.instant(clock.wall())
    for event, at in zip(steps(1)[:2], (today - timedelta(days=40), today), strict=True):
        intake.put(Message("x", "x", "x", b"as it came", at), translation([event])).result()
    intake.forget_raw(35)
    intake.close()
    con = database.connection()
    counts = con.execute("select (select count(*) from raw), (select count(*) from event)").fetchall()
    con.close()
    database.close()
    assert counts == [(1, 2)]
