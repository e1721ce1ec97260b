"""Kind `agreement`: what a source sends is not what was agreed with it, for longer than is allowed.

A fact is one thing that broke the agreement: a message that its collector flagged or refused, a hole in the numbers, a
gap that a stream tells of, an extract that differs, a volume, a time that cannot be, a change of a customer that a
follower has not taken. What a rule says of it is from when
on it counts, how bad it is and who looks after it. Nothing here asks what time it is.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

import polars as pl

from app.model.event import INSTANT
from app.settings import Severity
from rules.lengths import Elapsed, span
from rules.rule import Rule, Shown

#: One thing that broke an agreement and is not mended, and since when.
FACT: dict[str, Any] = {"source": pl.String, "of": pl.String, "at": INSTANT}
#: What rules say of each fact: `grace` in microseconds.
SAYS: dict[str, Any] = {
    "of": pl.String, "code": pl.String, "owner": pl.String, "severity": pl.String, "grace": pl.Int64,
}  # fmt: skip
Fact = Literal["schema", "mapping", "batch", "sequence", "stream", "extract", "volume", "clock", "customer"]


class Broken(Shown):
    """An example: what a source sent, in a story, and whether the agreement with it is then broken.

    `x.broke=FACT` marks what a collector flagged or refused, `x.mended=FACT` what was read again and is sound;
    `x.sequence=N` numbers what is numbered, `batch.missing` tells of a gap, `reconciliation.completed` of an extract.
    """

    story: str
    source: str


class Agreement(Rule):
    """One rule of kind `agreement`."""

    kind: Literal["agreement"]
    over: Literal["source"]
    of: Fact
    grace: Elapsed = ""
    severity: Severity = "high"
    examples: tuple[Broken, ...] = ()

    @property
    def allowed(self) -> timedelta:
        """The grace as a length of time."""
        return timedelta(seconds=span(self.grace).seconds if self.grace else 0)


def says(rules: Sequence[Agreement]) -> pl.DataFrame:
    """What the rules say of each fact (columns SAYS)."""
    rows = [
        (rule.of, rule.code, rule.owner, rule.severity, rule.allowed // timedelta(microseconds=1)) for rule in rules
    ]
    return pl.DataFrame(rows, schema=SAYS, orient="row")


def broken(facts: pl.DataFrame, rules: Sequence[Agreement]) -> pl.DataFrame:
    """Facts (columns FACT) with their code and `since`, the first of each source and code."""
    told = facts.join(says(rules), on="of").with_columns(since=pl.col("at") + pl.duration(microseconds="grace"))
    return told.sort("source", "code", "since").unique(["source", "code"], keep="first", maintain_order=True)


def unsynced(words: pl.DataFrame) -> pl.DataFrame:
    """The first change of a customer that each follower has not taken, as facts.

    `words` are who said what of which customer (source, type, customer, at). Who has ever taken a customer follows from
    then on; whatever it says of a customer shows that it has the changes before.
    """
    taken = pl.col("type") == "customer.synced"
    followers = words.filter(taken).group_by("source").agg(began=pl.min("at"))
    last = words.group_by("source", "customer").agg(last=pl.max("at"))
    changes = words.filter(pl.col("type") == "customer.updated").rename({"source": "by"})
    behind = followers.join(changes, how="cross").join(last, on=["source", "customer"], how="left")
    missed = behind.filter(
        pl.col("by") != pl.col("source"), pl.col("at") >= pl.col("began"),
        pl.col("last").is_null() | (pl.col("at") > pl.col("last")),
    )  # fmt: skip
    return missed.group_by("source").agg(pl.min("at")).select("source", of=pl.lit("customer"), at="at")


def holes(numbers: pl.DataFrame) -> pl.DataFrame:
    """The first hole of each source that numbers what it sends (source, number, at), since a later number came, as facts."""
    told = numbers.sort("source", "number").with_columns(before=pl.col("number").shift().over("source"))
    torn = pl.col("number") > pl.col("before") + 1
    after = told.with_columns(torn=torn.fill_null(False).cum_max().over("source")).filter("torn")
    return after.group_by("source").agg(pl.min("at")).select("source", of=pl.lit("sequence"), at="at")
