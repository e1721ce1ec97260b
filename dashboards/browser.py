"""Functions of assets/orderscope.js by their names: what the browser does without asking the server."""

from dash import ClientsideFunction


def clientside(name: str) -> ClientsideFunction:
    """A function of assets/orderscope.js."""
    return ClientsideFunction("orderscope", name)
