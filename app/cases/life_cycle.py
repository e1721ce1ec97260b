"""The life of a case, as a table of allowed moves and pure functions: a case in, its changed columns out.

Two tracks. The engine alone writes the *condition* (is it wrong?), people write the *status* (who is on it?), and
the engine touches the status only in these ways:

1. A fault opens a case: `new`. A fault that was over before anyone saw it opens one that is already `resolved`.
2. The same fault again, within the reopen window of its code or for the very same Due, reopens the resolved case:
   `new`. Later it is a new case that names the one before.
3. What a person has accepted or dismissed stays as it is while the same evidence is merely seen again, or less of it;
   another Due, a larger quantity or a higher severity reopens it.
4. When the condition clears, the case resolves by itself, except while somebody is `in_progress`: that person closes
   it, or the house does a day later.
5. A case that was reopened more than three times within a day is `flapping`: when its condition clears it stays open
   until it has been quiet for four times the `keep` of its code.
6. A retraction (`void`) resolves the case whatever its status; what had cleared already was then never wrong.
7. Severity rises at once, and wakes a snoozed case; it falls when the lower one has lasted for `keep`.
8. Time ends a snooze and a wait, and closes what has been resolved for 30 days.

People move a case as `ALLOWED` says; every step needs the version that the person saw.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.errors import Conflict

Row = dict[str, Any]
Changes = dict[str, Any]

STATUSES = ("new", "acknowledged", "in_progress", "waiting", "snoozed", "resolved", "closed")
OPEN = STATUSES[:5]
CONDITIONS = ("presumed", "active", "cleared", "void")
WRONG = ("presumed", "active")
SEVERITIES = ("critical", "high", "medium", "low")
#: Reasons that may end a case whose condition is still active.
DISMISSED = ("accepted", "duplicate_of", "not_a_fault", "corrected", "recalled")
REASONS = ("fixed", *DISMISSED)
#: The columns whose change makes a new version: what a person decides on.
DECIDED = ("status", "owner", "team", "severity", "condition", "folded_under")

LINGER = timedelta(hours=24)
#: More reopenings than `FLAPS` within `FLAPPING` make a case flap; it must then be quiet for `QUIET` times its `keep`.
FLAPS, FLAPPING, QUIET = 3, timedelta(hours=24), 4
CLOSE_AFTER = timedelta(days=30)
SNOOZE_AT_MOST = timedelta(days=7)

#: action of a person -> statuses from which it may be done.
ALLOWED: dict[str, tuple[str, ...]] = {
    "acknowledge": ("new",),
    "unacknowledge": ("acknowledged",),
    "assign": OPEN,
    "start": ("acknowledged", "waiting"),
    "wait": ("acknowledged", "in_progress"),
    "comment": STATUSES,
    "snooze": ("new", "acknowledged", "in_progress", "waiting"),
    "unsnooze": ("snoozed",),
    "resolve": OPEN,
    "reopen": ("resolved",),
    "escalate": ("acknowledged", "in_progress", "waiting"),
}


@dataclass(frozen=True, slots=True)
class Habit:
    """How the faults of a code come and go: again within `reopen_within` is the same case, calm is calm after `keep`."""

    reopen_within: timedelta = timedelta(hours=24)
    keep: timedelta = timedelta(minutes=15)

    def longer(self, other: "Habit") -> "Habit":
        """The longer of both times."""
        return Habit(max(self.reopen_within, other.reopen_within), max(self.keep, other.keep))


USUAL = Habit()


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says with an action; `on` and `until` belong to wait and snooze, `of` to duplicate_of.

    `reason` is the comment, or the code that resolves; `text` are free words beside it.
    """

    reason: str = ""
    text: str = ""
    owner: str | None = None
    team: str | None = None
    on: str | None = None
    until: datetime | None = None
    of: str | None = None

    def kept(self) -> dict[str, str]:
        """What was said, as the history keeps it: only what is there, as text."""
        return {name: str(value) for name, value in asdict(self).items() if value}


SAID = frozenset(f.name for f in fields(Said))
_CALM: Changes = {"calm_severity": None, "calm_at": None}
NOTHING_LEFT: Changes = {"waiting_on": None, "waiting_until": None, "snoozed_until": None, "before_snooze": None}


def worse(one: str, other: str) -> bool:
    """Whether severity `one` is higher than `other`."""
    return SEVERITIES.index(one) < SEVERITIES.index(other)


