"""How fresh and how complete what we show is."""

from app.store.questions.asking import Asking, Row

_WAITING = """
select count(*) as spans, min(received_at) as oldest_at,
    (select count(*) from spans.interface_metric where seq > $points) as data_points
from spans.span where seq > least($spans, $measured) and (seq > $measured or len(keys) > 0 or len(links) > 0)
"""


def freshness(reader: Asking) -> list[Row]:
    """Per source: its newest event, when it was last heard from, how many events it sent."""
    return reader.rows("select source, last_event_at, last_seen_at, events from source_seen order by source")


def waiting(reader: Asking, spans: int, measured: int, points: int) -> Row:
    """What is stored of traces and metrics above these numbers: spans, data_points, and when the oldest span arrived.

    Spans above `spans` wait if they say whose a trace is, those above `measured` in any case.
    """
    return reader.rows(_WAITING, {"spans": spans, "measured": measured, "points": points})[0]


def again(reader: Asking, first: int) -> int:
    """How many events the orders have that are to be judged again, from the order numbered `first` on."""
    query = "select coalesce(sum(events), 0)::bigint as n from orders where order_no >= $first"
    return int(reader.rows(query, {"first": first})[0]["n"])


def lag(reader: Asking) -> int:
    """Stored events that the engine has not taken yet."""
    return int(
        reader.ask("select coalesce((select max(seq) from event), 0) - (select seq from cursor_state) as n")["n"][0]
    )
