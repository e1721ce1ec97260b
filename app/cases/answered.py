"""How well exceptions are answered, as SLAs beside those of the catalogue: S27 and S28, which raise nothing."""

import threading
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import polars as pl

from app.cases.answers import CASE, MOVE, begun, later, news, stood
from app.cases.routing import desk
from app.cases.store import Store
from app.contracts import Clocks
from app.model.event import INSTANT
from app.settings import Partner
from app.terms import Answers, Targets
from rules.lengths import span

Row = dict[str, Any]
#: rule id -> title, what starts it, what stops it, what to do about it.
ANSWERS = {
    "S27": ("Exception acknowledged", "exception opened", "somebody takes it",
            "See which exceptions nobody has taken, the most severe first, and who is missing at the desk that owns them."),
    "S28": ("Exception resolved", "exception opened", "the fault is over, or settled",
            "Look at the oldest open exceptions of the owner or partner that is furthest behind: one cause often explains them."),
}  # fmt: skip
#: The clocks; whether one is late depends on when one looks.
CLOCK: dict[str, Any] = {
    "rule": pl.String, "case_id": pl.String, "severity": pl.String, "partner": pl.String, "owner": pl.String,
    "started_at": INSTANT, "due_at": INSTANT, "met_at": INSTANT, "ended_at": INSTANT, "void": pl.Boolean,
}  # fmt: skip
_SPAN = {"rule": pl.String, "severity": pl.String, "seconds": pl.Int64, "days": pl.Int64, "around": pl.Boolean}
_GROUPS: dict[str, tuple[str, ...]] = {
    "partner": ("partner",), "owner": ("owner",), "severity": ("severity",), "day": ("day",), "partner_day": ("partner", "day"),
    "none": ("rule",),
}  # fmt: skip


class Answered:
    """The clocks of S27 and S28 of the present scope; reads only what changed since it was last asked. Blocking."""

    def __init__(
        self, store: Store, clocks: Clocks, terms: Answers | None = None, partners: Mapping[str, Partner] | None = None,
        declared: Collection[str] = (),
    ) -> None:  # fmt: skip
        """`declared` names the calendars: a team that has none of its own keeps its partner's, else `default`."""
        self._store, self._clocks, self.terms = store, clocks, terms or Answers()
        self._partners, self._declared = partners or {}, frozenset(declared)
        self._lock = threading.Lock()
        self._made: pl.DataFrame | None = None
        self._forget("")

    def clocks(self, told: datetime | None = None) -> pl.DataFrame:
        """One row per clock, with the columns of `CLOCK`; as they stood at `told`, where that is given."""
        with self._lock:
            self._refresh()
            if told is not None:
                moves = self._moves.filter(pl.col("at") <= told)
                return self._timed(begun(self._stood(told), moves))
            if self._made is None:
                self._made = self._timed(begun(self._cases, self._moves))
            return self._made

    def _stood(self, told: datetime) -> pl.DataFrame:
        with self._store.reading() as connection:
            return stood(self._cases, (tuple(row) for row in connection.execute(later(self._scope, told))))

    def slas(
        self, now: datetime, frm: datetime | None = None, to: datetime | None = None, told: datetime | None = None
    ) -> list[Row]:
        """Both with their definition and counts; the cohort is what fell due in [frm, to). What people did after `told` is
        left out."""
        figures = {row["rule"]: row for row in counted(self.clocks(told), now, frm, to, ("rule",))}
        return [one | (figures.get(one["id"]) or _shared(_NOTHING)) for one in self.definitions()]

    def attainment(
        self, rule: str, frm: datetime | None, to: datetime | None, by: str, now: datetime, told: datetime | None = None
    ) -> list[Row]:
        """Counts of one by partner, owner, severity, day or partner and day."""
        clocks = self.clocks(told).filter(pl.col("rule") == rule)
        return counted(clocks, now, frm, to, _GROUPS.get(by, ("partner",)))

    def definitions(self) -> list[Row]:
        """Both as an SLA is defined."""
        aims = {"S27": self.terms.acknowledge_objective, "S28": self.terms.resolve_objective}
        return [
            {
                "id": rule, "code": None, "title": title, "clock": "B", "calendar": "team", "target": _said(self._targets(rule)),
                "objective": aims[rule], "basis": None, "zone": None, "over": "exception", "owner": "team", "severity": None,
                "start": [start], "stops": [stop], "runbook": runbook, "rule_version": None, "slo": None, "corrections": [],
                "rated": True, "unrated_reason": "",
            }
            for rule, (title, start, stop, runbook) in ANSWERS.items()
        ]  # fmt: skip

    def _targets(self, rule: str) -> Targets:
        return self.terms.acknowledge if rule == "S27" else self.terms.resolve

    def _forget(self, scope: str) -> None:
        self._scope, self._upto = scope, -1
        self._cases, self._moves = pl.DataFrame(schema=CASE), pl.DataFrame(schema=MOVE)
        self._made = None

    def _refresh(self) -> None:
        scope = self._store.scope
        if scope != self._scope:
            self._forget(scope)
        cases, moves = news(scope, self._upto)
        with self._store.reading() as connection:
            fresh = _frame(connection.execute(cases), CASE)
            told = _frame(connection.execute(moves), MOVE)
        if fresh.height:
            self._cases = pl.concat([self._cases.join(fresh, on="id", how="anti"), fresh])
            self._moves, self._made = pl.concat([self._moves, told]), None
            self._upto = int(fresh["touched"].to_list()[fresh["touched"].arg_max() or 0])

    def _timed(self, clocks: pl.DataFrame) -> pl.DataFrame:
        """The due moments: the target of the severity, on the calendar of the team that should answer."""
        spans = pl.DataFrame(self._spans(), schema=_SPAN, orient="row")
        both = clocks.join(spans, on=["rule", "severity"]).join(
            self._calendars(clocks), on=["team", "partner"], nulls_equal=True
        )
        named = both.select(pl.when("around").then(pl.lit("")).otherwise("calendar")).to_series()
        started, ended = both["started_at"], both.select(pl.min_horizontal("met_at", "ended_at")).to_series()
        calendar = self._clocks.in_force(named, started, ended)
        due, days = self._clocks.add(started, both["seconds"], calendar), both["days"] > 0
        if days.any():
            by_day = self._clocks.add_days(started.filter(days), both["days"].filter(days), calendar.filter(days))
            due = due.scatter(days.arg_true(), by_day)
        return both.with_columns(due_at=due).select(*CLOCK)

    def _calendars(self, clocks: pl.DataFrame) -> pl.DataFrame:
        pairs = clocks.select("team", "partner").unique().rows()
        named = [(team, partner, self._calendar(team, partner)) for team, partner in pairs]
        return pl.DataFrame(named, schema=dict.fromkeys(("team", "partner", "calendar"), pl.String), orient="row")

    def _calendar(self, team: str | None, partner: str | None) -> str:
        known = self._partners.get(partner or "")
        theirs = known.calendar if known and team == desk(partner, self._partners) else ""
        return str(team) if team in self._declared else theirs or "default"

    def _spans(self) -> list[tuple[str, str, int, int, bool]]:
        return [
            (rule, severity, span(text).seconds, span(text).days, severity in self.terms.elapsed)
            for rule in ANSWERS
            for severity, text in self._targets(rule).model_dump().items()
        ]


