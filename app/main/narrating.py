"""`orderscope demo --narrate F06`: one fault told step by step, into a running server if one is named."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
from rich.console import Console

from app import clock
from app.demo.world import calls, faults, folder
from app.demo.world.faults import CATALOGUE, Fault
from app.demo.world.hours import DAY, MINUTE, written
from app.demo.world.order import Fact
from app.demo.world.play import played
from app.demo.world.stage import Expected, Stage
from app.demo.world.tale import Tale, tale
from app.demo.world.wires.sent import Sent
from app.errors import WrongUse
from app.main.posting import Systems

#: Numbers that no other demo world gives, and each fault its own, so that orders are mixed neither with those of the server
#: nor with those of another tale.
_OFFSET, _EACH = 300_000, 2_000
#: In how many days a fault shows at the least: a return or a purchase takes its time; and how many of the orders it strikes.
_DAYS, _RATE = (12, 24, 36), 0.6
#: Orders a day, and so many of a world in which a partner or a source shall have much to say.
_ORDERS, _BUSY = 5, 10
#: What is heard so much later than it happened says when.
_LATE = 10 * MINUTE
_SERVED = "http://127.0.0.1:8050"
_KEYS = ("fo", "sh", "ld", "inv", "rma", "po", "asn", "rc")
_SAID = ("partner", "location", "reason", "status", "adjustment")
_DUE = {"need_by": "needed by", "confirmed_at": "confirmed for", "eta": "announced for"}
#: So many articles are named, of more only how many they are.
_NAMED = 4
#: Exceptions of a source that stand on the page of sources; the others are counted on that of interfaces.
_OF_SOURCES = ("source_silent", "stream_gap", "mapping_unknown", "batch_incomplete", "sequence_gap")


def narrated(fault: str, seed: int, url: str, data: Path, pace: timedelta, console: Console) -> None:
    """Tell the story of the first order that a fault has struck, or else of the source, partner, stock or purchase order.

    Raises WrongUse for a fault that does not exist, and where the server does not take what is told.
    """
    stage, story = _played(fault, seed)
    _begin(console, story, url)
    waiting = deque(folder.messages(story.along, stage.end, stage.seed + stage.offset) if url else ())
    with closing(Systems(url or _SERVED, data, patiently)) as systems:
        for moment, line, told in _steps(story):
            console.print(line, markup=False, soft_wrap=True)
            if told:
                _sent(systems, waiting, moment)
                time.sleep(pace.total_seconds())
        _sent(systems, waiting, stage.end)


def _played(named: str, seed: int) -> tuple[Stage, Tale]:
    """A world that has the fault, as short as it may be."""
    fault, end = _fault(named), int(clock.now().timestamp())
    struck = [replace(fault, rate=_RATE) if fault.scope == "order" else fault]
    busy, offset = fault.scope in ("spell", "occasion"), _OFFSET + _EACH * faults.FAULTS.index(CATALOGUE[fault.id])
    a_day = _BUSY if busy else _ORDERS
    for days in _DAYS:
        stage = played(a_day * days, end - days * DAY, end, seed, struck, offset=offset, goods=busy)
        if story := tale(stage, fault):
            return stage, story
    raise WrongUse(f"{fault.id} does not show in the world of this seed.", "Try another: --seed 8.")


def _fault(named: str) -> Fault:
    """The one that is named."""
    mend = "Write one of F01 to F44."
    try:
        chosen = faults.chosen(named)
    except ValueError as unknown:
        raise WrongUse(f"--narrate: {unknown}", mend) from None
    if len(chosen) != 1:
        raise WrongUse(f"--narrate {named}: is not one fault", mend)
    return chosen[0]


def _begin(console: Console, story: Tale, url: str) -> None:
    """What is told, and where to look at it."""
    orders = " and ".join(f"order {so}" for so in story.orders)
    of = f"{orders}, both with {story.shared}" if story.shared else orders or story.subject
    console.print(f"{story.fault.id}, {story.fault.title}: {of}", markup=False, soft_wrap=True)
    if not story.fault.codes:
        console.print("Nothing of its own may be raised by it: it is there to be withstood.", markup=False)
    places = " and ".join(f"{url}{page}" for page in pages(story))
    many = "pages are" if len(story.orders) > 1 else "page is"
    where = f"Look at {places}" if url else f"With --url {_SERVED} it is sent there as well; the {many} {places}"
    console.print(f"{where}\n", markup=False, soft_wrap=True)


def pages(story: Tale) -> list[str]:
    """The addresses of the pages that show it."""
    if story.orders:
        return [f"/order/{so.lstrip('0')}" for so in story.orders]
    return [page(story.subject, [one.code for one in story.seen])]


def page(subject: str, codes: Sequence[str]) -> str:
    """The most telling page of what is no order's, by how exceptions name it: SKU@PLACE, po:ERP:NUMBER, SERVICE:client:PARTNER."""
    kind, _, name = subject.partition(":")
    if "@" in subject:
        return "/inventory"
    if kind == "po":
        return f"/purchases/{name.partition(':')[2]}"
    if name:
        return f"/interfaces?source={kind}"
    return "/sources" if any(code in _OF_SOURCES for code in codes) else "/interfaces"


