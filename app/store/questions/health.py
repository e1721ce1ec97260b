"""How fresh and how complete what we show is."""

from app.store.questions.asking import Asking, Row


def freshness(reader: Asking) -> list[Row]:
    """Per source: its newest event, when it was last heard from, how many events it sent."""
    return reader.rows("select source, last_event_at, last_seen_at, events from source_seen order by source")


def lag(reader: Asking) -> int:
    """Stored events that the engine has not taken yet."""
    return int(
        reader.ask("select coalesce((select max(seq) from event), 0) - (select seq from cursor_state) as n")["n"][0]
    )
