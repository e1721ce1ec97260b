"""What rules over sources and partners would have raised in the past: what live noticed in it, and what it would have."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import polars as pl
import pytest

from app import stories
from app.calendar import Calendars
from app.engine import noticed
from app.engine.backtest import Question, backtest
from app.engine.heard_before import _burst, spells
from app.engine.judge import Judge
from app.engine.listening import Listening
from app.model.event import SPAN, Message, Translation
from app.settings import Calendar, Expects, Source
from rules.book import listened, load, resolve
from rules.kinds import KINDS
from rules.kinds.outage import FELL, WORD, bursts, circuits
from tests.engine.test_listening import HOURLY, WEST, Post
from tests.engine.yard import Yard
from tests.soak import examples

Row = dict[str, Any]
LISTENED = listened(load(KINDS))
WEEK: Any = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-18:00")
CLOCKS = Calendars({"office": Calendar(zone="Europe/Berlin", hours=WEEK)})
_KEPT = "select code, cause, subject, began_at, due_at, ended_at from source_spell order by all"
_DAY = datetime(2026, 11, 2)


def the(id: str) -> Any:
    """A rule of the catalogue."""
    return next(rule for rule in LISTENED if rule.id == id)


def agreed(declared: dict[str, Source], *rules: Any) -> Listening:
    """What was agreed with the sources."""
    return Listening(declared, CLOCKS, lambda: rules or LISTENED)


def told(post: Post, declared: dict[str, Source], *rules: Any) -> list[tuple[Any, ...]]:
    """(code, cause, subject, began_at, due_at, ended_at) of the spells of these rules."""
    found = [row for rule in rules for row in spells(post.yard.work, agreed(declared), rule, post.yard.now).to_dicts()]
    names = ("code", "cause", "subject", "began_at", "due_at", "ended_at")
    return sorted((tuple(row[name] for name in names) for row in found), key=str)


def tried(post: Post, declared: dict[str, Source], rule: Any) -> Row:
    """The answer about a rule beside the catalogue."""

    def judge(rules: Any) -> Judge:
        return Judge(resolve(load(KINDS)), KINDS, CLOCKS)

    asked = Question(rule, LISTENED, judge, agreed(declared), post.yard.now)
    return backtest(post.yard.database, asked)


@pytest.mark.parametrize("seed", range(examples(1)))
def test_the_past_is_what_was_noticed_in_it(yard: Yard, seed: int) -> None:
    """Sources by the hour, in office hours and by a timetable, heard at any moments: looking before and at each of them, live
    keeps the spells that the past is found to hold, to the microsecond."""
    dice = Random(seed)
    declared = {
        WEST: HOURLY, "crm.sf": Source(expects=Expects(every=timedelta(minutes=20), calendar="office")),
        "3pl.sftp": Source(expects=Expects(at=("06:00", "14:00"))),
    }  # fmt: skip
    post = Post(yard, declared)
    yard.ticker._ear = agreed(declared)
    moments = sorted(_DAY + timedelta(minutes=dice.randrange(4 * 24 * 60)) for _ in range(24))
    for at in moments:
        post.tell((at - timedelta(seconds=20)).isoformat(" "))
        source = dice.choice(list(declared))
        post.tell(at.isoformat(" "), f"{at.isoformat(' ')} {source} package.packed fo@3pl.west=F{at:%d%H%M}")
    post.tell((moments[-1] + timedelta(days=1)).isoformat(" "))
    kept = sorted(post.yard.work.ask(_KEPT).rows(), key=str)
    assert len(kept) > 3
    assert told(post, declared, *(the(id) for id in ("F37", "S29", "O01"))) == kept


def test_a_rule_that_waits_longer_raises_less(yard: Yard) -> None:
    """Silent for five hours and for two days: the rule in force raises both, one that allows half a day only the second."""
    declared = {WEST: HOURLY}
    post = Post(yard, declared).tell("2026-11-02 14:00", _heard("2026-11-02 09:00", "2026-11-02 14:00"))
    post.tell("2026-11-04 14:00", _heard("2026-11-04 14:00"))
    found = tried(post, declared, the("F37"))
    assert (found["would"]["raised"], found["more"], found["less"], found["same"]) == (2, 0, 0, 2)
    found = tried(post, declared, the("F37").model_copy(update={"allow": "12h"}))
    assert (found["would"]["raised"], found["stands"]["raised"]) == (1, 2)
    # what both raise is one exception, whenever it counts from
    assert (found["more"], found["less"], found["same"]) == (0, 1, 1)
    (gone,) = found["examples"]
    assert (gone["change"], gone["subject"], gone["owner"]) == ("less", WEST, "integration")
    assert gone["due_at"] == datetime(2026, 11, 2, 12)
    assert gone["met_at"] == datetime(2026, 11, 2, 14)


def test_a_source_that_was_never_heard_is_part_of_the_answer(yard: Yard) -> None:
    """It was declared, an order waits for it, and it never spoke."""
    declared = {WEST: HOURLY, "mw.bus": Source()}
    post = Post(yard, declared)
    story = "2026-11-02 09:00 erp.main order.created so=1 partner=3pl.west\n+1m erp.main order.released so=1 fo@3pl.west=F1 partner=3pl.west"
    post.tell("2026-11-03 13:00", story)
    never = [row[1:3] for row in told(post, declared, the("F37")) if row[1] == "never_heard"]
    assert never == [("never_heard", "mw.bus")], "the warehouse was not asked yet"


def test_every_outage_that_was_told_of_is_found_with_its_end(yard: Yard) -> None:
    """Two of one partner; what is told twice is one; the second is not over."""
    post = Post(yard, {}).tell(
        "2026-11-02 12:00",
        """
