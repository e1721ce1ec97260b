"""The whole way of a world: through collectors, engine and rules, laid beside the truth."""

import io
import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from app.demo.world import folder, score
from app.demo.world.faults import chosen
from app.demo.world.hours import DAY, HOUR
from app.demo.world.play import played
from app.demo.world.stage import Expected
from app.errors import WrongUse
from app.main.commands import app
from app.main.demos import several
from app.main.posting import addressed
from app.main.scoring import Scored, scored, spells, stepped
from app.main.worlds import Wanted, share, show, summed
from tests.demo.conftest import START

UNTIL = "2026-03-07T00:00:00Z"


@pytest.fixture(scope="module")
def small() -> Scored:
    """Fourteen orders of four days, looked at twice a day, with releases that are not sent and messages that come twice."""
    stage = played(
        14, START, START + 4 * DAY, seed=4, faults=[replace(one, rate=0.25) for one in chosen("F01,F08,F14")]
    )
    sent = folder.repeated(folder.messages(stage.facts, stage.end, 4), 0.1, stage.end, 4)
    return scored(stage, 12 * HOUR, folder.bundled(sent))


def test_every_event_finds_its_order(small: Scored) -> None:
    """All that was told of an order is linked to it, across two ERPs and a dozen wires, and nothing else is."""
    assert small.links.belonging > 150
    assert small.links.wrong == []
    assert small.rejected == 0


def test_orders_are_as_they_truly_are(small: Scored) -> None:
    """Stage and thirteen quantities of every order equal the truth, duplicates and all."""
    assert small.orders.orders >= 12
    assert small.orders.differing == []


def test_what_should_be_seen_is_seen(small: Scored) -> None:
    """Every release that was not sent and shipment of too much stands among the exceptions, and no other."""
    late, over = small.tallies["release_not_sent"], small.tallies["over_shipped"]
    assert late.expected and over.expected
    assert [*late.missed, *late.false, *over.missed, *over.false] == []


def test_a_result_says_what_it_counted(small: Scored) -> None:
    """The sum of the table: every code with its faults, shares cut off and never rounded up."""
    said = summed(small)
    assert said["links"]["precision"] == 1.0
    rows = said["codes"].values()
    assert all(row["expected"] == row["found"] + len(row["missed"]) <= row["causes"] for row in rows)
    assert said["expected"] == sum(row["expected"] for row in rows) > 0
    assert said["equal"]["unknown"] == 0
    assert (share(2, 3), share(0, 0), share(9_999_999, 10_000_000)) == (0.6666, None, 0.9999)
    twice = summed(small, small)
    assert (twice["expected"], twice["equal"]["orders"]) == (2 * said["expected"], 2 * said["equal"]["orders"])
    assert [len(row["missed"]) for row in twice["codes"].values()] == [2 * len(row["missed"]) for row in rows]
    assert (twice["precision"], twice["links"]["belonging"]) == (said["precision"], 2 * said["links"]["belonging"])


@pytest.mark.parametrize(
    ("text", "seeds"), [("1-3", (1, 2, 3)), ("4,7", (4, 7)), ("5", (5,)), ("x", None), ("1-", None)]
)
def test_seeds_are_a_range_or_a_list(text: str, seeds: tuple[int, ...] | None) -> None:
    """`1-3` or `4,7`; what is neither is told."""
    if seeds is None:
        with pytest.raises(WrongUse, match="names no seeds"):
            several(text)
    else:
        assert several(text) == seeds


def test_what_was_not_scored_is_printed(small: Scored) -> None:
    """What healed before anybody looked stands in the table and in words."""
    healed = score.Tally(voided=3, aside={"unseen": [Expected("hold_conflict", "SO-7", START, START + 60, "F15")]})
    out = io.StringIO()
    show(Console(file=out, width=200), replace(small, tallies=small.tallies | {"hold_conflict": healed}))
    head, row = (
        [cell.strip() for cell in line.strip("│┃").replace("┃", "│").split("│")]
        for line in out.getvalue().splitlines()
        if line.startswith(("┃fault", "│F15"))
    )
    told = dict(zip(head, row, strict=True))
    assert told["code"] == "hold_conflict"
    assert (told["expected"], told["false"], told["voided"], told["unscored"]) == ("0", "0", "3", "1 unseen")
    assert "early" not in told  # nought for every code
    assert "hold_conflict: healed before anybody looked: SO-7  since 2026-03-03T00:00:00Z F15" in out.getvalue()


