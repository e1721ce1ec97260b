"""Rules over findings: when a finding counts, how badly, whose it is, and what a rule may say of it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.calendar import Calendars
from app.engine.playing import played
from app.errors import WrongUse
from app.settings import Calendar, Sla
from rules import book, examples, source
from rules.comparing import Match
from rules.finding import Finding
from rules.kinds import KINDS
from rules.kinds.duplicate import suspected
from rules.kinds.finding import FINDING, judged
from rules.kinds.match import mismatched
from rules.quantities import QUANTITIES

MONDAY = datetime(2026, 11, 2, 9)
ORDER = ("tier", "channel", "entity", "customer", "kind")
STATE = """\
rules:
- id: B99
  code: something_wrong
  title: Something wrong
  kind: state
  over: order
  of: shipped_on_hold
  owner: order-desk
  runbook: Look for it where it was last seen.
  examples:
  - {story: "2026-11-02 09:00 erp.main order.created so=1", now: 2026-11-02 12:00, state: met}
"""


def understood(text: str) -> tuple[list[book.Entry], list[str]]:
    """The rules of a text, and its faults as they are printed."""
    entries, faults = book.understood([source.parse(text, "rules.yaml")], KINDS)
    return entries, [str(fault) for fault in faults]


def rule(more: str = "", text: str = STATE) -> Finding:
    """One rule over findings, with more words."""
    entries, faults = understood(text.replace("  owner: order-desk\n", more or "  owner: order-desk\n"))
    assert faults == []
    assert isinstance(entries[0].rule, Finding)
    return entries[0].rule


def found(**said: Any) -> pl.DataFrame:
    """One finding of the fact that the rule above reads, and its order."""
    plain = {
        "order_no": 1, "kind": "ledger", "fact": "shipped_on_hold", "cause": "hold:fraud", "subject_type": "order",
        "subject": "ord_1", "occurrence": "1", "known_at": MONDAY, "partner": "3pl.west",
    }  # fmt: skip
    row = dict.fromkeys((*FINDING, *(f"order.{name}" for name in ORDER))) | plain | said
    kinds = FINDING | {f"order.{name}": pl.String for name in ORDER}
    return pl.DataFrame([row], schema=kinds)


def verdict(one: Finding, finding: pl.DataFrame, clocks: Calendars | None = None, **more: Any) -> dict[str, Any]:
    """What a rule makes of a finding."""
    return judged(finding, [one], clocks or Calendars({}), **more).row(0, named=True)


def test_a_finding_counts_after_its_grace() -> None:
    """An hour later, and under the id and version of its rule."""
    one = rule("  owner: order-desk\n  grace: 1h\n")
    said = verdict(one, found())
    assert (said["since"], said["rule"], said["rule_version"]) == (datetime(2026, 11, 2, 10), "B99", one.rule_version)


def test_a_grace_in_business_time_ends_on_the_calendar_of_the_partner() -> None:
    """Two working hours from Monday 9:00 for a partner that begins at ten."""
    west = Calendar(zone="UTC", hours={"mon": "10:00-18:00", "tue": "10:00-18:00"})
    one = rule("  owner: partner\n  grace: 2h\n  clock: B\n  calendar: partner\n")
    said = verdict(one, found(), Calendars({"west": west}), calendars={"3pl.west": "west"})
    assert said["since"] == datetime(2026, 11, 2, 12)


def test_severity_and_owner_go_by_cause_and_direction() -> None:
    """The longer name first, then its first word, the direction, and the rest."""
    one = rule(
        "  owner: {hold: credit, other: desk}\n  severity: {hold:fraud: critical, hold: low, ahead: high, other: medium}\n"
    )
    asked = (found(), found(cause="hold:credit"), found(cause="x", direction="ahead"), found(cause="x"))
    said = [(v["severity"], v["owner"]) for v in (verdict(one, finding) for finding in asked)]
    assert said == [("critical", "credit"), ("low", "credit"), ("high", "desk"), ("medium", "desk")]


def test_the_first_override_wins_for_each_field_and_the_fact_may_say_whose_it_is() -> None:
    """Gold is critical; of the west it is the west's, whatever the fact says; elsewhere the fact says it."""
    one = rule(
        "  owner: desk\n  override:\n  - {when: {tier: gold}, severity: critical}\n"
        "  - {when: {partner: [3pl.west]}, severity: high, owner: west-desk}\n"
    )
    asked = found(**{"order.tier": "gold"}), found(owner="credit", partner="3pl.east"), found(partner="3pl.east")
    said = [(v["severity"], v["owner"]) for v in (verdict(one, finding) for finding in asked)]
    assert said == [("critical", "west-desk"), ("medium", "credit"), ("medium", "desk")]