def judged(clocks: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The clocks with `state` at `now` and `over`, whether they have stopped. The due moment itself is in time.

    What ended by itself at or before its moment is void, and so is what never was a fault.
    """
    due, met, ended = pl.col("due_at"), pl.col("met_at"), pl.col("ended_at")
    state = (
        pl.when((met <= due).fill_null(False)).then(pl.lit("met"))
        .when(met.is_null() & ((ended <= due).fill_null(False) | (pl.col("void") & ended.is_not_null()))).then(pl.lit("void"))
        .when(met.is_null() & ended.is_null() & (due >= now)).then(pl.lit("running"))
        .otherwise(pl.lit("breached"))
    )  # fmt: skip
    return clocks.with_columns(state=state, over=met.is_not_null() | ended.is_not_null())


def counted(
    clocks: pl.DataFrame, now: datetime, frm: datetime | None, to: datetime | None, by: tuple[str, ...]
) -> list[Row]:
    """Rows like those of any other SLA: counts, numerator, denominator, attainment; sorted by what they are counted by."""
    due = pl.col("due_at")
    during = ([due >= frm] if frm else []) + ([due < to] if to else [])
    found = judged(clocks.filter(*during) if during else clocks, now).with_columns(
        pl.col("partner", "owner").fill_null(""), day=pl.col("due_at").dt.truncate("1d")
    )
    is_ = pl.col("state")
    sums = found.group_by(by).agg(
        met=(is_ == "met").sum(), breached=(is_ == "breached").sum(), breached_open=((is_ == "breached") & ~pl.col("over")).sum(),
        breached_closed=((is_ == "breached") & pl.col("over")).sum(), running=(is_ == "running").sum(), void=(is_ == "void").sum(),
        void_overdue=pl.lit(0),
    )  # fmt: skip
    return [_shared(row) for row in sums.sort(by).to_dicts()]


_NOTHING = dict.fromkeys(("met", "breached", "breached_open", "breached_closed", "running", "void", "void_overdue"), 0)


def _shared(row: Row) -> Row:
    total = row["met"] + row["breached"]
    return row | {"numerator": row["met"], "denominator": total, "attainment": row["met"] / total if total else None}


def _said(targets: Targets) -> str:
    return ", ".join(f"{severity} {text}" for severity, text in targets.model_dump().items())


def _frame(rows: Any, schema: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([tuple(row) for row in rows], schema=dict(schema), orient="row", infer_schema_length=None)
