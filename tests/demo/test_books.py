"""The cloud ERP of the made-up company is asked for its books, and sends the rest by itself."""

import json
from pathlib import Path
from threading import Event

import pytest

from app.contracts import Errand
from app.demo.world import folder
from app.demo.world.company import BOOKED, CLOUD
from app.demo.world.stage import Stage
from app.demo.world.wires.sent import PAGE
from app.main.books import Books
from app.settings import Settings
from collectors.feeds.rest.receiver import fetch


def test_what_was_booked_stands_on_pages_and_the_rest_is_sent(stormy: Stage) -> None:
    """Each booking is on one page, with others of the same question; whatever else the ERP tells comes alone."""
    sent = [one for one in folder.messages(stormy.facts, stormy.end) if one.source == CLOUD.source]
    pages = [json.loads(one.body) for one in sent if one.suffix == PAGE]
    alone = [json.loads(one.body)["type"] for one in sent if one.suffix != PAGE]
    booked = [
        fact
        for fact in stormy.facts
        if fact.source == CLOUD.source and fact.type in BOOKED and fact.arrives <= stormy.end
    ]
    assert booked
    assert sum(map(len, pages)) == len(booked)
    assert max(map(len, pages)) > 1
    assert alone and not set(alone) & set(BOOKED)


def test_pages_of_a_day_in_one_file_are_one_page(stormy: Stage) -> None:
    """A file holds all of its pages as one list."""
    sent = [one for one in folder.messages(stormy.facts, stormy.end) if one.source == CLOUD.source]
    files = [one for one in folder.bundled(sent, 86_400) if one.suffix == PAGE]
    assert sum(len(json.loads(file.body)) for file in files) == sum(
        len(json.loads(one.body)) for one in sent if one.suffix == PAGE
    )


@pytest.mark.parametrize("known", [False, True])
def test_the_feed_reads_the_books(known: bool) -> None:
    """A first question brings all, a later one only what is new but for a short way back."""
    books = Books()
    try:
        books.add(json.dumps([_event("1", "2026-11-27T10:00:00Z"), _event("2", "2026-11-27T10:05:00Z")]).encode())
        settings = books.asked(Settings(sources={CLOUD.source: {}}), CLOUD.source)
        source = settings.sources[CLOUD.source]
        position = {"since": "2026-11-27T10:05:00Z"} if known else {}
        errand = Errand(CLOUD.source, source, source.pull, position, Path(), Event())
        found = [json.loads(one.body) for batch in fetch(errand) for one in batch.messages]
        assert [one["id"] for page in found for one in page] == (["2"] if known else ["1", "2"])
    finally:
        books.close()


def _event(name: str, at: str) -> dict[str, str]:
    return {
        "specversion": "1.0",
        "id": name,
        "source": CLOUD.source,
        "type": "invoice.posted",
        "time": at,
        "receivedat": at,
    }
