"""Dead letters: what could not be taken, where the fault stands in its message, and what was done about it."""

from datetime import datetime

import zstandard

from app.clock import written
from app.errors import NotFound
from app.model.event import Message
from app.model.faults import Shown, shown
from app.store.questions.asking import Asking, Row
from app.store.questions.grid import Conditions, Where

_COLUMNS = {
    "id": "id", "source": "source", "reason": "reason", "collector": "collector", "native_id": "native_id",
    "detail": "detail",
}  # fmt: skip
_SHOWN = (
    "id, source, collector, native_id, reason, detail, excerpt, received_at, raw_id, item, closed_at, closed_by, result,"
    " case when closed_at is null then 'open' else 'closed' end as status"
)
#: A message that is shown or edited in a page, and the size up to which it is unpacked at all.
EDITABLE, _LIMIT = 256 * 1024, 256 * 2**20


def letters(reader: Asking, where: Where, offset: int, limit: int) -> tuple[list[Row], int]:
    """Dead letters, newest first. `where`: source, reason, status (open, closed), from, to (arrival), q, id."""
    said = _conditions(where)
    rows = reader.rows(
        f"select {_SHOWN}, count(*) over () as matched from dead_letter where {said.text()}"
        f" order by received_at desc, raw_id desc, item limit {int(limit)} offset {int(offset)}",
        said.values,
    )
    total = rows[0]["matched"] if rows else 0
    return [{k: v for k, v in row.items() if k != "matched"} for row in rows], total


def messages_of(reader: Asking, where: Where, limit: int) -> tuple[list[int], int]:
    """The messages of these dead letters, oldest first, and how many there are."""
    said = _conditions(where)
    rows = reader.rows(
        f"select raw_id, count(*) over () as matched from (select distinct raw_id from dead_letter where {said.text()})"
        f" order by raw_id limit {int(limit)}",
        said.values,
    )
    return [row["raw_id"] for row in rows], rows[0]["matched"] if rows else 0


def read_by_older(reader: Asking, source: str, version: str, after: int, limit: int) -> tuple[list[int], int]:
    """Kept messages of a source that no reading by this version of its mapping has seen, and how many there are."""
    rows = reader.rows(
        "select raw_id, count(*) over () as matched from raw where source = $source and mapping <> $version and raw_id > $after"
        " and raw_id not in (select raw_id from replay where mapping = $version)"
        f" order by raw_id limit {int(limit)}",
        {"source": source, "version": version, "after": after},
    )
    return [row["raw_id"] for row in rows], rows[0]["matched"] if rows else 0


def kinds(reader: Asking) -> list[Row]:
    """Open dead letters counted by source and reason, the most first: source, reason, count, first_at, last_at."""
    return reader.rows(
        "select source, reason, count(*) as count, min(received_at) as first_at, max(received_at) as last_at"
        " from dead_letter where closed_at is null group by source, reason order by count desc, source, reason"
    )


def letter(reader: Asking, id: str) -> Row:
    """One dead letter: its row, its `message` with the fault marked, its `siblings` and its `history`. Raises NotFound."""
    rows = reader.rows(f"select {_SHOWN} from dead_letter where id = $id", {"id": id})
    if not rows:
        raise NotFound(f"There is no dead letter {id[:40]!r}.", "Take the id from the list.")
    row = rows[0]
    siblings = reader.rows(
        "select id, item, native_id, reason, closed_at from dead_letter where raw_id = $raw and id <> $id order by item limit 100",
        {"raw": row["raw_id"], "id": id},
    )
    return row | {"message": _message(reader, row), "siblings": siblings, "history": history(reader, row["raw_id"], id)}


def of_message(reader: Asking, raw_id: int, reason: str) -> list[Row]:
    """The open letters of a message with one reason: item, native_id."""
    query = "select item, native_id from dead_letter where raw_id = $raw and reason = $reason and closed_at is null"
    return reader.rows(query, {"raw": raw_id, "reason": reason})


def history(reader: Asking, raw_id: int, id: str) -> list[Row]:
    """When, by whom and with what result the message of a letter was read again, oldest first."""
    rows = reader.rows(
        "select replayed_at as at, person, reason as why, mapping, result, detail, made from replay"
        " where raw_id = $raw and letter = $id order by replayed_at",
        {"raw": raw_id, "id": id},
    )
    return [row | {"at": written(row["at"])} for row in rows]


def message(reader: Asking, raw_id: int) -> Message:
    """A message as it came, or as a person has edited it last. Raises NotFound when it is no longer kept."""
    rows = reader.rows("select * from raw where raw_id = $raw", {"raw": raw_id})
    if not rows:
        raise NotFound(
            "The message is no longer kept.",
            "Ask its sender for it again; `retention.raw_days` says how long messages are kept.",
        )
    row = rows[0]
    edits = reader.rows("select body from edited where raw_id = $raw order by edited_at desc limit 1", {"raw": raw_id})
    body = _unpacked(edits[0]["body"] if edits else row["body"])
    return Message(row["source"], row["collector"], row["media"], body, row["received_at"], row["mapping"])


def _conditions(where: Where) -> Conditions:
    said = Conditions(_COLUMNS)
    for column in ("source", "reason", "id"):
        said.among(column, where.get(column))
    said.search(where.get("q"), ("id", "native_id", "detail"))
    if where.get("status") in ("open", "closed"):
        said.add(f"closed_at is {'not ' if where['status'] == 'closed' else ''}null")
    if where.get("after"):
        said.add(f"raw_id > {said.bind(int(where['after']))}")
    for name, sign in (("from", ">="), ("to", "<")):
        if isinstance(where.get(name), datetime):
            said.add(f"received_at {sign} {said.bind(where[name])}")
    return said


def _message(reader: Asking, row: Row) -> Row:
    """What a person sees of the message: its text around the item with the fault marked, and whether it can be edited."""
    try:
        kept = message(reader, row["raw_id"])
    except NotFound as fault:
        return {"kept": False, "why": fault.detail}
    text = _text(kept.body)
    told = shown(text if text is not None else "", row) if text is not None else Shown()
    return {
        "kept": True, "size": len(kept.body), "media": kept.media, "mapping": kept.mapping, "is_text": text is not None,
        "editable": text is not None and len(kept.body) <= EDITABLE, "before": told.before, "item": told.item, "after": told.after,
        "marks": [list(mark) for mark in told.marks], "line": told.line,
    }  # fmt: skip


def _text(body: bytes) -> str | None:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def _unpacked(packed: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(packed, max_output_size=_LIMIT)
