"""A full extract of a system beside what that system had told us: every difference, one row each.

What an extract claims of an order is the newest of its events that tells a stage; of a line, what an order event of the
owner says was ordered. A claim younger than `before` proves nothing: its message may still be on the way.
"""

from datetime import datetime
from typing import Any

import polars as pl

from app.model.keys import ALIAS, keyed
from app.model.taxonomy import CRM_STAGE, EVENTS, RANK, role
from app.store.questions.asking import Asking, Beside, Row
from app.store.statements import statement

#: What can differ: `unknown` to us; `missed`, the extract is further; `contradicted`, it is less far; `quantity` of a line;
#: `absent`, open here and not in a complete extract.
KINDS = ("unknown", "missed", "contradicted", "quantity", "absent")
_STRENGTH = {kind: place for place, kind in enumerate(ALIAS)}
_REPORTS = (
    "select attrs ->> '$.of' as source, occurred_at as at, reason as outcome, attrs as report from event"
    " where type = 'reconciliation.completed' and source = 'orderscope' and (attrs ->> '$.of' = $source or $source = '')"
)
_ORDERING = ("order.created", "order.changed")


def claims(said: pl.DataFrame, mentions: pl.DataFrame, scopes: dict[str, str]) -> pl.DataFrame:
    """What events claim, by alias key: key, stage, rank, said_at, lines (null unless the event orders); one row per event.

    Events that name no alias claim nothing of an order.
    """
    told = keyed(said, mentions, scopes)
    kind = pl.element().str.split(":").list.first()
    strongest = pl.col("keys").list.eval(
        pl.element().filter(kind.is_in(ALIAS)).sort_by(kind.replace_strict(_STRENGTH, default=99))
    )
    stage = pl.coalesce(_word_of_crm(), pl.col("type").replace_strict(_stages(), default=None, return_dtype=pl.String))
    ordering = pl.when(pl.col("type").is_in(_ORDERING)).then(pl.col("lines"))
    return told.select(
        key=strongest.list.first(), stage=stage, said_at="occurred_at", revision="revision", lines=ordering
    ).with_columns(
        rank=pl.col("stage").replace_strict(RANK, default=None, return_dtype=pl.Int32)
    ).drop_nulls("key")  # fmt: skip


def differences(
    reader: Beside, told: pl.DataFrame, source: str, others: list[str], complete: bool, before: datetime
) -> pl.DataFrame:
    """Columns key, what (of KINDS), here, there: in order of kind and key. `told` has the columns of `claims`.

    `others` are the ERPs whose order numbers the source does not have: it need not name their orders.
    """
    values: dict[str, Any] = {
        "source": source, "role": role(source), "others": others, "complete": complete, "before": before,
    }  # fmt: skip
    lines = told.drop_nulls("lines").select("key", "said_at", "revision", "lines")
    return reader.ask_beside({"claim": told.drop("lines"), "claim_line": lines}, statement("questions/extract"), values)


def reports(reader: Asking, source: str, offset: int, limit: int) -> tuple[list[Row], int]:
    """The newest comparisons of extracts, of one source or all: source, at, outcome and the report as JSON text; and how
    many there are."""
    values = {"source": source}
    total = reader.rows(f"select count(*) as n from ({_REPORTS})", values)[0]["n"]
    page = f"{_REPORTS} order by occurred_at desc, event_id limit $limit offset $offset"
    return reader.rows(page, values | {"limit": limit, "offset": offset}), total


def _stages() -> dict[str, str]:
    return {event: stage for event, (_, stage) in EVENTS.items() if stage}


def _word_of_crm() -> pl.Expr:
    """The stage that a CRM's status means; null for other systems."""
    said = pl.col("status").str.to_lowercase().replace_strict(CRM_STAGE, default=None, return_dtype=pl.String)
    return pl.when(pl.col("source").str.starts_with("crm")).then(said)
