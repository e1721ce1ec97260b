"""The engine's side of the record store: runs its statements in one transaction, and nothing else writes there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import polars as pl

from app.model import taxonomy
from app.model.keys import ALIAS, CONTEXT, RELATION, SHARED
from app.store.database import Database, transaction
from app.store.statements import statement

#: Steps that say what was ordered, what else a node was asked for, what was short, and what a supplier does in the node's place.
_ORDERING = (
    "order.captured", "order.created", "order.changed", "fulfillment.change_requested", "pick.shorted", "asn.received",
    "purchase_order.acknowledged", "purchase_order.sent",
)  # fmt: skip
#: Which quantity of the ledger a step moves, and whether it sets it or adds to it.
_MEASURES = {
    "order.allocated": ("allocated", True), "order.backordered": ("backordered", True),
    "order.released": ("released", False), "fulfillment.acknowledged": ("acknowledged", False),
    "pick.confirmed": ("picked", False), "shipment.dispatched": ("shipped", False),
    "shipment.posted": ("posted", False), "shipment.delivered": ("delivered", False),
    "invoice.posted": ("invoiced", False), "return.received": ("returned", False),
    "credit.issued": ("credited", False), "order.cancelled": ("cancelled", False),
}  # fmt: skip


class Work:
    """A connection with the words of the taxonomy as small tables; `run` and `ask` know statements by their names."""

    def __init__(self, database: Database) -> None:
        self._con = database.connection()
        self._parsed: dict[str, list[Any]] = {}
        self.made_by = f"duckdb {duckdb.__version__}"
        for name, frame in _vocabulary().items():
            self.hold(name, frame)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that happens inside is published together, or not at all."""
        with transaction(self._con):
            yield

    def run(self, name: str, **values: Any) -> None:
        """Run each statement of a file with the values it names."""
        if name not in self._parsed:
            self._parsed[name] = self._con.extract_statements(statement(name))
        for one in self._parsed[name]:
            wanted = {key: values[key] for key in one.named_parameters}
            self._con.execute(one, wanted) if wanted else self._con.execute(one)

    def run_sql(self, text: str) -> None:
        """Run one small statement."""
        self._con.execute(text)

    def ask(self, query: str, **values: Any) -> pl.DataFrame:
        """The answer to a statement (a name, or SQL for small things) as a frame."""
        text = statement(query) if " " not in query else query
        answer: pl.DataFrame = self._con.sql(text, params=values or None).pl()
        return answer

    def rows(self, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        """The answer to a query as dicts: for few rows quicker than a frame."""
        answer = self._con.execute(query, values or None)
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def number(self, query: str) -> int:
        """The one number that a query gives; 0 for none."""
        return int(self._con.execute(query).fetchall()[0][0] or 0)

    def hold(self, name: str, frame: pl.DataFrame) -> None:
        """Keep a frame as a temporary table of this connection."""
        self._con.register("held", frame.to_arrow())
        self._con.execute(f"create or replace temp table {name} as from held")
        self._con.unregister("held")

    def replace(self, table: str, query: str) -> None:
        """The touched orders take their new rows of a table of facts: by name, the rest stays empty."""
        self._con.execute(f"delete from {table} where order_no in (select order_no from touched)")
        self._con.execute(f"insert into {table} by name {query}")

    def close(self) -> None:
        """Let the connection go."""
        self._con.close()


def _document(event: str) -> str | None:
    """The kind of key that names the document of which a step is a line."""
    if event in ("order.released", "fulfillment.requested", "fulfillment.acknowledged"):
        return "fo"
    return {"shipment": "sh", "asn": "asn", "invoice": "inv", "credit": "cm", "return": "rc"}.get(
        event.split(".", maxsplit=1)[0]
    )


def _vocabulary() -> dict[str, pl.DataFrame]:
    classes = [("alias", ALIAS), ("relation", RELATION), ("shared", SHARED), ("context", CONTEXT)]
    kinds = [(kind, name, at) for name, group in classes for at, kind in enumerate(group)]
    rank = taxonomy.RANK
    types = [(t, list(o), s, rank.get(s), taxonomy.HOLDS.get(t)) for t, (o, s) in taxonomy.EVENTS.items()]
    measured = [
        (t, *_MEASURES.get(t, ("", False)), s, rank.get(s))
        for t, (_, s) in taxonomy.EVENTS.items()
        if t in _MEASURES or s
    ]
    text, whole = pl.String, pl.Int32
    return {
        "key_kind": pl.DataFrame(kinds, schema={"kind": text, "class": text, "strength": whole}, orient="row"),
        "event_type": pl.DataFrame(
            types,
            schema={"type": text, "owners": pl.List(text), "stage": text, "stage_rank": whole, "holds": pl.Boolean},
            orient="row",
        ),
        "measure": pl.DataFrame(
            [m for m in measured if m[0] not in ("order.captured", "order.rejected")],
            schema={"type": text, "measure": text, "sets": pl.Boolean, "stage": text, "stage_rank": whole},
            orient="row",
        ),
        "counted_type": pl.DataFrame(
            [(t, _document(t)) for t in sorted({m[0] for m in measured} | set(_ORDERING))],
            schema={"type": text, "document": text},
            orient="row",
        ),
        "implied_step": pl.DataFrame(
            [(t, s) for t, steps in taxonomy.IMPLIES.items() for s in steps],
            schema={"type": text, "step": text},
            orient="row",
        ),
        "document_kind": pl.DataFrame(
            [(word, kind, "^$" if kind == "msg" else f"^{kind}:[^:]*:") for word, kind in taxonomy.DOCUMENTS.items()],
            schema={"word": text, "kind": text, "prefix": text},
            orient="row",
        ),
        "source_role": pl.DataFrame(
            list(enumerate(taxonomy.ROLES)), schema={"rank": whole, "role": text}, orient="row"
        ),
        "stage": pl.DataFrame(list(rank.items()), schema={"stage": text, "rank": whole}, orient="row"),
        "crm_word": pl.DataFrame(
            [(w, s, rank[s]) for w, s in taxonomy.CRM_STAGE.items()],
            schema={"word": text, "stage": text, "stage_rank": whole},
            orient="row",
        ),
    }
