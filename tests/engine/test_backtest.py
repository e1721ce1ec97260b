"""A rule tried on history says what a rebuild with it would give, and leaves nothing behind."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app import stories
from app.calendar import Calendars
from app.engine.backtest import COPIED, MADE, MEASURED, STATES, Question, backtest
from app.engine.judge import Judge
from app.engine.listening import Listening
from app.engine.stock import FACTS as STOCK
from app.engine.tick import Ticker
from app.engine.watch import Watch
from app.model.event import Message
from app.settings import Sla
from app.store import statements
from rules.book import findings, load, objectives, resolve, watches
from rules.degradation.rule import Degrading
from rules.finding import Finding
from rules.findings import Findings
from rules.kinds import KINDS
from rules.rule import Deadline, Tolerance
from tests.laws.worlds import BASE, House, galaxy

Row = dict[str, Any]
NOW = BASE + timedelta(days=3)
RULES, FOUND = resolve(load(KINDS)), findings(load(KINDS))
EVERY = (*RULES, *FOUND, *objectives(load(KINDS)), *watches(load(KINDS)))
CLOCKS = Calendars({})


def changed(id: str, **sla: Any) -> Any:
    """A rule of the catalogue with other values."""
    return next(rule for rule in resolve(load(KINDS), {id: Sla(**sla)}) if rule.id == id)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Twenty-five worlds of orders, judged by the catalogue at an instant after all of it."""
    made = House.build(tmp_path_factory.mktemp("history") / "record.duckdb", judging(RULES))
    made.ticker = Ticker(made.work, judging(RULES), now=lambda: NOW)
    made.take(galaxy(3))
    yield made
    made.close()


def judging(rules: Any) -> Judge:
    """A judge of these rules, every calendar around the clock."""
    return judge_of((*rules, *FOUND))


def tried(house: House, rule: Any, **more: Any) -> Row:
    """The answer about one rule."""
    return backtest(house.database, asked(rule, **more))


def asked(rule: Any, **more: Any) -> Question:
    """The question about one rule, beside all that are in force."""
    return Question(rule, EVERY, judge_of, Listening({}, CLOCKS, tuple), NOW, **more)


def judge_of(rules: Any) -> Judge:
    """A judge of rules of any kind."""
    over = Findings([rule for rule in rules if isinstance(rule, Finding)], CLOCKS)
    watches_ = Watch([rule for rule in rules if isinstance(rule, Degrading)])
    return Judge([rule for rule in rules if isinstance(rule, Deadline)], KINDS, CLOCKS, over, watch=watches_)


def breaches(house: House, rule: str) -> list[Row]:
    """What stands as raised by a rule."""
    raised = "select subject, occurrence, partner, due_at from alarm where rule = ? order by due_at, so, subject"
    return house.work.ask(raised.replace("?", f"'{rule}'")).to_dicts()


def test_the_rule_in_force_would_raise_what_it_did(house: House) -> None:
    """Nothing more, nothing less, and the same counts of every state."""
    same = 0
    for rule in RULES:
        found = tried(house, rule)
        same += found["same"]
        assert (found["more"], found["less"]) == (0, 0), rule.id
        assert found["would"] == found["stands"]
        assert found["same"] == found["would"]["raised"] == len(breaches(house, rule.id))
    assert same > 10


@pytest.mark.parametrize(
    ("id", "sla"), [("S01", {"target": "4m"}), ("S20", {"target": "1h"}), ("S04", {"target": "2h"})]
)
def test_a_changed_rule_gives_what_a_rebuild_with_it_gives(house: House, tmp_path: Path, id: str, sla: Row) -> None:
    """The Dues and what they raise are those of a store that never knew another rule."""
    rule = changed(id, **sla)
    others = tuple(rule if one.id == id else one for one in RULES)
    again = House.build(tmp_path / "record.duckdb", judging(others))
    again.ticker = Ticker(again.work, judging(others), now=lambda: NOW)
    again.take(galaxy(3))
    found, rebuilt, stood = tried(house, rule), breaches(again, id), breaches(house, id)
    counts = dict(again.work.ask(_STATES.format(rule=id, now=NOW)).iter_rows())
    again.close()
    assert found["would"] == {"raised": len(rebuilt)} | {state: counts.get(state, 0) for state in STATES}
    assert found["stands"]["raised"] == len(stood)
    new = [row for row in rebuilt if key(row) not in set(map(key, stood))]
    gone = [row for row in stood if key(row) not in set(map(key, rebuilt))]
    assert (found["more"], found["less"]) == (len(new), len(gone))
    shown = [row["subject"] for row in found["examples"] if row["change"] == "more"]
    assert sorted(shown) == sorted(row["subject"] for row in new)[: len(shown)] or len(new) > 20
    assert sum(row["more"] for row in found["partners"]) == len(new)


