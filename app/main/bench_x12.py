"""X12 from a file: how many segments a second are read and committed.

The floor is what nobody can do without: the same bytes cut at their two separators, and DuckDB's bare insert of the rows.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.main.bench_result import Result
from app.main.house import House
from app.main.loading import load
from app.settings import Apart

_ORDERS, _LINES = 6_000, 6


def interchanges(house: House, bare_insert: Callable[[House, str, int], float]) -> list[Result]:
    """Dispatches of a warehouse (945) in one file: cut, read and committed; `bare_insert` gives the floor's seconds."""
    text = "".join(_dispatches())
    count = text.count("~")
    with tempfile.TemporaryDirectory(prefix="orderscope-bench-") as folder:
        file = Path(folder) / "dispatches.edi"
        file.write_text(text, encoding="ascii")
        began = time.perf_counter()
        loaded = load(house.intake, Apart(), "3pl.bench", file)
        ours = time.perf_counter() - began
        began = time.perf_counter()
        for segment in file.read_bytes().split(b"~"):
            segment.split(b"*")
        bare = time.perf_counter() - began
    floor = count / (bare + bare_insert(house, "event", loaded.accepted))
    return [Result("X12 segments, file → committed", count / ours, floor, "segments/s", "print")]


def _dispatches() -> Iterator[str]:
    yield (
        "ISA*00*          *00*          *ZZ*3PLBENCH       *ZZ*DEPOSITOR      *260105*1437*U*00401*000000001*0*P*>~"
        "GS*SW*3PLBENCH*DEPOSITOR*20260105*1437*1*X*004010~"
    )
    for number in range(_ORDERS):
        yield _dispatch(number)
    yield f"GE*{_ORDERS}*1~IEA*1*000000001~"


def _dispatch(number: int) -> str:
    """One 945 as warehouses send it: addresses, references, and a carton with its SSCC per line."""
    segments = [
        f"ST*945*{number:09}", f"W06*F*SO{number}-1*20260105*SH{number}**PO{number}", f"N1*ST*STORE {number % 100}*92*{number % 100:04}",
        "N3*1 MAIN STREET", "N4*AUSTIN*TX*78701*US", f"N9*BM*BOL{number}", "G62*11*20260105*W*1437*CT", "W27*M*UPSN",
    ]  # fmt: skip
    for line in range(1, _LINES + 1):
        segments += [f"LX*{line}", f"MAN*GM*00106141{number:06}{line:06}", f"W12*CC*10*10*0*EA**VN*SKU-{line}"]
    segments.append(f"W03*{10 * _LINES}")
    return "~".join((*segments, f"SE*{len(segments) + 1}*{number:09}")) + "~"
