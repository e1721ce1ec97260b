"""A large CSV file, from the disk to committed events, through the same path as every file.

The floor is what the libraries alone do with it: Polars reads the same bytes, DuckDB inserts the same events as ready
columns.
"""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from app.main.bench_result import Result
from app.main.house import House
from app.main.loading import load
from app.settings import Source

ROWS = 200_000
_SOURCE, _START = "bench.csv", datetime(2026, 1, 5, 8)
_HEADER = "record,order_ref,step,at,shipment,line,sku,qty,carrier,remark\n"
#: One event per row, of two types, with keys, fields and a line, as a node's file of steps has them.
_MAPPING = """
id: [record]
keep: [remark]
events:
  - {name: pick, type: pick.confirmed, when: {step: PICK}, time: at, keys: {fo: order_ref}, lines: {line: line, sku: sku, qty: qty}}
  - name: ship
    type: shipment.dispatched
    when: {step: SHIP}
    time: at
    keys: {fo: order_ref, sh: shipment}
    fields: {carrier: carrier, partner: "text:3pl.bench", status: step}
    lines: {line: line, sku: sku, qty: qty}
"""


def reading(house: House, bare_insert: Callable[[House, str, int, str], float]) -> list[Result]:
    """Rows a second of one file of ROWS rows, each an event. `bare_insert` gives the seconds of the bare insert."""
    with tempfile.TemporaryDirectory(prefix="orderscope-bench-csv-") as folder:
        file, mapping = Path(folder) / "steps.csv", Path(folder) / "steps.yaml"
        file.write_text(_HEADER + "".join(_rows()), encoding="utf-8")
        mapping.write_text(_MAPPING, encoding="utf-8")
        source = Source(collector="csv", mapping=mapping.name, base=folder)
        settings = house.settings.model_copy(update={"sources": {_SOURCE: source}})
        began = time.perf_counter()
        count = load(house.intake, settings, _SOURCE, file).accepted
        took = time.perf_counter() - began
        began = time.perf_counter()
        assert len(pl.read_csv(file, infer_schema=False)) == count == ROWS
        read = time.perf_counter() - began
    floor = count / (read + bare_insert(house, "event", count, f"where source = '{_SOURCE}'"))
    return [Result("CSV file → committed", count / took, floor, "rows/s", "print")]


def _rows() -> Iterator[str]:
    dice = random.Random(1)
    for number in range(ROWS):
        at = _START + timedelta(seconds=number)
        order, step = 4_000_000 + number // 2, "SHIP" if number % 2 else "PICK"
        yield (
            f"{number},{order}-1,{step},{at:%Y-%m-%d %H:%M:%S},SH-{order},1,SKU-{dice.randrange(900)},"
            f"{dice.randrange(1, 50)},UPS,bin {dice.randrange(90)}\n"
        )
