"""EPCIS has no endpoint of its own: documents come through the inbound endpoint, the inbox or `orderscope ingest`."""

from typing import Any

from app.contracts import Door


def routes(door: Door) -> list[Any]:
    """No routes."""
    return []
