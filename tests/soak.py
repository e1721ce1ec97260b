"""How long laws are looked for: `make test` takes few examples of the slow ones, `make soak` many times as many."""

import os


def examples(few: int) -> int:
    """So many examples of a law in `make test`; in `make soak` so many times as ORDERSCOPE_SOAK says."""
    return few * int(os.environ.get("ORDERSCOPE_SOAK", "1"))
