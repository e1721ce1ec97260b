"""The engine's side of the record store: runs its statements in one transaction, and nothing else writes there."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import polars as pl

from app.model import taxonomy
from app.model.keys import ALIAS, CONTEXT, RELATION, SHARED
from app.store.database import BESIDE, Database, transaction
from app.store.scratchpad import Scratchpad, Step, steps
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
        self._pad = Scratchpad()
        self.made_by = f"duckdb {duckdb.__version__}"
        for name, frame in _vocabulary().items():
            self.hold(name, frame)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that happens inside is published together, or not at all."""
        try:
            with transaction(self._con):
                yield
        except BaseException:
            self._pad.forget()
            raise

    @contextmanager
    def beside(self, tables: Collection[str]) -> Iterator[None]:
        """Inside, the names of these tables mean empty ones beside them, which nobody else reads and which are gone at the
        end, unless they have taken the place of those that stand (see `take_place`).
        """
        self.run_sql(f"create schema {BESIDE}")
        try:
            for table in tables:
                self.run_sql(f"create table {BESIDE}.{table} as from main.{table} limit 0")
            self.run_sql(f"set search_path='{BESIDE},main'")
            yield
        finally:
            self.run_sql(f"reset search_path; drop schema {BESIDE} cascade")

    def take_place(self, tables: Collection[str]) -> None:
        """What stands beside is what stands from now on, and names mean that again; in one transaction with what follows."""
        self.run_sql("reset search_path")
        for table in tables:
            self.run_sql(f"delete from {table}; insert into {table} by name from {BESIDE}.{table}")

    def run(self, name: str, **values: Any) -> None:
        """Run each statement of a file with the values it names, but those that have nothing to do."""
        for step in steps(name):
            self._do(step, values)

    def run_sql(self, text: str) -> int:
        """Run small statements; how many rows the last one made, inserted or deleted."""
        return [self._do(Step(one), {}) for one in self._con.extract_statements(text)][-1]

    def _do(self, step: Step, values: dict[str, Any]) -> int:
        if not self._pad.idle(step):
            return self._execute(step, values)
        if step.makes and not self._pad.made(step):
            self._make_empty(step, values)
        elif self._pad.rows(step.makes):
            self.run_sql(f"delete from {step.makes}")
        return 0

    def _execute(self, step: Step, values: dict[str, Any]) -> int:
        wanted = {key: values[key] for key in step.parsed.named_parameters}
        done = self._con.execute(step.parsed, wanted) if wanted else self._con.execute(step.parsed)
        return self._pad.note(step, done.fetchall())

    def _make_empty(self, step: Step, values: dict[str, Any]) -> None:
        """Make the table of a statement that has nothing to do: by the statement itself only the first time."""
        if step.shape:
            self._con.execute(f"create or replace temp table {step.makes} ({step.shape})")
            self._pad.note(step, [])
            return
        self._execute(step, values)
        if not step.bare:
            columns = self._con.execute(f"describe {step.makes}").fetchall()
            step.shape = ", ".join(f'"{column[0]}" {column[1]}' for column in columns)

    def say(self, words: Collection[str]) -> None:
        """These are the words among the events at hand, for statements that need one (see `Scratchpad`)."""
        self._pad.words = frozenset(words)

    @property
    def words(self) -> frozenset[str]:
        """The words among the events at hand."""
        return self._pad.words

    def count(self, table: str) -> int:
        """How many rows a temporary table has: mostly known without asking."""
        known = self._pad.rows(table)
        return self.number(f"select count(*) from {table}") if known is None else known

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
        self.run_sql(f"create or replace temp table {name} as from held")
        self._con.unregister("held")

    def replace(self, table: str, fresh: str, query: str, stood: bool) -> int:
        """The touched orders take their rows of a table of facts as `query` makes them of the table `fresh`: by name, the
        rest stays empty. How many rows they had; none are looked for unless any `stood`.
        """
        had = self.run_sql(f"delete from {table} where order_no in (select order_no from touched)") if stood else 0
        self.run_sql(f"-- needs {fresh}\ninsert into {table} by name {query}")
        return had

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
            [
                (t, kind, "^$" if kind == "msg" else f"^{kind}:[^:]*:")
                for t in taxonomy.EVENTS
                if (kind := taxonomy.DOCUMENTS.get(t.split(".")[0]))
            ],
            schema={"type": text, "kind": text, "prefix": text},
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
