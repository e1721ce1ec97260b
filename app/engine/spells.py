"""Judgements that rules make of what is no order, each as long as its spell lasts: budgets that burn, interfaces that degrade."""

from typing import Any

import polars as pl

from app.model.event import INSTANT
from app.store.work import Work

#: A spell as it is stored. `until` is when it ends unless more becomes known, null where nothing tells.
JUDGED: dict[str, Any] = {
    "subject_type": pl.String, "subject": pl.String, "code": pl.String, "cause": pl.String, "occurrence": pl.String,
    "since": INSTANT, "until": INSTANT, "system": pl.String, "partner": pl.String, "owner": pl.String,
    "severity": pl.String, "detail": pl.String, "rule": pl.String, "rule_version": pl.String,
}  # fmt: skip


def replace_spells(work: Work, kind: str, rows: list[dict[str, Any]]) -> None:
    """These spells take the place of those of their kind; `spelled` holds the numbers of both."""
    work.hold("judged_spell", pl.DataFrame(rows, schema=JUDGED, orient="row"))
    work.run("judge/spell", kind=kind)
