"""Master data: customers, locations and products, field by field as the newest word of their owner has it."""

from datetime import datetime

from app.store.work import Work


def master(work: Work, first: int, last: int, now: datetime) -> None:
    """Make the entries anew that events `first` to `last` describe, and touch the orders that show them."""
    work.run("master/word", first=first, last=last)
    work.run("master/concerned")
    if not work.count("master_near"):
        return
    low, high = work.ask("select min(seq) as low, max(seq) as high from master_near").row(0)
    for fact in ("fold", "replace"):
        work.run(f"master/{fact}", low=low, high=high, now=now)
