"""Clocks, policies and watermarks against worked examples of other projects.

An item of the kit is an order that is asked for and shipped; a pause is a hold, which ends at the latest when the
item is closed. What a clock ran is working time less the pauses, as the kind counts them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from app.calendar import Calendars
from app.contracts import LABELS, MOMENT
from app.model.event import INSTANT
from app.model.taxonomy import EVENTS, RANK
from app.model.watermarks import Told, combined, is_idle, watermark
from rules import book, labels
from rules.kinds import KINDS
from rules.moments import judged
from rules.pauses import pauses, stood
from rules.rule import Deadline, Resolved
from tests.conformance import calendar, cases, close_to, instant, needed

pytestmark = needed
TYPES = {
    "start": "fulfillment.requested", "respond": "fulfillment.acknowledged", "close": "shipment.posted",
    "pause": "order.hold_placed", "resume": "order.hold_released", "cancel": "order.cancelled",
}  # fmt: skip
PLAIN: dict[str, Any] = {
    "id": "T01", "code": "work_overdue", "title": "Worked on", "kind": "deadline", "over": "order", "start": TYPES["start"],
    "stop": TYPES["close"], "void": TYPES["cancel"], "clock": "B", "calendar": "it", "target": "1h", "pause": TYPES["pause"],
    "owner": "nobody", "runbook": "This rule stands in a test only.",
}  # fmt: skip


def resolved(**said: Any) -> Resolved:
    """A rule for items of the kit."""
    return book.resolve([Deadline.model_validate(PLAIN | said)])[0]


def due(events: Iterable[tuple[datetime, str]], rule: Resolved, clocks: Calendars) -> dict[str, Any] | None:
    """The Due of an item to which these things happened."""
    rows = [_moment(number, at, TYPES[name]) for number, (at, name) in enumerate(events)]
    found = judged(pl.DataFrame(rows, schema=MOMENT), [rule], clocks, KINDS["deadline"]).to_dicts()
    return found[0] if found else None


def _moment(number: int, at: datetime, name: str) -> dict[str, Any]:
    row = dict.fromkeys(MOMENT) | {"subject_type": "order", "subject": "one", "order_no": 1, "type": name}
    row |= {"occurred_at": at, "arrived_at": at, "source": "erp.main", "source_rank": 0, "event_id": number}
    return row | {"stage_rank": RANK.get(EVENTS[name][1])}


def told(given: dict[str, Any]) -> list[tuple[datetime, str]]:
    """The events of an item; closing it ends a pause."""
    events = [(instant(event["at"]), event["type"]) for event in given["events"]]
    paused = [name for _, name in events if name in ("pause", "resume")][-1:] == ["pause"]
    return events + [(at, "resume") for at, name in events if name == "close" and paused]


def spans(events: list[tuple[datetime, str]], stop: str, clocks: Calendars) -> tuple[float, float]:
    """Working seconds from the start to the first stop: those that the clock ran, and those it was paused."""
    start = events[0][0]
    end = min(at for at, name in events if name in (stop, "close"))
    clock = pl.DataFrame({"key": [1], "started_at": [start], "stop_at": [end], "calendar": ["it"]})
    begins = [at for at, name in events if name == "pause"]
    ends = [at for at, name in events if name == "resume"]
    held = {"key": [1] * len(begins), "placed": begins, "ended": ends}
    intervals = pl.DataFrame(held, schema={"key": pl.Int64, "placed": INSTANT, "ended": INSTANT})
    whole = clocks.elapsed(clock["started_at"], clock["stop_at"], clock["calendar"])[0].total_seconds()
    keys = clock.select("key", limit=pl.lit(float("inf")))
    paused = stood(keys, pauses(clock, intervals, clocks))["more"][0]
    return whole - paused, paused


@pytest.mark.parametrize(("definitions", "case"), cases("sla_clock"))
def test_sla_clock(definitions: Any, case: Any) -> None:
    """What an item owes by when, how long its clock ran and what is left, over pauses, holidays and clock changes."""
    given, expect = case["given"], case["expect"]
    clocks, events = Calendars({"it": calendar(definitions["calendars"][given["calendar"]])}), told(given)
    for name, target in given["targets"].items():
        stop = target.get("stops_on", "close")
        if name in expect.get("due", {}):
            found = due(events, resolved(stop=TYPES[stop], target=f"{target['working_seconds']}s"), clocks)
            assert found is not None
            assert found["due_at"] == instant(expect["due"][name])
        if name in expect.get("elapsed_seconds", {}):
            ran, paused = spans(events, stop, clocks)
            assert ran == expect["elapsed_seconds"][name]
            assert target["working_seconds"] - ran == expect.get("remaining_seconds", {}).get(
                name, target["working_seconds"] - ran
            )
            assert paused == expect.get("paused_working_seconds", paused)
            percent = 100 * ran / target["working_seconds"]
            assert close_to(percent, expect.get("percent_elapsed", {}).get(name, percent))


def stage(found: dict[str, Any] | None) -> str:
    """The kit's word for what a Due says."""
    if found is None:
        return "none"
    if found["void_at"]:
        return "cancelled"
    return "completed" if found["met_at"] else "in_progress" if found["due_at"] else "paused"


