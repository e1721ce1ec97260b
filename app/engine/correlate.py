"""Ties new events to orders: keys first, then the objects that linked events name, until nothing more is reached.

1. What people said of identity is heard. 2. Every alias key gets its order. 3. Events that name one are linked.
4. The others follow the objects that linked events name. 5. Keys that many orders share, traces among them, decide
last.
A change of identity (two orders become one, a key turns out to be a hub, a person speaks) links the touched orders
again from nothing, so what stands never depends on the order of arrival.
"""

import polars as pl

from app.engine.identity import placed
from app.engine.news import News
from app.store.work import Work

#: Carriers use a number again; two uses of it lie more than this many days apart (DOMAIN 5.1).
SPELL_DAYS = 120


def correlate(work: Work, news: News) -> None:
    """Link the new events and what follows from them; leaves `linked_all`, `changed`, `cut`."""
    work.run("correlate/begin")
    work.hold("work", news.seqs)
    if news.last:
        work.run("correlate/seen", first=news.first, last=news.last)
    said = _hear(work, news)
    claimed = _outdo(work, news)
    _mention(work, "work", work.number("select min(seq) from work") if claimed else news.first)
    _identify(work, said)
    if said:
        work.run("correlate/heed")
    if any(map(work.count, ("changed", "changed_key", "redo"))):
        work.run("correlate/unlink")
        _mention(work, "work", work.number("select min(seq) from work"))
    _own(work)
    work.run("correlate/anchor")
    _follow(work, said)
    _trace(work)
    work.run("correlate/share")
    if claimed:
        work.run_sql("insert into linked_all select l.seq, l.order_no from link l join claim c on l.seq = c.seq")


def _own(work: Work) -> None:
    """Objects go to the orders that name them beside an alias; whoever only borrowed one is linked again without it."""
    while True:
        work.run("correlate/place")
        _mean(work)
        work.run("correlate/usurp")
        if not work.count("usurped"):
            return
        work.run("correlate/unlink")
        _mention(work, "work", work.number("select min(seq) from work"))


def _hear(work: Work, news: News) -> bool:
    """Take the new words of people; true when any word was ever said."""
    if not news.speaks("link.added", "link.cut") and not work.number("select count(*) from said_link"):
        work.run("correlate/quiet")
        return False
    work.run("correlate/hear", first=news.first, last=news.last)
    work.run("correlate/word")
    if work.count("stirred_word"):
        work.run("correlate/concern")
    return True


def _mention(work: Work, events: str, first: int) -> None:
    """The keys of the events in the table `events`, none of which lies below `first`."""
    work.run_sql(f"create or replace temp table at_hand as select distinct seq from {events}")
    work.run("correlate/mention", first=first)
    work.run("correlate/named")


def _mean(work: Work) -> None:
    """Numbers without an issuer count as those that they stand for; they are few."""
    if work.number("select count(*) from mention where kind in ('tr', 'pro') and split_part(text, ':', 2) = ''"):
        work.run("correlate/meant")


def _identify(work: Work, said: bool) -> None:
    """Give every key its place; orders whose keys have changed are in `changed` then."""
    work.run("correlate/place")
    work.run("correlate/pair")
    if not work.count("stirred"):
        return
    work.run("correlate/ring")
    size = (-1, -1)
    while size != (size := (work.count("ring"), work.count("reset"))):
        if said:
            work.run("correlate/ring_said")
        if work.count("reset"):
            work.run("correlate/ring_reset")
        work.run("correlate/grow")
        if said or work.count("reset"):
            work.run("correlate/afresh")
    _settle(work, work.ask("correlate/frame"))


def _settle(work: Work, ring: pl.DataFrame) -> None:
    """Keys take their places; the orders that lose or gain a key are `changed`."""
    new = placed(ring, work.ask("correlate/edge"), 1 + work.number("select max(order_no) from node"))
    both = new.join(
        ring.drop("meant", "text", "kind").rename({n: f"{n}_was" for n in ("order_no", "hub", "cluster")}), on="key"
    )
    stood = both.filter(pl.col("was_meant").is_not_null())
    turned = (pl.col("hub") != pl.col("hub_was")) | (pl.col("meant") != pl.col("was_meant"))
    left = turned | pl.col("order_no").ne_missing(pl.col("order_no_was"))
    shifted = stood.filter(left | pl.col("cluster").ne_missing(pl.col("cluster_was")))
    work.hold("moved", shifted.select(new.columns))
    work.hold("settled", both.filter(pl.col("was_meant").is_null()).select(new.columns))
    work.hold("leaving", stood.filter(left).select(pl.col("order_no_was")).drop_nulls().unique())
    keys = stood.filter(turned).select("key", "meant", "was_meant")
    work.hold("turning", pl.concat([keys.select(key=name) for name in keys.columns]).unique())
    work.run("correlate/move")


def _follow(work: Work, said: bool) -> None:
    """Objects of linked events lead to further events, those to further objects, until none is new."""
    if said:
        work.run("correlate/grant")
    while True:
        work.run("correlate/reach")
        work.run_sql("insert into linked_all select seq, order_no from linked")
        work.run_sql("insert into reached_all select distinct key from reached")
        if said:
            work.run_sql("insert into reached by name select key, text, kind, order_no from granted")
        work.run("correlate/attach", gap=SPELL_DAYS)
        if not work.count("linked"):
            return
        _mention(work, "linked", work.number("select min(seq) from linked"))
        work.run("correlate/place")
        _mean(work)


def _trace(work: Work) -> None:
    """Traces belong to the orders that their spans name, so that events which carry only a trace may follow it."""
    position = work.number("select span_seq from cursor_state")
    if work.number("select max(seq) from spans.span") > position:
        work.run("correlate/span", position=position)
    if work.number("select count(*) from (from span_name limit 1)"):
        work.run("correlate/spanned")


def _outdo(work: Work, news: News) -> bool:
    """Ids that new events claim again, and messages read again, are rare: only then all claims on them are looked for."""
    if news.speaks("id_reused") or work.number("select count(*) from superseded"):
        work.run("correlate/reused", first=news.first, last=news.last)
    if not work.count("reused"):
        return False
    work.run("correlate/outdone", last=news.last)
    if work.number("select (select count(*) from claim where read_anew) + (select count(*) from unsaid)"):
        work.run("correlate/unsay")
    return True
