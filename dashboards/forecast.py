"""The forecast's own record on the SLA page: how often "at risk" came true, per partner, with what it is made of."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from dash import Input, Output, callback, html

from app import clock
from dashboards import context, parts, words
from dashboards.context import Row
from dashboards.parts import Piece

_HEAD = ("Partner", "Promises due", "Broken", "Said before", "Came true", "Precision", "Recall", "Median lead")


def panel() -> Piece:
    """The card; its figures come by `register`."""
    sub = "How often “at risk” by the pace of the steps came true: promises that fell due in the last 90 days"
    return parts.card("The forecast's own record", html.Div(id="forecast"), sub=sub, id="forecast-record")


def drawn(record: Row, names: Mapping[str, str]) -> list[Piece]:
    """The whole in words, who is left alone and why, then the table."""
    every = record["figures"]
    if not every:
        return [parts.empty("Nothing to go by yet", "No promise fell due in the last 90 days.", "gauge")]
    return [
        html.P(_whole(every), className="num"),
        *_left_alone([row for row in record["rows"] if row["off"]], record["least_cases"], names),
        parts.table(
            _HEAD, [_line(row, names) for row in record["rows"]], "Record of the forecast by partner", right=range(1, 8)
        ),
    ]


def _whole(every: Row) -> list[Piece]:
    return [
        html.Strong(f"{every['hits']:,} of {every['said']:,}"), " orders that were said to be at risk broke their promise (",
        html.Strong(_share(every["precision"])), f"), and of {every['broken']:,} broken promises {every['hits']:,} were foretold (",
        html.Strong(_share(every["recall"])), f"), half of them at least {words.span(every['lead_seconds'])} ahead.",
    ]  # fmt: skip


def _left_alone(off: Sequence[Row], least: int, names: Mapping[str, str]) -> list[Piece]:
    if not off:
        return []
    told = ", ".join(_name(row["partner"], names) for row in off)
    why = f"fewer than half of at least {least} said came true. What would have been said is counted all the same, and it is switched on again when that changes."
    return [parts.callout(f"Switched off for {told}: {why}")]


def _line(row: Row, names: Mapping[str, str]) -> Piece:
    name = html.Span(_name(row["partner"], names), className="strong")
    cells = [
        html.Span([name, " ", parts.chip("switched off", "medium")]) if row["off"] else name,
        *(f"{row[count]:,}" for count in ("promises", "broken", "said", "hits")),
        _share(row["precision"]), _share(row["recall"]), words.span(row["lead_seconds"]),
    ]  # fmt: skip
    return parts.row(cells, right=range(1, 8))


def _name(partner: str, names: Mapping[str, str]) -> str:
    return names.get(partner) or words.system(partner) or "not yet assigned to a partner"


def _share(told: Row) -> str:
    return words.share(told["share"]) if told["denominator"] else "–"


def asked(now: datetime) -> Row:
    """What the store says of it."""
    return context.here().reader.forecast(now)


def register() -> None:
    """The figures follow time."""

    @callback(Output("forecast", "children"), Input("minute", "n_intervals"))
    async def show(_minutes: int | None) -> list[Piece]:
        return drawn(await context.asked(asked, clock.instant()), context.here().partners)
