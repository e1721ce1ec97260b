"""Cuts a log of any size into blocks of whole traces, and reads the events of a block.

Logs come from outside: documents that declare types or entities of their own are refused, and nothing is looked up.
"""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from app.unpack import opened
from collectors import files
from collectors.document import Unread
from collectors.markup import check_prolog
from collectors.xes.config import BLOCK_BYTES, BLOCK_TRACES

#: Where in its trace an event stands, from 1, as a mapping calls it.
PLACE = "event number"
Attributes = dict[str, str]


def split(path: Path) -> Iterator[bytes]:
    """A log as logs of at most BLOCK_TRACES traces; without a trace, the beginning of the file as it is."""
    held: list[bytes] = []
    size, declared, cut = 0, b"", False
    for trace, declared in files.elements(opened(path), b"trace"):
        held.append(trace)
        size += len(trace)
        if len(held) >= BLOCK_TRACES or size >= BLOCK_BYTES:
            yield _log(declared, held)
            held, size, cut = [], 0, True
    if held:
        yield _log(declared, held)
    elif not cut:
        yield next(opened(path), b"")


def _log(declared: bytes, traces: list[bytes]) -> bytes:
    return declared + b"<log>\n" + b"\n".join(traces) + b"\n</log>\n"


def events(body: bytes) -> list[Attributes]:
    """The events of a log, each with the attributes of its trace as `case:KEY`. Raises ValueError for what is no log."""
    try:
        check_prolog(body)
        log = ElementTree.fromstring(body)
    except (Unread, ElementTree.ParseError, LookupError) as fault:
        raise ValueError(str(fault)) from None
    if _plain(log.tag) != "log":
        raise ValueError(f"a <{_plain(log.tag)[:40]}>, not a <log>")
    return [event for trace in log if _plain(trace.tag) == "trace" for event in _of(trace)]


def _of(trace: ElementTree.Element) -> Iterator[Attributes]:
    case = {f"case:{name}": value for name, value in _attributes(trace)}
    steps = (step for step in trace if _plain(step.tag) == "event")
    for place, step in enumerate(steps, 1):
        yield {**case, **dict(_attributes(step)), PLACE: str(place)}


def _attributes(element: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """The simple attributes of a trace or an event; those of attributes are not read."""
    return (
        (one.attrib["key"], one.attrib["value"]) for one in element if "key" in one.attrib and "value" in one.attrib
    )


def _plain(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]
