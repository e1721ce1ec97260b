"""The life of a case, as a table of allowed moves and pure functions: a case in, its changed columns out.

Two tracks. The engine alone writes the *condition* (is it wrong?), people write the *status* (who is on it?), and
the engine touches the status only in these ways:

1. A fault opens a case: `new`. A fault that was over before anyone saw it opens one that is already `resolved`.
2. The same fault again, within the reopen window or for the very same Due, reopens the resolved case: `new`.
3. What a person has accepted or dismissed stays resolved while the same Due is merely seen again; another Due or a
   higher severity reopens it.
4. When the condition clears, the case resolves by itself, except while somebody is `in_progress`: that person closes
   it, or the house does a day later.
5. A retraction (`void`) resolves the case whatever its status.
6. A higher severity wakes a snoozed case at once.
7. Time ends a snooze and a wait, and closes what has been resolved for 30 days.

People move a case as `ALLOWED` says; every step needs the version that the person saw.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
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

REOPEN_WITHIN = timedelta(hours=24)
LINGER = timedelta(hours=24)
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
    return NOTHING_LEFT | healed | {
        "status": "resolved",
        "resolved_at": at,
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
        "reopened": case["reopened"] + 1,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "cleared_at": None,
        "cleared_by": None,
        "resolved_at": None,
        "resolution": None,
        "duplicate_of": None,
    }


def cleared(case: Mapping[str, Any], healed_at: datetime, at: datetime) -> Changes:
    """The condition has cleared: sentence 4."""
    changes: Changes = {"condition": "cleared"}
    if case["status"] in (*OPEN, "resolved") and not case["cleared_at"]:
        changes |= {"cleared_at": healed_at, "cleared_by": "auto"}
    if case["status"] in OPEN and case["status"] != "in_progress":
        changes |= _ended(at)
    return changes


def voided(case: Mapping[str, Any], at: datetime) -> Changes:
    """It was never wrong: sentence 5."""
    changes: Changes = {"condition": "void", "cleared_at": at, "cleared_by": "void"}
    return changes | (_ended(at) if case["status"] in OPEN else {})


def _ended(at: datetime) -> Changes:
    return NOTHING_LEFT | {"status": "resolved", "resolved_at": at}


def rested(case: Mapping[str, Any], now: datetime) -> Changes:
    """What time alone does to a case at `now`: sentences 4 and 7; empty when nothing is due."""
    status = case["status"]
    if status == "resolved" and case["resolved_at"] + CLOSE_AFTER <= now:
        return {"status": "closed", "closed_at": now}
    if status == "snoozed" and case["snoozed_until"] <= now:
        return woken(case)
    if status == "waiting" and case["waiting_until"] <= now:
        return NOTHING_LEFT | {"status": "in_progress"}
    healed_at = case["cleared_at"] if case["condition"] == "cleared" else None
    if status == "in_progress" and healed_at and healed_at + LINGER <= now:
        return _ended(now)
    return {}


def returns(case: Mapping[str, Any], due: str, severity: str, at: datetime) -> bool:
    """Whether a fault seen again at `at` reopens this resolved case: sentences 2 and 3."""
    same = due in case["dues"]
    if case["resolution"] in DISMISSED and same:
        return worse(severity, case["severity"])
    return same or bool(at - case["resolved_at"] <= REOPEN_WITHIN)
