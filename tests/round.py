"""A round of the shared real files through every wire: `python -m tests.round [FOLDER]`, `-v` to list what was not read.

Per folder it prints messages read, events made, what was refused and why, and how many segments or fields carried a
key, quantity, date or status and became nothing. Files that no wire reads are named.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from app.errors import OrderscopeError
from app.main.house import collector_named
from app.model.event import Message
from app.settings import Source

#: folder -> (wire, mapping, names of its files); the first that fits a file reads it.
WIRES: tuple[tuple[str, str, str, str], ...] = (
    ("edi-x12", "x12", "", "*"),
    ("edi-edifact", "edifact", "", "*"),
    ("epcis", "epcis", "", "*"),
    ("cloudevents", "cloudevents", "", "*.json"),
    ("otlp", "otlp", "", "*.json*"),
    ("ecommerce-shopify", "webhook", "shopify", "*.json"),
    ("carrier-easypost", "webhook", "easypost", "*.json"),
    ("erp-dynamics365", "webhook", "business-central", "*.json"),
    ("ocel", "ocel", "order-management", "*ocel20*"),
    ("ocel/pm4py-order-management", "csv", "order-management", "*.csv.gz"),
    ("event-log/sap-vbfa-document-flow", "csv", "sap-vbfa", "*.csv.gz"),
    ("event-log/bpi-challenge-2019", "xes", "bpi-2019", "*.xes.gz"),
    ("order-lifecycle", "csv", "olist", "olist_orders_dataset.csv.gz"),
)
_ARRIVED = datetime(2026, 11, 26, 12)


@dataclass
class Tally:
    """What came of the files of one folder."""

    files: int = 0
    messages: int = 0
    events: int = 0
    spans: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    unread: list[str] = field(default_factory=list)


def rounded(data: Path) -> Iterator[tuple[str, Tally, list[str]]]:
    """Each folder with its tally and the files that no wire was asked to read."""
    for folder in sorted(one for one in data.iterdir() if one.is_dir()):
        tally, left = Tally(), []
        for file in sorted(one for one in folder.rglob("*") if one.is_file()):
            place = file.relative_to(data)
            wire = next((one for one in WIRES if place.is_relative_to(one[0]) and file.match(one[3])), None)
            if wire is None:
                left.append(str(place.relative_to(folder.name)))
            else:
                _read(file, wire[1], wire[2], tally)
        yield folder.name, tally, left


def _read(file: Path, wire: str, mapping: str, tally: Tally) -> None:
    collector = collector_named(wire)
    assert collector is not None
    source = Source(collector=wire, mapping=mapping)
    tally.files += 1
    try:
        for body in collector.split(file, source):
            message = Message("round", wire, collector.media, body, _ARRIVED, "")
            said = collector.translate(message, source)
            tally.messages += 1
            tally.events += len(said.events)
            tally.spans += len(said.spans)
            tally.refused.update(one.reason for one in said.rejections)
            tally.unread += [f"{file.name}: {line}" for line in collector.unread(message, source)]
    except OrderscopeError as fault:
        tally.refused[f"unreadable ({fault.detail[:60]})"] += 1


def main(words: list[str]) -> None:
    """Print the round."""
    names = [word for word in words if word != "-v"]
    data = Path(names[0] if names else os.environ.get("ORDERSCOPE_SHARED", "../shared")) / "data"
    for folder, tally, left in rounded(data):
        refused = ", ".join(f"{reason} {count}" for reason, count in tally.refused.most_common()) or "nothing"
        made = f"{tally.events:,} events" + (f", {tally.spans:,} spans" if tally.spans else "")
        print(
            f"{folder}: {tally.files} files, {tally.messages} messages, {made}; refused: {refused}; unread: {len(tally.unread)}"
        )
        if left:
            print(f"  read by no wire: {len(left)}: {', '.join(left[:6])}{' …' if len(left) > 6 else ''}")
        for line in tally.unread if "-v" in words else ():
            print(f"  {line}")


if __name__ == "__main__":
    main(sys.argv[1:])
