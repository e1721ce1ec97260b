"""Cases against worked examples of other projects: one case per key, and two reports of one fault.

What concerns escalation, groups of alerts and acknowledgements that expire belongs to notifications and is left out.
"""

from datetime import timedelta
from typing import Any

import pytest

from app.cases import Cases
from tests.cases.desk import START, everything, intent, moves, only
from tests.conformance import cases as kit
from tests.conformance import needed

pytestmark = needed
#: Reports of the kit come without times; here further apart than the same fault is the same case.
APART = 25 * 60


def reported(cases: Cases, reports: list[dict[str, str]]) -> tuple[list[int | None], list[int]]:
    """The number of the case that each report is part of, and of those that are open in the end."""
    numbers: dict[str, int] = {}
    items: list[int | None] = []
    for seq, report in enumerate(reports, 1):
        key = report.get("key") or f"{report['service']} {report['summary']}"
        action = "raise" if report["action"] == "open" else "clear"
        before = len(moves(cases))
        said = {"occurrence": str(seq)} if action == "raise" else {"occurrence": ""}
        cases.apply([intent(seq, action, subject=key, order_id=None, minutes=APART * seq, **said)])
        touched = [m.case_id for m in moves(cases)[before:]]
        items.append(numbers.setdefault(touched[-1], len(numbers)) if touched else None)
    return items, sorted(numbers[c["id"]] for c in everything(cases).values() if c["status"] == "new")


@pytest.mark.parametrize(("_", "case"), kit("dedup_and_lifecycle"))
def test_dedup_and_lifecycle(_: Any, case: Any, cases: Cases) -> None:
    """One open case per key, nothing opened by a close, nothing closed for its age alone."""
    given, expect = case["given"], case["expect"]
    if given["op"] == "auto_close":
        ages = [START - timedelta(days=item["age_days"]) for item in given["items"]]
        cases.apply([intent(n, subject=str(n), at=at) for n, at in enumerate(ages, 1)])
        cases.tidy(START)
        found = {
            n
            for n, row in enumerate(sorted(everything(cases).values(), key=lambda c: c["subject"]["key"]))
            if row["status"] == "new"
        }
        assert sorted(found) == expect["open"] and expect["closed"] == []
        return
    items, left = reported(cases, given["reports"])
    assert (items, left) == (expect["items"], expect["open"])


@pytest.mark.parametrize(("_", "case"), kit("exception_merge"))
def test_exception_merge(_: Any, case: Any, cases: Cases) -> None:
    """A report that a fault has ended gives its case start, end and the time of the news, whatever end was foreseen."""
    older, newer, expect = case["given"]["older"], case["given"]["newer"], case["expect"]
    at = {name: START + timedelta(minutes=value) for name, value in expect.items()}
    cases.apply([
        intent(1, at=START + timedelta(minutes=older["updated"]), started_at=START + timedelta(minutes=older["start"])),
        intent(2, "clear", at=START + timedelta(minutes=newer["updated"]), met_at=START + timedelta(minutes=newer["end"])),
    ])  # fmt: skip
    found = cases.one(only(cases)["id"])
    told = [found["started_at"], found["cleared_at"], found["history"][-1]["at"]]
    assert told == [one.isoformat() + "Z" for one in (at["start"], at["end"], at["updated"])]
