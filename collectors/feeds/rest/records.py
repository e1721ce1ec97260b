"""What stands in a page of JSON: its records as they were written, and single values by their path.

Records are cut out of the text and never written anew, so that no digit of a number changes.
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from app.errors import OrderscopeError
from collectors.feeds.rows import csv_text
from collectors.mapped.language import Mapping as Declared
from collectors.mapped.language import several

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
#: How deep a record is taken apart into columns; what lies deeper stays JSON.
_DEPTH = 6


def pointed(text: bytes, path: str) -> bytes | None:
    """The JSON text at `a.b.c`, or None where there is nothing. Raises OrderscopeError for what is no JSON."""
    found: bytes = text
    for name in path.split(".") if path else ():
        if not found.lstrip().startswith(b"{"):
            return None
        inner = _decoded(_OBJECT, found).get(name)
        if inner is None:
            return None
        found = bytes(inner)
    return found


def value(text: bytes, path: str) -> Any:
    """The value at a path; numbers with decimals are exact. None where there is none."""
    found = pointed(text, path)
    return None if found is None else _loaded(found)


def records(body: bytes, path: str) -> list[bytes]:
    """The records of a page, each as its text. Raises OrderscopeError where the page has no such place."""
    found = pointed(body, path)
    if found is None:
        raise OrderscopeError(f"The page has no {path!r}; it begins with {body[:60].decode('utf-8', 'replace')!r}.")
    found = found.strip()
    if found in (b"null", b""):
        return []
    return [bytes(one) for one in _decoded(_LIST, found)] if found.startswith(b"[") else [found]


def table(texts: list[bytes], mapping: Declared) -> bytes:
    """Records as the CSV that a mapping reads: its columns are paths, as `customer.id`; what is not there is empty."""
    rows = [dict(_flat(_loaded(text))) for text in texts]
    there = {name.casefold() for row in rows for name in row}
    names = []
    for ours in mapping.columns():
        known = several(mapping.header.get(ours, ours))
        names.append(next((name for name in known if name.strip().casefold() in there), known[0]))
    folded = [{name.casefold(): one for name, one in row.items()} for row in rows]
    cells = [[row.get(name.strip().casefold()) for name in names] for row in folded]
    return csv_text(names, cells, mapping.delimiter)


def _flat(record: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    if not isinstance(record, Mapping) or depth == _DEPTH:
        yield prefix.rstrip("."), record
        return
    for name, one in record.items():
        yield from _flat(one, f"{prefix}{name}.", depth + 1)


def _loaded(text: bytes) -> Any:
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as fault:
        raise OrderscopeError(f"The page is no JSON that can be read: {str(fault)[:100]}.") from None


def _decoded(decoder: "msgspec.json.Decoder[Any]", text: bytes) -> Any:
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        why = f"{str(fault)[:100]}; it begins with {text[:60].decode('utf-8', 'replace')!r}"
        raise OrderscopeError(f"The page is no JSON that can be read: {why}.") from None
