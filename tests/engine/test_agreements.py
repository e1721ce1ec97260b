"""What was agreed with a source and is not kept: an exception of the source, until it is mended."""

import random
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from app import clock
from app.contracts import Again
from app.engine.agreement import learn_agreements
from app.model.event import INSTANT, Message, Rejection, Translation
from app.settings import Expects, Source
from app.store.intake import Intake
from rules import book
from tests.engine.yard import Yard, at, event
from tests.laws.worlds import translation

AGREED = {
    "erp.main": Source(expects=Expects(types=("order.created",), version="2", numbered=True)), "3pl.west": Source(),
}  # fmt: skip
ARRIVED = at(24 * 60)


@pytest.fixture
def agreed(yard: Yard) -> Yard:
    """A yard with an agreement."""
    yard.intake.close()
    yard.intake = Intake(yard.database, {}, declared=AGREED)
    return yard


def sent(yard: Yard, said: Translation, source: str = "erp.main") -> None:
    """A message, stored and judged."""
    yard.intake.put(Message(source, "x", "x", b"raw", ARRIVED), said).result()
    yard.ticker.run()


def order(number: int, kind: str = "order.created", **said: Any) -> dict[str, Any]:
    """An event that keeps to the agreement, unless it says otherwise."""
    return event(
        "erp.main", kind, number, {"so": str(number)}, sequence=str(number), dataschema="2", id=str(number), **said
    )


def raised(yard: Yard) -> list[tuple[str, str]]:
    """(code, source) of the open alarms of sources."""
    return yard.work.ask(
        "select code, subject from alarm where subject_type = 'source' and condition = 'active' order by all"
    ).rows()


def refused(reason: str) -> Translation:
    return Translation(rejections=(Rejection(-1, reason, "cut off"),))


def test_who_keeps_to_the_agreement_raises_nothing(agreed: Yard) -> None:
    """Agreed types, schema and numbers, one of them late: no exception, and a hole of five minutes is none yet."""
    agreed.now = ARRIVED + timedelta(minutes=4)
    sent(agreed, translation([order(1), order(3)]))
    assert raised(agreed) == []
    sent(agreed, translation([order(2)]))
    agreed.now += timedelta(days=1)
    agreed.ticker.run()
    assert raised(agreed) == []


def test_a_hole_is_raised_and_heals(agreed: Yard) -> None:
    """Number 2 is missing for five minutes: an exception that names it; it clears when 2 arrives."""
    sent(agreed, translation([order(1), order(3)]))
    assert raised(agreed) == [("sequence_gap", "erp.main")]
    assert agreed.one("select evidence from alarm where code = 'sequence_gap'") == ["2"]
    agreed.intake.forget_raw(35)
    sent(agreed, translation([order(2)]))
    assert raised(agreed) == []
    sent(agreed, translation([order(5)]))
    agreed.intake.close()
    agreed.intake = Intake(agreed.database, {}, declared=AGREED)
    assert agreed.work.ask("select number from source_number order by number")["number"].to_list() == [3, 5]


@pytest.mark.parametrize(("said", "named"), [({"kind": "order.changed"}, "order.changed"), ({"dataschema": "3"}, "3")])
def test_another_type_or_schema_is_raised(agreed: Yard, said: dict[str, str], named: str) -> None:
    """The first such event is the evidence; the event is stored and counts all the same."""
    kind = said.pop("kind", "order.created")
    told = event("erp.main", kind, 1, {"so": "1"}, **({"sequence": "1", "dataschema": "2"} | said))
    sent(agreed, translation([told]))
    assert raised(agreed) == [("schema_changed", "erp.main")]
    assert agreed.one("select detail from source_fault") == named
    assert agreed.one("select evidence[1] from alarm where rule = 'agreement'") == agreed.one(
        "select format('{:016x}', event_id) from event"
    )
    assert agreed.one("select count(*) from link") == 1


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("batch_incomplete", "batch_incomplete"),
        ("truncated", "batch_incomplete"),
        ("missing_columns", "schema_changed"),
        ("bad_time", ""),
    ],
)
def test_a_refusal_may_break_the_agreement(agreed: Yard, reason: str, code: str) -> None:
    """Without any event the engine hears of it; it heals when the message is read again and is sound."""
    sent(agreed, refused(reason), "3pl.west")
    assert raised(agreed) == ([(code, "3pl.west")] if code else [])
    now = clock.instant(clock.wall())
    agreed.intake.again(Message("3pl.west", "x", "x", b"", now), Translation(), Again(1, "kim")).result()
    agreed.ticker.run()
    assert raised(agreed) == []


