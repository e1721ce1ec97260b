"""Sources and dead letters: what the pages say of sample rows, and who may put a letter through again."""

import asyncio
from datetime import datetime

from dashboards import letter
from dashboards.context import Context
from dashboards.pages import letters, sources
from tests.dashboards.letters import TEXT, Replays
from tests.dashboards.sample import EXECUTIVE
from tests.dashboards.test_pages import as_person, words_of

NOW = datetime(2026, 11, 21, 12)


def test_every_state_of_a_source_is_told_apart(world: Context) -> None:
    """Silent, gap, never, live and quiet stand by their names, with what is usual and whether that was agreed."""
    said = words_of(asyncio.run(sources.layout()))
    for name in (
        "Silent",
        "Gap",
        "Never heard",
        "Live",
        "Quiet",
        "agreed within 1 h",
        "usually within 1 h",
        "due at 06:00",
        "not declared",
    ):
        assert name in said
    assert "2 waiting" in said
    assert "Cannot be fetched: there is no such <b>table</b>" in said
    assert "Messages are not as agreed" in said and "3 items" in said and "SO-1" in said
    assert "2 of 23 hours had fewer items than agreed" in said


def test_no_source_says_what_to_do(world: Context) -> None:
    """An empty installation has no table but a way on."""
    assert "Declare your systems" in words_of(sources.body([], NOW))


def test_letters_by_state_and_reason(world: Context) -> None:
    """The list shows what waits; done ones say what came of them and by whom; an address may name the reason."""
    waiting = words_of(asyncio.run(letters.layout()))
    assert "Bad quantity" in waiting and "Bad time" not in waiting
    done, total = letters.look(letters.asked_for("closed", [], [], "", ""))
    assert total == 1
    assert "Accepted" in words_of(letters.listing(done, NOW)) and "Alex Costa" in words_of(letters.listing(done, NOW))
    found, _ = letters.look(letters.asked_for("open", [], ["malformed"], "", ""))
    assert [one["reason"] for one in found] == ["malformed"]


def test_a_letter_shows_its_fault_as_text(world: Context) -> None:
    """What was sent is marked and stays text, whatever it holds; what nobody knows is said."""
    said = letter.body(letter.look("dl_1_0"), acts=True)
    marks = [m.children for m in _of(said, "Mark")]
    assert marks == ["<b>ten</b>"]
    assert "".join(words_of(p).replace(" ", "") for p in _of(said, "Pre")) == TEXT.replace(" ", "")
    assert "No such letter" in words_of(asyncio.run(letter.layout("dl_9_9")))


def test_a_replay_is_in_the_person_s_name(world: Context) -> None:
    """What was edited, why and by whom goes along; a try changes nothing; who only looks is refused in words."""
    replays = world.replays
    assert isinstance(replays, Replays)
    told, did = letter.through("dl_1_0", None, "", dry=True)
    assert ("would be made" in words_of(told), did) == (True, False)
    _, did = letter.through("dl_1_0", "[]", "agreed", dry=False)
    wanted, who, body = replays.asked[-1]
    assert (did, wanted.why, wanted.dry_run, who, body) == (True, "agreed", False, "Alex Costa", "[]")
    letters.through(letters.asked_for("open", ["3pl.west"], [], "", ""), dry=True)
    assert replays.asked[-1][0].where == {"source": ["3pl.west"]}
    as_person(world, EXECUTIVE)
    count = len(replays.asked)
    told, did = letter.through("dl_1_0", None, "", dry=False)
    assert ("not change it" in words_of(told), did, len(replays.asked)) == (True, False, count)
    assert "not change it" in words_of(letters.through({}, dry=False))
    assert letters.actions(acts=False) == []


def _of(piece: object, kind: str) -> list[object]:
    """The pieces of one kind."""
    if isinstance(piece, list | tuple):
        return [found for one in piece for found in _of(one, kind)]
    inner = _of(getattr(piece, "children", None) or [], kind)
    return [piece, *inner] if type(piece).__name__ == kind else inner
