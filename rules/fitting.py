"""Which target goes with which clock: what is counted differently is written differently."""

import re


def right_clock(clock: str, text: str) -> None:
    """A day of 24 hours and a working day are written differently, and neither stands on the other's clock."""
    if clock in ("E", "W") and "working" in text:
        raise ValueError(f"{text!r} needs `clock: B`")
    if clock == "B" and re.search(r"\d[dw]", text):
        raise ValueError(f"{text!r} on a business clock: write hours, or `2 working days`")
    if clock == "C" and text and "working" not in text:
        raise ValueError(f"{text!r} by a cut-off: write `1 working day`, or nothing for the same day")
