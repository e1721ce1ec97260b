"""`orderscope demo --narrate F06`: one fault of one order, told step by step, into a running server if one is named."""

import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
from rich.console import Console

from app import clock
from app.demo.world import faults, folder, score
from app.demo.world.hours import DAY, written
from app.demo.world.order import Fact
from app.demo.world.play import played
from app.demo.world.stage import Expected, Stage
from app.errors import WrongUse
from app.main.posting import Systems

#: Numbers that no other demo world gives, so that its orders are not mixed with those of the server.
_OFFSET = 300_000
_ORDERS, _DAYS, _RATE = 60, 12, 0.6


def narrated(fault: str, seed: int, url: str, data: Path, pace: timedelta, console: Console) -> None:
    """Tell the story of the first order that a fault has struck; raises WrongUse where there is none to tell."""
    stage = _stage(fault, seed)
    so = struck(stage, fault)
    facts = score.facts_by_order(stage)[so]
    seen = [one for one in score.expectations(stage, stage.end) if one.so == so]
    console.print(f"{fault}, {faults.CATALOGUE[fault].title}: order {so}", markup=False)
    console.print(f"Look at {url or 'the server'}/order/{so.lstrip('0')}\n", markup=False, soft_wrap=True)
    with closing(Systems(url or "http://127.0.0.1", data, patiently)) as systems:
        for fact in sorted(facts, key=lambda one: (one.arrives, one.number)):
            _told(console, fact, [one for one in seen if one.since <= fact.arrives])
            seen = [one for one in seen if one.since > fact.arrives]
            if url:
                _sent(systems, fact, facts, stage.end)
            time.sleep(pace.total_seconds())
    for one in seen:
        console.print(_expected(one), markup=False)


def _stage(fault: str, seed: int) -> Stage:
    try:
        chosen = [replace(one, rate=_RATE) for one in faults.chosen(fault)]
    except ValueError as unknown:
        raise WrongUse(f"--narrate: {unknown}", "Write one of F01 to F44.") from None
    end = int(clock.now().timestamp())
    return played(_ORDERS, end - _DAYS * DAY, end, seed, chosen, offset=_OFFSET)


def struck(stage: Stage, fault: str) -> str:
    """The order on which the fault shows soonest. Raises WrongUse for a fault that strikes no single order."""
    shown = [one for one in score.expectations(stage, stage.end) if one.so and one.fault.removesuffix(" done") == fault]
    codes = faults.CATALOGUE[fault].codes
    named = [one for one in shown if one.code in codes] or shown
    if not named:
        raise WrongUse(f"{fault} shows on no single order.", "Choose one of those that strike orders, as F06.")
    return min(named, key=lambda one: one.since).so


def _told(console: Console, fact: Fact, due: list[Expected]) -> None:
    for one in due:
        console.print(_expected(one), markup=False)
    keys = " ".join(f"{kind}={value}" for kind, value in fact.keys.items() if kind in ("fo", "sh", "inv", "rma"))
    lines = " ".join(f"{line.number}:{line.sku}×{line.qty}" for line in fact.lines)
    heard = "" if fact.arrives - fact.at < 600 else f"  (heard {written(fact.arrives)})"
    console.print(
        f"{written(fact.at)}  {fact.source:<18} {fact.type:<28} {keys} {lines}{heard}", markup=False, soft_wrap=True
    )


def _expected(one: Expected) -> str:
    return f"{written(one.since)}  → {one.code} should stand open" + (
        f" until {written(one.until)}" if one.until else ""
    )


def patiently(seconds: float) -> bool:
    """Wait for a busy server, and do not give up."""
    time.sleep(seconds)
    return False


def _sent(systems: Systems, fact: Fact, facts: list[Fact], until: int) -> None:
    """Only this fact, in the words of its system; what a system repeats (an order, a tracker) it repeats here too."""
    before = [one for one in facts if one.source == fact.source and one.arrives <= fact.arrives]
    sent = [one for one in folder.messages(before, until) if one.source == fact.source]
    for one in sent[-fact.copies :]:
        try:
            systems.send(folder.alone(one))
        except httpx.HTTPError as fault:
            raise WrongUse(f"{fact.source}: {fault}", "Serve a world first: orderscope demo --serve.") from None
