"""What a rule would have raised on stored history, beside what stands: nothing is written, whoever looks at it.

The same statements as ever fold and judge the stored events again, on a connection of its own where temporary tables
stand in front of the tables of facts and take what is made. So any kind of rule is tried by the code that will judge by
it, and the answer is what a rebuild with the rule would give. One transaction sees one state of the record.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from app.engine import heard_before, noticed
from app.engine.fold import FACTS
from app.engine.judge import Judge
from app.engine.speak import doubt
from app.engine.stock import stock_again
from app.engine.tick import Ticker
from app.engine.watch import Watch
from app.model.event import INSTANT
from app.model.interfaces import partner_of, subject
from app.store.database import Database
from app.store.hearing import Agreed
from app.store.questions.budget import DECIDED
from app.store.questions.corrections import Counted
from app.store.work import Work
from rules.degradation.rule import LENGTH
from rules.kinds import COUNTING, KINDS, LISTENING, WATCHING

Row = dict[str, Any]
Progress = Callable[[int, int], None]
EXAMPLES = 20
STATES = ("met", "breached", "running", "void")
#: What identifies one thing that was raised, and the order in which they are shown.
SAME = ["code", "subject_type", "subject", "occurrence"]
_ORDER = ["due_at", "so", "subject", "occurrence", "code"]
#: Tables that are made anew for the orders that are judged.
MADE = (*FACTS, "due", "judgement", "forecast", "likeness", "dismissal")
#: Tables that may be made anew with what is no order, and are read by orders.
COPIED = ("purchase_order", "purchase_line")
#: Tables that measuring stock makes anew.
MEASURED = ("stock_snapshot", "position", "position_check", "stock_pace", "stock_rest", "loose_finding", "wake")
#: How many orders are judged at once: few enough for a bar that moves, and for whoever wants to stop.
_AT_ONCE = 20_000
_EARLY = datetime(1970, 1, 1)


class _Undone(Exception):
    """Leaves the transaction without keeping anything."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which rule is tried beside which rules in force, on what, as of when, and of which due dates [frm, to).

    `judge` makes a judge of rules, `agreed` is what was agreed with the sources, `only` says which Dues figures count.
    """

    rule: Any
    rules: Sequence[Any]
    judge: Callable[[Sequence[Any]], Judge]
    agreed: Agreed
    now: datetime
    frm: datetime | None = None
    to: datetime | None = None
    unrated: frozenset[str] = frozenset()
    only: Counted = field(default_factory=Counted)

    @property
    def period(self) -> Row:
        """The period as statements take it."""
        return {"frm": self.frm, "to": self.to}

    def judging(self, alone: bool = False) -> Judge:
        """A judge with the rule in the place of the one of its id, or with no other rule."""
        others = [] if alone else [one for one in self.rules if one.id != self.rule.id]
        return self.judge([*others, self.rule])


@dataclass(slots=True)
class Found:
    """What one side came to: what was raised, and how many Dues stand in which state."""

    raised: list[pl.DataFrame] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATES, 0))

    def add(self, raised: pl.DataFrame, counts: pl.DataFrame) -> None:
        """A further part."""
        self.raised.append(raised)
        for state, n in counts.iter_rows():
            self.counts[state] += n

    def whole(self) -> pl.DataFrame:
        """Everything that was raised, in the order of its due moments."""
        return pl.concat(self.raised).sort(_ORDER)


def backtest(database: Database, asked: Question, progress: Progress = lambda done, of: None) -> Row:
    """What the rule would have raised, and what stands of it.

    `progress` hears orders done and in all; an exception that it raises ends the trial, and nothing is left of it.
    """
    work, answer = Work(database), {}
    try:
        with work.transaction():
            answer = told(asked, *_way(asked.rule.kind)(work, asked, progress))
            raise _Undone
    except _Undone:
        return answer
    finally:
        work.close()


def _way(kind: str) -> Callable[[Work, Question, Progress], tuple[Found, Found]]:
    """How rules of a kind are tried."""
    if kind in COUNTING:
        return _counted
    if kind in WATCHING:
        return _watched
    return _heard if kind in LISTENING else _judged


def _judged(work: Work, asked: Question, progress: Progress) -> tuple[Found, Found]:
    """What would be raised and what stands, of a rule that judges orders or what lives without one.

    A rule that reads moments needs no other rule, and orders are let go when they are judged; whose times nobody can trust
    is known of the record then. One over findings is judged together with all of them, and an order with those like it.
    """
    alone = asked.rule.kind in KINDS
    apart = not alone or asked.rule.over == "po"
    ticker = Ticker(work, asked.judging(alone), now=lambda: asked.now)
    ticker.unrated = asked.unrated
    would, stands = Found(), Found()
    work.run("judge/everyone")
    doubt(work)
    _look(work, asked, stands)
    _shadow(work)
    if apart:
        _measured(work, asked)
        ticker.refold_apart(asked.now, sources=False)
    else:
        work.run_sql("create or replace temp table touched (order_no bigint)")
        work.run("apart/begin")
    last = work.number("select max(order_no) from node")
    for first in range(1, last + 1, _AT_ONCE):
        progress(first - 1, last)
        ticker.refold_some(first, first + _AT_ONCE - 1, asked.now, states=not alone)
        if alone:
            work.run_sql("create or replace temp table judged_order as select order_no from touched")
            _look(work, asked, would)
            _empty(work)
    work.run("judge/everyone")
    if not alone:
        doubt(work)
    _look(work, asked, would)
    progress(last, last)
    return would, stands


def _shadow(work: Work) -> None:
    """Tables of this connection in front of those of the record; what is judged of no order stands as it is."""
    for table in MADE:
        kept = "where order_no < 0" if table == "judgement" else "limit 0"
        work.run_sql(f"create or replace temp table {table} as select * from {table} {kept}")
    for table in COPIED:
        work.run_sql(f"create or replace temp table {table} as from {table}")


def _measured(work: Work, asked: Question) -> None:
    """Under another tolerance all stock is measured anew, beside what the record holds of it."""
    before, after = (judge.findings.tables["tolerated"] for judge in (asked.judge(asked.rules), asked.judging()))
    if before.equals(after):
        return
    for table in MEASURED:
        work.run_sql(f"create or replace temp table {table} as from {table}")
    stock_again(work, asked.now)
    for table in ("judgement", "loose_finding"):
        work.run_sql(f"delete from {table} where order_no in (select no from stock_no)")
    work.run_sql(
        "insert into loose_finding by name from folded_stock_finding where order_no in (select no from stock_no)"
    )


def _empty(work: Work) -> None:
    for table in MADE:
        work.run_sql(f"delete from {table} where order_no >= 0")


def _look(work: Work, asked: Question, found: Found) -> None:
    said = {"rule": asked.rule.id, **asked.period}
    work.run("judge/wanted", now=asked.now)
    found.add(work.ask("trial/raised", **said), work.ask("trial/counts", now=asked.now, **said))


def _counted(work: Work, asked: Question, progress: Progress) -> tuple[Found, Found]:
    """The same of a rule that counts verdicts: its spells ever, and those of the rule of its id that is in force."""
    return _both(asked, progress, lambda rule: _burnt(work, asked, rule))


def _watched(work: Work, asked: Question, progress: Progress) -> tuple[Found, Found]:
    """The same of a rule over interfaces: all quarters that were counted are judged again, in the shadow."""
    for table in ("interface_look", "judgement"):
        work.run_sql(f"create or replace temp table {table} as select * from {table}")
    return _both(asked, progress, lambda rule: _degraded(work, asked, rule))


def _heard(work: Work, asked: Question, progress: Progress) -> tuple[Found, Found]:
    """The same of a rule over sources and partners: all spells in what was heard of them."""
    return _both(asked, progress, lambda rule: _noticed(work, asked, rule))


def _both(asked: Question, progress: Progress, tried: Callable[[Any], pl.DataFrame]) -> tuple[Found, Found]:
    before = [one for one in asked.rules if one.id == asked.rule.id]
    sides = []
    for n, rule in enumerate((asked.rule, *before[-1:])):
        progress(n, 1 + len(before[-1:]))
        found = tried(rule).filter(pl.col("due_at") <= asked.now)
        found = found.filter(pl.col("due_at") >= asked.frm) if asked.frm else found
        sides.append(Found([found.filter(pl.col("due_at") < asked.to) if asked.to else found]))
    return sides[0], sides[1] if len(sides) > 1 else Found([sides[0].whole().clear()])


def _burnt(work: Work, asked: Question, rule: Any) -> pl.DataFrame:
    """Each spell in which the budget of a partner burned."""
    values = asked.only.values | {"rules": [rule.total.due], "since": _EARLY, "now": asked.now}
    decided = work.ask(DECIDED.format(due=asked.only.dues), **values).cast({"n": pl.Int64, "at": INSTANT})
    spells = COUNTING[rule.kind](decided.select("partner", "at", "state", "n"), rule)
    begun = pl.col("raised_at").dt.to_string("iso")
    return _spells(
        spells, rule, subject_type=pl.lit("partner"), subject="partner", severity="severity", begun="raised_at",
        ended="cleared_at", occurrence=pl.concat_str("window", begun, separator=" "),
    )  # fmt: skip


def _degraded(work: Work, asked: Question, rule: Any) -> pl.DataFrame:
    """Each spell in which an interface degraded."""
    Watch([rule]).anew(work)
    looked = work.ask("trial/looked", rule=rule.id).cast({"begun_at": INSTANT})
    of = pl.struct("source", "side", "interface").map_elements(lambda one: subject(**one), pl.String)
    partner = pl.struct("source", "interface").map_elements(lambda one: partner_of(**one) or "", pl.String)
    here = [rule.at(*one) for one in looked.select("source", "interface", "side").iter_rows()]
    severity, owner = (
        pl.Series(name, [getattr(one, name) for one in here], pl.String) for name in ("severity", "owner")
    )
    begun, none = pl.col("begun_at") + LENGTH, pl.lit(None, INSTANT)
    return _spells(
        looked.with_columns(severity, owner, partner=partner, begun=begun, of=of), rule, subject_type=pl.lit("interface"), subject="of",
        severity="severity", owner="owner", begun="begun", ended=none,
        occurrence=pl.concat_str("measured_by", begun.dt.to_string("iso"), separator=" "),
    )  # fmt: skip


def _noticed(work: Work, asked: Question, rule: Any) -> pl.DataFrame:
    """Each spell of a source or partner, told apart by its cause and by when it began."""
    spells = heard_before.spells(work, asked.agreed, rule, asked.now)
    severities = noticed.severities([rule]).select("cause", "severity")
    told = spells.join(severities, on="cause", how="left").with_columns(pl.col("severity").fill_null(rule.severity))
    told = told.with_columns(pl.col("partner").fill_null(""))
    return _spells(
        told, rule, subject_type="subject_type", subject="subject", severity="severity", owner="owner", begun="due_at",
        ended="ended_at", occurrence=pl.concat_str("cause", pl.col("began_at").dt.to_string("iso"), separator=" "),
    )  # fmt: skip


def _spells(spells: pl.DataFrame, rule: Any, *, begun: str, ended: Any, **told: Any) -> pl.DataFrame:
    """Spells as what was raised; `told` are the columns by which they differ."""
    text = pl.lit(None, pl.String)
    return spells.select(
        code=pl.lit(rule.code), subject_type=told["subject_type"], subject=told["subject"], occurrence=told["occurrence"],
        order_id=text, so=text, customer=text, partner="partner", severity=told["severity"], owner=told.get("owner", pl.lit(rule.owner)),
        started_at=begun, due_at=begun, met_at=ended,
    )  # fmt: skip


def told(asked: Question, would: Found, stands: Found) -> Row:
    """Both sides in figures and by partner, and the first that differ; where none does, the first of all."""
    new, old = would.whole(), stands.whole()
    more, less = new.join(old, on=SAME, how="anti"), old.join(new, on=SAME, how="anti")
    shown = [_examples(more, "more"), _examples(less, "less")]
    return {
        "rule": asked.rule.id, "rule_version": asked.rule.rule_version, "code": asked.rule.code, "kind": asked.rule.kind,
        "as_of": asked.now, "from": asked.frm, "to": asked.to,
        "would": {"raised": len(new), **would.counts}, "stands": {"raised": len(old), **stands.counts},
        "more": len(more), "less": len(less), "same": len(new) - len(more),
        "partners": _by_partner(would=new, stands=old, more=more, less=less),
        "examples": shown[0] + shown[1] or _examples(new, "same"),
    }  # fmt: skip


def _examples(found: pl.DataFrame, change: str) -> list[Row]:
    return [row | {"change": change} for row in found.sort(_ORDER).head(EXAMPLES).to_dicts()]


def _by_partner(**frames: pl.DataFrame) -> list[Row]:
    """One row per partner; those first whose figures change most."""
    rows: dict[str, Row] = {}
    for name, frame in frames.items():
        for partner, n in frame.group_by("partner").len().iter_rows():
            rows.setdefault(partner, {"partner": partner, **dict.fromkeys(frames, 0)})[name] = n
    return sorted(rows.values(), key=lambda row: (-(row["more"] + row["less"]), -row["would"], row["partner"]))
