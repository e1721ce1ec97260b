"""From any key, typed or not, to the order it means."""

from typing import Any

import polars as pl

from app.errors import Ambiguous, NotFound
from app.model.keys import TYPES, normalised
from app.store.questions.asking import Asking, Row

_SHORTEST = 3


def resolved(reader: Asking, key: str) -> dict[str, Any]:
    """`order_no` and `order_id` of the order that `key` means.

    `key` is an order id, a full key (`fo:3pl.west:4711-1`), a typed value (`so:4711`) or a bare value. Raises
    NotFound, or Ambiguous with the candidates when it means more than one order.
    """
    found = _by_id(reader, key) or _by_key(reader, key) or _by_hub(reader, key) or _by_trace(reader, key)
    if not found:
        raise NotFound(
            f"No order is known by {key[:200]!r}.",
            "Look for another number of it: customer PO, tracking number, invoice, or the shop's number.",
            suggestions=_like(reader, key),
            unmatched=_unmatched(reader, key),
        )
    if len(found) > 1:
        names = ", ".join(str(one.get("key") or one["order_id"]) for one in found[:5])
        raise Ambiguous(f"{key[:200]!r} means {len(found)} orders.", f"Choose one: {names}.", candidates=found[:50])
    return found[0]


def _like(reader: Asking, key: str) -> list[Row]:
    """A few orders whose number holds the text: people type the digits only."""
    if len(key.strip()) < _SHORTEST:
        return []
    return reader.rows(
        "select order_id, so, customer, stage from orders where contains(upper(so), upper($key)) order by last_at desc limit 8",
        {"key": key.strip()[:100]},
    )


def _unmatched(reader: Asking, key: str) -> bool:
    """Whether events without an order name it: they are not lost, and somebody can link them."""
    texts = spellings(key.rpartition(":")[2], list(TYPES))
    query = "select count(*) as n from judgement where kind = 'unmatched' and list_contains($texts::varchar[], split_part(subject, ':', 3))"
    return bool(reader.rows(query, {"texts": texts})[0]["n"])


def _by_id(reader: Asking, key: str) -> list[dict[str, Any]]:
    """An id that an order has, or had before its keys were joined to another's."""
    if not key.startswith("ord_"):
        return []
    found = reader.rows("select order_no, order_id, so from orders where order_id = $key", {"key": key})
    return found or reader.rows(
        "select distinct o.order_no, o.order_id, o.so from node n join orders o using (order_no)"
        " where n.kind in ('so', 'ch', 'fo', 'xo', 'crm', 'corr') and 'ord_' || left(md5(n.text), 16) = $key",
        {"key": key},
    )


def _by_key(reader: Asking, key: str) -> list[dict[str, Any]]:
    kind, _, rest = key.partition(":")
    typed = kind in TYPES and rest != ""
    column, texts = ("value", spellings(rest if typed else key, [kind] if typed else list(TYPES)))
    if typed and ":" in rest:
        issuer, _, value = rest.partition(":")
        full = [f"{kind}:{issuer}:{spelled}" for spelled in spellings(value, [kind])]
        found = _holding(reader, "key", full, None)
        if found:
            return found
    return _holding(reader, column, texts, kind if typed else None)


def _holding(reader: Asking, column: str, texts: list[str], kind: str | None) -> list[dict[str, Any]]:
    of_kind = "and kind = $kind" if kind else ""
    values = {"texts": texts} | ({"kind": kind} if kind else {})
    return reader.rows(
        f"with wanted as (select hash(unnest($texts::varchar[])) as h), hit as ("
        f" select order_no, text from node where {column} in (select h from wanted) and hub = 0 {of_kind}"
        f" union select order_no, text from reach where {column} in (select h from wanted) {of_kind})"
        f" select o.order_no, o.order_id, o.so, min(hit.text) as key from hit join orders o using (order_no)"
        f" group by all order by o.so, o.order_id limit 51",
        values,
    )


def _by_hub(reader: Asking, key: str) -> list[dict[str, Any]]:
    """A number that is named beside several sales orders belongs to none of them: they are the candidates."""
    kind, _, rest = key.partition(":")
    typed = kind in TYPES and rest != ""
    value = rest.rpartition(":")[2] if typed else key
    return reader.rows(
        "with wanted as (select hash(unnest($texts::varchar[])) as h),"
        " hub as (select key, text from node where value in (select h from wanted) and hub in (1, 2)),"
        " near as (select h.text, e.b as other from hub h join edge e on h.key = e.a"
        " union select h.text, e.a from hub h join edge e on h.key = e.b)"
        " select o.order_no, o.order_id, o.so, min(near.text) as key from near join node n on near.other = n.key and n.hub = 0"
        " join orders o on n.order_no = o.order_no group by all order by o.so, o.order_id limit 51",
        {"texts": spellings(value, [kind] if typed else list(TYPES))},
    )


def _by_trace(reader: Asking, key: str) -> list[dict[str, Any]]:
    """A trace id: the orders that its spans name."""
    spans = reader.rows(
        "select distinct unnest(keys) as key from spans.span where trace_id = $id limit 100", {"id": key.lower()}
    )
    found = {row["order_id"]: row for said in spans for row in _by_key(reader, said["key"])}
    return list(found.values())


def spellings(value: str, kinds: list[str]) -> list[str]:
    """The value as each of these key types would be stored."""
    frame = pl.DataFrame({"value": [value] * len(kinds), "kind": kinds})
    return frame.select(normalised(pl.col("value"), pl.col("kind"))).to_series().unique(maintain_order=True).to_list()
