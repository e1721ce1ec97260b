"""Writes the made-up world as files, one per sending system, in the formats that its collectors read."""

import csv
import json
import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.demo.goods import stock
from app.demo.order import Json, Order
from app.demo.plots import world

#: The node that reports by CSV, in its own local time, and its codes.
CSV_NODE, CSV_ZONE = "3pl.rotterdam", ZoneInfo("Europe/Amsterdam")
_CODES = {
    "fulfillment.acknowledged": "ACK", "fulfillment.rejected": "REJ", "fulfillment.held": "HLD", "pick.confirmed": "PCK",
    "package.packed": "PAC", "shipment.dispatched": "SHP",
}  # fmt: skip
_COLUMNS = ("record", "order_ref", "code", "at", "shipment", "tracking", "carrier", "reason")


def write(folder: Path, orders: int, now: datetime, seed: int = 7) -> list[tuple[str, Path]]:
    """Write the messages of `orders` orders into `folder`; gives (source, file) in the order to load them."""
    folder.mkdir(parents=True, exist_ok=True)
    made = list(world(orders, now, seed))
    return [*_events(folder, made, now), _traces(folder, made), _csv(folder, made, now)]


def _events(folder: Path, made: Iterable[Order], now: datetime) -> list[tuple[str, Path]]:
    by_source: dict[str, list[Json]] = defaultdict(list)
    for event in (*(e for order in made for e in order.events), *stock(now, random.Random(7))):
        if event["source"] != CSV_NODE and _at(event) <= now:
            by_source[event["source"]].append(event)
    files = []
    for source, events in sorted(by_source.items()):
        file = folder / f"{source}.jsonl"
        events.sort(key=lambda e: str(e["time"]))
        file.write_text("\n".join(json.dumps(e) for e in events) + "\n", encoding="utf-8")
        files.append((source, file))
    return files


def _traces(folder: Path, made: Iterable[Order]) -> tuple[str, Path]:
    lines = []
    for order in made:
        by_service: dict[str, list[Json]] = defaultdict(list)
        for span in order.spans:
            by_service[span["service"]].append({k: v for k, v in span.items() if k != "service"})
        if by_service:
            lines.append(json.dumps({"resourceSpans": [_resource(s, spans) for s, spans in by_service.items()]}))
    file = folder / "traces.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return "mw.otlp", file


def _resource(service: str, spans: list[Json]) -> Json:
    name = {"key": "service.name", "value": {"stringValue": service}}
    return {"resource": {"attributes": [name]}, "scopeSpans": [{"scope": {"name": "demo"}, "spans": spans}]}


def _csv(folder: Path, made: Iterable[Order], now: datetime) -> tuple[str, Path]:
    file = folder / f"{CSV_NODE}.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(_COLUMNS)
        for order in made:
            rows.writerows(_row(e) for e in order.events if e["source"] == CSV_NODE and _at(e) <= now)
    return CSV_NODE, file


def _row(event: Json) -> list[Any]:
    data, keys = event["data"], event["data"]["keys"]
    local = _at(event).astimezone(CSV_ZONE).strftime("%Y-%m-%d %H:%M:%S")
    return [
        event["id"], keys["fo"], _CODES[event["type"]], local, keys.get("sh", ""), keys.get("tr", ""),
        data.get("carrier", ""), data.get("reason", ""),
    ]  # fmt: skip


def _at(event: Json) -> datetime:
    return datetime.fromisoformat(event["time"])
