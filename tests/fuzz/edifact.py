"""Fuzzes the EDIFACT wire by hand: `python tests/fuzz/edifact.py -runs=100000 [CORPUS]`; any argument of libFuzzer goes.

Reading whatever comes must never raise; its frames must have the promised columns and fit what the store takes, each
item must be there once, and a message read again must say the same.
"""

import sys
from datetime import datetime
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["collectors"]):
    from app.model.event import EVENT, MENTION, Message
    from app.settings import Source
    from collectors.edifact import COLLECTOR

RECEIVED = datetime(2026, 11, 24, 12)
SOURCE = Source(collector="edifact")
#: The source tells the side: everyone, ourselves, and each kind of partner.
NAMES = ("edi.main", "erp.main", "sup.acme", "3pl.west", "carrier.ups", "ecom.b2b")
#: What mutations begin with, so that they reach past the envelope.
START = b"UNB+UNOC:3+A:14+B:14+261120:1035+R1'UNH+1+"


def read(data: bytes) -> None:
    """Read one body and hold what it says against what is promised."""
    choice, body = data[0] if data else 0, data[1:]
    body = START + body if choice & 128 else body
    message = Message(NAMES[choice % len(NAMES)], "edifact", COLLECTOR.media, body, RECEIVED)
    said, again = COLLECTOR.translate(message, SOURCE), COLLECTOR.translate(message, SOURCE)
    assert dict(said.events.schema) == EVENT
    assert dict(said.mentions.schema) == MENTION
    said.events.to_arrow()
    items = said.events["item"].to_list()
    assert len(set(items)) == len(items)
    assert set(said.mentions["item"]) <= set(items)
    assert said.events.equals(again.events) and said.rejections == again.rejections
    assert all(one.reason and one.detail for one in said.rejections)
    assert all(isinstance(line, str) for line in COLLECTOR.unread(message, SOURCE))


if __name__ == "__main__":
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
