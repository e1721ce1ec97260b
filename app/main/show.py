"""What commands show on the console: progress on long work, results as tables."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from app import clock
from app.engine.tick import Done
from app.main.house import House, built
from app.main.loading import Loaded, load
from app.main.remote import Remote
from app.settings import Settings

_DIFFERENCES_SHOWN = 20
#: Columns of a console that is none: nothing is cut for a file or a pipe.
_PIPED = 220


class Shown:
    """One command's output: progress goes to standard error, results to standard output."""

    def __init__(self) -> None:
        self.out, self.err = (
            Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED),
            Console(stderr=True, highlight=False),
        )
        self._bar = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=self.err, transient=True,
        )  # fmt: skip

    def stop(self) -> None:
        """No more progress."""
        self._bar.stop()

    @contextmanager
    def working(self, on: str, total: int | None = None) -> Iterator[Callable[..., None]]:
        """Shows how far a piece of work has come; gives the function that tells that one more step of it is done."""
        task = self._bar.add_task(on, total=total)
        self._bar.start()
        try:
            yield lambda steps=1: self._bar.advance(task, steps)
        finally:
            self._bar.stop()
            self._bar.remove_task(task)

    @contextmanager
    def catching_up(self) -> Iterator[Any]:
        """Shows how many events the engine has taken; gives the function to tell it."""
        with self.working("Reading events into orders") as done_more:
            yield lambda done: done_more(_events(done))

    def loading(self, settings: Settings, source: str, files: list[Path], historical: bool) -> Loaded:
        """Load files with a bar over them, here or through the running server."""
        total = Loaded()
        task = self._bar.add_task("Loading", total=len(files))
        remote = Remote.running(settings)
        house: House | None = None
        with self._bar:
            try:
                house = None if remote else built(settings)
                for file in files:
                    self._bar.update(task, description=file.name)
                    one = (
                        remote.load(settings, source, file, historical)
                        if remote
                        else load(house.intake, settings, source, file, historical)  # type: ignore[union-attr]
                    )
                    total.plus(one)
                    self._bar.advance(task)
            finally:
                if house:
                    house.close()
        return total

    def loaded(self, total: Loaded) -> None:
        """What became of the files."""
        self.out.print(f"{total.accepted:,} accepted, {total.duplicates:,} duplicates, {total.rejected:,} rejected")
        for one in total.examples[:10]:
            self.out.print(f"  {one.dead_letter}: {one.reason} {one.id}", markup=False)

    def serving(self, house: House, url: str) -> None:
        """Where the server is, and what to do first."""
        frozen = clock.frozen()
        self.err.print(f"Orderscope is at {url}" + (f", as of {clock.written(frozen)}" if frozen else ""), markup=False)
        server = house.settings.server
        if server.otlp_port:
            self.err.print(f"OTLP also at http://{server.host}:{server.otlp_port}/v1/traces", markup=False)
        if server.grpc_port and find_spec("grpc"):
            self.err.print(f"OTLP over gRPC at {server.host}:{server.grpc_port}", markup=False)

    def differences(self, found: pl.DataFrame, as_json: bool) -> None:
        """What a rebuild would change."""
        if as_json:
            print(json.dumps({"differences": found.to_dicts()}))
        elif found.is_empty():
            self.out.print("No difference: a rebuild gives what stands.")
        for row in found.head(_DIFFERENCES_SHOWN).iter_rows(named=True) if not as_json else ():
            self.out.print(
                f"{row['part']} {row['name']}\n  stands  {row['stands']}\n  rebuilt {row['rebuilt']}", markup=False
            )
        if len(found) > _DIFFERENCES_SHOWN and not as_json:
            self.out.print(f"… and {len(found) - _DIFFERENCES_SHOWN} more")

    def order(self, said: dict[str, Any]) -> None:
        """One order with its reasons."""
        order = said["order"]
        head = f"{order.get('so') or order['order_id']} · {order['stage']}{' (partly)' if order['partly'] else ''} · {order['customer'] or 'no customer'}"
        self.out.print(head, markup=False)
        views = [{"system": system, **view} for system, view in order["views"].items()]
        for name, rows, columns in (
            ("Why these events are one order", said["links"], ("at", "source", "type", "reason", "confidence")),
            ("Lines", order["lines"], ("line", "sku", "stage", "ordered", "cancelled", "shipped", "delivered", "open")),
            ("What each system says", views, ("system", "stage", "raw", "at", "arrived_at")),
            ("What is wrong", _wrong(order), ("what", "cause", "since", "system", "owner", "exception")),
            ("Clocks", order["dues"], ("sla", "subject", "started_at", "due_at", "met_at", "state")),
            ("Open exceptions", said["exceptions"], ("id", "code", "severity", "status", "owner", "team")),
        ):
            self.out.print(table(name, rows, columns) if rows else f"{name}: none")


def _wrong(order: dict[str, Any]) -> list[dict[str, Any]]:
    """Every judgement that holds now, one row each, under the name of its kind."""
    kinds = ("blocked", "stuck", "diverged", "outcome_missing", "wrong")
    said = [{"what": kind.replace("_", " "), **one} for kind in kinds for one in order.get(kind) or []]
    marks = [{"what": m, "since": order.get(f"{m}_since")} for m in ("late", "at_risk", "silent") if order.get(m)]
    return [row | {"cause": row.get("cause") or row.get("field")} for row in said + marks]


def table(name: str, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> Table:
    """Rows as a table for the console; what stands in them is never markup."""
    made = Table(title=name, title_justify="left")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*[str(row.get(c) if row.get(c) is not None else "").replace("[", r"\[") for c in columns])
    return made


def _events(done: Done) -> int:
    return done.events
