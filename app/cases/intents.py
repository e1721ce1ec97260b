"""An intent: what the engine wants done to a case. It is written in the record store and applied here, in order."""

import hashlib
from datetime import datetime
from json.encoder import encode_basestring_ascii as _quoted
from typing import Literal

import msgspec

Action = Literal["raise", "clear", "void", "update"]


class Intent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One wish of the engine. Instants are naive UTC; None means "nothing new" when a case already stands.

    `seq` grows without repeats within one scope. `rule` and `occurrence` name the Due: a case clears only when every
    Due that raised it has cleared; an empty `occurrence` on clear or void means all of them.
    """

    seq: int
    at: datetime
    action: Action
    code: str
    subject_type: str
    subject: str
    occurrence: str = ""
    rule: str = ""
    rule_version: str = ""
    order_id: str | None = None
    so: str | None = None
    customer: str | None = None
    partner: str | None = None
    system: str | None = None
    tier: str | None = None
    channel: str | None = None
    entity: str | None = None
    cause: str | None = None
    severity: str | None = None
    owner: str | None = None
    value: str | None = None
    currency: str | None = None
    started_at: datetime | None = None
    due_at: datetime | None = None
    detected_at: datetime | None = None
    met_at: datetime | None = None
    condition: str | None = None
    confidence: str | None = None
    found_late: bool = False
    reason: str = ""
    evidence: list[str] | tuple[str, ...] = ()


def key_of(scope: str, intent: Intent) -> str:
    """The key under which at most one case is open: code and subject within a scope."""
    return digest(scope, intent.code, intent.subject_type, intent.subject)


def digest(*parts: str | int) -> str:
    """Sixteen hex digits that depend on every part and on nothing else."""
    told = ", ".join([_quoted(part) if isinstance(part, str) else str(part) for part in parts])
    return hashlib.sha256(f"[{told}]".encode()).hexdigest()[:16]
