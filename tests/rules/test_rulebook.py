"""Rules of an installation: files over publications over the catalogue, and nothing faulty that stops anything."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.cases import Board, Identity, Store, publications
from app.errors import BadInput, Conflict, Stale, WrongUse, brief
from app.main.checks import faults as checked
from app.main.rulebook import Rulebook
from app.main.rules import backtested
from app.settings import Rules, Settings, Sla
from app.terms import Penalty
from app.web.ruling import Ruling
from rules import book
from rules.kinds import KINDS
from tests.dashboards.rules import Figures, Trials
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
        return Rulebook(settings, stores[-1])

    yield opened
    for one in stores:
        one.close()


def target(rules: Rulebook, id: str = "S02") -> tuple[str, str]:
    """What is in force of a rule, and where it comes from."""
    return next(rule.target for rule in rules.now.rules if rule.id == id), rules.shelf.origin(id)


def published(rules: Rulebook, text: str, id: str = "S02") -> None:
    """Put a text in force as a person would."""
    publications.publish(rules.store, id, text, "2.x", "because", KIM, "web")
    rules.reload()


def ruled(rules: Rulebook) -> Ruling:
    """What API and pages ask of a book; nothing has been counted."""
    figures: Any = Figures(datetime(2026, 11, 2))
    return Ruling(rules, rules.reload, figures, Board(rules.store), Trials(datetime(2026, 11, 2)), lambda *asked: dict)


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
    assert [one.origin for one in rules.shelf.placed["S02"]] == ["catalogue", "published", "file"]
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
    assert "S99" not in rules.shelf.placed and "S98" in rules.shelf.placed
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
    assert "S99" not in rules.shelf.placed
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
    """One line per fault with file and line, also of what is published, beside those of everything else; and terms of no SLA."""
    folder = tmp_path / "mine"
    folder.mkdir()
    config = tmp_path / "orderscope.yaml"
    config.write_text(f"data: {tmp_path}\nrules: {{folder: {folder}}}\n", encoding="utf-8")
    (folder / "good.yaml").write_text(RULE, encoding="utf-8")
    assert checked(str(config)) == []
    (folder / "odd.yaml").write_text(RULE.replace("S99", "S98").replace("2h", "two hours"), encoding="utf-8")
    store = Store(f"sqlite:///{tmp_path / 'workflow.sqlite'}")
    publications.publish(store, "L60", AIM.replace("S99", "S98"), "1.x", "because", KIM, "web")
    store.close()
    with config.open("a", encoding="utf-8") as more:
        more.write("penalties: [{sla: S97, currency: EUR, per_breach: 5}]\n")
    assert checked(str(config)) == ["penalties: there is no SLA S97"]
    config.write_text(config.read_text(encoding="utf-8").replace("S97", "S99"), encoding="utf-8")
    found = checked(str(config))
    assert len(found) == 2 and "published L60:8: L60: there is no rule S98" in found[1]
    assert found[0].startswith(f"{folder}/odd.yaml:9: ") and "is not a duration" in found[0]


#: An objective over the clocks of a rule of this installation.
AIM = """
rules:
- id: L60
  code: slo_burning
  title: Something within its objective
  kind: slo
  good: {due: S99, state: met}
  total: {due: S99, state: [met, breached]}
  objective: 95%
  window: {rolling: 28d}
  burn: [{budget: 5%, long: 6h, severity: high}]
  owner: desk
  runbook: Look at the open ones first.
  examples:
  - {dues: "2026-11-02 09:00 3pl.west met=40 breached=60", now: 2026-11-02 09:30, partner: 3pl.west, state: breached}
  - {dues: "2026-11-02 09:00 3pl.west met=100", now: 2026-11-02 09:30, partner: 3pl.west, state: met}
"""


def test_files_may_speak_of_each_other_in_any_order(desk: Open) -> None:
    """The objective comes before the rule that it counts; without the rule it is left out, and the settings' word of it."""
    rules = desk({"a.yaml": AIM, "b.yaml": RULE}, slas={"L60": Sla(owner="boss")})
    assert (rules.notes, [aim.owner for aim in rules.now.objectives if aim.id == "L60"]) == ((), ["boss"])
    alone = desk({"a.yaml": AIM, "b.yaml": "rules: []"}, slas={"L60": Sla(owner="boss")})
    assert "L60" not in alone.shelf.placed and "S99" not in alone.shelf.placed
    assert ["there is no rule S99" in note.what for note in alone.notes] == [True, False]
    with pytest.raises(WrongUse, match=r"slas\.S98"):
        desk(slas={"L60": Sla(owner="boss"), "S98": Sla(target="3h")})


