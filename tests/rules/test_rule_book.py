"""The catalogue holds together; what is wrong in a rule or in the settings is said with its place."""

from pathlib import Path
from typing import Any

import pytest

from app.errors import WrongUse
from app.settings import Partner, Sla
from rules import book, examples, published, source
from rules.kinds import KINDS

RULE = """\
rules:
- id: S99
  code: something_late
  title: Something
  kind: deadline
  over: order
  start: order.created
  stop: [order.released]
  target: 2h
  owner: order-desk
  runbook: Look for it where it was last seen.
  examples:
  - {story: "2026-11-02 09:00 erp.main order.created so=1", now: 2026-11-02 12:00, state: breached}
  - {story: "2026-11-02 09:00 erp.main order.created so=1", now: 2026-11-02 10:00, state: running}
"""


def faults(text: str) -> list[source.Fault]:
    """All faults of a file with this text: of its shape, and of its examples."""
    entries, wrong = book.understood([source.parse(text, "rules.yaml")], KINDS)
    return wrong + examples.check(entries, KINDS)


def changed(sla: dict[str, Any], rule: str = "S06", **partners: str) -> Any:
    """A rule of the catalogue under changed settings."""
    whose = {code: Partner(calendar=calendar) for code, calendar in partners.items()}
    return next(r for r in book.resolve(book.load(KINDS), {rule: Sla(**sla)}, whose) if r.id == rule)


def test_the_catalogue_has_no_fault() -> None:
    """Every rule reads, and every example turns out as it says."""
    entries, wrong = book.read(KINDS)
    assert [str(fault) for fault in wrong + examples.check(entries, KINDS)] == []
    named = [file.name.split("_", 1) for file in sorted(book.CATALOG.glob("*.yaml"))]
    assert [entry.rule.id for entry in entries] == [id for id, _ in named], "a file is called after its rule"
    numbered = {*range(1, 15), *range(17, 27), 30}
    assert {f"S{number:02}" for number in numbered} | {"C01", "L06"} <= {entry.rule.id for entry in entries}
    assert {"F27", "F37", "F40", "O01", "S15", "S29"} <= {entry.rule.id for entry in entries}


def test_a_rule_of_ones_own_is_read_from_a_folder(tmp_path: Path) -> None:
    """Beside the catalogue, in the same language."""
    (tmp_path / "mine.yaml").write_text(RULE, encoding="utf-8")
    assert [rule.id for rule in book.load(KINDS, tmp_path)] == ["S99"]
    (tmp_path / "broken.yaml").write_bytes(b"\xff\xfe rules: [")
    with pytest.raises(WrongUse, match=r"broken\.yaml"):
        book.load(KINDS, tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("  target: 2h", "  targett: 2h", 9, "Did you mean `target`?"),
        ("  target: 2h", "  target: 2h\n  target: 3h", 10, "stands twice"),
        ("  target: 2h", "  target: two hours", 9, "is not a duration"),
        ("  target: 2h", "  target: 0m", 9, "not between one second and a year"),
        ("  target: 2h", "  target: 99999999999999h", 9, "longer than any time is counted"),
        ("  target: 2h", "  target: -2h", 9, "is not a duration"),
        ("  target: 2h", "  target: [1, 2]", 9, "write a length of time"),
        ("  target: 2h", "  target: 2 working days", 2, "needs `clock: B`"),
        ("  target: 2h", "  target: 2d\n  clock: B", 2, "business clock"),
        ("  target: 2h", "  title2: x", 9, "is not a word"),
        ("  target: 2h", "  due: promised_at\n  target: 2h", 2, "either `target` or `due`"),
        ("  target: 2h", "  target: 2h\n  offset: 1h", 2, "`offset`"),
        ("  target: 2h", "  target: 2h\n  warn: 120%", 10, "share"),
        ("  target: 2h", "  target: 2h\n  zone: Mars/Base", 10, "Mars/Base"),
        ("  target: 2h", "  target: 2h\n  from: oracle", 2, "role"),
        ("  target: 2h", "  target: 2h\n  override: [{when: {plant: x}, target: 1h}]", 10, "when.plant"),
        ("  target: 2h", "  target: 2h\n  override: [{when: {}, target: 1h}]", 10, "when"),
        ("kind: deadline", "kind: magic", 5, "kind `magic` is none"),
        ("  kind: deadline\n", "", 2, "kind `None` is none"),
        ("order.released]", "order.relesed]", 8, "order.relesed"),
        ("  over: order", "  over: parcel", 6, "over"),
        ("rules:\n", "rules:\n- 7\n", 2, "dictionary"),
        ("rules:\n", "rulez:\n", 1, "Begin the file with `rules:`"),
        ("  code: something_late", "  code: [something", 4, "Mend the YAML"),
        ("state: breached", "state: met", 13, "example 1: is breached and not met"),
        ("state: running", "state: breached", 12, "one that does not"),
        ("state: running", "state: running, due: 2026-11-02 10:59", 14, "is due 2026-11-02 11:00:00 and not"),
        ("now: 2026-11-02 10:00", "now: tomorrow", 14, "tomorrow"),
        ("erp.main order.created so=1", "erp.main order.captured so=1", 13, "there are 0 (none)"),
        ("erp.main order.created so=1", "erp.main order.creatd so=1", 13, "line 1"),
    ],
)
def test_a_fault_in_a_rule_is_said_with_its_line(old: str, new: str, line: int, what: str) -> None:
    """File, line, what is wrong and how to mend it."""
    text = RULE.replace(old, new, 1)
    assert text != RULE
    found = [fault for fault in faults(text) if what in str(fault)]
    assert len(found) == 1
    assert str(found[0]).startswith(f"rules.yaml:{line}: ")
    assert found[0].mend