def test_a_condition_that_cannot_be_told_is_counted_and_accuses_nobody() -> None:
    """It holds, it does not hold, and nobody knows the tier: the last leaves a judgement without a code or an owner."""
    one = rule("  owner: desk\n  when: \"order.tier == 'gold'\"\n")
    assert verdict(one, found(**{"order.tier": "gold"}))["code"] == "something_wrong"
    assert judged(found(**{"order.tier": "blue"}), [one], Calendars({})).is_empty()
    unknown = verdict(one, found())
    assert (unknown["kind"], unknown["code"], unknown["owner"], unknown["rule"]) == ("unknown", None, None, "B99")


def test_of_two_rules_with_one_code_the_worse_speaks() -> None:
    """The same subject and occurrence: one judgement, critical."""
    first, second = rule(), rule("  owner: desk\n  severity: critical\n", STATE.replace("B99", "B98"))
    rows = judged(found(), [first, second], Calendars({}))
    assert rows.select("rule", "severity").rows() == [("B98", "critical")]


def test_what_nobody_sends_is_not_missed() -> None:
    """A rule that needs a feed is silent where no source delivers it."""
    one = rule("  owner: desk\n  needs: [shipment.posted, invoice.posted]\n")
    assert judged(found(), [one], Calendars({}), {"shipment.posted", "invoice.posted"}).is_empty()
    assert len(judged(found(), [one], Calendars({}), {"shipment.posted"})) == 1


def test_the_first_cause_of_a_block_carries_the_exception() -> None:
    """Two causes, one exception; a cause that another exception tells of is only shown."""
    blocked = rule("  owner: desk\n  told: ack_overdue\n", STATE.replace("of: shipped_on_hold", "of: blocked"))
    rows = pl.concat(
        found(fact="blocked", kind="blocked", cause=cause, occurrence=cause, known_at=MONDAY.replace(hour=hour))
        for cause, hour in (("hold:b", 11), ("hold:a", 10), ("ack_overdue", 9))
    )
    said = judged(rows, [blocked], Calendars({})).sort("since").select("cause", "code").rows()
    assert said == [("ack_overdue", None), ("hold:a", "something_wrong"), ("hold:b", None)]


def test_the_settings_change_a_rule() -> None:
    """Off, another owner, an override that goes first; anything else is refused with its place."""
    rules = book.load(KINDS)
    changed = {one.id: one for one in book.findings(rules, {"B02": Sla(enabled=False), "B03": Sla(owner="me")})}
    assert "B02" not in changed
    assert (changed["B03"].owner, changed["B04"].owner) == ("me", "integration")
    mine = {"override": ({"when": {"tier": "gold"}, "severity": "low"},)}
    assert next(r for r in book.findings(rules, {"B03": Sla(**mine)}) if r.id == "B03").override[0].severity == "low"
    for sla, place in (
        ({"target": "1h"}, "slas.B03.target"),
        ({"override": ({"when": {"x": "y"}},)}, "slas.B03.override"),
    ):
        with pytest.raises(WrongUse) as fault:
            book.findings(rules, {"B03": Sla(**sla)})
        assert place in fault.value.detail


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("of: shipped_on_hold", "of: shiped", 7, "is none of"),
        ("owner: order-desk", "owner: {hold: x}", 8, "add `other`"),
        ("owner: order-desk", "owner: x\n  when: 'order.tier =='", 9, "is no condition"),
        ("owner: order-desk", "owner: x\n  grace: 2 working days", 2, "need `clock: B`"),
        ("owner: order-desk", "owner: x\n  gracs: 1h", 9, "Did you mean `grace`?"),
        ("state: met", "state: void", 11, "Input should be"),
        ("kind: state", "kind: divergence\n  truth: erp\n  view: fin\n  compare: [stage]", 2, "not compared in stage"),
        ("kind: state", "kind: match\n  check: {left: shiped, at_most: ordered}", 6, "neither a quantity"),
        ("kind: state", "kind: match\n  check: {left: shipped}", 6, "give one of"),
        ("kind: state", "kind: sequence\n  expect: [{response: [order.created, order.close]}]", 6, "not an event type"),
        ("kind: state", "kind: sequence\n  expect: [{at_most: order.created, times: 2}]", 6, "go together"),
        ("kind: state", "kind: duplicate\n  same: [shipment]", 2, "not compared in shipment"),
    ],
)
def test_a_fault_is_said_with_its_line(old: str, new: str, line: int, what: str) -> None:
    """File, line, what is wrong and how to mend it; a word too much beside it is another line."""
    text = STATE.replace(old, new, 1)
    _, faults = understood(text if "kind: state" in text else text.replace("  of: shipped_on_hold\n", ""))
    assert [text for text in faults if what in text and text.startswith(f"rules.yaml:{line}:")], faults


