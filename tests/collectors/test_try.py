"""`orderscope try`: what sample files become on any wire, for people and for programs, with nothing stored."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.errors import WrongUse
from app.main.commands import app

ORDER = {
    "id": 7, "name": "#7", "order_number": 7, "created_at": "2026-11-20T10:00:00Z", "total_price": "4.10", "shelf_id": "S9",
    "line_items": [{"id": 1, "sku": "A-1", "quantity": 2, "price": "2.05"}],
}  # fmt: skip
EVENT = {
    "specversion": "1.0", "id": "1", "source": "erp.main", "type": "order.created", "time": "2026-11-02T09:00:00Z",
    "data": {"keys": {"so": "0004711"}},
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with samples; the data directory would show if anything was stored."""
    monkeypatch.setenv("ORDERSCOPE_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "order.json").write_text(json.dumps(ORDER))
    (tmp_path / "events.json").write_text(json.dumps([EVENT, {"specversion": "1.0"}]))
    return tmp_path


def ran(*words: str) -> tuple[int, str]:
    """(exit status, what was printed)."""
    done = CliRunner().invoke(app, ["try", *words])
    return (2, str(done.exception)) if isinstance(done.exception, WrongUse) else (done.exit_code, done.output)


def test_a_person_sees_events_and_what_was_left(folder: Path) -> None:
    """Type, time and basis, id, keys with issuers, fields, lines, and the field that nobody reads."""
    status, told = ran(
        "--collector", "webhook", "--mapping", "shopify", "--header", "X-Shopify-Topic: orders/create", "order.json"
    )
    assert status == 0
    for words in (
        "order.json: 1 messages, 1 events, 0 spans, 0 rejected", "order.captured  2026-11-20T10:00:00Z (explicit)  7:captured",
        "ch:try:#7", "amount 4.10", "line 1 · sku A-1 · qty 2 · price 2.05", "not read: order shelf_id 'S9'",
    ):  # fmt: skip
        assert words in told
    assert not (folder / "data").exists()


def test_headers_decide_what_a_sample_is(folder: Path) -> None:
    """The same document under a topic that says nothing has no event; under an unknown one it is refused, status 1."""
    words = ("--collector", "webhook", "--mapping", "shopify", "order.json", "--header")
    assert "0 events, 0 spans, 0 rejected" in ran(*words, "X-Shopify-Topic: carts/update")[1]
    status, told = ran(*words, "X-Shopify-Topic: odd/topic")
    assert status == 1 and "refused: document_unknown" in told and "odd/topic" in told


def test_a_program_gets_the_same(folder: Path) -> None:
    """Any wire: counts, events as they would be stored, refusals with item, reason, detail."""
    status, told = ran("--source", "erp.main", "events.json", "--json")
    (said,) = json.loads(told)["files"]
    assert status == 1
    assert said["counts"] == {"messages": 1, "events": 1, "spans": 0, "rejected": 1}
    assert said["events"][0]["keys"] == ["so:erp:4711"] and said["events"][0]["at"] == "2026-11-02T09:00:00Z"
    assert [(one["item"], one["reason"]) for one in said["rejected"]] == [(1, "bad_envelope")]
    (said,) = json.loads(ran("--source", "erp.main", "events.json", "--json", "--first", "0")[1])["files"]
    assert said["events"] == [] and said["counts"]["events"] == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("order.json",), "either --source"),
        (("--source", "a", "--collector", "webhook", "order.json"), "either --source"),
        (("--collector", "smoke", "order.json"), "no such collector"),
        (("--collector", "webhook", "order.json"), "no mapping"),
        (("--collector", "webhook", "--mapping", "nowhere", "order.json"), "there is no such file"),
        (("--collector", "webhook", "--mapping", "shopify", "missing.json"), "no such file"),
        (("--collector", "webhook", "--mapping", "shopify", "--header", "odd", "order.json"), "no colon"),
    ],
)
def test_a_mistake_is_told(folder: Path, words: tuple[str, ...], told: str) -> None:
    """Each wrong use says what is wrong."""
    status, said = ran(*words)
    assert status == 2 and told in said
