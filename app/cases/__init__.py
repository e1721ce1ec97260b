"""Cases: what people do about an order that went wrong, and who did what."""

from app.cases.board import Board
from app.cases.book import Cases
from app.cases.identity import Identity, current
from app.cases.intents import Intent
from app.cases.store import Store

__all__ = ["Board", "Cases", "Identity", "Intent", "Store", "current"]
