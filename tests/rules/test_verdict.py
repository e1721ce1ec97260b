"""What a Due means at an instant, to the microsecond."""

from datetime import datetime, timedelta

import polars as pl
import pytest

from rules.verdict import STATES, state

DUE = datetime(2026, 11, 2, 12)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("met", "void", "due", "now", "expected"),
    [
        (None, None, DUE, DUE - TICK, "running"),
        (None, None, DUE, DUE, "running"),
        (None, None, DUE, DUE + TICK, "breached"),
        (DUE, None, DUE, DUE + TICK, "met"),
        (DUE + TICK, None, DUE, DUE + TICK, "breached"),
        (DUE + TICK, None, DUE, DUE + timedelta(days=9), "breached"),
        (None, DUE + TICK, DUE, DUE + timedelta(days=9), "void"),
        (None, DUE - TICK, DUE, DUE, "void"),
        (None, None, None, DUE, "running"),
        (DUE, None, None, DUE, "met"),
    ],
)
def test_the_due_moment_itself_is_in_time(
    met: datetime | None, void: datetime | None, due: datetime | None, now: datetime, expected: str
) -> None:
    """A stop at the due moment is met, a microsecond later it is breached; without a stop it runs until then."""
    row = pl.DataFrame({"met_at": [met], "void_at": [void], "due_at": [due], "now": [now]},
                       schema=dict.fromkeys(("met_at", "void_at", "due_at", "now"), pl.Datetime("us")))  # fmt: skip
    assert row.select(state(now)).item() == expected
    assert row.select(state(pl.col("now"))).item() == expected
    assert expected in STATES