def test_flags_of_collectors_are_raised_once(agreed: Yard) -> None:
    """Two messages with a status that nobody knows are one exception, and a rebuild keeps it."""
    for number in (1, 2):
        told = translation([event("3pl.west", "fulfillment.acknowledged", number, {"fo": str(number)}, id=str(number))])
        flagged = told.events.with_columns(flags=pl.lit(["mapping_unknown"]))
        sent(agreed, Translation(flagged, told.mentions), "3pl.west")
    assert raised(agreed) == [("mapping_unknown", "3pl.west")]
    assert agreed.one("select sum(items)::int from source_fault") == 2
    assert agreed.differences().is_empty()


def test_what_rules_say_now_is_what_stands(agreed: Yard) -> None:
    """A rule of our own code over the same fact speaks too; another severity is told at the next step; gone is gone."""
    sent(agreed, translation([order(1, "order.changed"), order(4)]))
    told = {rule.id: rule for rule in book.agreed()}
    mine = told["A01"].model_copy(update={"id": "A50", "code": "our_schema", "severity": "low"})
    worse = told["F40b"].model_copy(update={"severity": "critical"})
    for rules, stands in (
        ((mine, worse), [("our_schema", "low"), ("sequence_gap", "critical")]),
        ((told["A01"],), [("schema_changed", "high")]), ((), []),
    ):  # fmt: skip
        learn_agreements(agreed.work, rules)
        agreed.ticker.run()
        found = agreed.work.ask("select code, severity from alarm where subject_type = 'source' order by code").rows()
        assert found == stands


def test_numbers_are_whole_as_far_as_they_are() -> None:
    """Holes that open, heal and open again, a first number that comes last: as a look at all of them says."""
    dice, work = random.Random(7), Yard().work
    learn_agreements(work, book.agreed())
    numbers = [n for n in range(2, 60) if n % 19] + [1, 19, 38]
    dice.shuffle(numbers)
    had: set[int] = set()
    for n in numbers:
        had.add(n)
        work.run_sql(f"insert into source_number values ('erp.main', {n}, timestamp '2026-11-02' + to_seconds({n}))")
        work.run("agreement/judge")
        hole = next((one + 1 for one in sorted(had) if one + 1 not in had and one < max(had)), None)
        said = work.ask("select detail from folded_agreement")["detail"].to_list()
        assert said == ([str(hole)] if hole else []), sorted(had)


def customer(source: str, kind: str, number: int, at: int) -> dict[str, Any]:
    """A word about a customer, so many minutes after the beginning."""
    return event(source, f"customer.{kind}", at, {"cust": f"C-{number}"}, customer=f"C-{number}", id=f"{source}{at}")


def test_a_follower_that_does_not_take_a_change_is_raised(yard: Yard) -> None:
    """From four hours after the first change that it has not taken, by the customer's number; until it is taken."""
    yard.now = at(600)
    yard.take(
        customer("erp.main", "synced", 1, 0), customer("crm.main", "updated", 1, -60), customer("crm.main", "updated", 2, 10),
        customer("crm.main", "updated", 3, 20),
    )  # fmt: skip
    assert raised(yard) == [("master_data_unsynced", "erp.main")]
    assert yard.one("select evidence from alarm") == ["C-2"]
    assert yard.one("select due_at from alarm") == at(10 + 240)
    yard.take(customer("erp.main", "synced", 2, 300))
    assert raised(yard) == [("master_data_unsynced", "erp.main")], "there is another"
    yard.take(customer("erp.main", "updated", 3, 310))
    assert raised(yard) == [], "who changes it has what was before"
    assert yard.differences().is_empty()


def test_a_change_within_its_time_is_nobodys_fault(yard: Yard) -> None:
    """Nothing before the four hours are over, then it is told by the clock alone, and a rebuild says the same."""
    yard.now = at(60)
    yard.take(customer("erp.main", "synced", 1, 0), customer("crm.main", "updated", 1, 30))
    assert raised(yard) == []
    yard.now = at(30 + 241)
    yard.ticker.run()
    assert raised(yard) == [("master_data_unsynced", "erp.main")]
    assert yard.differences().is_empty()


def test_a_hole_is_as_old_as_the_first_word_behind_it(agreed: Yard) -> None:
    """Number 4 comes, then 3, and 2 is still missing: it has been since 4 came."""
    agreed.now = ARRIVED + timedelta(hours=1)
    for minutes, numbers in ((0, (1, 4)), (20, (3,))):
        said = translation([order(number) for number in numbers])
        arrived = ARRIVED + timedelta(minutes=minutes)
        told = said.events.with_columns(received_at=pl.lit(arrived, INSTANT))
        agreed.intake.put(Message("erp.main", "x", "x", b"raw", arrived), Translation(told, said.mentions)).result()
    agreed.ticker.run()
    assert agreed.one("select due_at from alarm where code = 'sequence_gap'") == ARRIVED + timedelta(minutes=5)
