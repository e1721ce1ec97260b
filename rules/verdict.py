"""What a Due means at an instant. A Due says when; whoever asks brings the time.

1. A clock that was ended without a verdict is void.
2. A stop at or before the due moment, or where nothing was due, is met; the due moment itself is still in time.
3. A stop after the due moment is breached, and stays so.
4. Without a stop it is breached from the first instant after the due moment; until then it is running.
"""

from datetime import datetime

import polars as pl

STATES = ("met", "breached", "running", "void")


def state(now: datetime | pl.Expr) -> pl.Expr:
    """The state at `now` (naive UTC) of rows with the columns `met_at`, `void_at` and `due_at`."""
    met, due = pl.col("met_at"), pl.col("due_at")
    in_time = met.is_not_null() & (due.is_null() | (met <= due))
    overdue = met.is_not_null() | (due < now).fill_null(False)
    return (
        pl.when(pl.col("void_at").is_not_null()).then(pl.lit("void"))
        .when(in_time).then(pl.lit("met"))
        .when(overdue).then(pl.lit("breached"))
        .otherwise(pl.lit("running")).alias("state")
    )  # fmt: skip
