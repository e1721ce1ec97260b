"""A desk for the tests: a workflow store in a folder, intents by a few words, people who act."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.cases import Cases, Identity, Intent, Store
from app.cases.apply import House
from app.cases.tables import move
from app.settings import Partner, Route

START = datetime(2026, 11, 2, 9)
KIM = Identity("kim", roles=frozenset({"operations"}))
LEE = Identity("lee", roles=frozenset({"owner"}), teams=("3pl-desk",), owners=("3pl.west-desk",))


def desk(folder: Path, routes: tuple[Route, ...] = (), partners: dict[str, Partner] | None = None) -> Cases:
    """The cases of a new or existing store in a folder."""
    return Cases(Store(f"sqlite:///{folder / 'workflow.sqlite'}"), House(routes, partners))


def intent(
    seq: int, action: Any = "raise", code: str = "ack_overdue", subject: str = "fo:3pl.west:1-1", **more: Any
) -> Intent:
    """An intent about order `ord_1`; `minutes` after the start."""
    said: dict[str, Any] = {
        "at": START + timedelta(minutes=more.pop("minutes", seq)), "subject_type": "fo", "occurrence": "1",
        "rule": "S06", "rule_version": "1", "order_id": "ord_1", "so": "4711", "partner": "3pl.west",
        "severity": "high", "owner": "partner", "condition": "active", "due_at": START,
        "value": "41.00", "currency": "USD",
    }  # fmt: skip
    return Intent(seq=seq, action=action, code=code, subject=subject, **(said | more))


def everything(cases: Cases) -> dict[str, dict[str, Any]]:
    """Every case by id, folded and closed ones too."""
    rows, _, _ = cases.list({"status": "all", "folded": "true"}, limit=1000)
    return {row["id"]: row for row in rows}


def only(cases: Cases) -> dict[str, Any]:
    """The one case there is."""
    (row,) = everything(cases).values()
    return row


def moves(cases: Cases) -> list[Any]:
    """Every move, oldest first."""
    with cases.store.reading() as connection:
        return list(connection.execute(select(move).order_by(move.c.sequence)).all())
