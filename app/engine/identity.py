"""Which alias keys are one order: components of the keys that events name together, cut at hubs.

A pure function of the set of keys, ties and words of people, whatever order they came in (DECISIONS 1.3):

1. A number without its issuer (a shop order without the shop, a sales order of an undeclared ERP) is the number of the
   only issuer that has it; when several have it, it stands alone.
2. A key that a person parted (3) joins nothing but what a person tied it to. A key that a person tied to a sales order
   is beside no other.
3. A key named beside two different sales orders is a hub (1) and joins nothing.
4. What remains connected is a cluster. While a cluster, or a part of it, still holds two sales orders, the keys of
   its weakest alias type on the paths between them become hubs (2); what a person tied gives way last.
5. What then remains connected is one order.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from app.model.keys import ALIAS

_WEAKEST_FIRST = {kind: -at for at, kind in enumerate(ALIAS)}
_BESIDE, _BETWEEN, _PARTED = 1, 2, 3
Ties = dict[int, set[int]]


def placed(ring: pl.DataFrame, edges: pl.DataFrame, next_order: int) -> pl.DataFrame:
    """The keys with their place: key, text, kind, cluster, order_no, hub, meant.

    `ring` holds every key whose place may change: key, text, kind, order_no and hub as they stand, meant (the key that
    it stands for, mostly itself), seq (of the first new event that names it), parted (by a person), reset (a person has
    just spoken of it); `edges`: a, b, said (by a person). Orders keep the number that their keys had; new ones count up
    from `next_order` in the order in which they were first heard of, so that numbers lie in ranges of time. Numbers
    decide nothing. Keys that are no alias take no number.
    """
    keys = ring.sort("text").with_row_index("at").with_columns(pl.col("at").cast(pl.Int64))
    at = keys.select(stands=pl.col("at"), meant=pl.col("key"))
    keys = keys.join(at, on="meant", how="left", maintain_order="left").with_columns(
        pl.coalesce("stands", "at").alias("stands")
    )
    ties = _heeded(keys, _within(keys, edges))
    keys = keys.with_columns(hub=_direct_hubs(keys, ties))
    open_ties = ties.filter(~_at_hub(keys, ties, _BESIDE))
    keys = keys.with_columns(cluster=_components(len(keys), open_ties))
    keys = keys.with_columns(hub=_path_hubs(keys, open_ties))
    keys = keys.with_columns(group=_components(len(keys), open_ties.filter(~_at_hub(keys, open_ties, _BETWEEN))))
    as_meant = [pl.col(name).gather(pl.col("stands")) for name in ("hub", "cluster", "group")]
    return _numbered(keys.with_columns(as_meant), next_order)


def _within(keys: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """The ties as places in `keys`: x, y, said."""
    at = keys.select("key", "stands")
    pairs = edges.join(at.rename({"key": "a", "stands": "x"}), on="a").join(
        at.rename({"key": "b", "stands": "y"}), on="b"
    )
    return pairs.select("x", "y", "said").filter(pl.col("x") != pl.col("y"))


def _heeded(keys: pl.DataFrame, ties: pl.DataFrame) -> pl.DataFrame:
    """Without the ties of events to parted keys, and to sales orders of keys that a person tied to another one."""
    parted = keys.filter("parted")["stands"].implode()
    ties = ties.filter(pl.col("said") | ~(pl.col("x").is_in(parted) | pl.col("y").is_in(parted)))
    if not ties["said"].any():
        return ties
    is_so = pl.Series(keys["kind"] == "so")
    both = pl.concat([ties.select(key="x", so="y", said="said"), ties.select(key="y", so="x", said="said")])
    both = both.filter(is_so.gather(both["so"]) & ~is_so.gather(both["key"]))
    spoken = both.filter("said").select("key").unique()
    silenced = both.filter(~pl.col("said")).join(spoken, on="key", how="semi").select("key", "so")
    for x, y in (("x", "y"), ("y", "x")):
        lost = ties.select(pl.struct(key=x, so=y).is_in(silenced.to_struct().implode())).to_series() & ~ties["said"]
        ties = ties.filter(~lost)
    return ties


def _at_hub(keys: pl.DataFrame, ties: pl.DataFrame, hub: int) -> pl.Series:
    """For each tie: does it end at a hub of that sort?"""
    at = keys.filter(pl.col("hub") == hub)["at"].implode()
    return ties.select(pl.col("x").is_in(at) | pl.col("y").is_in(at)).to_series()


def _direct_hubs(keys: pl.DataFrame, ties: pl.DataFrame) -> pl.Series:
    """3 for a key that was parted, 1 for one beside two sales orders (once so, always so, until looked at afresh)."""
    size, one = len(keys), _same_so(keys, ties)
    x, y = ties["x"].to_numpy(), ties["y"].to_numpy()
    is_so = (keys["kind"] == "so").to_numpy()
    both = np.concatenate([np.stack([x, y], 1), np.stack([y, x], 1)])
    both = both[is_so[both[:, 1]] & ~is_so[both[:, 0]]]
    counted = np.bincount(np.unique(np.stack([both[:, 0], one[both[:, 1]]], 1), axis=0)[:, 0], minlength=size)
    stood = keys.select((pl.col("hub") == _BESIDE) & ~pl.col("reset")).to_series().to_numpy()
    parted = np.setdiff1d(keys.filter("parted")["stands"].to_numpy(), np.concatenate([x, y]))
    parted = np.isin(np.arange(size), parted)
    return pl.Series(np.where(parted, _PARTED, np.where((counted > 1) | stood, _BESIDE, 0)).astype(np.uint8))


def _same_so(keys: pl.DataFrame, ties: pl.DataFrame) -> np.ndarray:
    """For each key a number; sales orders that a person tied to each other share one."""
    at = keys.filter(pl.col("kind") == "so")["at"].implode()
    return _components(
        len(keys), ties.filter(pl.col("said") & pl.col("x").is_in(at) & pl.col("y").is_in(at))
    ).to_numpy()


def _components(size: int, ties: pl.DataFrame) -> pl.Series:
    graph = coo_array((np.ones(len(ties), np.int8), (ties["x"].to_numpy(), ties["y"].to_numpy())), shape=(size, size))
    return pl.Series(connected_components(graph, directed=False)[1].astype(np.int64))


@dataclass(frozen=True, slots=True)
class _Maze:
    """Keys of clusters that hold two sales orders: their types, their ties, and the sales orders (that a person made
    one share a number). `firm` keys were tied by a person."""

    kinds: dict[int, str]
    around: Ties
    one: dict[int, int]
    firm: frozenset[int]

    def crowded(self, part: set[int]) -> bool:
        """Does this part hold two sales orders?"""
        return len({self.one[at] for at in part if self.kinds[at] == "so"}) > 1


def _path_hubs(keys: pl.DataFrame, ties: pl.DataFrame) -> pl.Series:
    """Only clusters that hold two sales orders are looked at one by one; they are rare."""
    own = keys.filter((pl.col("hub") == 0) & (pl.col("stands") == pl.col("at")))
    crowded = own.group_by("cluster").agg(n=(pl.col("kind") == "so").sum()).filter(pl.col("n") > 1)
    hub = keys["hub"].to_numpy().copy()
    members = own.join(crowded, on="cluster", how="semi")
    if len(members):
        hub[list(_weakest_ties(_maze(members, keys, ties)))] = _BETWEEN
    return pl.Series(hub)


def _maze(members: pl.DataFrame, keys: pl.DataFrame, ties: pl.DataFrame) -> _Maze:
    kinds = dict(members.select("at", "kind").iter_rows())
    inside = ties.filter(pl.col("x").is_in(members["at"].implode()) & pl.col("y").is_in(members["at"].implode()))
    around: Ties = {at: set() for at in kinds}
    for x, y in inside.select("x", "y").iter_rows():
        around[x].add(y)
        around[y].add(x)
    firm = frozenset(pl.concat([inside.filter("said")[end] for end in ("x", "y")]).to_list())
    one = _same_so(keys, ties)
    return _Maze(kinds, around, {at: int(one[at]) for at in kinds}, firm)


def _weakest_ties(maze: _Maze) -> set[int]:
    hubs: set[int] = set()
    todo = [set(maze.kinds)]
    while todo:
        for part in _parts(todo.pop(), maze.around, hubs):
            path = _on_paths(part, maze, hubs)
            if path:
                weakest = min(_WEAKEST_FIRST[maze.kinds[at]] for at in path)
                hubs |= {at for at in path if _WEAKEST_FIRST[maze.kinds[at]] == weakest}
                todo.append(part - hubs)
    return hubs


def _on_paths(part: set[int], maze: _Maze, hubs: set[int]) -> set[int]:
    """The keys between two sales orders of one part: what is left when dead ends are pruned away."""
    if not maze.crowded(part):
        return set()
    kinds, around, left = maze.kinds, maze.around, set(part)
    ends = [at for at in left if kinds[at] != "so" and len(around[at] & left) < 2]
    while ends:
        left.difference_update(ends)
        ends = [at for at in left if kinds[at] != "so" and len(around[at] & left) < 2]
    path = {at for at in left - hubs if kinds[at] != "so"}
    return path - maze.firm or path


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
    strength = pl.col("kind").replace_strict({k: i for i, k in enumerate(ALIAS)}, default=None, return_dtype=pl.Int32)
    whole = keys.filter((pl.col("hub") == 0) & pl.col("kind").is_in(ALIAS))
    groups = whole.group_by("group").agg(
        was=pl.col("order_no").min(),
        heard=pl.col("seq").min(),
        anchor=pl.col("text").sort_by(strength, "text").first(),
    ).sort("was", "heard", "anchor", nulls_last=True)  # fmt: skip
    first = groups["was"].is_first_distinct() & groups["was"].is_not_null()
    fresh = pl.Series(np.cumsum(~first.to_numpy()) - 1 + next_order)
    groups = groups.with_columns(order_no=pl.when(first).then("was").otherwise(fresh))
    numbered = keys.drop("order_no").join(groups.select("group", "order_no"), on="group", how="left")
    numbered = numbered.with_columns(order_no=pl.when(pl.col("hub") == 0).then("order_no"))
    clusters = numbered.group_by("cluster").agg(number=pl.col("order_no").min())
    joins = pl.when(~pl.col("hub").is_in([_BESIDE, _PARTED])).then("number")
    return numbered.join(clusters, on="cluster", how="left").select(
        "key", "text", "kind", cluster=joins, order_no="order_no", hub=pl.col("hub").cast(pl.UInt8), meant="meant"
    )
