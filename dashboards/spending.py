"""What is left of an SLA's error budget, and in which windows it goes too fast: counts first, the pace beside them."""

from collections.abc import Mapping

import polars as pl
from dash import dcc, html

from app import clock
from dashboards import acting, context, parts, words
from dashboards.context import Row
from dashboards.figures.attainment import burn_down
from dashboards.parts import Piece, aria

#: status -> what a person reads, and its tone
_STATUS = {
    "no_data": ("nothing judged", "low"), "healthy": ("objective kept", "ok"),
    "degrading": ("missed so far, budget left", "high"), "violated": ("budget spent", "critical"),
}  # fmt: skip
_HEAD = ("Window", "Missed in it", "Pace", "Missed in its end", "Pace", "Burns above", "All failing shows after", "Now")


def spending(name: str, spent: Row) -> Piece:
    """The card: what is left, out of what, and the windows."""
    said, tone = _STATUS[spent["status"]]
    sub = f"{name} · the clocks that fell due in {during(spent)}, against {words.share(spent['objective'])}"
    left = html.P([*left_over(spent), parts.chip(said, tone)], className="left-over")
    counts = f"{spent['total']:,} judged, {spent['bad']:,} missed. The budget is used {times(spent['burn_rate'])}."
    notes = [html.P(one, className="muted small") for one in spent["notices"]]
    return parts.card("Error budget", left, gauge(spent), html.P(counts, className="muted small num"), *course(spent), windows(spent), *notes, sub=sub)  # fmt: skip


def burning(sla: Row, acts: bool) -> list[Piece]:
    """The open exceptions of an SLA's budget, one for each partner for whom it burns, with what can be done about them."""
    here, rule = context.here(), (sla.get("slo") or {}).get("rule")
    board = here.board.frame()
    if not rule or board.is_empty():
        return []
    subject = pl.col("subject")
    mine = board.filter(pl.col("code") == "slo_burning", (subject == rule) | subject.str.starts_with(f"{rule}:"))
    cases = [here.cases.one(one) for one in mine.sort("subject")["case_id"]]
    blocks = [acting.case_block(case, case.get("history") or [], clock.instant(), acts) for case in cases]
    return (
        [parts.card("The budget burns", *blocks, sub="Exceptions that clear by themselves when it burns no more")]
        if blocks
        else []
    )


def course(spent: Row) -> list[Piece]:
    """How the budget went over the period."""
    if not spent["burn_down"]:
        return []
    line = dcc.Graph(figure=burn_down(spent["burn_down"]), config=parts.GRAPH)
    return [html.Div(line, role="group", **aria(label=f"What was left of the budget on each day of {during(spent)}"))]


def left_over(spent: Row) -> list[Piece]:
    """How many more may miss; or how many more have missed than may."""
    over = spent["left"] < 0
    said = ("more misses", f"than the {amount(spent['allowed'])} allowed") if over else ("misses left", f"of {amount(spent['allowed'])}")  # fmt: skip
    count = html.Span(amount(abs(spent["left"])), className="value num late" if over else "value num")
    return [count, html.Span(said[0], className="strong"), html.Span(said[1], className="muted num")]


def left_out(sla: Row) -> list[Piece]:
    """The corrections of an SLA: what its figures leave out, since when, who said so, who agreed, and why."""
    said = sla.get("corrections") or []
    if not said:
        return []
    rows = [
        parts.row([
            f"{words.instant(one['begin'])} to {words.instant(one['end'])}", one["partner"] or "all partners",
            one["reason"], one["author"], one["approver"],
        ])
        for one in said
    ]  # fmt: skip
    head = ("Fell due", "Partner", "Reason", "Asked for by", "Approved by")
    sub = "Clocks that count neither as met nor as missed; their exceptions stand"
    return [parts.card("Left out of these figures", parts.table(head, rows, "Corrections"), sub=sub)]


def gauge(spent: Row) -> Piece:
    """A bar of what is left; when more is spent than there was, all of it is marked."""
    remaining = float(spent["remaining"])
    css, width = ("seg-met", remaining) if remaining > 0 else ("seg-open", 1.0 if remaining < 0 else 0.0)
    said = f"{words.share(max(0.0, remaining))} of the error budget is left"
    return html.Div(
        html.I(className=css, style={"width": f"{100 * width:.2f}%"}), className="gauge", role="img", **aria(label=said)
    )


def windows(spent: Row) -> Piece:
    """Each window: what was missed in it and in its last twelfth, how fast that is, and whether it burns."""
    right = (1, 2, 3, 4, 5, 6)
    rows = [
        parts.row(
            [
                html.Span(f"{length(w['long_s'])}, end {length(w['short_s'])}", className="strong"),
                held(w["bad_long"], w["total_long"]), pace(w["burn_long"]),
                held(w["bad_short"], w["total_short"]), pace(w["burn_short"]), pace(w["factor"]), words.span(w["detected_s"]),
                parts.chip("burning", w["severity"] or "critical") if w["burning"] else parts.chip("quiet", "ok"),
            ],
            right,
        )
        for w in spent["burn"]
    ]  # fmt: skip
    return parts.table(_HEAD, rows, "How fast the budget burns", right)


def partner_left(spent: Row | None) -> Mapping[str, Piece]:
    """What is left to each partner, with the windows in which it burns."""
    if not spent:
        return {}
    return {p["partner"]: _left(p) for p in spent["partners"]}


def _left(partner: Row) -> Piece:
    text = html.Span(f"{amount(partner['left'])} of {amount(partner['allowed'])}", className="late" if partner["left"] < 0 else "")  # fmt: skip
    return html.Span([text, " ", parts.chip("burning", "critical")]) if partner["burning"] else text


def during(spent: Row) -> str:
    """The period of the budget in words."""
    frm, to = words.parsed(spent["from"]), words.parsed(spent["to"])
    return f"{words.instant(frm)} to {words.instant(to)}" if frm and to else "the period"


def amount(count: float) -> str:
    """A number of clocks; a budget has tenths, and they are cut towards less."""
    tenths = int(count * 10 + 1e-9) if count >= 0 else -int(-count * 10 + 1e-9)
    return f"{tenths // 10:,}" if tenths % 10 == 0 else f"{tenths / 10:,.1f}"


def pace(rate: float | None) -> str:
    """How many times as fast as the budget allows."""
    return "–" if rate is None else f"{rate:,.1f} ×"


def times(rate: float) -> str:
    """How often the budget is used: once is all of it."""
    return f"{rate:,.2f} times over" if rate > 1 else f"to {words.share(rate)}"


def held(bad: int, total: int) -> str:
    """`14 of 34`."""
    return f"{bad:,} of {total:,}" if total else "–"


def length(seconds: int) -> str:
    """A round duration in one unit: `3 d`, `6 h`, `30 min`."""
    for unit, size in (("d", 86_400), ("h", 3_600)):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds // 60} min"
