"""Neither order of arrival nor duplicates change a Due, and the set-based kind says what a plain telling says."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from app.calendar import Calendars
from app.contracts import MOMENT
from app.model.taxonomy import EVENTS, RANK
from app.settings import Calendar
from rules import book
from rules.kinds import KINDS
from rules.moments import judged
from rules.rule import evidence
from tests.soak import examples

WEEK: Any = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-18:00")
CLOCKS = Calendars({"default": Calendar(zone="Europe/Berlin", hours=WEEK)})
RULES = book.resolve(book.load(KINDS))
MONDAY = datetime(2026, 11, 2, 9)
TYPES = sorted({name for rule in RULES for name in (*rule.start, *(s.event for s in rule.stop), *rule.void)})
TYPES += ["order.credit_held", "order.credit_released", "order.hold_placed", "order.hold_released"]


def moment(number: int, said: tuple[str, str, int, int, str | None]) -> dict[str, Any]:
    """One moment of one of two subjects, at a five-minute step so that ties are common."""
    name, subject, step, late, hold = said
    at = MONDAY + timedelta(minutes=5 * step)
    stage = EVENTS[name][1] or ("released" if name.startswith("crm") else "")
    row = {"subject": subject, "order_no": 1, "type": name, "occurred_at": at, "event_id": number}
    row |= {"arrived_at": at + timedelta(minutes=late), "source": "erp.main", "source_rank": number % 2, "revision": 1}
    row |= {"promised_at": MONDAY + timedelta(hours=late) if late % 2 else None, "hold_id": hold}
    return row | {"stage_rank": RANK.get(stage), "partner": "3pl.west" if late % 3 else None}


def frame(rows: list[dict[str, Any]], over: str) -> pl.DataFrame:
    """Moments of the subject type that a rule is over."""
    return pl.DataFrame([row | {"subject_type": over} for row in rows], schema=MOMENT)


said = st.tuples(
    st.sampled_from(TYPES),
    st.sampled_from(["one", "two"]),
    st.integers(0, 60),
    st.integers(0, 60),
    st.sampled_from(["H1", "H2", None]),
)
many = st.lists(said, max_size=14).map(lambda all_: [moment(n, one) for n, one in enumerate(all_)])


@given(many, st.sampled_from(RULES), st.randoms(use_true_random=False))
@settings(max_examples=examples(50), deadline=None)
def test_permutation_and_duplication_give_equal_dues(rows: list[dict[str, Any]], rule: Any, random: Any) -> None:
    """The same moments shuffled and some of them twice: the same Dues."""
    shuffled = rows + [row for row in rows if random.random() < 0.5]
    random.shuffle(shuffled)
    one, other = (judged(frame(some, rule.over), [rule], CLOCKS, KINDS[rule.kind]) for some in (rows, shuffled))
    keys = ["subject_type", "subject", "occurrence"]
    assert one.sort(keys).equals(other.sort(keys))
    assert one.select(keys).is_duplicated().sum() == 0


@given(many, st.sampled_from(RULES))
@settings(max_examples=examples(30), deadline=None)
def test_one_subject_is_judged_as_if_it_were_alone(rows: list[dict[str, Any]], rule: Any) -> None:
    """A Due follows from the moments of its subject and from nothing beside them."""
    together = judged(frame(rows, rule.over), [rule], CLOCKS, KINDS[rule.kind])
    for subject in ("one", "two"):
        own = frame([row for row in rows if row["subject"] == subject], rule.over)
        alone = judged(own, [rule], CLOCKS, KINDS[rule.kind])
        found = together.filter(pl.col("subject") == subject)
        assert found.sort("occurrence").equals(alone.sort("occurrence"))


@given(many)
@settings(max_examples=examples(10), deadline=None)  # each of them is a case of every rule
def test_all_rules_together_say_what_each_says_alone(rows: list[dict[str, Any]]) -> None:
    """One pass over all rules gives the Dues of one pass for each."""
    flat = pl.concat([frame(rows, over) for over in ("order", "fo", "sh", "inv", "rma", "po", "hold")])
    keys = ["rule", "subject_type", "subject", "occurrence"]
    together = judged(flat, RULES, CLOCKS, KINDS["deadline"]).sort(keys)
    alone = pl.concat([judged(flat, [rule], CLOCKS, KINDS["deadline"]) for rule in RULES]).sort(keys)
    assert together.equals(alone)


def plain(rows: list[dict[str, Any]]) -> tuple[datetime, datetime | None, datetime | None] | None:
    """S06 for one subject as one would tell it: start, met and void; None without a start."""
    rule = next(rule for rule in RULES if rule.id == "S06")
    in_order = sorted(rows, key=lambda row: (row["occurred_at"], row["source_rank"], row["event_id"]))
    start = next((r["occurred_at"] for r in in_order if r["type"] in rule.start), None)
    if start is None:
        return None
    near = start - timedelta(minutes=5)
    wanted = {event for stop in rule.stops for event in evidence(stop)}
    stops = [r["occurred_at"] for r in in_order if r["type"] in wanted]
    stop = min(stops, key=lambda at: (max(at, start), at < near, at), default=None)
    voids = [r["occurred_at"] for r in in_order if r["type"] in rule.void and r["occurred_at"] >= near]
    if voids and (stop is None or voids[0] < stop):
        return start, None, max(start, voids[0])
    return start, max(start, stop) if stop else None, None


@given(many)
@settings(max_examples=examples(40), deadline=None)
def test_the_set_based_kind_says_what_a_plain_telling_says(rows: list[dict[str, Any]]) -> None:
    """First start, first stop, void before stop: the same from loops over one subject."""
    rule = next(rule for rule in RULES if rule.id == "S06")
    found = {due["subject"]: due for due in judged(frame(rows, "fo"), [rule], CLOCKS, KINDS[rule.kind]).to_dicts()}
    for subject in ("one", "two"):
        expected = plain([row for row in rows if row["subject"] == subject])
        due = found.get(subject)
        assert (due and (due["started_at"], due["met_at"], due["void_at"])) == expected