def test_a_publication_that_fits_no_longer_stops_no_start(desk: Open) -> None:
    """Unreadable, of another kind than the settings price, at odds with a newer catalogue: each is left out with a note,
    what it would replace stays, and it can be taken back."""
    store = desk().store
    other = AIM.replace("L60", "S02").replace("S99", "S04")
    crm = next(entry for entry in book.read(KINDS)[0] if entry.rule.id == "D01").text
    odd = {"S01": "rules: [", "S02": other, "D60": crm.replace("D01", "D60").replace(", dispatched", "")}
    for id, text in odd.items():
        publications.publish(store, id, text, "1.x", "because", KIM, "web")
    price = Penalty(sla="S02", currency="EUR", per_breach=Decimal(5))
    said = {"penalties": (price,), "slas": {"S01": Sla(target="20m")}}
    rules = desk(**said)
    assert {name for origin, name in rules.shelf.left if origin == "published"} == set(odd)
    told = " ".join(map(str, rules.notes))
    assert "penalties: there is no SLA S02" in told and "another ladder" in told
    assert target(rules) == ("2h", "catalogue") and target(rules, "S01")[0] == "20m"
    ruling = ruled(rules)
    assert ruling.one("D60")["origin"] is None and ruling.one("S02")["left_out"][0]["what"].startswith("S02: penalties")
    for id in odd:
        ruling.withdraw(id, "It fits no longer", KIM, "web", ruling.one(id)["seen"])
    assert (rules.notes, publications.standing(store)) == ((), {})


def test_nothing_is_published_or_taken_back_that_would_leave_others_out(desk: Open) -> None:
    """The whole is put together before anything is stored; the same rule is published anew without a word about its id."""
    rules = desk()
    ruling = ruled(rules)
    with pytest.raises(BadInput, match="there is no rule S99"):
        ruling.publish(AIM, "too soon", KIM, "web")
    ruling.publish(RULE, "first", KIM, "web", 0)
    ruling.publish(AIM, "then", KIM, "web", 0)
    again = ruling.publish(RULE.replace("title: Something", "title: Anything"), "a better name", KIM, "web", 1)
    assert (again["title"], again["seen"], rules.notes) == ("Anything", 3, ())
    with pytest.raises(Conflict, match="Without S99 not all would fit: L60: there is no rule S99"):
        ruling.withdraw("S99", "no more", KIM, "web")
    ruling.withdraw("L60", "no more", KIM, "web")
    assert ruling.withdraw("S99", "no more", KIM, "web") == {"id": "S99", "origin": None}
    fresh = ruling.publish(RULE, "and again, by somebody who saw none", KIM, "web", 0)
    assert fresh["seen"] == 6
    assert len(publications.history(rules.store)) == 6


def test_what_the_settings_cannot_go_with_is_told_until_it_is_mended(desk: Open, tmp_path: Path) -> None:
    """A file goes of which the settings speak: the rules before stay, a note says why, and goes with its cause."""
    rules = desk({"mine.yaml": RULE}, slas={"S99": Sla(target="3h")})
    file = tmp_path / "rules" / "mine.yaml"
    text = file.read_text()
    file.unlink()
    assert not rules.reload() and target(rules, "S99")[0] == "3h"
    assert "slas.S99" in str(rules.notes[0])
    file.write_text(text)
    assert not rules.reload() and rules.notes == ()


def test_a_rule_that_was_taken_back_still_says_what_to_do(desk: Open) -> None:
    """Also after a start: its exceptions may stand open for a while. A rule in force has the first word on a code."""
    heard: list[Any] = []
    store = desk().store
    publications.publish(store, "H77", RULE.replace("S99", "H77"), "1.x", "because", KIM, "web")
    publications.publish(store, "H77", "", "", "no more", KIM, "web")
    publications.publish(
        store, "H78", RULE.replace("S99", "H78").replace("something_late", "ack_overdue"), "1", "x", KIM, "web"
    )
    publications.publish(store, "H78", "", "", "no more", KIM, "web")
    rules = Rulebook(desk().settings, store, heard.extend)
    assert rules.runbooks["something_late"] == "Look for it where it was last seen."
    assert "Ask the partner's desk" in rules.runbooks["ack_overdue"]
    assert [rule.id for rule in heard if rule.id[0] == "H"] == ["H77"]


def test_a_trial_that_is_broken_off_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C while the command waits: no trial runs on, and the stores are free for whoever comes next."""

    def broken(seconds: float) -> None:
        raise KeyboardInterrupt

    (tmp_path / "rule.yaml").write_text(RULE, encoding="utf-8")
    settings = Settings(data=tmp_path / "data")
    monkeypatch.setattr("app.main.rules.time.sleep", broken)
    with pytest.raises(KeyboardInterrupt):
        backtested(settings, tmp_path / "rule.yaml", None, None)
    assert not [one for one in threading.enumerate() if one.name.startswith("trial")]
    monkeypatch.undo()
    assert backtested(settings, tmp_path / "rule.yaml", None, None)["would"]["raised"] == 0
    assert (brief(ValueError()), brief(ValueError("\n a\nb"))) == ("ValueError", " a")


def test_an_interface_is_drawn_with_limits_of_its_own(desk: Open) -> None:
    """What a rule says of one partner's interface is its limit on the page; others keep the rule's."""
    text = next(book.CATALOG.glob("S30_*.yaml")).read_text(encoding="utf-8")
    other = "  override:\n  - when: {partner: 3pl.west}\n    limits: [{measure: error_share, above: 20%}]\n  severity: medium\n"
    rules = ruled(desk({"mine.yaml": text.replace("  severity: medium\n", other)}))
    assert rules.limits("mw.bus", "3pl.west", "client")["error_share"].above == 0.2
    assert rules.limits("mw.bus", "crm.sf", "client")["error_share"].above == 0.02
