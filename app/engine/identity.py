"""Which alias keys are one order: components of the keys that events name together, cut at hubs.

A pure function of the set of keys and ties, whatever order they came in (DECISIONS 1.3):

1. A key named beside two different sales orders is a hub (1) and joins nothing.
2. What remains connected is a cluster. While a cluster, or a part of it, still holds two sales orders, the keys of
   its weakest alias type on the paths between them become hubs (2).
3. What then remains connected is one order.
"""


import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from app.model.keys import ALIAS

_WEAKEST_FIRST = {kind: -at for at, kind in enumerate(ALIAS)}
Ties = dict[int, set[int]]


def placed(ring: pl.DataFrame, edges: pl.DataFrame, next_order: int) -> pl.DataFrame:
    """The keys with their cluster, order_no and hub.

    `ring`: key, text, kind, order_no, hub of every key whose place may change; `edges`: a, b. Orders keep the number
    that their keys had; new ones count up from `next_order`.
    """
    keys = ring.sort("text").with_row_index("at")
    ties = _within(keys, edges)
    shop_ties = _shop_ties(keys)
    keys = keys.with_columns(hub=_direct_hubs(keys, ties))
    every = np.concatenate([ties, shop_ties])
    open_ties = every[~np.isin(every, keys.filter(pl.col("hub") == 1)["at"].to_numpy()).any(axis=1)]
    keys = keys.with_columns(cluster=_components(len(keys), open_ties))
    keys = keys.with_columns(hub=_path_hubs(keys, open_ties))
    joined = open_ties[~np.isin(open_ties, keys.filter(pl.col("hub") == 2)["at"].to_numpy()).any(axis=1)]
    keys = keys.with_columns(group=_components(len(keys), joined))
    return _numbered(keys, next_order)


def _within(keys: pl.DataFrame, edges: pl.DataFrame) -> np.ndarray:
    at = keys.select("key", "at")
    pairs = edges.join(at.rename({"key": "a", "at": "x"}), on="a").join(at.rename({"key": "b", "at": "y"}), on="b")
    return pairs.select("x", "y").to_numpy().astype(np.int64).reshape(-1, 2)


def _shop_ties(keys: pl.DataFrame) -> np.ndarray:
    """A shop number without its shop belongs to the shop that has it, when exactly one has."""
    shops = keys.filter(pl.col("kind") == "ch").with_columns(
        part=pl.col("text").str.splitn(":", 3).struct.rename_fields(["k", "issuer", "value"])
    ).unnest("part")  # fmt: skip
    named, bare = shops.filter(pl.col("issuer") != ""), shops.filter(pl.col("issuer") == "")
    only = named.group_by("value").agg(pl.len(), at=pl.col("at").first()).filter(pl.col("len") == 1)
    return bare.join(only, on="value", suffix="_shop").select("at", "at_shop").to_numpy().astype(np.int64).reshape(-1, 2)


def _direct_hubs(keys: pl.DataFrame, ties: np.ndarray) -> pl.Series:
    is_so = (keys["kind"] == "so").to_numpy()
    both = np.concatenate([ties, ties[:, ::-1]]) if len(ties) else ties
    beside = both[is_so[both[:, 1]] & ~is_so[both[:, 0]]] if len(both) else both
    counted = np.bincount(np.unique(beside, axis=0)[:, 0], minlength=len(keys)) if len(beside) else np.zeros(len(keys))
    return pl.Series(np.where((counted > 1) | (keys["hub"].to_numpy() == 1), 1, 0).astype(np.uint8))


def _components(size: int, ties: np.ndarray) -> pl.Series:
    graph = coo_array((np.ones(len(ties), np.int8), (ties[:, 0], ties[:, 1])), shape=(size, size))
    return pl.Series(connected_components(graph, directed=False)[1].astype(np.int64))


def _path_hubs(keys: pl.DataFrame, ties: np.ndarray) -> pl.Series:
    """Only clusters that hold two sales orders are looked at one by one; they are rare."""
    crowded = keys.filter(pl.col("hub") == 0).group_by("cluster").agg(n=(pl.col("kind") == "so").sum()).filter(pl.col("n") > 1)
    hub = keys["hub"].to_numpy().copy()
    members = keys.filter(pl.col("cluster").is_in(crowded["cluster"].implode()) & (pl.col("hub") == 0))
    kinds = dict(members.select("at", "kind").iter_rows())
    around: Ties = {at: set() for at in kinds}
    for a, b in ties.tolist():
        if a in around and b in around:
            around[a].add(b)
            around[b].add(a)
    for at in _weakest_ties(kinds, around):
        hub[at] = 2
    return pl.Series(hub)


def _weakest_ties(kinds: dict[int, str], around: Ties) -> set[int]:
    hubs: set[int] = set()
    todo = [set(kinds)]
    while todo:
        for part in _parts(todo.pop(), around, hubs):
            path = _on_paths(part, kinds, around, hubs)
            if path:
                weakest = min(_WEAKEST_FIRST[kinds[at]] for at in path)
                hubs |= {at for at in path if _WEAKEST_FIRST[kinds[at]] == weakest}
                todo.append(part - hubs)
    return hubs


def _on_paths(part: set[int], kinds: dict[int, str], around: Ties, hubs: set[int]) -> set[int]:
    """The keys between two sales orders of one part: what is left when dead ends are pruned away."""
    if sum(kinds[at] == "so" for at in part) < 2:
        return set()
    left = set(part)
    ends = [at for at in left if kinds[at] != "so" and len(around[at] & left) < 2]
    while ends:
        left.difference_update(ends)
        ends = [at for at in left if kinds[at] != "so" and len(around[at] & left) < 2]
    return {at for at in left - hubs if kinds[at] != "so"}


def _parts(members: set[int], around: Ties, hubs: set[int]) -> list[set[int]]:
    left, found = members - hubs, []
    while left:
        reached, front = set(), {left.pop()}
        while front:
            reached |= front
            front = {n for at in front for n in around[at]} & left
            left -= front
        found.append(reached)
    return found


def _numbered(keys: pl.DataFrame, next_order: int) -> pl.DataFrame:
    """Orders keep their number; of two that claim one, the first by its strongest key; the others get new ones."""
    strength = pl.col("kind").replace_strict({k: i for i, k in enumerate(ALIAS)}, return_dtype=pl.Int32)
    whole = keys.filter(pl.col("hub") == 0)
    groups = whole.group_by("group").agg(
        was=pl.col("order_no").min(),
        anchor=pl.col("text").sort_by(strength, "text").first(),
    ).sort("was", "anchor", nulls_last=True)  # fmt: skip
    first = groups["was"].is_first_distinct() & groups["was"].is_not_null()
    fresh = pl.Series(np.cumsum(~first.to_numpy()) - 1 + next_order)
    groups = groups.with_columns(order_no=pl.when(first).then("was").otherwise(fresh))
    numbered = keys.drop("order_no").join(groups.select("group", "order_no"), on="group", how="left")
    numbered = numbered.with_columns(order_no=pl.when(pl.col("hub") == 0).then("order_no"))
    clusters = numbered.group_by("cluster").agg(number=pl.col("order_no").min())
    return numbered.join(clusters, on="cluster", how="left").select(
        "key", "text", "kind", cluster=pl.when(pl.col("hub") != 1).then("number"), order_no="order_no", hub=pl.col("hub").cast(pl.UInt8)
    )  # fmt: skip