_STATES = (
    "select case when void_at is not null then 'void' when met_at <= due_at or (met_at is not null and due_at is null)"
    " then 'met' when met_at is not null or due_at < timestamp '{now}' then 'breached' else 'running' end, count(*)"
    " from due where rule = '{rule}' group by all"
)


def key(row: Row) -> tuple[str, str]:
    """What identifies a breach of one rule."""
    return row["subject"], row["occurrence"]


def test_nothing_is_written_and_the_answer_is_always_the_same(house: House) -> None:
    """Every table stands as before, and asking again gives the same."""
    before, intents = house.picture(), house.work.ask("from case_intent order by seq")
    first, second = (tried(house, changed("S01", target="4m")) for _ in range(2))
    assert first == second
    assert first["more"] > 0
    assert house.picture() == before
    assert house.work.ask("from case_intent order by seq").equals(intents)


def test_a_period_cuts_by_the_due_moment(house: House) -> None:
    """Two halves of a period make the whole; its end does not belong to it."""
    rule = changed("S01", target="4m")
    whole = tried(house, rule)
    middle = sorted(row["due_at"] for row in whole["examples"])[1]
    early, late = tried(house, rule, to=middle), tried(house, rule, frm=middle)
    assert early["would"]["raised"] + late["would"]["raised"] == whole["would"]["raised"]
    assert early["would"]["raised"] > 0
    assert late["would"]["raised"] > 0
    assert all(row["due_at"] < middle for row in early["examples"])


def test_a_new_rule_is_tried_beside_nothing(house: House) -> None:
    """An id that no rule has: everything that it raises is new."""
    found = tried(house, changed("S02", target="1m").model_copy(update={"id": "Z01"}))
    assert found["stands"]["raised"] == 0
    assert found["more"] == found["would"]["raised"] > 0
    assert all(row["order_id"].startswith("ord_") for row in found["examples"])


def test_an_objective_is_tried_on_the_verdicts_that_stand(house: House) -> None:
    """Its spells, beside those of the objective in force."""
    mine = objectives(load(KINDS))[0].model_copy(update={"min_total": 1, "objective": "50%"})
    found = tried(house, mine)
    assert found["kind"] == "slo"
    assert found["stands"]["raised"] == 0, "nobody has thirty verdicts in an hour"
    assert found["would"]["raised"] == len(found["examples"]) == found["more"]


def test_whoever_does_not_want_to_wait_stops_it(house: House) -> None:
    """An exception of the one who listens ends the trial; the store is as it was, and asks again at once."""
    heard: list[tuple[int, int]] = []

    def stop(done: int, of: int) -> None:
        heard.append((done, of))
        raise InterruptedError

    with pytest.raises(InterruptedError):
        backtest(house.database, asked(RULES[0]), stop)
    assert heard == [(0, heard[0][1])]
    assert heard[0][1] > 0
    assert tried(house, RULES[0])["less"] == 0


def test_a_trial_beside_a_working_engine_sees_one_state(house: House) -> None:
    """What is stored meanwhile changes nothing in the answer, and the engine takes it while the trial runs."""
    rule = changed("S01", target="4m")
    before = tried(house, rule)

    def meanwhile(done: int, of: int) -> None:
        if not done:
            house.take(galaxy(4, 3))

    during = backtest(house.database, asked(rule), meanwhile)
    assert during == before
    assert tried(house, rule)["would"]["raised"] > before["would"]["raised"]


def test_a_rule_over_findings_is_tried_with_all_others(house: House) -> None:
    """Of those that raise most here: the one in force would raise what stands; with a year's grace nothing is left."""
    most = "select rule from alarm where not due and condition = 'active' group by rule order by count(*) desc, rule limit 2"
    for id in house.work.ask(most)["rule"]:
        rule = next(one for one in FOUND if one.id == id)
        found = tried(house, rule)
        assert (found["more"], found["less"]) == (0, 0), id
        assert found["same"] == len(breaches(house, id)) > 0
        later = rule.model_copy(update={"grace": "300d", "clock": "E", "calendar": "", "override": ()})
        found = tried(house, later)
        assert (found["would"]["raised"], found["less"]) == (0, found["stands"]["raised"]), id
    assert house.work.number("select count(*) from judgement") > 0


def test_a_rule_over_interfaces_is_tried_on_what_was_counted(house: House) -> None:
    """No spans were ever sent: nothing was counted, and nothing would have been raised."""
    rule = watches(load(KINDS))[0]
    found = tried(house, rule)
    assert (found["kind"], found["would"]["raised"], found["examples"]) == ("interface", 0, [])


