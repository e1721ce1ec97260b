"""The composition root: the only part that knows all others. It builds the house and holds the command line."""

from app.main.commands import main

__all__ = ["main"]
