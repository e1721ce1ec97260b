"""The inbox: whatever one partner's file or folder does, those of the others are taken."""

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.main import inbox as module
from app.main import loading
from app.main.inbox import Inbox
from app.model.event import Message, Translation
from app.settings import Settings, Source
from app.store.database import Database
from app.store.intake import Intake
from app.store.reader import Reader
from collectors.cloudevents import COLLECTOR

A, B = "3pl.a", "3pl.b"


class Post:
    """An inbox whose clock stands until a test pushes it."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(data=folder, sources={A: Source(), B: Source()})
        self.database = Database(folder / "record.duckdb")
        self.intake, self.reader = Intake(self.database, {}), Reader(self.database)
        self.now = 0.0
        self.inbox = Inbox(settings, self.intake, self.reader, lambda: self.now)
        for code in settings.sources:
            (self.inbox.folder / code).mkdir(parents=True)

    def drops(self, code: str, name: str, id: str) -> Path:
        file = self.inbox.folder / code / name
        told = {
            "specversion": "1.0", "id": id, "source": code, "type": "order.created", "time": "2026-11-02T09:00:00Z",
            "data": {"keys": {"so": id}},
        }  # fmt: skip
        file.write_text(json.dumps(told), encoding="utf-8")
        return file

    def looks(self, times: int = 2) -> list[str]:
        """What lies where after some looks, under the inbox."""
        for _ in range(times):
            self.inbox.look()
        return sorted(str(p.relative_to(self.inbox.folder)) for p in self.inbox.folder.rglob("*") if p.is_file())

    def stored(self) -> list[str]:
        return [row["native_id"] for row in self.reader.rows("select native_id from event order by 1")]


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path)
    yield made
    made.intake.close()
    made.reader.close()
    made.database.close()


def test_a_file_that_breaks_off_rests_and_the_others_are_taken(
    post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The first partner's file fails again and again: told once, tried again after pauses, then rejected with the reason."""
    tried: list[str] = []

    def load(sink: Any, settings: Any, code: str, file: Path) -> Any:
        tried.append(code)
        if code == A:
            raise OSError("the disk hums")
        return loading.load(sink, settings, code, file)

    monkeypatch.setattr(module, "load", load)
    post.drops(A, "a.json", "1")
    post.drops(B, "b.json", "2")
    assert post.looks(5) == [f"{A}/a.json", f"{B}/done/b.json"]
    assert (tried, post.stored()) == ([A, B], ["2"])
    for _ in range(3):
        post.now += 1000
        left = post.looks(3)
    assert left == [f"{A}/rejected/a.json", f"{A}/rejected/a.json.reason.json", f"{B}/done/b.json"]
    assert tried == [A, B, A, A, A]
    assert "the disk hums" in (post.inbox.folder / left[1]).read_text(encoding="utf-8")
    assert len([one for one in caplog.records if one.levelno >= logging.ERROR]) == 1


def test_a_file_that_cannot_be_moved_blocks_nobody(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """What it says is stored, once; it rests where it is, and is moved when that can be done."""
    (post.inbox.folder / A / "done").symlink_to("nowhere")
    post.drops(A, "a.json", "1")
    post.drops(B, "b.json", "2")
    post.looks()
    post.now += 1000
    assert f"{B}/done/b.json" in post.looks(5) and post.stored() == ["1", "2"]
    assert len([one for one in caplog.records if one.levelno >= logging.ERROR]) == 1
    (post.inbox.folder / A / "done").unlink()
    post.now += 1000
    assert f"{A}/done/a.json" in post.looks() and post.stored() == ["1", "2"]


def test_a_file_that_may_not_be_read_is_rejected_at_once(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """It lies among the rejected with the reason, and the partner behind it is heard."""
    bad = post.drops(A, "a.json", "1")
    post.drops(B, "b.json", "2")
    monkeypatch.setattr(os, "access", lambda file, mode: file != bad)
    assert post.looks() == [f"{A}/rejected/a.json", f"{A}/rejected/a.json.reason.json", f"{B}/done/b.json"]
    assert "may not be read" in (bad.parent / "rejected" / "a.json.reason.json").read_text(encoding="utf-8")


def test_a_folder_that_may_not_be_read_hides_no_other(
    post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are looked into, and it is told once."""
    shut, iterdir = post.inbox.folder / A, Path.iterdir

    def looked(folder: Path) -> Any:
        if folder == shut:
            raise PermissionError(13, "Permission denied", str(folder))
        return iterdir(folder)

    monkeypatch.setattr(Path, "iterdir", looked)
    post.drops(B, "b.json", "2")
    post.inbox.look()
    post.inbox.look()
    post.inbox.look()
    assert post.stored() == ["2"]
    assert len([one for one in caplog.records if one.levelno >= logging.ERROR]) == 1


def test_a_message_that_its_wire_cannot_bear_is_kept(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wire raises: the message is a dead letter, whole, and the file is rejected with its name."""

    def failing(message: Message, source: Source) -> Translation:
        raise ValueError("no such thing")

    monkeypatch.setattr(loading, "collector_named", lambda name: replace(COLLECTOR, translate=failing))
    post.drops(A, "a.json", "1")
    assert post.looks() == [f"{A}/rejected/a.json", f"{A}/rejected/a.json.reason.json"]
    [letter] = post.reader.rows("select reason, detail, raw_id from dead_letter")
    assert letter["reason"] == "unreadable" and "no such thing" in letter["detail"]
    assert post.reader.rows("select 1 from raw where raw_id = $id", {"id": letter["raw_id"]})
