"""The pages of rules: what they say of the catalogue, who may write, try and publish, and what becomes of it."""

import asyncio
from typing import Any

from app.cases import Identity
from dashboards import context, guard, rule, rule_editor, rule_trial
from dashboards.context import Context
from dashboards.pages import rules
from tests.dashboards.sample import EXECUTIVE
from tests.dashboards.test_pages import as_person, words_of

OWNER = Identity("Olga Ring", roles=frozenset({"owner"}))


def page(id: str) -> str:
    """The words on the page of one rule."""
    return words_of(asyncio.run(rules.inside(id)))


def text_of(id: str) -> str:
    """A rule as it is written."""
    here = context.here().rules
    assert here is not None
    return str(here.one(id)["text"])


def test_the_list_says_where_each_rule_comes_from(world: Context) -> None:
    """Every rule with its figures; settings that change one, one that is off, and a faulty file are told."""
    said = words_of(asyncio.run(rules.layout()))
    for words in ("S06 Fulfillment order acknowledged", "settings change target", "switched off", "Catalogue"):
        assert words in said
    assert "kind `magic` is none" in said and "odd.yaml:2" in said
    assert "31" in said and "17" in said


def test_the_list_is_narrowed_down(world: Context) -> None:
    """By words, by kind, by where a rule comes from."""
    found, _ = rules.look()
    assert [one["id"] for one in rules.chosen(found, "by the warehouse", [], [])][:1] == ["S06"]
    assert {one["code"] for one in rules.chosen(found, "ack_over", [], [])} >= {"ack_overdue"}
    objectives = rules.chosen(found, "", ["slo"], [])
    assert objectives and {one["id"][0] for one in objectives} == {"L"}
    assert rules.chosen(found, "", [], ["file"]) == []
    assert "No rule here" in words_of(rules.listing([]))


def test_one_rule_whole(world: Context) -> None:
    """Runbook, overrides, examples with their outcome, text, versions; the settings' change beside the rule's value."""
    said = page("S06")
    for words in (
        "Ask the partner's desk",
        "channel api",
        "target 1h",
        "Example 1",
        "Turns out so",
        "2.beefcafe",
        "always",
    ):
        assert words in said
    assert "20m instead of 15m" in page("s01")
    assert "No such rule" in page("Z99")


def test_executives_read_and_owners_write_but_only_operations_publish(world: Context) -> None:
    """Nobody else is offered the button, and nobody else gets through without it."""
    here = asyncio.run(rules.inside("S06"))
    assert "Publish" in words_of(here) and guard.publishes()
    as_person(world, OWNER)
    assert "Publishing is for the role `operations`" in page("S06")
    told, done = rule_editor.publish(text_of("S06"), "why not", None)
    assert not done and "not publish" in words_of(told)
    as_person(world, EXECUTIVE)
    assert "Try it on history" not in page("S06") and "target: 4h" in page("S06")
    assert "look at this" in words_of(rule_trial.begun(text_of("S06"), None, None)[1])


def test_faults_are_told_with_their_lines(world: Context) -> None:
    """A typo names its line and the word that was meant; then nothing can be published or tried."""
    text = text_of("S06").replace("target: 4h", "targett: 4h")
    line = text.splitlines().index("  targett: 4h") + 1
    found = rule_editor.examine(text)
    assert f"line {line}  `targett` is not a word of this kind. Did you mean `target`?" in words_of(
        rule_editor.said_of(found)
    )
    assert not rule_editor.read(text, found)["try"]
    assert rule_editor.examine("rules: [")["faults"]


def test_a_changed_meaning_needs_a_greater_version(world: Context) -> None:
    """Until then it can be tried, not published."""
    text = text_of("S02").replace("target: 2h", "target: 150m")
    found = rule_editor.examine(text)
    assert found["faults"] and "example" in found["faults"][0]["what"], "the examples speak of two hours"
    text = text_of("S02").replace("severity: high", "severity: low")
    found = rule_editor.examine(text)
    assert "Write `version: 2`" in words_of(rule_editor.said_of(found))
    assert rule_editor.read(text, found) == {"text": text, "try": True, "publish": False}
    assert rule_editor.read("", rule_editor.examine(text.replace("version: 1", "version: 2")))["publish"]


def test_a_rule_is_published_and_taken_back(world: Context) -> None:
    """It wins over the catalogue, its history says who and why and what changed, and withdrawing brings the other back."""
    text = text_of("S02").replace("severity: high", "severity: low").replace("version: 1", "version: 2")
    told, done = rule_editor.publish(text, "nobody minds", 0)
    assert done and rule_editor.after(told, done)[1:4] == (done["seen"], "S02", "")
    assert "is in force as version 2" in words_of(told)
    said = page("S02")
    for words in ("a publication here", "nobody minds", "Alex Costa", "-  severity: high", "+  severity: low"):
        assert words in said
    stale, done = rule_editor.publish(text, "again", 0)
    assert not done and "since you read it" in words_of(stale)
    told, done = rule_editor.withdraw("S02", "they do mind", rule.look("S02")["seen"])
    assert done and done["seen"] == 0 and "the rule of the catalogue is in force again" in words_of(told)
    assert "from the catalogue" in page("S02") and "Taken back" in page("S02")
    told, done = rule_editor.withdraw("S04", "never was", None)
    assert not done and "was not published here" in words_of(told)


def test_a_new_rule_begins_complete(world: Context) -> None:
    """The template reads without a fault, and its examples turn out as they say."""
    found = rule_editor.examine(rule_editor.TEMPLATE)
    assert (found["faults"], found["publishing"], found["rules"]) == ([], [], ["H01"])
    assert rule_editor.TEMPLATE.count("\n") == int(rule_editor.numbered(rule_editor.TEMPLATE).splitlines()[-1]) - 1
    assert "New rule" in words_of(asyncio.run(rules.fresh()))


def test_a_trial_shows_how_far_it_is_and_then_what_differs(world: Context) -> None:
    """A bar first; then both sides, the partner, and orders to look at; hostile names are text."""
    id, told = rule_trial.begun(text_of("S06"), "2026-11-01", None)
    assert id == "t1" and "Waiting" in words_of(told)
    told, running = rule_trial.seen(id)
    assert running and "120 of 240" in words_of(told)
    told, running = rule_trial.seen(id)
    said = words_of(told)
    assert not running and "SO-4500037" in said and "More" in said and "Fewer" in said
    assert "cannot" not in words_of(rule_trial.stopped(id))
    assert "no such trial" in words_of(rule_trial.seen("other")[0])
    faulty, told = rule_trial.begun("rules: 7", None, None)
    assert faulty == "" and "line 1" in words_of(told)


def test_without_rules_the_pages_say_so(world: Context) -> None:
    """A server without an engine has none."""
    fields: dict[str, Any] = {f: getattr(world, f) for f in Context.__slots__}
    context.use(Context(**fields | {"rules": None}))
    assert "judges by no rules" in words_of(asyncio.run(rule.page("S06", None)))
    assert "0 rules" in words_of(asyncio.run(rules.layout()))
