"""The journey of an order: a lane per system, a bar for as long as it was that system's turn.

1. Business events in their order hand the order on: the time since the event before belongs to the system that
   brought the next one, for it was that one's turn.
2. Messages to the side (CRM, desk, notices, technical messages) move nothing: they are marks on their own lane.
3. After a refusal or an exception the order stands where that happened. A hold is a blocked bar on the lane of the
   system that holds.
4. What runs now, until now, belongs to whom it waits for: blocked when it is blocked.
5. From now to the promise is planned.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from dashboards import words
from dashboards.figures.style import AMBER, BLUE, GREY, INK, RED, figure, text

Row = dict[str, Any]
SIDE = (
    "crm.", "ticket.", "message.", "customer.", "asn.", "batch.", "interface.", "link.", "manual.", "purchase_order.",
    "receipt.", "supplier_invoice.", "inventory.",
)  # fmt: skip
#: kind of bar -> (legend, colour, pattern): the pattern says it too.
KINDS = {
    "done": ("Completed", BLUE, ""),
    "late": ("Over its time", AMBER, "."),
    "blocked": ("Blocked", RED, "/"),
    "planned": ("Planned", GREY, "\\"),
}
DONE_AT = ("delivered", "closed", "cancelled", "rejected")


@dataclass(frozen=True, slots=True)
class Turn:
    """A bar: whose turn it was, from when to when, what came of it."""

    system: str
    start: datetime
    end: datetime
    kind: str
    label: str


def turns(order: Row, timeline: Sequence[Row], now: datetime) -> list[Turn]:
    """All bars of an order, sentences 1 and 3 to 5."""
    steps = sorted((r for r in timeline if r["kind"] == "event" and not side(r)), key=lambda r: r["at"])
    missed = late_stops(order)
    bars = [_turn(before, step, missed) for before, step in pairwise(steps)]
    if steps:
        bars.insert(0, Turn(steps[0]["system"], steps[0]["at"], steps[0]["at"], "done", words.event(steps[0]["type"])))
    holds = [_hold(h, now) for h in order.get("holds") or []]
    if not steps or order.get("stage") in DONE_AT:
        return [*bars, *holds]
    return [
        *bars,
        *holds,
        *_open(order, steps[-1], now, held=any(not h.get("ended_at") for h in order.get("holds") or [])),
    ]


def side(row: Row) -> bool:
    """Whether an event only tells of the order and does not carry it on."""
    return str(row["type"]).startswith(SIDE)


def late_stops(order: Row) -> set[datetime | None]:
    """The moments at which a clock was stopped too late."""
    return {
        words.parsed(d["met_at"]) for d in order.get("dues") or [] if d.get("met_at") and d.get("state") == "breached"
    }


def _turn(before: Row, step: Row, missed: set[datetime | None]) -> Turn:
    if before.get("status") == "bad":  # it stood where the trouble was, whoever ended it
        return Turn(before["system"], before["at"], step["at"], "blocked", words.event(before["type"]))
    return Turn(
        step["system"], before["at"], step["at"], "late" if step["at"] in missed else "done", words.event(step["type"])
    )


def _hold(hold: Row, now: datetime) -> Turn:
    start = words.parsed(hold["started_at"]) or now
    label = f"{str(hold.get('kind') or 'order').capitalize()} hold"
    return Turn(hold.get("system") or "erp", start, words.parsed(hold.get("ended_at")) or now, "blocked", label)


def _open(order: Row, last: Row, now: datetime, held: bool) -> list[Turn]:
    stuck = (order.get("blocked") or [None])[0]
    system = str(stuck["system"] if stuck and stuck.get("system") else last["system"])
    bars = []
    if now > last["at"] and not held:
        since = min(now, max(last["at"], words.parsed(stuck.get("since")) or last["at"])) if stuck else now
        if since > last["at"]:
            bars.append(Turn(system, last["at"], since, "done", "Waiting" if stuck else "Running"))
        if stuck:
            bars.append(Turn(system, since, now, "blocked", words.cause(stuck["cause"])))
    promised = words.parsed(order.get("promised_at"))
    if promised and promised > now:
        bars.append(Turn(system, now, promised, "planned", "Until the promise"))
    return bars


def lanes(bars: Iterable[Turn], marks: Iterable[Row]) -> list[str]:
    """The systems in the order of their first appearance."""
    seen = [(b.start, b.system) for b in bars] + [(m["at"], m["system"]) for m in marks]
    return list(dict.fromkeys(system for _, system in sorted(seen)))


def journey(order: Row, timeline: Sequence[Row], now: datetime, called: str = "now") -> go.Figure:
    """The swimlane: bars, dotted hand-overs, marks to the side, what is due, and now, or what now is called."""
    bars, marks = turns(order, timeline, now), [r for r in timeline if r["kind"] == "event" and side(r)]
    names = lanes(bars, marks)
    start = min([b.start for b in bars] + [m["at"] for m in marks], default=now)
    end = max(
        [b.end for b in bars] + [m["at"] for m in marks] + [now if order.get("stage") not in DONE_AT else start],
        default=now,
    )
    least = max((end - start) * 0.004, timedelta(seconds=30))
    traces = [
        _bars(kind, [b for b in bars if b.kind == kind], least, end - start)
        for kind in KINDS
        if any(b.kind == kind for b in bars)
    ]
    made = figure(
        [*traces, *([_marks(marks)] if marks else [])],
        height=110 + 46 * max(len(names), 1),
        barmode="overlay",
        bargap=0.42,
        margin={"l": 8, "r": 16, "t": 56, "b": 8},
    )
    made.update_layout(legend={"yref": "container", "y": 0.995, "yanchor": "top"})
    made.update_yaxes(
        categoryorder="array",
        categoryarray=[words.system(n) for n in reversed(names)],
        showgrid=False,
        ticklabelstandoff=10,
    )
    made.update_xaxes(type="date", range=[start - (end - start) * 0.015, end + (end - start) * 0.02], showgrid=True)
    made.update_layout(
        shapes=_handovers(bars, names) + _lines(order, start, end, now),
        annotations=_notes(order, start, end, now, called),
    )
    return made


def _bars(kind: str, bars: list[Turn], least: timedelta, whole: timedelta) -> go.Bar:
    legend, color, pattern = KINDS[kind]
    wide = [max(b.end - b.start, least) for b in bars]
    said = [
        text(b.label) if whole and w / whole > 0.011 * len(b.label) else "" for b, w in zip(bars, wide, strict=True)
    ]
    return go.Bar(
        orientation="h", name=legend, y=[words.system(b.system) for b in bars], base=[b.start for b in bars],
        x=[w.total_seconds() * 1000 for w in wide], text=said, textposition="inside", insidetextanchor="start",
        textfont={"size": 11, "color": "#fff"}, constraintext="none", cliponaxis=True,
        marker={"color": color, "cornerradius": 4, "line": {"width": 0},
                "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": "rgba(255,255,255,.28)", "size": 7, "solidity": 0.22}},
        customdata=[[text(b.label), words.instant(b.start), words.instant(b.end), words.span(b.end - b.start)] for b in bars],
        hovertemplate="<b>%{customdata[0]}</b><br>%{y} · %{customdata[3]}<br>%{customdata[1]} – %{customdata[2]}<extra></extra>",
    )  # fmt: skip


def _marks(marks: list[Row]) -> go.Scatter:
    return go.Scatter(
        mode="markers", name="Told", x=[m["at"] for m in marks], y=[words.system(m["system"]) for m in marks],
        marker={"symbol": "diamond", "size": 9, "color": "#8a56e8", "line": {"width": 0}},
        customdata=[[text(words.event(m["type"])), words.instant(m["at"])] for m in marks],
        hovertemplate="<b>%{customdata[0]}</b><br>%{y} · %{customdata[1]}<extra></extra>",
    )  # fmt: skip


def _handovers(bars: list[Turn], names: list[str]) -> list[Row]:
    place = {n: len(names) - 1 - i for i, n in enumerate(names)}
    line = {"color": INK, "width": 1, "dash": "dot"}
    steps = [b for b in bars if b.kind != "planned"]
    return [
        {
            "type": "line",
            "x0": a.end,
            "x1": a.end,
            "y0": place[a.system],
            "y1": place[b.system],
            "line": line,
            "layer": "below",
            "opacity": 0.55,
        }
        for a, b in pairwise(steps)
        if a.system != b.system and a.end == b.start
    ]


def deadlines(order: Row, start: datetime, end: datetime) -> list[tuple[datetime, str]]:
    """The moments worth a line: the promise, and the due of each clock that runs or was missed and is still open."""
    open_dues = [
        d for d in order.get("dues") or [] if not d.get("met_at") and d.get("state") in ("running", "breached")
    ]
    marked = [(words.parsed(d["due_at"]), f"{d['sla']} due") for d in open_dues if d.get("due_at")]
    marked.append((words.parsed(order.get("promised_at")), "promised"))
    return sorted((at, name) for at, name in marked if at and start <= at <= end)[-3:]


def _lines(order: Row, start: datetime, end: datetime, now: datetime) -> list[Row]:
    whole = {"type": "line", "yref": "paper", "y0": 0, "y1": 1}
    lines = [
        whole | {"x0": at, "x1": at, "line": {"color": RED, "width": 1.5, "dash": "dash"}}
        for at, _ in deadlines(order, start, end)
    ]
    if start <= now <= end:
        lines.append(whole | {"x0": now, "x1": now, "line": {"color": INK, "width": 1.2}})
    return lines


def _notes(order: Row, start: datetime, end: datetime, now: datetime, called: str) -> list[Row]:
    said = deadlines(order, start, end) + ([(now, called)] if start <= now <= end else [])
    notes, last, level = [], None, 0
    for at, name in sorted(said):
        level = level + 1 if last is not None and (at - last) < (end - start) * 0.09 else 0
        where = {"x": at, "yref": "paper", "y": 1, "yshift": 9 + 13 * (level % 2)}
        right = at > start + (end - start) * 0.9
        notes.append(
            where | {"text": name, "showarrow": False, "font": {"size": 11}, "xanchor": "right" if right else "center"}
        )
        last = at
    return notes
