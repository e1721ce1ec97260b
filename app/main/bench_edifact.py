"""EDIFACT from file to committed: orders and despatch advices, as many segments as a busy day brings.

The floor is a bare split of the same bytes at segments and elements, and the bare insert of the same rows.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app import clock
from app.main.bench_result import Result
from app.main.house import House, collector_named
from app.model.event import Message
from app.settings import Source

_MESSAGES, _LINES = 8_000, 4


def edifact(house: House, insert: Callable[[House, str, int], float]) -> list[Result]:
    """A file of interchanges, cut, read and committed; `insert` gives the seconds of the bare insert."""
    with tempfile.TemporaryDirectory(prefix="orderscope-edifact-") as folder:
        file = Path(folder) / "day.edifact"
        file.write_bytes(b"\n".join(_interchanges()))
        began = time.perf_counter()
        count = _committed(house, file)
        ours = time.perf_counter() - began
        began = time.perf_counter()
        parts = [segment.split("+") for segment in file.read_text(encoding="latin-1").split("'")]
        bare = time.perf_counter() - began
    floor = bare + insert(house, "event", count)
    return [Result("EDIFACT file → committed", len(parts) / ours, len(parts) / floor, "segments/s", "print")]


def _committed(house: House, file: Path) -> int:
    """How many events of the file are on disk."""
    collector, source = collector_named("edifact"), Source(collector="edifact")
    assert collector is not None
    waiting = []
    for body in collector.split(file, source):
        message = Message("edi.bench", "edifact", collector.media, body, clock.instant(), "")
        waiting.append(house.intake.put(message, collector.translate(message, source)))
    return sum(answer.result().accepted for answer in waiting)


def _interchanges() -> Iterator[bytes]:
    """Interchanges of 500 messages, orders and despatch advices by turns."""
    for first in range(0, _MESSAGES, 500):
        messages = [(_order if number % 2 else _despatch)(first + number) for number in range(500)]
        head = f"UNB+UNOC:3+4098765000003:14+4012345000009:14+260105:0800+{first}'"
        yield (head + "".join(messages) + f"UNZ+500+{first}'").encode()


def _order(number: int) -> str:
    lines = [f"LIN+{n}++401234500001{n}:EN'PIA+1+A-{n}:SA'QTY+21:{n + 1}:PCE'PRI+AAA:4.10'" for n in range(_LINES)]
    head = f"BGM+220+PO{number}+9'DTM+137:202601050730:203'DTM+2:20260109:102'NAD+BY+4099999000007::9'CUX+2:EUR:9'"
    return _message("ORDERS", number, head + "".join(lines) + f"UNS+S'CNT+2:{_LINES}'")


def _despatch(number: int) -> str:
    lines = [f"LIN+{n}++401234500001{n}:EN'QTY+12:{n + 1}:PCE'RFF+ON:P{number}:{n}'" for n in range(_LINES)]
    head = f"BGM+351+D{number}+9'DTM+137:202601050730:203'DTM+11:202601050700:203'RFF+DQ:L{number}'TDT+20++30+31+DHL'"
    return _message("DESADV", number, f"{head}CPS+1'PAC+1++CT'GIN+BJ+{number:018d}'" + "".join(lines))


def _message(kind: str, number: int, body: str) -> str:
    return f"UNH+{number}+{kind}:D:96A:UN:EAN008'{body}UNT+{body.count(chr(39)) + 2}+{number}'"
