"""What a question needs: something that answers SQL over the record store."""

from typing import Any, Protocol

import polars as pl

Row = dict[str, Any]


class Asking(Protocol):
    """Answers queries, as a frame or as dicts; `board` is known to a query as `open_case`."""

    def ask(self, query: str, values: Row | None = None, board: pl.DataFrame | None = None) -> pl.DataFrame:
        """The answer as a frame."""
        ...

    def rows(self, query: str, values: Row | None = None, board: pl.DataFrame | None = None) -> list[Row]:
        """The answer as dicts."""
        ...


class Beside(Asking, Protocol):
    """The same, with frames of one's own beside the tables."""

    def ask_beside(self, frames: dict[str, pl.DataFrame], query: str, values: Row) -> pl.DataFrame:
        """The answer to a query that knows these frames by their names."""
        ...
