"""A stored message read again: what its newest reading says counts from now on, once, however often it is read.

1. Events that an older reading of the message made just so are kept as they are. 2. Those that the new reading does not
make are superseded: they stand in the store, and nothing counts them. 3. What is new is stored under the number of the
same message and arrives now. 4. A dead letter whose item is no longer refused is closed; one that still is tells its new
reason; a new refusal is a new dead letter. What was cut off and has come again whole stays closed. 5. A word of the person
goes with what changes, so that the engine hears of it and rebuilds know it. All of it is one transaction.
"""

import json
import uuid
from typing import Any

import duckdb
import polars as pl
import zstandard

from app import clock
from app.contracts import Again, Reread
from app.model.event import EVENT, Message, Rejection, Translation
from app.model.keys import PEOPLE
from app.store.agreed import broken
from app.store.database import registered, transaction
from app.store.events import Events, column, insert, marked
from app.store.resent import Resends
from app.store.statements import statement
from app.store.waiting import Waiting, letter_id

Row = dict[str, Any]
#: Type of the person's word that a message was read again.
REPLAYED = "message.replayed"
_LETTER: dict[str, Any] = {
    "id": pl.String, "item": pl.Int32, "native_id": pl.String, "result": pl.String, "reason": pl.String,
    "detail": pl.String, "excerpt": pl.String, "source": pl.String, "made": pl.List(pl.String), "stood": pl.Boolean,
}  # fmt: skip


def reread(
    con: duckdb.DuckDBPyConnection, events: Events, resends: Resends, message: Message, said: Translation, again: Again
) -> Reread:
    """Store a reading (`message.received_at` is now), or only say what would come of it."""
    waiting = Waiting(message, said, raw_id=again.raw_id)
    read = events.read([waiting])
    known = events.known(read)
    older = _older(con, read, again.raw_id)
    fresh = read.filter(~known)
    letters = _letters(con, waiting, read, known)
    result = Reread(
        again.raw_id, again.dry_run, int(known.sum()), _told(fresh), _told(older),
        tuple(letters.select("id", "result", "reason", "detail").to_dicts()),
    )  # fmt: skip
    if not again.dry_run:
        faults = broken(read, [waiting], events.declared)
        _keep(con, events, resends, waiting, again, (fresh, older, read.filter(known), letters, faults))
    return result


def _older(con: duckdb.DuckDBPyConnection, read: pl.DataFrame, raw_id: int) -> pl.DataFrame:
    """The events of older readings of the message that count by now and are not made any more."""
    with registered(con, "read_now", read.select("event_id", "content")):
        older: pl.DataFrame = con.sql(statement("intake/older"), params={"raw": raw_id}).pl()
    return older


def _letters(con: duckdb.DuckDBPyConnection, waiting: Waiting, read: pl.DataFrame, known: pl.Series) -> pl.DataFrame:
    """Each open dead letter of the message, and each new refusal, with what came of its item."""
    query = "select id, item, native_id from dead_letter where raw_id = $raw and closed_at is null order by item"
    open_letters = con.execute(query, {"raw": waiting.raw_id}).fetchall()
    refused = {one.item: one for one in waiting.said.rejections}
    made = read.with_columns(known=known).select("item", "native_id", "event_id", "known").rows()
    spans = waiting.said.spans.select("item", pl.format("{}:{}", "trace_id", "span_id"), seen=None, known=False)
    made += spans.rows()
    rows = [_letter(id, item, native, refused.get(item), made) for id, item, native in open_letters]
    stood = {item for _, item, _ in open_letters}
    rows += [
        _letter(letter_id(waiting.raw_id, item), item, one.native_id, one, []) | {"stood": False}
        for item, one in sorted(refused.items())
        if item not in stood
    ]
    return pl.DataFrame(rows, schema=_LETTER)


def _letter(id: str, item: int, native: str, refused: Rejection | None, made: list[tuple[Any, ...]]) -> Row:
    row: Row = {
        "id": id,
        "item": item,
        "native_id": native,
        "reason": "",
        "detail": "",
        "excerpt": "",
        "source": "",
        "stood": True,
    }
    if refused:
        told = {
            "reason": refused.reason,
            "detail": refused.detail,
            "excerpt": refused.excerpt,
            "native_id": refused.native_id,
            "source": refused.source,
        }
        return row | told | {"result": "rejected", "made": []}
    named = [one for one in made if native and one[1] == native]
    own = named or [one for one in made if item < 0 or one[0] == item]
    result = "nothing" if not own else "duplicate" if all(one[3] for one in own) else "accepted"
    return row | {"result": result, "made": [f"{one[2]:016x}" for one in own[:1000] if one[2] is not None]}


