"""Writes interchanges for the tests of EDIFACT: envelopes whose counts and references are right unless told otherwise."""

from pathlib import Path
from typing import Any

from app.model.event import Translation
from app.settings import Source
from tests.collectors.conftest import read

OURS, THEIRS = "4012345000009", "4098765000003"


def message(kind: str, body: str, ref: str = "1", directory: str = "D:96A:UN:EAN008") -> str:
    """UNH, the segments of `body` (one per line), UNT."""
    inner = [line.strip() for line in body.strip().splitlines()]
    return "'".join([f"UNH+{ref}+{kind}:{directory}", *inner, f"UNT+{len(inner) + 2}+{ref}"]) + "'"


def interchange(*messages: str, sender: str = THEIRS, receiver: str = OURS, ref: str = "R1", more: str = "") -> bytes:
    """UNB, messages, UNZ; prepared on 2026-11-20 at 10:35."""
    head = f"UNB+UNOC:3+{sender}:14+{receiver}:14+261120:1035+{ref}{more}'"
    return (head + "".join(messages) + f"UNZ+{len(messages)}+{ref}'").encode("latin-1")


def said(body: bytes, name: str = "edi.main", source: Source | None = None) -> Translation:
    """What an interchange says, coming by that source."""
    return read("edifact", body, source=source or Source(collector="edifact"), name=name)


def one(
    kind: str, body: str, name: str = "edi.main", source: Source | None = None, directory: str = "D:96A:UN:EAN008"
) -> dict[str, Any]:
    """The only event of one message, with its keys as `type:value` under `keys`; nothing may be refused."""
    told = said(interchange(message(kind, body, directory=directory)), name, source)
    assert told.rejections == ()
    assert len(told.events) == 1
    return rows(told)[0]


def rows(told: Translation) -> list[dict[str, Any]]:
    """The events as dictionaries, `keys` without the numbers of the message itself; times as text."""
    made = []
    for event in told.events.iter_rows(named=True):
        keys = [
            f"{kind}:{value}"
            for item, kind, value, _ in told.mentions.rows()
            if item == event["item"] and kind != "msg"
        ]
        made.append(event | {"keys": keys, "at": f"{event['occurred_at']:%Y-%m-%d %H:%M}", "rows": lines(event)})
    return made


def lines(event: dict[str, Any]) -> list[tuple[str | None, ...]]:
    """(line, sku, qty, uom) of each line."""
    return [(line["line"], line["sku"], line["qty"], line["uom"]) for line in event["lines"] or []]


def agreed(folder: Path, text: str) -> Source:
    """A source with that mapping."""
    (folder / "partners.yaml").write_text(text, encoding="utf-8")
    return Source(collector="edifact", mapping="partners.yaml", base=str(folder))
