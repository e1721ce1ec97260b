"""What was agreed with a source and is not kept: an exception of the source, until it is mended."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from app import clock
from app.contracts import Again
from app.model.event import Message, Rejection, Translation
from app.settings import Expects, Source
from app.store.intake import Intake
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