def _keep(
    con: duckdb.DuckDBPyConnection, events: Events, resends: Resends, waiting: Waiting, again: Again,
    found: tuple[pl.DataFrame, ...],
) -> None:  # fmt: skip
    fresh, older, kept, letters, faults = found
    at = waiting.message.received_at
    values = {"raw": again.raw_id, "at": at, "person": again.person}
    with transaction(con):
        with registered(con, "older_now", older.select("event_id", "content")):
            con.execute(statement("intake/supersede"), {"raw": again.raw_id, "at": at})
        with registered(con, "kept_now", kept.select("event_id", "content")):
            con.execute(statement("intake/revive"), {"at": at})
            revived = con.execute("select count(*) from superseded where until = $at", {"at": at}).fetchall()[0][0]
        changed = len(fresh) or len(older) or revived
        word = [_word(events, waiting.message, again)] if changed else []
        stored = events.numbered(pl.concat([_unrivalled(con, fresh), *word]))
        events.insert(stored)
        con.execute("delete from source_fault where raw_id = $raw", {"raw": again.raw_id})
        insert(con, "source_fault", faults)
        _keep_letters(con, waiting, letters, values)
        con.execute(statement("intake/replay"), values | {"why": again.why, "mapping": waiting.message.mapping})
        resends.read_again(waiting)
        if again.edited is not None:
            packed = zstandard.ZstdCompressor(level=3).compress(again.edited)
            con.execute("insert into edited values ($raw, $at, $person, $body)", values | {"body": packed})
    events.stored(stored)


def _unrivalled(con: duckdb.DuckDBPyConnection, fresh: pl.DataFrame) -> pl.DataFrame:
    """An id is used again only where another event that counts has it still."""
    with registered(con, "probe", fresh.select("event_id")):
        rivals = column(con, statement("intake/rival"))
    again = fresh["event_id"].is_in(rivals.tolist()) | ~fresh["event_id"].is_first_distinct()
    return marked(fresh, again) if again.any() else fresh


def _keep_letters(con: duckdb.DuckDBPyConnection, waiting: Waiting, letters: pl.DataFrame, values: Row) -> None:
    """Close, tell anew, or add; leaves `judged_letter`, which the history is written from."""
    new = letters.filter(~pl.col("stood")).with_columns(
        raw_id=pl.lit(waiting.raw_id, pl.Int64), source=pl.lit(waiting.message.source or None).fill_null(pl.col("source")),
        collector=pl.lit(waiting.message.collector), received_at=pl.lit(waiting.message.received_at, EVENT["received_at"]),
    )  # fmt: skip
    con.execute("delete from dead_letter where id in (select unnest($ids))", {"ids": new["id"].to_list()})
    insert(con, "dead_letter", new.drop("made", "stood", "result"))
    with registered(con, "judged", letters):
        con.execute("create or replace temp table judged_letter as from judged")
    con.execute(statement("intake/close_letter"), {"at": values["at"], "person": values["person"]})


def _word(events: Events, message: Message, again: Again) -> pl.DataFrame:
    """The person's word as an event beside the message."""
    attrs = json.dumps({"person": again.person, "reason": again.why, "edited": again.edited is not None})
    row = {
        "item": 0, "source": PEOPLE, "native_id": uuid.uuid4().hex, "type": REPLAYED, "occurred_at": clock.instant(),
        "flags": [], "attrs": attrs, "tz_basis": "explicit",
    }  # fmt: skip
    return events.read([Waiting(message, Translation(pl.DataFrame([row], schema=EVENT)), raw_id=again.raw_id)])


def _told(rows: pl.DataFrame) -> tuple[Row, ...]:
    """The first thousand of these events as people and programs read them."""
    named = ("event_id", "type", "source", "native_id", "occurred_at", "keys")
    told = rows.select(named).head(1000).rename({"occurred_at": "at"}).to_dicts()
    return tuple(row | {"event_id": f"{row['event_id']:016x}"} for row in told)