#: Statements that are run for what events tell of systems, and for what is published; a trial runs none of them.
_ELSEWHERE = {
    "state/loose", "state/partner", "state/extract", "state/profile", "state/note", "state/noticed",
    "state/seen_state", "state/shaken", "state/recorded",
}  # fmt: skip


def test_another_tolerance_of_stock_is_tried_by_measuring_again(tmp_path: Path) -> None:
    """Four of a hundred are missing: the rule in force raises it, five per cent would not, and the record stays."""
    made = House.build(tmp_path / "record.duckdb", judging(RULES))
    made.ticker = Ticker(made.work, judging(RULES), now=lambda: NOW)
    count = "{} inventory.snapshot location=W lines=1:A-1:{}"
    told = [f"{BASE:%Y-%m-%d} 09:00 " + count.format("3pl.west", 96), "+0m " + count.format("erp.main", 100)]
    made.intake.put(Message("x", "x", "x", b"", NOW), stories.parse("\n".join(told))).result()
    made.ticker.run()
    rule = next(one for one in FOUND if one.id == "I01")
    patient = tried(made, rule.model_copy(update={"tolerance": Tolerance(pct=Decimal(5))}))
    found, kept = tried(made, rule), made.work.number("select count(*) from position_check where drift is not null")
    made.close()
    assert (found["would"]["raised"], found["same"], kept) == (1, 1, 1)
    assert (patient["would"]["raised"], patient["less"]) == (0, 1)


def test_whatever_judging_writes_stands_in_the_shadow() -> None:
    """Every table that a fold or a judgement writes is a temporary one, or one of those that a trial puts others before."""
    folder = Path(statements.__file__).parent
    names = [f"{file.parent.name}/{file.stem}" for part in ("fold", "state") for file in (folder / part).glob("*.sql")]
    names = [*sorted(set(names) - _ELSEWHERE), "judge/moment", "judge/due", "judge/range", "procure/replace"]
    texts = [re.sub(r"--[^\n]*", "", statements.statement(name)) for name in names]
    made = {name for text in texts for name in re.findall(r"create or replace temp (?:table|view) (\w+)", text)}
    written = {name for text in texts for name in re.findall(r"(?:insert into|delete from|update) (\w+)", text)}
    assert written - made <= {*MADE, *COPIED, "touched", "also_touched"}, written - made
    some = [re.sub(r"--[^\n]*", "", statements.statement(f"stock/{name}")) for name in (*STOCK, "concerned")]
    made = {name for text in some for name in re.findall(r"create or replace temp (?:table|view) (\w+)", text)}
    written |= (
        new := {name for text in some for name in re.findall(r"(?:insert into|delete from|update) (\w+)", text)}
    )
    assert new - made <= {*MEASURED, "also_touched"}, new - made
    assert {"judgement", "due", "likeness"} <= written


def test_orders_that_are_alike_are_tried_across_all_of_them(house: House) -> None:
    """Two orders of one purchase order number: a rule that looks at it alone suspects the later one, wherever it lies."""
    rule = next(one for one in FOUND if one.kind == "duplicate" and one.over == "order")
    loose = type(rule).model_validate(
        rule.model_dump(by_alias=True) | {"same": ["customer"], "within": "", "unless": "", "when": "", "needs": []}
    )
    before = tried(house, loose)
    assert before["more"] > 10, "all that came from the web shop have one customer"
    assert tried(house, loose) == before
    assert tried(house, rule)["more"] == tried(house, rule)["less"] == 0


def test_a_rule_over_purchase_orders_is_tried_on_them(tmp_path: Path) -> None:
    """One that its supplier has not answered: the rule in force raises what stands, a more patient one does not."""
    rule = next(one for one in RULES if one.over == "po" and one.start == ("purchase_order.sent",))
    made = House.build(tmp_path / "record.duckdb", judging(RULES))
    made.ticker = Ticker(made.work, judging(RULES), now=lambda: datetime(2026, 12, 24))
    told = stories.parse("2026-11-02 09:00 erp.main purchase_order.sent po=P1 partner=sup.acme lines=1:A:10:EA")
    made.intake.put(Message("x", "x", "x", b"", NOW), told).result()
    made.ticker.run()
    stood = breaches(made, rule.id)
    question = Question(rule, EVERY, judge_of, Listening({}, CLOCKS, tuple), datetime(2026, 12, 24))
    found = backtest(made.database, question)
    later = backtest(
        made.database, replace(question, rule=rule.model_copy(update={"target": "300 working days", "override": ()}))
    )
    made.close()
    assert len(stood) == found["same"] == found["would"]["raised"] == 1
    assert (later["would"]["raised"], later["less"]) == (0, 1)