def _steps(story: Tale) -> Iterator[tuple[int, str, bool]]:
    """(moment, line, whether something is told by it): what follows from a fact stands behind it."""
    steps = [(one.arrives, 0, " ".join((_fact(one, story), *_odd(one)))) for one in story.facts]
    broken = [(int(one.data["broken_at"]), one) for one in story.facts if "broken_at" in one.data]
    steps += [(moment, 0, f"{_fact(one, story)}  (breaks off)") for moment, one in broken]
    steps += [(one.since, 1, _opened(one, story)) for one in story.seen]
    if not story.orders:
        steps += [(one.until, 2, f"{written(one.until)}  ← {one.code} is over") for one in story.seen if one.until]
    for moment, kind, line in sorted(steps, key=lambda step: step[:2]):
        yield moment, line, kind == 0


def _opened(one: Expected, story: Tale) -> str:
    """When an exception begins, of what it is where several are told of, and until when it lasts."""
    until = f" until {written(one.until)}" if one.until else ""
    of = "" if len(story.orders) == 1 else f" of {one.so or one.subject}"
    return f"{written(one.since)}  → {one.code}{of} {'may' if one.unsure else 'should'} stand open{until}"


def _fact(fact: Fact, story: Tale) -> str:
    """One fact on a line: when it happened, who says what, with which numbers and goods."""
    keys = " ".join(f"{kind}={fact.keys[kind]}" for kind in _KEYS if kind in fact.keys)
    whose = f"so={fact.so}" if fact.so and len(story.orders) != 1 else ""
    told = [whose, keys, _goods(fact, story.subject), *(() if story.orders else _more(fact))]
    return f"{written(fact.at)}  {fact.source:<18} {fact.type:<28} {' '.join(one for one in told if one)}"


def _goods(fact: Fact, subject: str) -> str:
    """The lines of a fact, only that of the article it is about; of many how many."""
    named = [line for line in fact.lines if subject.startswith(f"{line.sku}@")] or fact.lines
    if len(named) > _NAMED and not fact.so:
        return f"{len(named)} articles"
    return " ".join(f"{line.number}:{line.sku}×{line.qty}" for line in named)


def _more(fact: Fact) -> Iterator[str]:
    """What else a fact says, where it is not one of many of an order."""
    yield from (f"{name}={fact.data[name]}" for name in _SAID if fact.data.get(name, fact.source) != fact.source)
    yield from (f"{words} {written(fact.data[name])[:10]}" for name, words in _DUE.items() if name in fact.data)
    if fact.type == "inventory.snapshot":
        yield "the whole" if fact.data.get("complete") else "a part"
    if "counts" in fact.data:
        counts = fact.data["counts"]
        yield f"{sum(counts)} calls, {sum(counts[:2]) / sum(counts):.0%} within {calls.BOUNDS[1]} s"


def _odd(fact: Fact) -> Iterator[str]:
    """What is unusual about how a fact is told, and when it is heard much later than it happened."""
    if fact.copies > 1:
        yield " (twice)"
    if fact.written_at != fact.at:
        yield f" (written as {written(fact.written_at)})"
    if "broken_at" in fact.data:
        yield " (again)"
    if fact.arrives - fact.at >= _LATE:
        yield f" (heard {written(fact.arrives)})"


def patiently(seconds: float) -> bool:
    """Wait for a busy server, and do not give up."""
    time.sleep(seconds)
    return False


def _sent(systems: Systems, waiting: deque[Sent], until: int) -> None:
    """All that has arrived by then and was not sent before, each message alone, as its system writes it."""
    while waiting and waiting[0].arrives <= until:
        one = waiting.popleft()
        try:
            systems.send(folder.alone(one))
        except httpx.HTTPError as fault:
            raise WrongUse(f"{one.source}: {fault}", "Serve a world first: orderscope demo --serve.") from None