def test_an_id_is_given_once() -> None:
    """The second rule of an id is a fault; the first one stands."""
    found = faults(RULE + RULE.removeprefix("rules:\n"))
    assert [(fault.line, "this id is taken" in fault.what) for fault in found] == [(15, True)]


def test_all_faults_are_told_at_once() -> None:
    """Not one for each try."""
    found = faults(RULE.replace("over: order", "over: parcel").replace("target: 2h", "target: x"))
    assert [fault.line for fault in found] == [6, 9]


def test_words_of_yaml_stay_words() -> None:
    """`10:30`, `no` and dates mean nothing else than what is written."""
    document = source.parse("a: 10:30\nb: no\nc: 2026-11-02\nd: 7\ne: 0.5\nf: true\ng:\n", "x.yaml")
    assert isinstance(document, source.Document)
    expected = {"a": "10:30", "b": "no", "c": "2026-11-02", "d": 7, "e": 0.5, "f": True, "g": None}
    assert document.said == expected


@pytest.mark.parametrize("text", ["!!python/object/apply:os.system [id]", "a: &x [*x]", "[" * 5000, "a: b: c"])
def test_hostile_yaml_is_a_fault(text: str) -> None:
    """Tags that run something, circles and depth are refused like any other slip."""
    assert isinstance(source.parse(text, "x.yaml"), source.Fault) or faults(text)


def test_settings_change_a_rule_and_leave_the_others() -> None:
    """Target, severity and owner of one section; an override of the settings goes first."""
    rule = changed({"target": "3h", "severity": "critical", "override": ({"when": {"tier": "gold"}, "target": "30m"},)})
    assert (rule.target, rule.severity, rule.owner) == ("3h", "critical", "partner")
    assert [override.target for override in rule.override] == ["30m", "1h"]


def test_a_disabled_rule_is_left_out() -> None:
    """`enabled: false` in its section."""
    every = [rule.id for rule in book.resolve(book.load(KINDS))]
    ids = [rule.id for rule in book.resolve(book.load(KINDS), {"S17": Sla(enabled=False)})]
    assert "S17" in every
    assert ids == [id for id in every if id != "S17"]


@pytest.mark.parametrize(
    ("sla", "place"),
    [
        ({"target": "soon"}, "slas.S06.target"),
        ({"zone": "Mars/Base"}, "slas.S06.zone"),
        ({"override": ({"when": {"colour": "red"}},)}, "slas.S06.when.colour"),
        ({"target": "2d"}, "business clock"),
    ],
)
def test_a_wrong_section_is_refused_with_its_place(sla: dict[str, Any], place: str) -> None:
    """At start, not at the first breach."""
    with pytest.raises(WrongUse) as fault:
        changed(sla)
    assert place in fault.value.detail


def test_a_section_of_no_rule_is_refused() -> None:
    """A typo in an id would otherwise change nothing, silently."""
    with pytest.raises(WrongUse, match=r"slas\.S66: there is no such rule"):
        book.resolve(book.load(KINDS), {"S66": Sla()})


def test_the_version_changes_with_what_moves_a_due_and_with_nothing_else() -> None:
    """Another target or calendar of a partner is another version; another title is not."""
    assert changed({}).rule_version == changed({}).rule_version
    assert changed({}).rule_version != changed({"target": "3h"}).rule_version
    assert changed({}).rule_version != changed({}, west="mondays").rule_version
    assert changed({}, "S01").rule_version == changed({}, "S01", west="mondays").rule_version
    titled = changed({}).model_copy(update={"title": "Another", "runbook": "Something else to do.", "examples": ()})
    assert titled.moves == changed({}).moves


def test_the_fingerprint_is_of_all_rules_and_calendars() -> None:
    """It changes when one rule does, and when a calendar does."""
    rules = book.resolve(book.load(KINDS))
    other = book.resolve(book.load(KINDS), {"S01": Sla(target="20m")})
    assert book.fingerprint(rules, "a") == book.fingerprint(tuple(reversed(rules)), "a")
    assert book.fingerprint(rules, "a") != book.fingerprint(other, "a")
    assert book.fingerprint(rules, "a") != book.fingerprint(rules, "b")


def test_who_delivers_the_stop() -> None:
    """As the rule says, or else the owners of the events that stop it."""
    rules = {rule.id: rule for rule in book.resolve(book.load(KINDS))}
    assert rules["S17"].roles == ("crm",)
    assert rules["S14"].roles == ("carrier",)


def test_the_language_has_a_json_schema() -> None:
    """For editors: every word of a rule, by its kind, and nothing beside it."""
    schema = published.schema()
    assert set(schema["discriminator"]["mapping"]) == set(book.MODELS)
    deadline, slo, interface = (schema["$defs"][name] for name in ("Deadline", "Objective", "Degrading"))
    assert deadline["additionalProperties"] is False
    assert slo["additionalProperties"] is interface["additionalProperties"] is False
    words = {"id", "code", "start", "stop", "void", "target", "from", "override", "examples"}
    assert words <= set(deadline["properties"])
    assert {"good", "total", "objective", "window", "burn", "examples"} <= set(slo["properties"])
    assert {"window", "min_count", "limits", "shift", "for", "keep"} <= set(interface["properties"])