def test_two_ladders_of_one_system_are_a_fault() -> None:
    """What the CRM shows would mean two things."""
    one = STATE.replace(
        "of: shipped_on_hold", "truth: erp\n  view: crm\n  compare: [stage]\n  ladder: [captured, delivered]"
    )
    one = one.replace("kind: state", "kind: divergence")
    other = one.replace("B99", "B98").replace("[captured, delivered]", "[captured, released]").removeprefix("rules:\n")
    _, faults = understood(one + other)
    assert len(faults) == 1
    assert "crm has another ladder in B98" in faults[0]


def test_the_examples_of_all_rules_hold_and_a_wrong_one_is_told_with_its_line() -> None:
    """All stories in one store; one that says `met` of what stands, one that tells of the future, one that is no story."""
    entries, faults = book.read(KINDS)
    text = """\
rules:
- id: B97
  code: node_rejected
  title: Refused
  kind: state
  over: fo
  of: node_rejected
  owner: desk
  runbook: Ask another node, or cancel the order.
  examples:
  - story: |
      2026-11-02 09:00  erp.main  order.created so=1
      +1h  erp.main  order.released so=1 fo@3pl.west=1-1 partner=3pl.west
      +1h  3pl.west  fulfillment.rejected fo=1-1
    now: 2026-11-02 12:00
    state: met
  - {story: "2026-11-02 09:00 erp.main order.created so=1", now: 2026-11-02 08:00, state: met}
  - {story: "2026-11-02 09:00 erp.main order.creatd so=1", now: 2026-11-02 12:00, state: met}
"""
    mine, wrong = understood(text)
    assert (faults, wrong) == ([], [])
    told = [(fault.line, fault.what) for fault in examples.check([*entries, *mine], play=played)]
    assert [line for line, _ in told] == [10, 11, 17, 18]
    assert "needs an example that breaches" in told[0][1]
    assert "is breached and not met" in told[1][1]
    assert "after its `now`" in told[2][1]
    assert "is not an event type" in told[3][1]


amounts = st.integers(0, 10**12)


def lines(rows: list[dict[str, int]]) -> pl.DataFrame:
    """Lines with quantities in millionths; those that are not given are 0."""
    told = [
        {"order_no": n, "line": "1", "implied": False} | dict.fromkeys(QUANTITIES, 0) | row
        for n, row in enumerate(rows)
    ]
    return pl.DataFrame(
        told,
        schema={"order_no": pl.Int64, "line": pl.String, "implied": pl.Boolean} | dict.fromkeys(QUANTITIES, pl.Int64),
    )


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(amounts, amounts, amounts), min_size=1, max_size=20),
    st.integers(0, 99_999),
    st.integers(0, 99_999),
)
def test_quantities_are_compared_exactly(rows: list[tuple[int, int, int]], units: int, share: int) -> None:
    """Law: a line fails when the left is above the right by more than the units and more than the share; to the millionth."""
    tolerance = {"abs": Decimal(units) / 1000, "pct": Decimal(share) / 1000}
    check = {"left": "shipped - returned", "at_most": "max(ordered, posted)", "tolerance": tolerance}
    words = {
        "id": "M99",
        "code": "too_much",
        "title": "Too much",
        "owner": "x",
        "runbook": "Look for it, wherever it is.",
    }
    one = Match.model_validate(words | {"kind": "match", "check": [check]})
    told = [{"shipped": a, "returned": b, "ordered": c} for a, b, c in rows]
    wrong = mismatched(lines(told), [one])
    over = [
        n for n, (a, b, c) in enumerate(rows)
        if a - b - c > units * 1000 and Decimal(a - b - c) > Decimal(c) * tolerance["pct"] / 100
    ]  # fmt: skip
    assert wrong["order_no"].to_list() == over


def test_orders_far_apart_or_told_apart_are_no_duplicates() -> None:
    """Within a day and of one channel; what cannot be told apart is suspected."""
    one = next(r for r in book.load(KINDS) if r.id == "U01")
    hours = pl.DataFrame(
        {"rule": "U01", "a": [1, 2, 3, 4], "b": [5, 6, 7, 8], "apart": [h * 3_600_000_000 for h in (24, 25, 1, 1)]}
    )
    pairs = hours.with_columns(
        pl.Series("a.channel_order", ["", "", "ch:x:1", "ch:x:1"]),
        pl.Series("b.channel_order", ["", "", "ch:x:2", "ch:x:1"]),
    )
    assert suspected(pairs, [one])["a"].to_list() == [1, 4]  # type: ignore[list-item]
