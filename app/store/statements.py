"""Reads the `.sql` files beside this module: the statements of the record store, each under its name."""

from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def statement(name: str) -> str:
    """The text of `NAME.sql`, such as `fold/orders`."""
    return (_HERE / f"{name}.sql").read_text(encoding="utf-8")
