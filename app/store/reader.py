"""Reads the record store for pages and the API: a connection per thread, and the questions under their names.

Blocking: call it in a worker thread. Instants in the rows are naive UTC, money and quantities decimal strings.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa

from app import clock
from app.calendar import Calendars
from app.contracts import Clocks
from app.errors import BadInput
from app.model.interfaces import parted, partner_of
from app.settings import Source
from app.store.database import Database
from app.store.export import export
from app.store.export.told import Rows, Told
from app.store.past import Making, PastOrder, Pasts, Times
from app.store.questions import (
    attainment,
    budget,
    degradation,
    extracts,
    forecast,
    health,
    interfaces,
    inventory,
    letters,
    linking,
    lists,
    money,
    order,
    penalties,
    procurement,
    register,
    ruled,
    sources,
    traces,
)
from app.store.questions.corrections import Counted, counted
from app.store.questions.grid import Sort, Where
from app.store.questions.resolve import resolved
from app.terms import Costs
from rules.book import shipped
from rules.kinds.freshness import Freshness

Row = dict[str, Any]


class Reader:
    """The questions. `board` gives the frame of open cases; `definitions` the SLAs; `unrated` those without a feed."""

    def __init__(
        self,
        database: Database,
        board: Callable[[], pl.DataFrame] = pl.DataFrame,
        definitions: Sequence[Row] = (),
        unrated: Callable[[], Collection[str]] = tuple,
        pasts: Pasts | None = None,
        declared: Mapping[str, Source] | None = None,
        clocks: Clocks | None = None,
        feeds: Callable[[], Mapping[str, Row]] = dict,
        costs: Costs | None = None,
        silences: Callable[[], tuple[Freshness, ...]] = shipped,
    ) -> None:
        self._database, self._pasts, self._feeds = database, pasts, feeds
        self.declared, self.clocks, self.costs = declared or {}, clocks or Calendars({}), costs or Costs()
        self._silences = silences
        self._open_cases, self._definitions, self._unrated = board, definitions, unrated
        self._local = threading.local()
        self._board: tuple[int, pa.Table] | None = None

    @property
    def silences(self) -> tuple[Freshness, ...]:
        """The rules in force that say when a source is silent."""
        return self._silences()

    def ask(self, query: str, values: Row | None = None, board: pl.DataFrame | None = None) -> pl.DataFrame:
        """The answer to a query as a frame; `open_case` is the board, where one is given."""
        con = self._prepared(board)
        answer: pl.DataFrame = con.sql(query, params=values or None).pl()
        return answer

    def ask_beside(self, frames: dict[str, pl.DataFrame], query: str, values: Row) -> pl.DataFrame:
        """The answer to a query that knows these frames by their names, beside the tables."""
        con = self._prepared(None)
        for name, frame in frames.items():
            con.register(name, frame.to_arrow())
        try:
            return self.ask(query, values)
        finally:
            for name in frames:
                con.unregister(name)

    def rows(self, query: str, values: Row | None = None, board: pl.DataFrame | None = None) -> list[Row]:
        """The answer to a query as dicts: for few rows quicker than a frame."""
        answer = self._prepared(board).execute(query, values or None)
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def _counted(self) -> Counted:
        """What figures count under the definitions as they are now."""
        return counted(self._definitions)

    def _prepared(self, board: pl.DataFrame | None) -> duckdb.DuckDBPyConnection:
        """This thread's connection, which knows the board as `open_case`, where one is given."""
        if not hasattr(self._local, "con"):
            self._local.con = self._database.connection()
        con: duckdb.DuckDBPyConnection = self._local.con
        if board is not None:
            con.register("open_case", self._arrow(board))
        return con

    def _arrow(self, board: pl.DataFrame) -> pa.Table:
        kept = self._board
        if kept is None or kept[0] != id(board):
            kept = self._board = (id(board), board.to_arrow())
            self._held = board  # keeps the id from being reused
        return kept[1]

    def blocked(
        self, board: pl.DataFrame, view: str, where: Where, sort: Sort, offset: int, limit: int
    ) -> tuple[list[Row], int]:
        """Open exceptions with their orders as they stand: `view` blocked, late or all."""
        return lists.blocked(self, board, view, where, sort, offset, limit)

    def orders(
        self, where: Where, sort: Sort, offset: int, limit: int, now: datetime | None = None
    ) -> tuple[list[Row], int]:
        """The order list. `where`: stage, partner, customer, tier, channel, entity, cause, owner, blocked, late, q."""
        return lists.orders(self, where, sort, offset, limit, self._open_cases(), now or clock.instant())

    def past_order(self, key: str, as_of: datetime | None = None, known_at: datetime | None = None) -> PastOrder:
        """One order at another time: document, timeline, links and traces; naive UTC, at least one of the two times."""
        return self._past().order(key, Times(as_of, known_at))

    def past(self, as_of: datetime | None = None, known_at: datetime | None = None) -> "Reader | Making":
        """All questions at another time (give them its `now`), or how far the making of it has come."""
        return self._past().whole(Times(as_of, known_at))

    def _past(self) -> Pasts:
        if self._pasts is None:
            raise BadInput("This server does not answer for another time.", "Leave out `as_of` and `known_at`.")
        return self._pasts

    def board(self) -> pl.DataFrame:
        """The open cases that this reader answers with: today's, or those of its other time."""
        return self._open_cases()

    def positions(self, where: Where, sort: Sort, offset: int, limit: int, now: datetime) -> tuple[list[Row], int]:
        """Stock positions with what each system says of them."""
        return inventory.positions(self, where, sort, offset, limit, now)

    def purchases(self, where: Where, sort: Sort, offset: int, limit: int, now: datetime) -> tuple[list[Row], int]:
        """Purchase orders, and how many match."""
        return procurement.purchases(self, where, sort, offset, limit, now)

    def purchase(self, key: str, now: datetime) -> Row:
        """One purchase order by its key or number; raises NotFound or Ambiguous."""
        return procurement.purchase(self, key, now)

    def kpis(self, now: datetime) -> Row:
        """The few figures at the head of the pages; penalties are those of the last 30 days and what is expected."""
        told = lists.kpis(self, self._open_cases(), now, self.costs.money)
        return told | {"penalties": self.penalties(now, now - timedelta(days=30))}

    def revenue(self, now: datetime, by: str = "") -> Row:
        """Revenue at risk with its formula, numerator and denominator; `by` partner, customer, owner or sla."""
        return money.revenue(self, self._open_cases(), now, self.costs.money, by)

    def forecast(self, now: datetime) -> Row:
        """How often at risk came true: the forecast's own record, the whole and per partner."""
        return forecast.record(self, now)

    def penalties(
        self, now: datetime, frm: datetime | None = None, to: datetime | None = None, by: str = "", sla: str = ""
    ) -> list[Row]:
        """What missed clocks have cost and are expected to, of one SLA or all, in a period of due moments."""
        terms = [one for one in self.costs.penalties if sla in ("", one.sla)]
        return penalties.penalties(self, terms, now, self.costs.money, frm=frm, to=to, by=by, only=self._counted())

    def penalty_of(self, case: Row, now: datetime) -> list[Row]:
        """What the clocks behind an exception (as the API gives it) have cost so far."""
        return penalties.penalty_of(self, self.costs.penalties, now, self.costs.money, case)

    def order(self, key: str, board: pl.DataFrame | None = None, now: datetime | None = None) -> Row:
        """One order by any key; raises NotFound or Ambiguous."""
        return order.document(self, key, self._open_cases() if board is None else board, now or clock.instant())

    def order_id(self, key: str) -> str:
        """The id of the order that any key means; raises NotFound or Ambiguous."""
        found: str = resolved(self, key)["order_id"]
        return found

    def timeline(self, order_id: str, now: datetime | None = None) -> list[Row]:
        """Events, traces and clocks of one order, oldest first."""
        return order.timeline(self, order_id, now or clock.instant())

    def links(self, order_id: str) -> list[Row]:
        """Why each event belongs to the order."""
        return linking.links(self, order_id)

    def unmatched(self, offset: int, limit: int, upto: datetime | None = None) -> tuple[list[Row], int]:
        """Events that should belong to an order and do not, those that wait longest first, with what they may mean.

        Only those that had happened `upto` an instant, where one is given.
        """
        return linking.unmatched(self, offset, limit, upto)

    def traces(self, order_id: str) -> list[Row]:
        """The traces that touched the order."""
        return traces.of_order(self, order_id)

    def trace(self, trace_id: str) -> list[Row]:
        """The spans of a trace, children under their parents."""
        return traces.spans(self, trace_id)

    def attainment(self, rule: str, frm: datetime | None, to: datetime | None, by: str, now: datetime) -> list[Row]:
        """Met, breached, running and void of one SLA by partner, day or both; cohort by due date."""
        return attainment.by(self, rule, frm, to, by, now, self._counted())

    def attainment_totals(self, frm: datetime | None, to: datetime | None, now: datetime) -> dict[str, Row]:
        """Rule id -> counts and attainment."""
        return attainment.totals(self, frm, to, now, self._counted())

    def slas(self, now: datetime, frm: datetime | None = None, to: datetime | None = None) -> list[Row]:
        """Every SLA with its definition, how often it was kept, and whether any feed could tell."""
        return attainment.slas(self, self._definitions, self._unrated(), frm, to, now)

    def budget(self, sla: Row, now: datetime) -> Row | None:
        """What is left of the error budget of an SLA (a definition), and how fast it burns; None without an objective."""
        return budget.budget(self, sla["id"], sla["slo"], now, self._counted()) if sla.get("slo") else None

    def rule_versions(self, rule: str) -> list[Row]:
        """The versions of a rule that were in force here, newest first."""
        return ruled.versions(self, rule)

    def dues_by_rule(self) -> dict[str, Row]:
        """Rule id -> how many of its Dues are met, breached, running and void."""
        return ruled.dues(self, clock.instant())

    def unknown_by_rule(self) -> dict[str, int]:
        """Rule id -> of how many findings its condition cannot tell whether it applies."""
        return ruled.unknown(self)

    def freshness(self) -> list[Row]:
        """Per source: its newest event, when it was last heard, how many events."""
        return health.freshness(self)

    def sources(self, now: datetime, frm: datetime | None = None, to: datetime | None = None) -> list[Row]:
        """Every source: state, watermark, counts of the hours in [frm, to), the last 24 hours by default.

        `feed` is how the feed of a source stands that is fetched, None of those that send.
        """
        found, feeds = sources.sources(self, self, frm, to, now), self._feeds()
        return [one | {"feed": feeds.get(one["source"])} for one in found]

    def register(self, opened: Mapping[str, int], now: datetime) -> list[Row]:
        """Every interface as declared and as it does, those first that cause the most open exceptions."""
        return register.register(self, self, self._open_cases(), opened, now)

    def extracts(self, source: str = "", limit: int = 20) -> list[Row]:
        """The newest comparisons of full extracts, of one source or all."""
        return self.extracts_page(source, 0, limit)[0]

    def extracts_page(self, source: str, offset: int, limit: int) -> tuple[list[Row], int]:
        """The same further back, and how many there are."""
        return extracts.reports(self, source, offset, limit)

    def dead_letters(self, where: Where, offset: int, limit: int) -> tuple[list[Row], int]:
        """Rejected messages, newest first. `where`: source, reason, status, from, to, q."""
        return letters.letters(self, where, offset, limit)

    def dead_letter(self, id: str) -> Row:
        """One of them with its message around the fault, and what was done about it; raises NotFound."""
        return letters.letter(self, id)

    def letter_kinds(self) -> list[Row]:
        """Open dead letters by source and reason, the most first."""
        return letters.kinds(self)

    def interfaces(self, since: datetime, until: datetime, source: str = "", hourly: bool = False) -> list[Row]:
        """How interfaces did between two instants: calls, failures, durations, what waits; see the question."""
        return interfaces.interfaces(self, since, until, source, hourly)

    def verdicts(self, now: datetime, source: str = "") -> list[Row]:
        """How each interface stands: degrading, watched, normal or unknown, since when, and by which numbers."""
        return degradation.verdicts(self, now, source)

    def course(self, source: str, since: datetime, until: datetime, rule: str = "S30") -> list[Row]:
        """What the interfaces of a source did by the quarter of an hour, beside what was usual."""
        return degradation.course(self, source, since, until, rule)

    def endangered(self, source: str, side: str, interface: str, partner: str, now: datetime) -> Row:
        """The open orders whose path uses an interface, with their running clocks and money."""
        return degradation.endangered(self, source, side, interface, partner, now)

    def endangered_by(self, case: Row, now: datetime) -> Row | None:
        """The same for an open exception of an interface; None for any other."""
        subject, source = case["subject"], case.get("system")
        if subject["type"] != "interface" or not source:
            return None
        side, interface = parted(subject["key"], source)
        return self.endangered(source, side, interface, partner_of(source, interface) or "", now)

    def oldest_letters(self) -> dict[str, Row]:
        """Source -> its oldest open dead letter."""
        return degradation.oldest_letters(self)

    def waiting(self, spans: int, measured: int, points: int) -> Row:
        """What is stored of traces and metrics above these numbers, and not taken yet."""
        return health.waiting(self, spans, measured, points)

    def again(self, first: int) -> int:
        """How many events the orders have that are to be judged again, from the order numbered `first` on."""
        return health.again(self, first)

    def lag(self) -> int:
        """Stored events that the engine has not taken yet."""
        return health.lag(self)

    def oldest_waiting(self, seq: int) -> datetime | None:
        """When the first event after `seq` arrived."""
        found: datetime | None = self.ask("select min(received_at) as at from event where seq > $seq", {"seq": seq})[
            "at"
        ][0]
        return found

    @property
    def folder(self) -> Path:
        """Where the store lies: what is written for a while goes there too."""
        return self._database.path.parent

    def export(self, kind: str, target: Path, told: Told = lambda what, done, of: None) -> Rows:
        """Everything of one moment as a file or a folder of files; see app/store/export for the kinds."""
        return export(self._database, kind, target, told)

    def close(self) -> None:
        """Connections of reading threads end with their threads; this one ends now, and whatever past is kept."""
        if self._pasts:
            self._pasts.close()
        if hasattr(self._local, "con"):
            self._local.con.close()
