"""Rules of an installation: files over publications over the catalogue, and nothing faulty that stops anything."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cases import Identity, Store, publications
from app.errors import BadInput, Stale, WrongUse
from app.main.checks import faults as checked
from app.main.house import definitions
from app.main.rulebook import Rulebook
from app.settings import Rules, Settings, Sla
from rules import book
from rules.kinds import KINDS
from tests.rules.test_rule_book import RULE

KIM = Identity("kim", roles=frozenset({"operations"}))
S02 = next(entry for entry in book.read(KINDS)[0] if entry.rule.id == "S02").text
Open = Callable[..., Rulebook]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Open]:
    """Opens the book of an installation; `files` are written into its folder of rules before."""
    stores: list[Store] = []

    def opened(files: dict[str, str] | None = None, **said: Any) -> Rulebook:
        folder = tmp_path / "rules"
        folder.mkdir(exist_ok=True)
        for name, text in (files or {}).items():
            (folder / name).write_text(text, encoding="utf-8")
        settings = Settings(data=tmp_path, **said)
        stores.append(Store(settings.workflow_url()))
        return Rulebook(settings, stores[-1], definitions)

    yield opened
    for one in stores:
        one.close()


def target(rules: Rulebook, id: str = "S02") -> tuple[str, str]:
    """What is in force of a rule, and where it comes from."""
    return next(rule.target for rule in rules.now.rules if rule.id == id), rules.now.shelf.origin(id)


def published(rules: Rulebook, text: str, id: str = "S02") -> None:
    """Put a text in force as a person would."""
    publications.publish(rules.store, id, text, "2.x", "because", KIM, "web")
    rules.reload()


def test_files_win_over_publications_and_these_over_the_catalogue(desk: Open, tmp_path: Path) -> None:
    """Each hides the one below it, and when it goes the one below is in force again."""
    rules = desk()
    assert target(rules) == ("2h", "catalogue")
    published(
        rules,
        RULE.replace("S99", "S02")
        .replace("target: 2h", "target: 90m")
        .replace("now: 2026-11-02 10:00", "now: 2026-11-02 09:30"),
    )
    assert target(rules) == ("90m", "published")
    mine = tmp_path / "rules" / "mine.yaml"
    mine.write_text(RULE.replace("S99", "S02").replace("target: 2h", "target: 1h"), encoding="utf-8")
    assert rules.stale and rules.reload() and not rules.stale
    assert target(rules) == ("1h", "file")
    assert [one.origin for one in rules.now.shelf.placed["S02"]] == ["catalogue", "published", "file"]
    mine.unlink()
    assert rules.stale and rules.reload()
    assert target(rules) == ("90m", "published")
    published(rules, "")
    assert target(rules) == ("2h", "catalogue")
    assert not rules.reload(), "nothing has changed since"


def test_a_faulty_file_keeps_what_it_said_when_it_was_sound(desk: Open, tmp_path: Path) -> None:
    """While it runs, and when it starts again; the fault stands in its notes with file and line until it is mended."""
    rules = desk({"mine.yaml": RULE})
    assert target(rules, "S99") == ("2h", "file")
    (tmp_path / "rules" / "mine.yaml").write_text(RULE.replace("target: 2h", "targett: 2h"), encoding="utf-8")
    rules.reload()
    assert target(rules, "S99") == ("2h", "file")
    for one in (rules, desk()):
        assert target(one, "S99") == ("2h", "file")
        assert [(Path(n.file).name, n.line, "targett" in n.what) for n in one.notes] == [("mine.yaml", 9, True)]
    (tmp_path / "rules" / "mine.yaml").write_text(RULE.replace("target: 2h", "target: 61m"), encoding="utf-8")
    rules.reload()
    assert (target(rules, "S99"), rules.notes) == (("61m", "file"), ())


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("rules: [", "Mend the YAML"),
        (RULE.replace("state: running", "state: met"), "example 2: is running and not met"),
        (RULE.replace("kind: deadline", "kind: magic"), "kind `magic` is none"),
        ("a: &x [*x]", "Write it out"),
        (RULE + RULE.removeprefix("rules:\n"), "this id is taken"),
        (RULE.replace("start: order.created", "start: [[order.created]]"), "is not an event type"),
    ],
)
def test_a_new_file_with_a_fault_is_left_out_whole(desk: Open, text: str, what: str) -> None:
    """All other rules are in force; its faults are told."""
    rules = desk({"a.yaml": text, "b.yaml": RULE.replace("S99", "S98")})
    assert "S99" not in rules.now.shelf.placed and "S98" in rules.now.shelf.placed
    assert what in " ".join(map(str, rules.notes))
    assert len(rules.now.rules) == len(book.resolve(book.load(KINDS))) + 1


def test_two_files_with_one_id_are_a_fault(desk: Open) -> None:
    """The first in the order of names stands."""
    rules = desk({"a.yaml": RULE, "b.yaml": RULE.replace("title: Something", "title: Other")})
    assert target(rules, "S99") == ("2h", "file")
    assert ["another document" in note.what for note in rules.notes] == [True]


def test_settings_speak_of_rules_of_ones_own(desk: Open, tmp_path: Path) -> None:
    """They change them; a section of a rule that a fault keeps away is passed over and told, one of no rule is refused."""
    assert target(desk({"mine.yaml": RULE}, slas={"S99": Sla(target="3h")}), "S99") == ("3h", "file")
    (tmp_path / "rules" / "mine.yaml").write_text("rules: 7", encoding="utf-8")
    for name in ("workflow.sqlite", "workflow.sqlite-wal", "workflow.sqlite-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    rules = desk(slas={"S99": Sla(target="3h")})
    assert ["they speak of S99" in note.what for note in rules.notes] == [False, True]
    (tmp_path / "rules" / "mine.yaml").unlink()
    with pytest.raises(WrongUse, match=r"slas\.S99"):
        desk(slas={"S99": Sla(target="3h")})


def test_a_section_that_does_not_fit_an_own_rule_leaves_it_out(desk: Open) -> None:
    """The settings would make no rule of it: the rule is told as faulty, and the program starts."""
    rules = desk({"mine.yaml": RULE}, slas={"S99": Sla(target="2 working days")})
    assert "S99" not in rules.now.shelf.placed
    assert "needs `clock: B`" in str(rules.notes[0])


def test_a_folder_that_is_named_must_be_there(desk: Open, tmp_path: Path) -> None:
    """Otherwise its rules would be missing without a word."""
    rules = desk(rules=Rules(folder=str(tmp_path / "nowhere")))
    assert "there is no such folder" in str(rules.notes[0])


def test_the_book_changes_within(desk: Open) -> None:
    """Runbooks and definitions are the same objects before and after, so that whoever holds them reads the new ones."""
    rules = desk()
    definitions_, runbooks = rules.definitions, rules.runbooks
    published(rules, RULE, "S99")
    assert [one["id"] for one in definitions_ if one["id"] == "S99"] == ["S99"]
    assert runbooks["something_late"] == "Look for it where it was last seen."
    before = rules.fingerprint
    rules.keep_none()
    assert rules.fingerprint != before


def test_a_publication_names_its_author_and_what_it_was_based_on(desk: Open) -> None:
    """History is only added to; who knew an older state is told so; without a reason nothing is done."""
    store = desk().store
    first = publications.publish(store, "S02", S02, "1.x", "as it was", KIM, "web", 0)
    with pytest.raises(Stale, match="since you read it"):
        publications.publish(store, "S02", S02, "1.x", "again", KIM, "web", 0)
    with pytest.raises(BadInput, match="why"):
        publications.publish(store, "S02", S02, "1.x", " ", KIM, "web", first)
    publications.publish(store, "S02", "", "", "no longer", KIM, "api", first)
    rows = publications.history(store, "S02")
    assert [(row["author"], row["via"], row["comment"], bool(row["text"])) for row in rows] == [
        ("kim", "web", "as it was", True), ("kim", "api", "no longer", False),
    ]  # fmt: skip
    assert publications.standing(store) == {}


def test_check_tells_the_faults_of_own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line per fault with file and line, beside those of everything else."""
    folder = tmp_path / "mine"
    folder.mkdir()
    config = tmp_path / "orderscope.yaml"
    config.write_text(f"data: {tmp_path}\nrules: {{folder: {folder}}}\n", encoding="utf-8")
    (folder / "good.yaml").write_text(RULE, encoding="utf-8")
    assert checked(str(config)) == []
    (folder / "odd.yaml").write_text(RULE.replace("S99", "S98").replace("2h", "two hours"), encoding="utf-8")
    found = checked(str(config))
    assert len(found) == 1
    assert found[0].startswith(f"{folder}/odd.yaml:9: ") and "is not a duration" in found[0]
