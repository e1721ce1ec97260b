"""Which alias keys are one order: components of the keys that events name together, cut at hubs.

A pure function of the set of keys and ties, whatever order they came in (DECISIONS 1.3):

1. A number without its issuer (a shop order without the shop, a sales order of an undeclared ERP) is the number of the
   only issuer that has it; when several have it, it stands alone.
2. A key named beside two different sales orders is a hub (1) and joins nothing.
3. What remains connected is a cluster. While a cluster, or a part of it, still holds two sales orders, the keys of
   its weakest alias type on the paths between them become hubs (2).
4. What then remains connected is one order.
"""

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from app.model.keys import ALIAS

_WEAKEST_FIRST = {kind: -at for at, kind in enumerate(ALIAS)}
#: The issuer that stands for none.
BARE = {"ch": "", "so": "erp"}
Ties = dict[int, set[int]]


def placed(ring: pl.DataFrame, edges: pl.DataFrame, next_order: int) -> pl.DataFrame:
    """The keys with their cluster, order_no and hub.

    `ring`: key, text, kind, order_no, hub of every key whose place may change; `edges`: a, b. Orders keep the number
    that their keys had; new ones count up from `next_order`.
    """
    keys = ring.sort("text").with_row_index("at").with_columns(pl.col("at").cast(pl.Int64))
    keys = keys.join(_meant(keys), on="at", how="left").with_columns(meant=pl.coalesce("meant", "at"))
    ties = keys["meant"].to_numpy()[_within(keys, edges)]
    ties = ties[ties[:, 0] != ties[:, 1]]
    keys = keys.with_columns(hub=_direct_hubs(keys, ties))
    open_ties = ties[~np.isin(ties, keys.filter(pl.col("hub") == 1)["at"].to_numpy()).any(axis=1)]
    keys = keys.with_columns(cluster=_components(len(keys), open_ties))
    keys = keys.with_columns(hub=_path_hubs(keys, open_ties))
    joined = open_ties[~np.isin(open_ties, keys.filter(pl.col("hub") == 2)["at"].to_numpy()).any(axis=1)]
    keys = keys.with_columns(group=_components(len(keys), joined))
    as_meant = [pl.col(name).gather(pl.col("meant")) for name in ("hub", "cluster", "group")]
    return _numbered(keys.with_columns(as_meant), next_order)


def _within(keys: pl.DataFrame, edges: pl.DataFrame) -> np.ndarray:
    at = keys.select("key", "at")
    pairs = edges.join(at.rename({"key": "a", "at": "x"}), on="a").join(at.rename({"key": "b", "at": "y"}), on="b")
    return pairs.select("x", "y").to_numpy().astype(np.int64).reshape(-1, 2)


def _meant(keys: pl.DataFrame) -> pl.DataFrame:
    """For numbers without their issuer: `at`, and the key of the only issuer that has the number."""
    bare = pl.col("issuer") == pl.col("kind").replace_strict(BARE, default=None)
    told = keys.filter(pl.col("kind").is_in(list(BARE))).with_columns(
        pl.col("text").str.splitn(":", 3).struct.rename_fields(["type", "issuer", "value"]).struct.unnest()
    )
    only = (
        told.filter(~bare)
        .group_by("kind", "value")
        .agg(pl.len(), meant=pl.col("at").first())
        .filter(pl.col("len") == 1)
    )
    return told.filter(bare).join(only, on=["kind", "value"]).select("at", "meant")


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
    own = keys.filter((pl.col("hub") == 0) & (pl.col("meant") == pl.col("at")))
    crowded = own.group_by("cluster").agg(n=(pl.col("kind") == "so").sum()).filter(pl.col("n") > 1)
    hub = keys["hub"].to_numpy().copy()
    members = own.filter(pl.col("cluster").is_in(crowded["cluster"].implode()))
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
