"""What a rule would have raised on stored history, beside what stands: nothing is written, whoever looks at it.

The same statements as ever fold and judge the stored events again, on a connection of its own where temporary tables
stand in front of the tables of facts and take what is made. So any kind of rule is tried by the code that will judge by
it, and the answer is what a rebuild with the rule would give. One transaction sees one state of the record.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from app.contracts import Clocks, Kind
from app.engine.fold import FACTS
from app.engine.judge import Judge
from app.engine.tick import Ticker
from app.errors import WrongUse
from app.model.event import INSTANT
from app.store.database import Database
from app.store.work import Work

Row = dict[str, Any]
EXAMPLES = 20
STATES = ("met", "breached", "running", "void")
#: What identifies one thing that was raised, and the order in which they are shown.
SAME = ["code", "subject_type", "subject", "occurrence"]
_ORDER = ["due_at", "so", "subject", "occurrence", "code"]
#: Tables that are made anew for the orders that are judged.
_MADE = (*FACTS, "due", "judgement")
#: How many orders are judged at once: few enough for a bar that moves, and for whoever wants to stop.
_AT_ONCE = 20_000


class _Undone(Exception):
    """Leaves the transaction without keeping anything."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which rule is tried, on what, as of when, and of which due dates [frm, to).

    `rules` are those in force; `kinds` are the kinds that read moments, `counting` those that read verdicts on Dues, and
    `facts` names the kinds whose rules judge what is believed of an order, all of them together.
    """

    rule: Any
    rules: Sequence[Any]
    kinds: Mapping[str, Kind]
    clocks: Clocks
    now: datetime
    frm: datetime | None = None
    to: datetime | None = None
    unrated: frozenset[str] = frozenset()
    counting: Mapping[str, Callable[[pl.DataFrame, Any], pl.DataFrame]] = field(default_factory=dict)
    facts: tuple[str, ...] = ()

    @property
    def period(self) -> Row:
        """The period as statements take it."""
        return {"frm": self.frm, "to": self.to}


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


def backtest(database: Database, asked: Question, progress: Callable[[int, int], None] = lambda done, of: None) -> Row:
    """What the rule would have raised, and what stands of it; raises WrongUse for a kind that cannot be tried.

    `progress` hears orders done and in all; an exception that it raises ends the trial, and nothing is left of it.
    """
    if asked.rule.kind not in (*asked.kinds, *asked.counting, *asked.facts):
        raise WrongUse(f"A rule of kind {asked.rule.kind} cannot be tried on history.", "Try one of another kind.")
    compared = _counted if asked.rule.kind in asked.counting else _judged
    work, answer = Work(database), {}
    try:
        with work.transaction():
            answer = told(asked, *compared(work, asked, progress))
            raise _Undone
    except _Undone:
        return answer
    finally:
        work.close()


def _judged(work: Work, asked: Question, progress: Callable[[int, int], None]) -> tuple[Found, Found]:
    """What would be raised and what stands, of a rule that judges orders."""
    alone = asked.rule.kind in asked.kinds
    others = [] if alone else [one for one in asked.rules if one.id != asked.rule.id]
    ticker = Ticker(work, Judge([*others, asked.rule], asked.kinds, asked.clocks), now=lambda: asked.now)
    ticker.unrated = asked.unrated
    would, stands = Found(), Found()
    work.run("judge/everyone")
    _look(work, asked, stands)
    _shadow(work)
    _look(work, asked, would)
    last = work.number("select max(order_no) from node")
    for first in range(1, last + 1, _AT_ONCE):
        progress(first - 1, last)
        ticker.refold_some(first, first + _AT_ONCE - 1, asked.now, states=not alone)
        work.run("judge/these")
        _look(work, asked, would)
        _empty(work)
    progress(last, last)
    return would, stands


def _shadow(work: Work) -> None:
    """Tables of this connection in front of those of the record; what is judged of no order stands as it is."""
    for table in _MADE:
        kept = "where order_no < 0" if table == "judgement" else "limit 0"
        work.run_sql(f"create or replace temp table {table} as select * from {table} {kept}")
    work.run("judge/everyone")


def _empty(work: Work) -> None:
    for table in _MADE:
        work.run_sql(f"delete from {table} where order_no >= 0")


def _look(work: Work, asked: Question, found: Found) -> None:
    said = {"rule": asked.rule.id, **asked.period}
    code = asked.rule.code if asked.rule.kind in asked.facts else None
    work.run("judge/wanted", now=asked.now)
    found.add(work.ask("trial/raised", code=code, **said), work.ask("trial/counts", now=asked.now, **said))


def _counted(work: Work, asked: Question, progress: Callable[[int, int], None]) -> tuple[Found, Found]:
    """The same of a rule that counts verdicts: its spells, and those of the rule of its id that is in force."""
    before = [one for one in asked.rules if one.id == asked.rule.id]
    progress(0, 2)
    would = _burnt(work, asked, asked.rule)
    progress(1, 2)
    stands = _burnt(work, asked, before[-1]) if before else Found([would.whole().clear()])
    progress(2, 2)
    return would, stands


def _burnt(work: Work, asked: Question, rule: Any) -> Found:
    """Each spell in which the budget of a partner burned."""
    decided = work.ask("trial/decided", rule=rule.total.due, now=asked.now).cast({"n": pl.Int64, "at": INSTANT})
    spells = asked.counting[rule.kind](decided, rule).filter(pl.col("raised_at") <= asked.now)
    for bound, keeps in ((asked.frm, pl.col("raised_at").ge), (asked.to, pl.col("raised_at").lt)):
        spells = spells.filter(keeps(bound)) if bound else spells
    text = pl.lit(None, pl.String)
    return Found([
        spells.select(
            code=pl.lit(rule.code), subject_type=pl.lit("partner"), subject="partner",
            occurrence=pl.concat_str("window", pl.col("raised_at").dt.to_string("iso"), separator=" "),
            order_id=text, so=text, customer=text, partner="partner", severity="severity", owner=pl.lit(rule.owner),
            started_at="raised_at", due_at="raised_at", met_at="cleared_at",
        )
    ])  # fmt: skip


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