def stepped(case: Mapping[str, Any], action: str, said: Said, who: str, at: datetime) -> Changes:
    """What a person's action changes; raises Conflict when the state does not allow it or something is missing."""
    if action not in ALLOWED:
        raise Conflict(f"There is no action `{action}`.", f"Use one of {', '.join(ALLOWED)}.")
    if case["status"] not in ALLOWED[action]:
        allowed = " or ".join(ALLOWED[action])
        raise Conflict(f"The case is {case['status']}; `{action}` needs {allowed}.", "Read the case again.")
    return _STEPS[action](case, said, who, at)


def _acknowledge(case: Mapping[str, Any], said: Said, who: str, at: datetime) -> Changes:
    return {
        "status": "acknowledged",
        "acknowledged_at": at,
        "acknowledged_by": who,
        "owner": case["owner"] or who,
    }


def _unacknowledge(case: Mapping[str, Any], said: Said, who: str, at: datetime) -> Changes:
    return {"status": "new", "acknowledged_at": None, "acknowledged_by": None}


def _assign(case: Mapping[str, Any], said: Said, who: str, at: datetime) -> Changes:
    """To give a new case to somebody is to have seen it."""
    if not said.owner and not said.team:
        raise Conflict("Assign to whom?", "Give `owner`, `team` or both.")
    seen = {} if case["status"] != "new" else {"status": "acknowledged", "acknowledged_at": at, "acknowledged_by": who}
    return seen | {"owner": said.owner or said.team, "team": said.team or case["team"]}


def _start(case: Mapping[str, Any], said: Said, who: str, at: datetime) -> Changes:
    return NOTHING_LEFT | {"status": "in_progress"}


def _wait(case: Mapping[str, Any], said: Said, who: str, at: datetime) -> Changes:
    if not said.on or not said.until or said.until <= at:
        raise Conflict("Wait for whom, and until when?", "Give `on` and an `until` that lies ahead.")
    return {"status": "waiting", "waiting_on": said.on, "waiting_until": said.until}


def _comment(case: Mapping[str, Any], said: Said, who: str, at: datetime) -> Changes:
    if not (said.reason or said.text).strip():
        raise Conflict("The comment is empty.", "Give its `text`.")
    return {}


def _snooze(case: Mapping[str, Any], said: Said, who: str, at: datetime) -> Changes:
    if not said.until or not at < said.until <= at + SNOOZE_AT_MOST:
        raise Conflict("A snooze needs an end within seven days.", "Give an `until` that lies ahead.")
    return {"status": "snoozed", "snoozed_until": said.until, "before_snooze": case["status"]}


def _unsnooze(case: Mapping[str, Any], said: Said, who: str, at: datetime) -> Changes:
    return woken(case)


def _resolve(case: Mapping[str, Any], said: Said, who: str, at: datetime) -> Changes:
    reason = said.reason or "fixed"
    if reason not in REASONS:
        raise Conflict(f"`{reason}` is no way to resolve a case.", f"Use one of {', '.join(REASONS)}.")
    if case["condition"] in WRONG and reason not in DISMISSED:
        raise Conflict("The fault is still there.", f"Resolve it as one of {', '.join(DISMISSED)}.")
    if reason == "duplicate_of" and (not said.of or said.of == case["id"]):
        raise Conflict("A duplicate of which case?", "Give the other case's id as `of`.")
    healed = {} if case["cleared_at"] else {"cleared_at": at, "cleared_by": "person"}
    return _ended(at) | healed | {
        "resolution": reason,
        "duplicate_of": said.of if reason == "duplicate_of" else None,
    }  # fmt: skip


def _reopen(case: Mapping[str, Any], said: Said, who: str, at: datetime) -> Changes:
    return reopened(case)


def _escalate(case: Mapping[str, Any], said: Said, who: str, at: datetime) -> Changes:
    given = {"owner": said.owner or said.team} if said.owner or said.team else {}
    return NOTHING_LEFT | _unacknowledge(case, said, who, at) | given | ({"team": said.team} if said.team else {})


_STEPS: dict[str, Callable[[Mapping[str, Any], Said, str, datetime], Changes]] = {
    "acknowledge": _acknowledge,
    "unacknowledge": _unacknowledge,
    "assign": _assign,
    "start": _start,
    "wait": _wait,
    "comment": _comment,
    "snooze": _snooze,
    "unsnooze": _unsnooze,
    "resolve": _resolve,
    "reopen": _reopen,
    "escalate": _escalate,
}


def woken(case: Mapping[str, Any]) -> Changes:
    """The case as it was before it was snoozed; a wait that ended meanwhile is over."""
    return {"status": case["before_snooze"] or "new", "snoozed_until": None, "before_snooze": None}


