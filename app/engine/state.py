"""Judgements of the touched orders from their facts: why they cannot go on, who disagrees, what is at risk.

A judgement says since when it holds, which may lie ahead; nothing here asks what time it is.
"""

from app.store.work import Work

JUDGEMENTS = ("blocked", "judgement")


def judge_state(work: Work) -> None:
    """Make the judgements of what is in `touched` and `also_touched` anew; Dues are made before."""
    for name in JUDGEMENTS:
        work.run(f"judge/{name}")