def changes(updates: list[dict[str, bool]]) -> list[list[tuple[datetime, str]]]:
    """What happened at each update, an hour apart: a condition that became true, and a pause that ended."""
    words = {"start": "start", "stop": "close", "cancel": "cancel", "pause": "pause"}
    happened, before = [], dict[str, bool]()
    for number, update in enumerate(updates):
        at = datetime(2026, 1, 5, 8) + timedelta(hours=number)
        now = [(at, word) for name, word in words.items() if update.get(name) and not before.get(name)]
        ended = [(at, "resume")] if before.get("pause") and not update.get("pause") else []
        happened.append(now + ended)
        before = update
    return happened


@pytest.mark.parametrize(("definitions", "case"), cases("sla_lifecycle"))
def test_sla_lifecycle(definitions: Any, case: Any) -> None:
    """The stage of a clock after each change of its conditions, and that there is one clock."""
    happened, rule = changes(case["given"]["updates"]), resolved(clock="E", calendar="", target="90m")
    found = [
        due([one for some in happened[: n + 1] for one in some], rule, Calendars({})) for n in range(len(happened))
    ]
    assert [stage(one) for one in found] == case["expect"]["stages"]
    assert [int(one is not None) for one in found] == case["expect"]["attachments"]


@pytest.mark.parametrize(("definitions", "case"), cases("sla_policy_match"))
def test_sla_policy_match(definitions: Any, case: Any) -> None:
    """A policy is an override: the first that matches the item counts, else what the rule says without any."""
    policies = case["given"]["policies"]
    default = next((one["name"] for one in policies if one["default"]), "none")
    mine = [{"when": one["conditions"], "owner": one["name"]} for one in policies if one["conditions"]]
    rule = resolved(owner=default, override=mine)
    items = pl.DataFrame(case["given"]["items"], schema=dict.fromkeys(LABELS, pl.String))
    found = items.with_columns(*labels.in_force(rule))["owner"].to_list()
    assert [None if owner == "none" else owner for owner in found] == case["expect"]["policy"]


def steps(given: dict[str, Any]) -> tuple[list[int | None], list[bool]]:
    """The combined watermark, and whether all sources are idle, after each step."""
    sources: dict[str, Told] = {name: Told() for name in given["sources"]}
    marks: list[int | None] = []
    idle = []
    for step in given["steps"]:
        name, done = step["source"], step["do"]
        if done == "remove":
            del sources[name]
        else:
            sources[name] = Told(step.get("value", sources[name].watermark), done == "idle")
        marks.append(combined(sources.values(), marks[-1] if marks else None))
        idle.append(all(one.idle for one in sources.values()))
    return marks, idle


def idleness(given: dict[str, Any]) -> list[bool]:
    """Whether a source is idle after each entry."""
    silence, found = 0, []
    is_idle(silence, given["timeout_ms"])
    for entry in given["sequence"]:
        silence = 0 if entry.get("event") else silence + entry["advance_ms"]
        found.append(is_idle(silence, given["timeout_ms"]))
    return found


@pytest.mark.parametrize(("definitions", "case"), cases("watermarks"))
def test_watermarks(definitions: Any, case: Any) -> None:
    """Up to when a source is complete, several together, and when one is left out as idle."""
    given, expect = case["given"], case["expect"]
    if given["op"] == "source":
        newest = max(given["event_times_ms"], default=None)
        assert watermark(newest, given["bound_ms"]) == expect["watermark_ms"]
    elif given["op"] == "combine":
        assert steps(given) == (expect["combined"], expect["idle"])
    elif expect.get("valid", True):
        assert idleness(given) == expect["idle"]
    else:
        with pytest.raises(ValueError, match="some silence"):
            idleness(given)