def reopened(case: Mapping[str, Any]) -> Changes:
    """The same case again, as new work."""
    return NOTHING_LEFT | {
        "status": "new",
        "rests_at": None,
        "reopened": case["reopened"] + 1,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "cleared_at": None,
        "cleared_by": None,
        "resolved_at": None,
        "resolution": None,
        "duplicate_of": None,
    }


def returned(case: Mapping[str, Any], at: datetime) -> Changes:
    """Reopened by its fault at `at`: sentence 5 counts how often that happened within a day."""
    lately = [one for one in case["reopenings"] if datetime.fromisoformat(one) > at - FLAPPING]
    often = [*lately, at.isoformat()]
    return reopened(case) | {"reopenings": often, "flapping": len(often) > FLAPS} | _CALM


def cleared(case: Mapping[str, Any], healed_at: datetime, at: datetime, habit: Habit = USUAL) -> Changes:
    """The condition has cleared: sentences 4 and 5."""
    changes: Changes = {"condition": "cleared"}
    if case["status"] in (*OPEN, "resolved") and not case["cleared_at"]:
        changes |= {"cleared_at": healed_at, "cleared_by": "auto"}
    if case["status"] == "in_progress":
        return changes | {"rests_at": at + LINGER}
    if case["status"] in OPEN:
        changes |= {"rests_at": at + QUIET * habit.keep} if case["flapping"] else _ended(at)
    return changes


def voided(case: Mapping[str, Any], at: datetime) -> Changes:
    """It was never wrong: sentence 5."""
    changes: Changes = {"condition": "void", "cleared_at": at, "cleared_by": "void"}
    return changes | (_ended(at) if case["status"] in OPEN else {})


def _ended(at: datetime) -> Changes:
    return NOTHING_LEFT | _CALM | {"status": "resolved", "resolved_at": at, "rests_at": None, "flapping": False}


def graded(case: Mapping[str, Any], severity: str, at: datetime, keep: timedelta) -> Changes:
    """The severity of an open case of which `severity` is said at `at`: sentence 7."""
    if severity == case["severity"]:
        return dict(_CALM)
    if worse(severity, case["severity"]):
        return {"severity": severity} | _CALM
    if severity == case["calm_severity"]:
        return {}
    return {"calm_severity": severity, "calm_at": at + keep}


def rested(case: Mapping[str, Any], now: datetime) -> Changes:
    """What time alone does to a case at `now`: sentences 4, 5, 7 and 8; empty when nothing is due."""
    calmed = case["status"] in OPEN and case["calm_at"] and case["calm_at"] <= now
    calm: Changes = {"severity": case["calm_severity"]} | _CALM if calmed else {}
    return calm | _rested(case, now)


def _rested(case: Mapping[str, Any], now: datetime) -> Changes:
    status = case["status"]
    if status in OPEN and case["rests_at"] and case["rests_at"] <= now:
        return _ended(now)
    if status == "resolved" and case["resolved_at"] + CLOSE_AFTER <= now:
        return {"status": "closed", "closed_at": now}
    if status == "snoozed" and case["snoozed_until"] <= now:
        return woken(case)
    if status == "waiting" and case["waiting_until"] <= now:
        return NOTHING_LEFT | {"status": "in_progress"}
    return {}


def returns(case: Mapping[str, Any], due: str, severity: str, at: datetime, within: timedelta) -> bool:
    """Whether a fault seen again at `at` reopens this resolved case: sentences 2 and 3."""
    if known(case, due):
        return worse(severity, case["severity"])
    return due in case["dues"] or bool(at - case["resolved_at"] <= within)


def known(case: Mapping[str, Any], due: str) -> bool:
    """Whether a person has accepted or dismissed this very evidence, or more of it."""
    return case["resolution"] in DISMISSED and any(no_more(due, one) for one in case["dues"])


def no_more(due: str, other: str) -> bool:
    """Whether a Due tells no more than another: the same, or of the same lines (`line:quantity`) no larger quantities."""
    if due == other:
        return True
    few, many = _quantities(due), _quantities(other)
    return bool(few) and all(line in many and few[line] <= many[line] for line in few)


def _quantities(due: str) -> dict[str, Decimal]:
    """rule:line -> quantity, where the occurrence of a Due tells quantities and nothing else; otherwise nothing."""
    rule, _, occurrence = due.partition(":")
    found = {
        f"{rule}:{line}": _decimal(qty) for line, _, qty in (part.rpartition(":") for part in occurrence.split(" "))
    }
    told = {line: qty for line, qty in found.items() if qty is not None and line != f"{rule}:"}
    return told if len(told) == len(occurrence.split(" ")) else {}


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if re.fullmatch(r"-?\d{1,20}(\.\d{1,6})?", text) else None
