"""EDIFACT has no endpoint of its own: interchanges come through the inbox, `orderscope ingest`, or the inbound endpoint."""

from typing import Any

from app.contracts import Door


def routes(door: Door) -> list[Any]:
    """No routes."""
    return []
