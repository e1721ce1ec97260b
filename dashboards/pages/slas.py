"""SLAs: how well each promise is kept, counted and shown with numerator and denominator, by day and by partner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, callback, ctx, dcc, html, no_update

from app import clock
from app.cases.answered import ANSWERS
from dashboards import context, forecast, guard, parts, spending, words, worth
from dashboards.context import Row
from dashboards.figures.attainment import heatmap, ring, split, summed, trend
from dashboards.parts import Piece, aria

PERIODS = {"7": "7 d", "30": "30 d", "90": "90 d", "all": "All"}
#: "All" begins before anything that is taken (older events are dead letters).
BEGINNING = datetime(1990, 1, 1)


@dataclass(frozen=True, slots=True)
class Kept:
    """An SLA with its counts of a period."""

    sla: Row
    total: Row


def register() -> None:
    """The page and its callbacks."""
    guard.page("slas", layout, path="/slas", name="SLAs", title="SLAs · Orderscope", order=1, nav=True, icon="gauge")
    callbacks()
    worth.register(period)
    forecast.register()


def period(name: str, now: datetime) -> tuple[datetime, datetime]:
    """[from, to) of a choice; the end lies a day ahead, so that what falls due today counts."""
    end = now + timedelta(days=1)
    return (BEGINNING, end) if name == "all" else (now - timedelta(days=int(name)), end)


def overview(name: str) -> list[Kept]:
    """Every SLA with its counts of the period."""
    here, now = context.here(), clock.instant()
    totals = here.reader.attainment_totals(*period(name, now), now)
    answers = here.answered.slas(now, *period(name, now)) if here.answered else []
    kept = [Kept(sla, summed([totals[sla["id"]]] if sla["id"] in totals else [])) for sla in here.slas()]
    return [*kept, *(Kept(sla, summed([sla])) for sla in answers)]


def detail(name: str, id: str) -> tuple[list[Row], list[Row], list[Row]]:
    """The counts of one SLA per partner, per day, and per partner and day."""
    here, now = context.here(), clock.instant()
    frm, to = period(name, now)
    asked = here.answered if here.answered and id in ANSWERS else here.reader
    partners, days, cells = (asked.attainment(id, frm, to, by, now) for by in ("partner", "day", "partner_day"))
    return partners, [r for r in days if r["day"]], [r for r in cells if r["day"]]


async def layout(**query: str) -> Piece:
    """The page; `?sla=S14` chooses one, also by the rule of its objective."""
    name = "all" if clock.frozen() else "30"
    kept = await context.asked(overview, name)
    picked = next((k.sla["id"] for k in kept if query.get("sla") in named(k.sla)), None) or first(kept)
    chooser = dmc.SegmentedControl(
        id="sla-period", data=[{"value": v, "label": t} for v, t in PERIODS.items()], value=name, **aria(label="Period")
    )
    fresh = freshness(await context.asked(context.here().reader.freshness), clock.instant())
    sub = "Share of promises kept, by the moment they fell due. Counts first, percentages cut and never rounded up."
    return html.Div(
        [
            parts.page_head("SLAs", sub, [chooser]),
            html.Div(rings(kept, picked), id="sla-rings", className="rings"),
            html.Div(id="sla-detail", className="stack", style={"marginTop": 16}),
            html.Div([worth.panel(), forecast.panel()], className="stack", style={"marginTop": 16}),
            fresh,
            dcc.Store(id="sla-picked", data=picked),
        ]
    )


def named(sla: Row) -> tuple[str, ...]:
    """The ids by which an SLA may be asked for: its own, and that of the rule that says how its budget is counted."""
    return tuple(one for one in (sla["id"], (sla.get("slo") or {}).get("rule")) if one)


def first(kept: Sequence[Kept]) -> str | None:
    """The SLA to open with: the one that is furthest below its objective, of those that were judged at all."""
    judged = [k for k in kept if k.total["denominator"] and k.sla.get("rated", True)]
    return min(judged or kept, key=_above).sla["id"] if kept else None


def _above(kept: Kept) -> float:
    """How far an SLA is above its objective, as a share; below it is negative."""
    return float((kept.total["attainment"] or 0) - (kept.sla.get("objective") or 0))


def rings(kept: Sequence[Kept], picked: str | None) -> list[Piece]:
    """A card per SLA."""
    return [sla_card(k, k.sla["id"] == picked) for k in kept] or [
        parts.empty("No SLA is defined", "Add a rule of kind deadline to the catalogue.", "gauge")
    ]


def sla_card(kept: Kept, picked: bool) -> Piece:
    """Ring, name, target, counts; pressed when it is the one shown below."""
    sla, total = kept.sla, kept.total
    objective = sla.get("objective")
    rated = sla.get("rated", True)
    judged = f"{total['numerator']:,} of {total['denominator']:,} met" if total["denominator"] else unrated(sla)
    if total.get("untold"):
        judged += f" · {words.count(total['untold'], 'start')} not judged for want of a label"
    aim = f"objective {words.share(objective)}" if objective is not None else "no objective"
    goal = [
        html.Span(
            " · ".join(
                s
                for s in (
                    "target: the moment promised"
                    if sla.get("basis")
                    else f"target {sla['target']}"
                    if sla.get("target")
                    else "",
                    clock_of(sla),
                )
                if s
            ),
            className="goal",
        ),
        html.Span(aim, className="goal"),
    ]
    name = html.Span([html.Span(sla["id"], className="tag"), f" {sla.get('title') or ''}"], className="name")
    text = html.Span(
        [name, *goal, html.Span(judged, className="of num strong" if total["denominator"] else "of")], className="text"
    )
    body = [
        ring(total["attainment"] if rated else None, objective),
        text,
        split(total),
        html.Span(counts(total), className="counts num"),
    ]
    return html.Button(body, id={"type": "sla", "id": sla["id"]}, type="button", className="card ring", **aria(pressed=str(picked).lower()))  # fmt: skip


def clock_of(sla: Row) -> str:
    """On which clock it runs, and which basis is in force."""
    names = {"E": "elapsed time", "B": "business time", "C": "cut-off", "W": "file window", "D": "counted once a day"}
    basis = {"instant": "by the instant", "day": "by the end of the day"}.get(
        str(sla.get("basis") or ""), str(sla.get("basis") or "")
    )
    return " · ".join(
        s
        for s in (names.get(str(sla.get("clock")), str(sla.get("clock") or "")), f"basis: {basis}" if basis else "")
        if s
    )


def unrated(sla: Row) -> str:
    """Why there is no figure."""
    return str(sla.get("unrated_reason") or "") or "not rated: nothing fell due in this period"


def counts(total: Row) -> list[Piece]:
    """Met, ended late, still open past the moment, unknown while its source is silent, running, void: each apart."""
    late = total["breached"] - total["breached_open"]
    said = (
        ("seg-met", "met", total["met"]),
        ("seg-late", "ended late", late),
        ("seg-open", "late, still open", total["breached_open"]),
        *([("", "unknown", total["unknown"])] if total["unknown"] else []),
        ("seg-running", "running", total["running"]),
        ("", "void", total["void"]),
    )
    return [
        html.Span([html.Span(className=f"marker {css}") if css else None, f" {n:,} {name}"]) for css, name, n in said
    ]


def freshness(sources: Sequence[Row], now: datetime) -> Piece:
    """Up to when each source has been heard: figures are as good as that."""
    if not sources:
        return html.P("No source has sent anything yet.", className="muted small")
    said = []
    for s in sorted(sources, key=lambda s: str(s.get("source"))):
        at = words.parsed(s.get("last_event_at"))
        quiet = s.get("state") not in (None, "live", "quiet")
        said.append(
            html.Span(
                [
                    f"{words.system(s.get('source'))} {words.span(now - at) + ' ago' if at else 'never'}",
                    f" ({s['state']})" if quiet else "",
                ],
                className="late" if quiet else "",
            )
        )
    spaced = [piece for one in said for piece in (one, " · ")][:-1]
    return html.P(["Newest event per source: ", *spaced], className="muted small", style={"marginTop": 14})


def whose(name: str, id: str) -> dict[str, list[Row]]:
    """The counts of an SLA of exceptions per owner and per severity; of any other none."""
    here, now = context.here(), clock.instant()
    if not here.answered or id not in ANSWERS:
        return {}
    frm, to = period(name, now)
    return {by: here.answered.attainment(id, frm, to, by, now) for by in ("owner", "severity")}


def budget(sla: Row) -> Row | None:
    """What is left of the error budget of an SLA at this moment."""
    if sla["id"] in ANSWERS:
        return None
    spent: Row | None = context.here().reader.budget(sla, clock.instant())
    return spent


def drawn(
    found: Kept, rows: list[Row], days: list[Row], cells: list[Row], names: Mapping[str, str], spent: Row | None = None,
    burning: Sequence[Piece] = (), others: Mapping[str, list[Row]] | None = None,
) -> list[Piece]:  # fmt: skip
    """The SLA below the cards: trend, heatmap, error budget, partners; `others` are its counts by something else."""
    sla, total = found.sla, found.total
    name = f"{sla['id']} {sla.get('title') or ''}".strip()
    if not total["denominator"]:
        return [parts.card(name, parts.empty("Not rated", unrated(sla), "gauge")), *spending.left_out(sla)]
    line = dcc.Graph(figure=trend(days, sla.get("objective")), config=parts.GRAPH)
    map_ = dcc.Graph(figure=heatmap(cells, names, sla.get("objective")), config=parts.GRAPH, className="chart-min")
    said = f"{name}: {total['numerator']:,} of {total['denominator']:,} met, {words.share(total['attainment'])}"
    return [
        html.Div([
            parts.card("Trend per day", html.Div(line, role="group", **aria(label=said)), sub=f"{name} · by the day on which it fell due"),
            parts.card("By partner and day", html.Div(map_, className="scroll", role="group", tabIndex=0, **aria(label=f"{name} by partner and day; the table below has the sums")), sub="Share met, the worst partner on top; a hole is a day without a clock"),
        ], className="halves wide-right"),
        *([spending.spending(name, spent)] if spent else []),
        *burning,
        *spending.left_out(sla),
        parts.card("Partners", partners(rows, names, spending.partner_left(spent)), sub=f"{name} · the worst first, with what each figure is made of"),
        *(parts.card(f"By {by}", partners(some, {}, by=by), sub=f"{name} · the worst first") for by, some in (others or {}).items()),
    ]  # fmt: skip


def partners(
    rows: Sequence[Row], names: Mapping[str, str], left: Mapping[str, Piece] | None = None, by: str = "partner"
) -> Piece:
    """Each partner (owner, severity) with its counts, and with what is left of its budget where there is one."""
    heads = (
        by.capitalize(),
        "Attainment",
        "Met of judged",
        "Ended late",
        "Late, still open",
        "Unknown",
        "Running",
        "Void",
    )
    shown = sorted(
        rows, key=lambda r: (r.get("attainment") is None, r.get("attainment") or 0, -int(r.get("breached") or 0))
    )
    body = []
    for r in shown:
        t = summed([r])
        judged = f"{t['numerator']:,} of {t['denominator']:,}" if t["denominator"] else "–"
        name = html.Span(
            names.get(str(r.get(by)))
            or words.system(r.get(by))
            or f"not yet assigned to a{'n' * (by == 'owner')} {by}",
            className="strong",
        )
        body.append(
            parts.row(
                [
                    name,
                    words.share(t["attainment"]),
                    judged,
                    f"{t['breached'] - t['breached_open']:,}",
                    f"{t['breached_open']:,}",
                    f"{t['unknown']:,}",
                    f"{t['running']:,}",
                    f"{t['void']:,}",
                    *([left.get(str(r.get("partner") or ""), "–")] if left else []),
                ],
                right=range(1, 9),
            )
        )
    told = (*heads, "Budget left") if left else heads
    return parts.table(told, body, f"Attainment by {by}", right=range(1, 9))


def callbacks() -> None:
    """Choosing a period and an SLA; figures follow what changes."""

    @callback(
        Output("sla-picked", "data"),
        Input({"type": "sla", "id": ALL}, "n_clicks"),
        State("sla-picked", "data"),
        prevent_initial_call=True,
    )
    async def pick(_clicks: list[int | None], now: str | None) -> Any:
        id: Any = ctx.triggered_id
        return id["id"] if id and any(t["value"] for t in ctx.triggered) and id["id"] != now else no_update

    @callback(
        Output("sla-rings", "children"), Output("sla-detail", "children"),
        Input("sla-period", "value"), Input("sla-picked", "data"), Input("minute", "n_intervals"),
    )  # fmt: skip
    async def show(name: str, picked: str | None, _minutes: int | None) -> tuple[Any, Any]:
        kept = await context.asked(overview, name)
        found = next((k for k in kept if k.sla["id"] == picked), None)
        if not found:
            return rings(kept, picked), []
        rows, days, cells = await context.asked(detail, name, found.sla["id"])
        spent = await context.asked(budget, found.sla)
        burning = await context.asked(spending.burning, found.sla, guard.acts())
        others = await context.asked(whose, name, found.sla["id"])
        return rings(kept, picked), drawn(found, rows, days, cells, context.here().partners, spent, burning, others)
