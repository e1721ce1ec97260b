"""What a process has made when it begins its work stays until it ends: Python's collector need not look at it again.

Many cases or rows made at once would otherwise have it look at all of them every few hundred.
"""

import gc

_YOUNG, _OLDER, _OLDEST = 50_000, 20, 50


def settled() -> None:
    """Leave what there is by now out of all further collections, and collect the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _OLDER, _OLDEST)
