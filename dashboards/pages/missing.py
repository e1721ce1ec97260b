"""What an address shows that no page has."""

from dash import html

from dashboards import guard
from dashboards.parts import Piece


def register() -> None:
    """The page under the name that Dash looks for."""
    guard.page("not_found_404", layout, path="/not-found", title="Not found · Orderscope", order=99)


async def layout(**_query: str) -> Piece:
    """The way back."""
    return guard.refusal(
        "There is no such page",
        html.Span("The address may be old, or mistyped. The search box above finds any order."),
        "/",
        "Blocked orders",
    )
