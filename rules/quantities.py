"""Sums of a line's quantities as a rule writes them, `shipped - returned` or `max(posted, shipped)`, and nothing else.

Quantities are whole numbers of millionths, so that every comparison is exact.
"""

import ast
from collections.abc import Iterator
from typing import Any

import polars as pl

#: The quantities that the ledger of an order keeps for every line, as the contract names them.
QUANTITIES = (
    "ordered", "cancelled", "allocated", "backordered", "released", "acknowledged", "picked", "shipped", "posted",
    "delivered", "invoiced", "returned", "credited",
)  # fmt: skip
#: The event that moves each of them; one that is set by several is not here.
MOVED_BY = {
    "cancelled": "order.cancelled", "allocated": "order.allocated", "backordered": "order.backordered",
    "released": "order.released", "acknowledged": "fulfillment.acknowledged", "picked": "pick.confirmed",
    "shipped": "shipment.dispatched", "posted": "shipment.posted", "delivered": "shipment.delivered",
    "invoiced": "invoice.posted", "returned": "return.received", "credited": "credit.issued",
}  # fmt: skip
MILLION = 1_000_000
_HUNDRED = 100
_EITHER = {"max": pl.max_horizontal, "min": pl.min_horizontal}
_LONGEST = 200


def checked(text: str) -> str:
    """The text; raises ValueError where it is no sum of quantities."""
    _expression(_parsed(text))
    return text


def expression(text: str) -> pl.Expr:
    """The sum over columns that are named like the quantities."""
    return _expression(_parsed(text))


def named(text: str) -> tuple[str, ...]:
    """The quantities that a sum names, in its order."""
    return tuple(dict.fromkeys(_names(_parsed(text))))


def _parsed(text: str) -> ast.expr:
    try:
        if len(text) > _LONGEST:
            raise ValueError("too long")
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f"{text!r} is no sum of quantities such as `ordered - cancelled`") from None


def _expression(node: ast.expr) -> pl.Expr:
    match node:
        case ast.Name(id=name) if name in QUANTITIES:
            return pl.col(name)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _expression(left) + _expression(right)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return _expression(left) - _expression(right)
        case ast.Call(func=ast.Name(id="max" | "min" as which), args=[_, _, *_] as terms, keywords=[]):
            return _EITHER[which](*map(_expression, terms))
    raise ValueError(f"{_said(node)} is neither a quantity ({', '.join(QUANTITIES)}) nor +, -, max or min of them")


def _names(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Name(id=name):
            yield name
        case ast.BinOp(left=left, right=right):
            yield from _names(left)
            yield from _names(right)
        case ast.Call(args=terms):
            for term in terms:
                yield from _names(term)


def _said(node: Any) -> str:
    return f"`{ast.unparse(node)}`"
