"""How fresh and how complete what we show is."""

from app.store.questions.asking import Asking, Row


def freshness(reader: Asking) -> list[Row]:
    """Per source: its newest event, when it was last heard from, how many events it sent."""
    return reader.rows("select source, last_event_at, last_seen_at, events from source_seen order by source")


def dead_letters(reader: Asking, offset: int, limit: int) -> tuple[list[Row], int]:
    """Rejected messages, newest first, with why and where."""
    rows = reader.rows(
        "select id, source, collector, native_id, reason, detail, excerpt, received_at, raw_id, item, count(*) over () as matched"
        f" from dead_letter order by received_at desc, id limit {int(limit)} offset {int(offset)}"
    )
    total = rows[0]["matched"] if rows else 0
    return [{k: v for k, v in row.items() if k != "matched"} for row in rows], total


def lag(reader: Asking) -> int:
    """Stored events that the engine has not taken yet."""
    return int(
        reader.ask("select coalesce((select max(seq) from event), 0) - (select seq from cursor_state) as n")["n"][0]
    )