def test_a_case_that_was_reopened_stood_open_as_often_as_its_history_says() -> None:
    """One that was taken back, and the same again until evening: two spells."""
    again = {
        "at": "2026-11-02T13:00:00Z",
        "changes": {"cleared_at": ["2026-11-02T05:00:00Z", None], "cleared_by": ["void", None]},
    }
    over = {"at": "2026-11-02T20:00:00Z", "changes": {"cleared_at": [None, "2026-11-02T19:00:00Z"]}}
    case = {
        "opened_at": "2026-11-02T07:00:00Z",
        "cleared_at": "2026-11-02T19:00:00Z",
        "condition": "cleared",
        "history": [{"changes": {}}, again, over],
    }
    assert [(one.hour, until and until.hour, void) for one, until, void in spells(case)] == [
        (7, 5, True),
        (13, 19, False),
    ]
    once = case | {"cleared_at": None, "condition": "void", "history": []}
    assert list(spells(once)) == [(datetime(2026, 11, 2, 7), None, True)]


def test_steps_cover_the_whole_story() -> None:
    """Each message is handed over in the step in which it arrived, the last step ends with the story."""
    bundles = [folder.Bundle("x", at, ".jsonl", b"") for at in (START, START + 5, START + 25)]
    steps = list(stepped(bundles, START, START + 30, 20))
    assert [(until - START, [one.arrives - START for one in some]) for until, some in steps] == [
        (20, [0, 5]),
        (30, [25]),
    ]


def test_the_command_writes_a_world(tmp_path: Path) -> None:
    """`orderscope demo --world --load` writes files by source, the configuration, and the truth, and loads the files."""
    to, truth = tmp_path / "world", tmp_path / "truth.jsonl"
    words = [
        "demo",
        "--world",
        "--to",
        str(to),
        "--truth",
        str(truth),
        "--orders",
        "12",
        "--days",
        "4",
        "--until",
        UNTIL,
        "--load",
    ]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert re.search(r"\d{3} accepted, \d+ duplicates, 0 rejected", done.output)
    assert (to / "orderscope.yaml").is_file()
    files = [json.loads(line)["file"] for line in (to / "manifest.jsonl").read_text().splitlines()]
    assert files and all((to / file).is_file() for file in files)
    kinds = {json.loads(line)["kind"] for line in truth.read_text().splitlines()}
    assert kinds == {"state", "exception"}


@pytest.mark.parametrize("words", [["--faults", "F77"], ["--late", "soon"]])
def test_a_wrong_wish_is_told(words: list[str], tmp_path: Path) -> None:
    """A fault that does not exist and a duration that is none are mistakes of the user."""
    done = CliRunner().invoke(app, ["demo", "--world", "--to", str(tmp_path), *words])
    assert done.exit_code != 0
    assert not list(tmp_path.iterdir())


def test_a_live_message_goes_to_its_systems_endpoint() -> None:
    """Webhooks bring their headers, telemetry goes to OTLP, everything else to its source's inbound address."""
    hook = folder.Bundle("ecom.web", 1, ".jsonl", b'#headers {"x-shopify-topic": "orders/create"}\n{"id": 1}\n')
    path, body, headers = addressed(hook)
    assert (path, body, headers["x-shopify-topic"]) == ("/api/v1/inbound/ecom.web", b'{"id": 1}\n', "orders/create")
    path, body, _ = addressed(
        folder.Bundle("mw.otlp", 1, ".jsonl", b'{"resourceSpans": [1]}\n{"resourceSpans": [2]}\n')
    )
    assert (path, json.loads(body)) == ("/v1/traces", {"resourceSpans": [1, 2]})
    path, body, _ = addressed(folder.Bundle("mw.otlp", 1, ".metrics.jsonl", b'{"resourceMetrics": [1]}\n'))
    assert (path, json.loads(body)) == ("/v1/metrics", {"resourceMetrics": [1]})


def test_a_world_may_go_on_after_now() -> None:
    """What is served live has more days than what is history, at the same pace, and begins alike."""
    wanted = Wanted(20, 4, 1, "none", timedelta(), until=UNTIL)
    history, going_on = wanted.play(), wanted.play(ahead=2)
    assert going_on.start == history.start
    assert going_on.end == history.end + 2 * DAY
    assert len(going_on.orders) == 30
