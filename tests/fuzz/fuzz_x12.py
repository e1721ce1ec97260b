"""Bytes of every kind against the reader of X12, guided by which code they reach. Run by hand, on a folder of seeds:

python -m tests.fuzz.fuzz_x12 -max_total_time=60 -max_len=4096 SEEDS
"""

import sys
from datetime import datetime

from app.model.event import EVENT, MENTION, Message
from app.settings import Source

RECEIVED = datetime(2026, 11, 24, 12)
SOURCES = ("3pl.west", "erp.main", "sup.acme", "edi.van")


def once(data: bytes) -> int:
    """One input: read, told about and cut, nothing of it may raise. Gives how many events and refusals came of it."""
    from collectors.x12 import COLLECTOR
    from collectors.x12.files import cut

    message = Message(SOURCES[len(data) % len(SOURCES)], "x12", COLLECTOR.media, data, RECEIVED)
    said = COLLECTOR.translate(message, Source(collector="x12"))
    assert dict(said.events.schema) == EVENT
    assert dict(said.mentions.schema) == MENTION
    items = [*said.events["item"], *(one.item for one in said.rejections)]
    assert len(set(items)) == len(items) > 0
    assert set(said.mentions["item"]) <= set(said.events["item"])
    assert said.events.select("occurred_at", "native_id", "type", "source").null_count().sum_horizontal()[0] == 0
    assert all(isinstance(line, str) for line in COLLECTOR.unread(message, Source(collector="x12")))
    assert b"".join(cut([data], 2**30)) == data
    assert all(isinstance(piece, bytes) for piece in cut([data], 300))
    return len(items)


def main() -> None:
    """Fuzz until told to stop."""
    import atheris

    with atheris.instrument_imports(include=["collectors.x12"]):
        import collectors.x12
    assert collectors.x12
    atheris.Setup(sys.argv, lambda data: once(data) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
