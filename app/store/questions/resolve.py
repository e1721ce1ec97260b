"""From any key, typed or not, to the order it means."""

import re
from dataclasses import dataclass
from typing import Any

import polars as pl

from app.errors import Ambiguous, NotFound
from app.model.keys import TYPES, normalised
from app.store.questions.asking import Asking, Row

_SHORTEST, _SHOWN = 3, 50
#: A key as a span names it with its node.
_NODE = re.compile(r"^([a-z]+)@([^:]*):")
_SOLD_BY = " where order_no in (select order_no from node where kind = 'so' and starts_with(text, $erp))"


def resolved(reader: Asking, key: str) -> dict[str, Any]:
    """`order_no` and `order_id` of the order that `key` means.

    `key` is an order id, a full key (`fo:3pl.west:4711-1`), a typed value (`so:4711`) or a bare value. Raises
    NotFound, or Ambiguous with the candidates when it means more than one order.
    """
    found = _by_id(reader, key) or _by_number(reader, key) or _by_trace(reader, key)
    if not found:
        like = _like(reader, key)
        meant = "Did you mean " + " or ".join(str(one["so"]) for one in like[:3]) + "? " if like else ""
        raise NotFound(
            f"No order is known by {key[:200]!r}.",
            f"{meant}Look for another number of it: customer PO, tracking number, invoice, or the shop's number.",
            suggestions=like,
            unmatched=_unmatched(reader, key),
        )
    if len(found) > 1:
        names = ", ".join(str(one.get("key") or one["order_id"]) for one in found[:5])
        many = len(found) if len(found) <= _SHOWN else f"more than {_SHOWN}"
        shown = [{name: value for name, value in one.items() if name != "order_no"} for one in found[:_SHOWN]]
        raise Ambiguous(f"{key[:200]!r} means {many} orders.", f"Choose one: {names}.", candidates=shown)
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


@dataclass(frozen=True, slots=True)
class _Number:
    """A number as it may be stored (`texts`): of any type where `kind` is empty, of any issuer where `issuer` is None."""

    value: str
    texts: list[str]
    kind: str = ""
    issuer: str | None = None

    def named(self) -> tuple[str, str, Row]:
        """The column in which it is looked for, what else is asked of the row, and the values of both."""
        of_kind, kind = (" and kind = $kind", {"kind": self.kind}) if self.kind else ("", {})
        if self.issuer is None:
            return "value", of_kind, {"texts": self.texts} | kind
        return "key", of_kind, {"texts": [f"{self.kind}:{self.issuer}:{text}" for text in self.texts]} | kind


def _numbers(key: str) -> list[_Number]:
    """What a key may be read as, the narrowest first: a value may hold a colon too."""
    kind, _, rest = key.partition(":")
    if kind not in TYPES or not rest:
        return [_Number(key, spellings(key, list(TYPES)))]
    issuer, colon, value = rest.partition(":")
    whole = [_Number(value, spellings(value, [kind]), kind, issuer)] if colon else []
    return [*whole, _Number(rest, spellings(rest, [kind]), kind)]


def _by_number(reader: Asking, key: str) -> list[Row]:
    """All that the number may mean: orders that hold it, those that a hub stands beside, those of a customer."""
    for number in _numbers(key):
        found: dict[int, Row] = {}
        for one in (*_holding(reader, number), *_beside_hub(reader, number), *_of_customer(reader, number)):
            found.setdefault(one["order_no"], one)
        if found:
            return list(found.values())
    return []


def _holding(reader: Asking, number: _Number) -> list[Row]:
    column, of_kind, values = number.named()
    return reader.rows(
        f"with wanted as (select hash(unnest($texts::varchar[])) as h), hit as ("
        f" select order_no, text from node where {column} in (select h from wanted) and hub = 0{of_kind}"
        f" union select order_no, text from reach where {column} in (select h from wanted){of_kind})"
        f" select o.order_no, o.order_id, o.so, min(hit.text) as key from hit join orders o using (order_no)"
        f" group by all order by o.so, o.order_id limit {_SHOWN + 1}",
        values,
    )


def _beside_hub(reader: Asking, number: _Number) -> list[Row]:
    """A number that is named beside several sales orders belongs to none of them: they are the candidates."""
    column, of_kind, values = number.named()
    hub = f"select key, text from node where {column} in (select hash(unnest($texts::varchar[]))) and hub in (1, 2){of_kind}"
    if not reader.rows(f"{hub} limit 1", values):
        return []
    return reader.rows(
        f"with hub as ({hub}), near as (select h.text, e.b as other from hub h join edge e on h.key = e.a"
        " union select h.text, e.a from hub h join edge e on h.key = e.b)"
        " select o.order_no, o.order_id, o.so, min(near.text) as key from near join node n on near.other = n.key and n.hub = 0"
        f" join orders o on n.order_no = o.order_no group by all order by o.so, o.order_id limit {_SHOWN + 1}",
        values,
    )


def _of_customer(reader: Asking, number: _Number) -> list[Row]:
    """A customer's number links nothing; it means the orders that name the customer, the newest first."""
    if number.kind not in ("", "cust"):
        return []
    values = {"text": spellings(number.value, ["cust"])[0]}
    sold = "" if number.issuer is None else _SOLD_BY
    return reader.rows(
        "with mine as materialized (select order_no, order_id, so, last_at from orders"
        " where length(customer) = length($text) and upper(customer) = $text)"
        f" select order_no, order_id, so, 'so:' || so as key from mine{sold} order by last_at desc, order_id limit {_SHOWN + 1}",
        values | ({"erp": f"so:{number.issuer}:"} if sold else {}),
    )


def _by_trace(reader: Asking, key: str) -> list[dict[str, Any]]:
    """A trace id: the orders that its spans name."""
    spans = reader.rows(
        "select distinct unnest(keys) as key from spans.span where trace_id = $id limit 100", {"id": key.lower()}
    )
    numbers = [number for said in spans for number in _numbers(_NODE.sub(r"\1:\2:", said["key"]))]
    return list({row["order_id"]: row for number in numbers for row in _holding(reader, number)}.values())


def spellings(value: str, kinds: list[str]) -> list[str]:
    """The value as each of these key types would be stored."""
    frame = pl.DataFrame({"value": [value] * len(kinds), "kind": kinds})
    return frame.select(normalised(pl.col("value"), pl.col("kind"))).to_series().unique(maintain_order=True).to_list()
