"""Which ids have been stored: sorted runs of 64-bit numbers in memory.

A probe costs a binary search; no index is kept on disk. Small runs gather behind one large one and are merged into
it when together they reach a share of its size, so that adding stays cheap at any size.
"""

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.uint64]
_MERGE_SHARE = 8


class Seen:
    """A growing set of 64-bit ids."""

    def __init__(self, ids: Ids | None = None) -> None:
        self._large: Ids = np.sort(ids) if ids is not None else np.empty(0, np.uint64)
        self._small: Ids = np.empty(0, np.uint64)

    def __len__(self) -> int:
        return len(self._large) + len(self._small)

    def contains(self, ids: Ids) -> NDArray[np.bool_]:
        """For each id: was it added before?"""
        return _within(self._large, ids) | _within(self._small, ids)

    def add(self, ids: Ids) -> None:
        """Remember these ids."""
        self._small = np.sort(np.concatenate([self._small, ids]))
        if len(self._small) * _MERGE_SHARE > len(self._large) + 100_000:
            self._large = np.sort(np.concatenate([self._large, self._small]), kind="stable")
            self._small = np.empty(0, np.uint64)


class Recent(Seen):
    """A set that remembers about the last `size` ids: enough for spans, which are re-sent within minutes."""

    def __init__(self, ids: Ids | None = None, size: int = 2_000_000) -> None:
        super().__init__(ids)
        self._size = size

    def add(self, ids: Ids) -> None:
        """Remember these ids; let the older half go when there are too many."""
        self._small = np.sort(np.concatenate([self._small, ids]))
        if len(self._small) > self._size // 2:
            self._large, self._small = self._small, np.empty(0, np.uint64)


def _within(run: Ids, ids: Ids) -> NDArray[np.bool_]:
    if not len(run):
        return np.zeros(len(ids), bool)
    at = np.searchsorted(run, ids)
    at[at == len(run)] = 0
    found: NDArray[np.bool_] = run[at] == ids
    return found
