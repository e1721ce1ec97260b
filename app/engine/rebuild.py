"""Derives everything again from the stored events, or only compares: the same statements as live, on all events.

It is made in tables beside those that stand, a step at a time: the memory that scratch tables took is free only when a
transaction ends. What was said to people (cases, and the memory of what was said) is left alone; at the end the difference
between what should stand and what was said becomes intents, as after any tick.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import polars as pl

from app.engine.tick import Done, Ticker
from app.store.work import Work

Progress = Callable[[Done], None]


#: What is not derived from the events, or must outlive a rebuild: what was sent, said, published and refused.
STAYS = frozenset(
    {
        "event", "raw", "dead_letter", "migration", "cursor_state", "alarm", "case_intent", "profile", "forecast_record", "source_hour",
        "replay", "edited", "superseded", "source_fault", "cut_document", "source_number", "interface_window", "interface_pending", "interface_cursor",
        "source_spell", "source_state", "rule_version", "calendar_version", "daily_count",
    }
)  # fmt: skip
#: Notes of the engine to itself, which depend on how events were batched; nothing is answered from them.
_NOTES = frozenset({"wake", "skipped"})
#: Columns that hold nothing but an internal number; `order_no` and `seq` are replaced by what they stand for.
_NUMBERS = frozenset({"cluster"})


def rebuild(work: Work, ticker: Ticker, progress: Progress = lambda done: None) -> int:
    """Replace links, orders and Dues; how many intents came of it. Readers see the old until the new is whole."""
    with _made_beside(work, ticker, progress) as tables, work.transaction():
        work.take_place(tables)
        return ticker.speak_of_all()


def verify(work: Work, ticker: Ticker, progress: Progress = lambda done: None) -> pl.DataFrame:
    """What a rebuild would change: part, name, stands, rebuilt. Nothing is kept."""
    _keep_picture(work, "picture_before")
    with _made_beside(work, ticker, progress):
        _keep_picture(work, "picture_after")
    return work.ask("judge/differences")


def forget(work: Work) -> None:
    """Let all go that was derived, but for what was said about it; inside a transaction."""
    for table in derived(work):
        work.run_sql(f"delete from {table}")
    work.run_sql("update cursor_state set seq = 0, span_seq = 0")


@contextmanager
def _made_beside(work: Work, ticker: Ticker, progress: Progress) -> Iterator[list[str]]:
    """First all events are tied to orders, then each order is folded once; the tables that hold it."""
    tables = [*derived(work), "cursor_state"]
    with work.beside(tables):
        work.run_sql("insert into cursor_state select * replace (0 as seq, 0 as span_seq) from main.cursor_state")
        for step in (ticker.related(), ticker.settle()):
            while done := _next(work, step):
                progress(done)
        yield tables


def _next(work: Work, steps: Iterator[Done]) -> Done | None:
    """The next step as a transaction of its own; nothing after the last."""
    with work.transaction():
        return next(steps, None)


def derived(work: Work) -> dict[str, list[str]]:
    """The tables that a rebuild makes anew, with their columns."""
    told = work.ask("judge/derived").filter(~pl.col("name").is_in(STAYS))
    return dict(told.iter_rows())


def picture(work: Work) -> pl.DataFrame:
    """All that was derived, free of internal numbers: part (a table), name, says. One row per table and name."""
    _keep_picture(work, "picture_now")
    return work.ask("from picture_now")


def _keep_picture(work: Work, table: str) -> None:
    work.run("judge/compare")
    parts = [_told(name, columns) for name, columns in derived(work).items() if name not in _NOTES]
    work.run_sql(f"create or replace temp table {table} as {' union all '.join(parts)}")


def _told(table: str, columns: list[str]) -> str:
    """A table as rows of text, under the name of the order that they belong to, else under their first column."""
    by_order, by_event = "order_no" in columns, "seq" in columns
    shown = [f"t.{c}" for c in columns if c not in {"order_no", "seq", *_NUMBERS}]
    shown += ["e.event_id as by_event"] * by_event
    joins = (
        " left join called n on t.order_no = n.order_no" * by_order + " left join event e on t.seq = e.seq" * by_event
    )
    first = f"{shown[0].split(' as ')[0]}::varchar"
    name = f"coalesce(n.name, t.order_no::varchar, {first}, '')" if by_order else f"coalesce({first}, '')"
    return (
        f"select '{table}' as part, name, string_agg(says, chr(10) order by says) as says from ("
        f"select name, to_json(row_of)::varchar as says from (select {name} as name, "
        f"struct_pack({', '.join(_field(one) for one in shown)}) as row_of from {table} t{joins})) group by name"
    )


def _field(shown: str) -> str:
    value, _, name = shown.partition(" as ")
    return f"{name or value.split('.')[1]} := {value}"
