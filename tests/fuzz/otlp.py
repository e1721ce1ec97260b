"""Fuzzes the OTLP wire by hand: `python tests/fuzz/otlp.py -runs=100000 [CORPUS]`; any argument of libFuzzer goes.

The first byte chooses encoding and signal, the rest is the message. Reading it must never raise, its frames must have
the promised columns, and each must fit what the store takes: a frame that Arrow cannot hold is a failure too.
"""

import sys
from datetime import datetime
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["collectors"]):
    from app.model.event import EVENT, MENTION, METRIC, SPAN, Message
    from app.settings import Source
    from collectors.otlp import COLLECTOR
    from collectors.otlp.signals import packing

RECEIVED = datetime(2026, 11, 24, 12)
SOURCE = Source(collector="otlp")
SIGNALS = ("traces", "logs", "metrics")
FRAMES = (("events", EVENT), ("mentions", MENTION), ("spans", SPAN), ("metrics", METRIC))


def read(data: bytes) -> None:
    """Read one message and hold what it says against what is promised."""
    choice, body = data[:1], data[1:]
    number = choice[0] if choice else 0
    media = ("application/json", "application/x-protobuf")[number & 1]
    marked = packing(SIGNALS[(number >> 1) % 3])({"content-type": media}, body)
    message = Message("src", "otlp", media, marked, RECEIVED)
    said = COLLECTOR.translate(message, SOURCE)
    for name, schema in FRAMES:
        frame = getattr(said, name)
        assert dict(frame.schema) == schema, name
        frame.to_arrow()
    assert all(one.reason and one.detail for one in said.rejections)
    assert all(isinstance(line, str) for line in COLLECTOR.unread(message, SOURCE))


if __name__ == "__main__":
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
