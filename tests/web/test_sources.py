"""Sources over the API: what is counted is what was answered, and it is there after a restart."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.model.event import Message, Translation
from app.settings import Expects, Source
from app.store.database import Database
from app.store.intake import Intake
from app.store.reader import Reader
from tests.laws.worlds import BASE, steps, translation
from tests.web.site import EVENT, Site

pytestmark = pytest.mark.anyio
BATCH = {"Content-Type": "application/cloudevents-batch+json"}


def now_but(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


async def sources(web: Site, query: str = "") -> dict[str, dict[str, Any]]:
    async with web.person("kim") as client:
        answer = await client.get(f"/api/v1/sources{query}")
    assert answer.status_code == 200, answer.text
    return {one["source"]: one for one in answer.json()["items"]}


async def test_counts_are_what_the_sender_was_told(web: Site) -> None:
    """Two good ones of which one is late, one known, one bad: each is counted once, and the state is live."""
    good = [EVENT | {"id": "1", "time": now_but(1)}, EVENT | {"id": "2", "time": now_but(300)}]
    bad = EVENT | {"id": "3", "data": {"keys": {"so": "1"}, "lines": [{"qty": "ten"}]}}
    async with web.client() as client:
        headers = web.token("ingest:shop.web") | BATCH
        events = [one | {"source": "shop.web"} for one in (*good, good[0], bad)]
        said = (await client.post("/api/v1/events", content=json.dumps(events), headers=headers)).json()
    assert (said["accepted"], said["duplicates"], len(said["rejected"])) == (2, 1, 1)
    shop = (await sources(web))["shop.web"]
    counts = {name: shop[name] for name in ("accepted", "duplicates", "rejected", "late", "dead_letters", "state")}
    assert counts == {"accepted": 2, "duplicates": 1, "rejected": 1, "late": 1, "dead_letters": 1, "state": "live"}
    assert shop["hours"][-1] == [2, 1, 1]
    assert shop["watermark"] is not None and shop["watermark"] < shop["last_event_at"]
    never = (await sources(web))["odd.one"]
    assert (never["state"], never["accepted"], never["declared"]) == ("never", 0, True)
    assert (await sources(web, "?to=2000-01-01T00:00:00Z"))["shop.web"]["accepted"] == 0


def test_an_agreed_volume_is_held_against_full_hours(tmp_path: Path) -> None:
    """At least two and at most three an hour: of 23 full hours one had too many, one enough, the others too few."""
    database = Database(tmp_path / "record.duckdb")
    declared = {"erp.main": Source(expects=Expects(per_hour=(2, 3)))}
    intake = Intake(database, {}, declared=declared)
    for hour, count in ((1, 4), (2, 2), (3, 1)):
        message = Message("erp.main", "x", "x", b"", BASE + timedelta(hours=hour))
        said = [event for event in steps(hour) if event["source"] == "erp.main"]
        intake.put(message, translation(said[:count])).result()
    intake.close()
    reader = Reader(database, declared=declared)
    (one,) = [row for row in reader.sources(BASE + timedelta(hours=20)) if row["source"] == "erp.main"]
    counts = {name: one["volume"][name] for name in ("least", "most", "hours", "below", "above")}
    assert counts == {"least": 2, "most": 3, "hours": 23, "below": 21, "above": 1}
    assert (one["volume"]["off"], one["volume"]["items"]) == ("fewer", 0)
    reader.close()
    database.close()


async def test_sources_are_not_for_strangers(web: Site) -> None:
    """Nobody and a token that only sends see nothing."""
    async with web.client() as client:
        assert (await client.get("/api/v1/sources")).status_code == 401
        assert (await client.get("/api/v1/sources", headers=web.token("ingest:*"))).status_code == 403


def test_counts_survive_and_a_habit_is_learned(tmp_path: Path) -> None:
    """Joined at the next start and the same; twelve hours each with a message make an hour usual, until it is missed."""
    database = Database(tmp_path / "record.duckdb")
    declared = {"erp.main": Source(), "3pl.west": Source(expects=Expects(every=timedelta(minutes=10)))}
    for first in (0, 12):
        intake = Intake(database, {}, declared=declared)
        for hour in range(first, first + 12):
            message = Message("erp.main", "x", "x", b"", BASE + timedelta(hours=hour))
            said = intake.put(message, translation(steps(hour + 1)[1:3] + steps(hour + 1)[1:2])).result()
            assert (said.accepted, said.duplicates) == (2, 1)
        intake.close()
    Intake(database, {}).close()
    reader = Reader(database, declared=declared)
    assert reader.rows("select count(*) as n from source_hour") == [{"n": 24}]
    told = {one["source"]: one for one in reader.sources(BASE + timedelta(hours=26), BASE, BASE + timedelta(days=9))}
    assert (told["erp.main"]["accepted"], told["erp.main"]["duplicates"]) == (48, 24)
    assert (told["erp.main"]["state"], told["erp.main"]["expected"]["every_seconds"]) == ("live", 3600)
    late = {one["source"]: one["state"] for one in reader.sources(BASE + timedelta(hours=27))}
    assert late == {"erp.main": "silent", "3pl.west": "never"}
    reader.close()
    database.close()


def test_an_empty_message_counts_for_nothing(tmp_path: Path) -> None:
    """Nothing said, nothing counted, and nothing fails."""
    database = Database(tmp_path / "record.duckdb")
    intake = Intake(database, {})
    assert intake.put(Message("x", "x", "x", b"", BASE), Translation()).result().accepted == 0
    intake.close()
    reader = Reader(database)
    assert reader.sources(BASE) == []
    reader.close()
    database.close()
