"""Ties new events to orders: keys first, then the objects that linked events name, until nothing more is reached.

A change of identity (two orders become one, a key turns out to be a hub) links the touched orders again from
nothing, so what stands never depends on the order of arrival.
"""

import polars as pl

from app.engine.identity import placed
from app.store.work import Work

_SEQ = {"seq": pl.Int64}
_LINKED = {"seq": pl.Int64, "order_no": pl.Int64}


def correlate(work: Work, seqs: pl.DataFrame) -> None:
    """Link the events `seqs` (one column, seq) and what follows from them; leaves `linked_all`, `changed`, `cut`."""
    work.hold("work", seqs)
    work.hold("linked_all", pl.DataFrame(schema=_LINKED))
    work.hold("reached_all", pl.DataFrame(schema={"key": pl.UInt64}))
    work.run("correlate/mention")
    redone = _identify(work)
    if redone:
        work.run("correlate/mention")
    work.run("correlate/anchor")
    _follow(work)
    work.run("correlate/share")
    work.run_sql("insert into linked_all select seq, order_no from linked")


def _identify(work: Work) -> bool:
    """Give every alias key its order; true when events must be linked again because of it."""
    work.run("correlate/pair")
    ring = work.ask("correlate/cluster")
    work.hold("ring", ring)
    work.hold("changed", pl.DataFrame(schema={"order_no": pl.Int64}))
    if not len(ring):
        return False
    new = placed(ring, work.ask("correlate/edge"), 1 + work.number("select max(order_no) from node"))
    work.hold("placed", new)
    moved = ring.join(new, on="key", suffix="_new").filter(
        pl.col("order_no").ne_missing(pl.col("order_no_new")) | (pl.col("hub") != pl.col("hub_new"))
    )
    work.hold("changed", moved.select("order_no").drop_nulls().unique())
    work.hold("changed_key", moved.filter(pl.col("hub") != pl.col("hub_new")).select("key"))
    work.run("correlate/move")
    if not len(moved.filter(pl.col("order_no").is_not_null() | (pl.col("hub") != 0))):
        return False
    work.run("correlate/unlink")
    return True


def _follow(work: Work) -> None:
    """Objects of linked events lead to further events, those to further objects, until none is new."""
    while True:
        work.run("correlate/reach")
        work.run_sql("insert into linked_all select seq, order_no from linked")
        work.run_sql("insert into reached_all select distinct key from reached")
        work.run("correlate/attach")
        if not work.number("select count(*) from linked"):
            return
        work.run("correlate/mention_linked")
