"""Sources: every system that sends, whether it is heard, up to when it is complete, and what came of what it sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from dash import Input, Output, callback, dcc, html

from app import clock
from app.model.sources import STATES, said
from dashboards import context, guard, parts, words
from dashboards.context import Row
from dashboards.parts import Piece, aria, chip, row, table, tile

TONES = {"live": "ok", "quiet": "low", "silent": "critical", "gap": "high", "never": "medium"}
LABELS = {"live": "Live", "quiet": "Quiet", "silent": "Silent", "gap": "Gap", "never": "Never heard"}
HEAD = (
    "Source", "State", "Last heard", "Complete up to", "Last 24 hours", "Accepted", "Duplicate", "Rejected", "Late",
    "Unmatched",
)  # fmt: skip


def register() -> None:
    """The page and its callback."""
    about: Row = {"path": "/sources", "name": "Sources", "title": "Sources · Orderscope", "icon": "activity"}
    guard.page("sources", layout, order=7, nav=True, **about)
    callbacks()


def look() -> list[Row]:
    """Every source, those first of which somebody should look."""
    return context.here().reader.sources(clock.instant())


async def layout(**_query: str) -> Piece:
    """The page."""
    found = await context.asked(look)
    return html.Div(
        [
            parts.page_head("Sources", sub(found)),
            html.Div(body(found, clock.instant()), id="sources-body", className="stack-page"),
        ],
        className="stack-page",
    )


def sub(found: Sequence[Row]) -> str:
    """How many there are."""
    sending = sum(one["state"] in ("live", "quiet") for one in found)
    return f"{words.count(len(found), 'system')} that send, {sending} of them as expected. Counts are of the last 24 hours."


def body(found: Sequence[Row], now: datetime) -> list[Piece]:
    """The strip and the table."""
    if not found:
        text = "Declare your systems under `sources` in the configuration, or send a first event with a token."
        return [html.Section(parts.empty("No system has sent anything yet", text, "inbox"), className="card")]
    listing = table(HEAD, [source(one, now) for one in found], "Sources", right=(5, 6, 7, 8, 9), wide=True)
    return [html.Div(tiles(found), className="tiles"), html.Section(listing, className="card")]


def tiles(found: Sequence[Row]) -> list[Piece]:
    """What to look at first."""
    states = {name: sum(one["state"] == name for one in found) for name in STATES}
    silent, letters = states["silent"] + states["gap"], sum(one["dead_letters"] for one in found)
    late, heard = (sum(one[name] for one in found) for name in ("late", "accepted"))
    return [
        tile("Silent", f"{silent}", "nothing heard although expected, or with a gap", "critical" if silent else "ok", "octagon-alert"),
        tile("Never heard", f"{states['never']}", "declared, and nothing has come", "medium" if states["never"] else "ok", "circle-help"),
        tile("Dead letters", f"{letters:,}", "messages that wait to be mended", "high" if letters else "ok", "inbox"),
        tile("Late", words.share(late / heard) if heard else "–", f"of {heard:,} items, beyond what was agreed", "medium" if late else "ok", "clock"),
    ]  # fmt: skip


def source(one: Row, now: datetime) -> Piece:
    """One system."""
    who = " · ".join(w for w in (one["source"], one["collector"], one["owner"]) if w)
    name = [
        html.Span(words.system(one["source"]), className="strong"),
        html.Div(who if one["declared"] else f"{one['source']} · not declared", className="muted small"),
    ]
    return row(
        [
            html.Div(name), state(one, now), heard(one, now), moment(one["watermark"], now), hours(one),
            *(number(one[n]) for n in ("accepted", "duplicates")), rejected(one), number(one["late"], "warned"),
            dcc.Link(f"{one['unmatched']:,}", href="/unmatched") if one["unmatched"] else number(0),
        ],
        right=(5, 6, 7, 8, 9), className="off" if one["state"] in ("silent", "gap") else "",
    )  # fmt: skip


def state(one: Row, now: datetime) -> Piece:
    """The state, since when and why."""
    since = words.parsed(one["since"])
    length = f"for {words.span(now - since)}. " if since and since <= now else ""
    noticed = words.parsed(one.get("noticed_at"))
    seen = f" Silent since {words.brief(since, now)}, noticed at {words.brief(noticed, now)}." if noticed else ""
    mark = chip(LABELS[one["state"]], TONES[one["state"]])
    why = f"{length}{one['why']}{seen}"
    told = html.Div(why[:1].upper() + why[1:], className="muted small") if why else None
    return html.Div([mark, told, fetched(one), *agreement(one, now)])


def fetched(one: Row) -> Piece:
    """What stands in the way of fetching it, where it is fetched and something does."""
    feed = one["feed"]
    failing = bool(feed and feed["failing"])
    return html.Div(f"Cannot be fetched: {feed['last_error']}", className="late small") if failing else None


def agreement(one: Row, now: datetime) -> list[Piece]:
    """What of the agreement is not kept: the first message that broke it, how often, the orders that it touches."""
    broken = [
        html.Div([chip(words.words(f["code"]), "high"), html.Div(broke(f, now), className="muted small")])
        for f in one["faults"]
    ]
    volume = one["volume"]
    off = [(n, word) for n, word in ((volume["below"], "fewer"), (volume["above"], "more")) if n] if volume else []
    counts = [f"{n} of {volume['hours']} hours had {word} items than agreed" for n, word in off]
    return [*broken, *(html.Div(text, className="warned small") for text in counts)]


def broke(fault: Row, now: datetime) -> list[Piece]:
    """When, how often, what first, which orders."""
    first = str(fault["first"] or "")
    named = (
        dcc.Link("the first", href=f"/letters/{quote(first, safe='')}")
        if first.startswith("dl_")
        else f"first {fault['detail'] or first}"
    )
    since = words.brief(fault["since"], now)
    often = f", {fault['items']:,} items" if fault["items"] else ""
    orders = [piece for so in fault["orders"] for piece in (" ", parts.order_link(so))]
    return [f"since {since}{often}, ", named, *([", orders", *orders] if orders else [])]


def heard(one: Row, now: datetime) -> Piece:
    """When it was last heard, and how often it should be."""
    at = words.parsed(one["last_seen_at"])
    return html.Div(
        [
            html.Span(f"{words.span(now - at)} ago" if at else "–", className="num", title=words.instant(at)),
            html.Div(expected(one["expected"]), className="muted small"),
        ]
    )


def expected(told: Row) -> str:
    """How often something comes: agreed or learned."""
    if told["at"]:
        return f"due at {', '.join(told['at'])}"
    if not told["every_seconds"]:
        return ""
    return f"{'agreed' if told['agreed'] else 'usually'} within {said(timedelta(seconds=told['every_seconds']))}"


def moment(at: Any, now: datetime) -> Piece:
    """An instant, short."""
    return html.Span(words.brief(at, now) if at else "–", className="num", title=words.instant(at))


def number(value: int, tone: str = "") -> Piece:
    """A count; nothing is grey."""
    return html.Span(f"{value:,}", className=tone if value else "muted")


def rejected(one: Row) -> Piece:
    """Rejected items, and the way to the letters that still wait."""
    waiting = one["dead_letters"]
    href = f"/letters?source={quote(one['source'], safe='')}"
    link = dcc.Link(f"{waiting:,} waiting", href=href, className="small") if waiting else None
    return html.Div([number(one["rejected"], "late"), html.Div(link)])


def hours(one: Row) -> Piece:
    """The items of each of the last hours as bars; what was rejected stands on top."""
    most = max((sum(h) for h in one["hours"]), default=0) or 1
    total = sum(sum(h) for h in one["hours"])
    bars = [
        html.Span(
            [html.I(className="bad", style={"height": share(bad, most)}), html.I(style={"height": share(good + again, most)})],
            title=f"{24 - n} h ago: {good:,} accepted, {again:,} known, {bad:,} rejected",
        )
        for n, (good, again, bad) in enumerate(one["hours"])
    ]  # fmt: skip
    label = (
        f"{total:,} items in the last 24 hours, {most:,} in the fullest" if total else "Nothing in the last 24 hours"
    )
    return html.Div(bars, className="hours", role="img", **aria(label=label))


def share(part: int, whole: int) -> str:
    """A height; what is there can be seen."""
    return f"{max(6, round(100 * part / whole))}%" if part else "0"


def callbacks() -> None:
    """The page follows what arrives."""

    @callback(
        Output("sources-body", "children"), Input("minute", "n_intervals"), Input("version", "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    async def fetch(_minutes: Any, _version: Any) -> Any:
        return body(await context.asked(look), clock.instant())