2026-11-02 09:00 mw.hub circuit.opened partner=3pl.west reason=timeout
2026-11-02 09:05 mw.hub circuit.opened partner=3pl.west
2026-11-02 09:20 mw.hub circuit.closed partner=3pl.west
2026-11-02 10:00 mw.hub partner.outage_started partner=3pl.west
2026-11-02 10:30 mw.hub circuit.closed partner=3pl.east
""",
    )
    at = [stories.instant(f"2026-11-02 {text}") for text in ("09:00", "09:20", "10:00")]
    assert told(post, {}, the("O01")) == [
        ("partner_outage", "timeout", WEST, at[0], at[0], at[1]),
        ("partner_outage", "unreachable", WEST, at[2], at[2], None),
    ]


@pytest.mark.parametrize(("least", "raised"), [(10, 1), (13, 0)])
def test_a_burst_of_cases_is_an_outage_until_few_are_open(yard: Yard, least: int, raised: int) -> None:
    """Twelve requests that nobody acknowledges fall due within a quarter of an hour; at last four are acknowledged."""
    sent = "".join(
        f"2026-11-02 09:{n:02} erp.main order.created so={n} partner=3pl.west\n"
        f"2026-11-02 09:{n:02} erp.main order.released so={n} fo@3pl.west=F{n} partner=3pl.west\n"
        f"2026-11-02 09:{n:02} mw.bus fulfillment.requested fo@3pl.west=F{n} partner=3pl.west\n"
        for n in range(12)
    )
    late = "".join(f"2026-11-02 15:0{n} 3pl.west fulfillment.acknowledged fo@3pl.west=F{n}\n" for n in range(4))
    post = Post(yard, {}).tell("2026-11-02 14:00", sent).tell("2026-11-02 16:00", late)
    rule = the("O01")
    burst = rule.any[2].model_copy(update={"at_least": least})
    found = told(post, {}, rule.model_copy(update={"any": (burst,)}))
    assert len(found) == raised
    for _, cause, subject, began, due, ended in found:
        assert (cause, subject, due - began) == ("cases", WEST, timedelta(minutes=9))
        assert ended == datetime(2026, 11, 2, 15, 2)  # of twelve the third: nine are open


@pytest.mark.parametrize("seed", range(12))
def test_bursts_of_the_past_are_those_of_each_moment(yard: Yard, seed: int) -> None:
    """At every moment a burst is on in the past where the rule, asked of what was open then, says that there is one."""
    dice, rule = Random(seed), the("O01").any[2].model_copy(update={"at_least": 3})
    fell = [
        (dice.choice("AB"), "ack_overdue", due, dice.choice((None, due - timedelta(minutes=1), due + timedelta(minutes=dice.randrange(3000)))))
        for due in (_DAY + timedelta(minutes=dice.randrange(90)) for _ in range(dice.randint(4, 24)))
    ]  # fmt: skip
    yard.work.hold("told_due", pl.DataFrame(fell, schema=["partner", "code", "due_at", "met_at"], orient="row"))
    yard.work.run_sql("create or replace temp table due as select *, null::timestamp as void_at from told_due")
    moments = sorted({at + timedelta(seconds=30) for row in fell for at in row[2:] if at} | {_DAY + timedelta(days=2)})
    past = _burst(yard.work, rule, moments[-1])
    for at in moments:
        then = [(*row[:3], row[3] is None or row[3] > at) for row in fell if at - noticed.LATELY <= row[2] < at]
        on = set(bursts(pl.DataFrame(then, schema=FELL, orient="row"), rule)["partner"])
        told = past.filter(pl.col("due_at") <= at, pl.col("ended_at").is_null() | (pl.col("ended_at") > at))
        assert (at, set(told["partner"])) == (at, on)


@pytest.mark.parametrize("seed", range(12))
def test_circuits_of_the_past_are_those_of_each_moment(yard: Yard, seed: int) -> None:
    """At every moment an outage is on in the past, with its beginning and cause, where the words up to then say so."""
    dice = Random(seed)
    minutes = sorted(dice.sample(range(600), 14))
    said = [
        (
            dice.choice(("3pl.east", WEST)),
            dice.random() < 0.6,
            _DAY + timedelta(minutes=n),
            dice.choice((None, "timeout", "refused")),
        )
        for n in minutes
    ]
    story = "".join(
        f"{at} mw.hub circuit.{'opened' if down else 'closed'} partner={partner}{f' reason={why}' if why else ''}\n"
        for partner, down, at, why in said
    )
    post = Post(yard, {}).tell("2026-11-03 09:00", story)
    past = spells(post.yard.work, agreed({}), the("O01"), post.yard.now)
    for _, _, at, _ in said:
        known = [
            (partner, "mw.hub", down, when, n, why) for n, (partner, down, when, why) in enumerate(said) if when <= at
        ]
        on = circuits(pl.DataFrame(known, schema=WORD, orient="row")).select("partner", "began_at")
        told = past.filter(pl.col("due_at") <= at, pl.col("ended_at").is_null() | (pl.col("ended_at") > at))
        assert set(told.select("subject", "began_at").rows()) == set(on.rows())
    last = circuits(pl.DataFrame(known, schema=WORD, orient="row")).select("partner", "cause")
    assert set(past.filter(pl.col("ended_at").is_null()).select("subject", "cause").rows()) == set(last.rows())


def test_a_source_of_spans_is_heard_by_each_of_them(yard: Yard) -> None:
    """Early in one hour and late in the next, but every twenty minutes in between: nobody was silent."""
    declared = {"mw.bus": Source(expects=Expects(every=timedelta(minutes=20)))}
    for n in range(9):
        at = _DAY + timedelta(hours=9, minutes=20 * n)
        row = dict.fromkeys(SPAN) | {
            "item": 0, "trace_id": f"{n:032x}", "span_id": f"{n:016x}", "source": "mw.bus", "name": "hop", "kind": "internal",
            "started_at": at, "duration_ns": 1, "status": "ok", "keys": [], "links": [],
        }  # fmt: skip
        said = Translation(spans=pl.DataFrame([row], schema=SPAN))
        yard.intake.put(Message("mw.otlp", "otlp", "x", b"", at), said).result()
    rule, upto = the("F37"), _DAY + timedelta(hours=12, minutes=30)
    assert spells(yard.work, agreed(declared), rule, upto).filter(subject="mw.bus").is_empty()
    (silent,) = spells(yard.work, agreed(declared), rule, upto + timedelta(hours=1)).filter(subject="mw.bus").to_dicts()
    assert silent["began_at"] == _DAY + timedelta(hours=11, minutes=40)


def test_stock_that_was_not_counted_for_long(yard: Yard) -> None:
    """Three counts, of which the second came after two days; a partial one refreshes nothing."""
    count = "inventory.snapshot location=WH-W partner=3pl.west lines=-:A:100:EA x.complete="
    post = Post(yard, {}).tell(
        "2026-11-05 12:00",
        f"2026-11-02 06:00 {WEST} {count}true\n2026-11-03 06:00 {WEST} {count}false\n"
        f"2026-11-04 06:00 {WEST} {count}true\n2026-11-05 06:00 {WEST} {count}true",
    )
    (row,) = told(post, {}, the("S15"))
    assert row[1:3] == ("snapshot_old", f"{WEST}@WH-W")
    assert row[3:] == (datetime(2026, 11, 2, 6), datetime(2026, 11, 3, 8), datetime(2026, 11, 4, 6))


def test_hours_with_fewer_items_than_agreed(yard: Yard) -> None:
    """Two items an hour and more: one in the second hour, none in the two after it, then two again."""
    declared = {WEST: Source(expects=Expects(per_hour=(2, 30)))}
    post = Post(yard, declared)
    said = ("09:10", "09:20", "10:10", "13:10", "13:20", "14:05", "14:06")
    post.tell("2026-11-02 15:05", _heard(*(f"2026-11-02 {at}" for at in said)))
    (row,) = told(post, declared, the("A03"))
    assert row[1:3] == ("fewer", WEST)
    assert (row[3], row[5]) == (datetime(2026, 11, 2, 10), datetime(2026, 11, 2, 14))
    assert row[4] == row[3] + timedelta(hours=1) + the("A03").allowed


def test_what_stands_broken_counts_by_the_rule_that_is_tried(yard: Yard) -> None:
    """A hole in the numbers: with another grace it counts from another moment on; a rule over something else finds nothing."""
    declared = {"erp.main": Source(expects=Expects(numbered=True))}
    post = Post(yard, declared)
    story = "2026-11-02 09:00 erp.main order.created so=1 x.sequence=1\n2026-11-02 09:05 erp.main order.created so=3 x.sequence=3"
    post.tell("2026-11-02 12:00", story)
    (row,) = told(post, declared, the("F40b"))
    assert row[:3] == ("sequence_gap", "sequence_gap", "erp.main")
    (later,) = told(post, declared, the("F40b").model_copy(update={"grace": "2h"}))
    assert later[4] == datetime(2026, 11, 2, 11, 5)
    assert told(post, declared, the("F40b").model_copy(update={"grace": "9h"})) == []
    assert told(post, declared, the("F38")) == []


def _heard(*moments: str) -> str:
    return "\n".join(f"{at} {WEST} package.packed fo@3pl.west=F{n}" for n, at in enumerate(moments))
